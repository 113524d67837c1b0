import { chooseTags } from '../../src/tags/choose-tags.js'
import { parseFlavor, parseTagRequest } from '../../src/tags/parse-tags-input.js'
import type { RequestedTag, TagSubject } from '../../src/tags/subject.js'

export const SHA = '860c1904a1ce19322e91ac35af1ab07466440c37'
export const NOW = new Date('2020-01-10T00:30:00.000Z')

type Ref = TagSubject['ref']

/** A run with an event and the full name of a Git ref, as on GitHub. */
export function run(
  event: string,
  fullName: string,
  more: Partial<Ref> & { version?: string } = {},
): TagSubject {
  const { version, ...refFields } = more
  const common = { event, sha: SHA, defaultBranch: 'master', ...refFields }
  const subject = (ref: Ref): TagSubject => ({ ref, now: NOW, ...(version !== undefined && { version }) })
  const [, kind, name = ''] = /^refs\/(heads|tags|pull)\/(.+)$/.exec(fullName) ?? []
  if (kind === 'heads') return subject({ kind: 'branch', name, ...common })
  if (kind === 'tags') return subject({ kind: 'tag', name, ...common })
  if (kind === 'pull') {
    return subject({
      kind: 'pull-request',
      name: 'topic',
      number: Number.parseInt(name, 10),
      base: 'master',
      ...common,
    })
  }
  return subject({ kind: 'none' })
}

export function chooseTagsOf(tags: string, subject: TagSubject, flavor = ''): RequestedTag[] {
  return chooseTags(parseTagRequest(tags), parseFlavor(flavor), subject)
}

export function namesOf(tags: string, subject: TagSubject, flavor = ''): string[] {
  return chooseTagsOf(tags, subject, flavor).map(({ tag }) => tag)
}

/** Returns the tags with their kinds: `1.2.3 exact`. */
export function kindsOf(tags: string, subject: TagSubject, flavor = ''): string[] {
  return chooseTagsOf(tags, subject, flavor).map(({ tag, kind }) => `${tag} ${kind}`)
}
