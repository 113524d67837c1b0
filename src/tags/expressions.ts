import { formatDate } from './date-format.js'
import { isDefaultBranch } from './subject.js'
import type { Call, Meaning } from './template.js'
import { DEFAULT_ZONE, type GLOBAL_VOCABULARY } from './vocabulary.js'
import type { TagSubject } from './wanted-tag.js'

type Name = keyof typeof GLOBAL_VOCABULARY

const TEXTS: Readonly<Record<Name, (subject: TagSubject, call: Call) => string>> = {
  branch: ({ ref }) => (ref.kind === 'branch' ? (ref.name ?? '') : ''),
  tag: ({ ref }) => (ref.kind === 'tag' ? (ref.name ?? '') : ''),
  sha: ({ ref }) => shortSha(ref.sha) ?? '',
  base_ref: ({ ref }) => ref.base ?? '',
  is_default_branch: ({ ref }) => String(isDefaultBranch(ref)),
  is_not_default_branch: ({ ref }) => String(!isDefaultBranch(ref)),
  version: ({ version }) => version ?? '',
  date: ({ now }, call) => dateText(now, call),
  commit_date: ({ now, ref }, call) => dateText(ref.commitDate ?? now, call),
}

/** The text of an expression that templates of rules and flavors may hold. */
export function globalText(subject: TagSubject): Meaning {
  return call => (isName(call.name) ? TEXTS[call.name](subject, call) : '')
}

/** Seven digits, as Git shows them. */
export function shortSha(sha: string | undefined): string | undefined {
  return sha?.slice(0, 7)
}

function isName(name: string): name is Name {
  return Object.hasOwn(TEXTS, name)
}

function dateText(date: Date, { words: [format = ''], options: { tz = DEFAULT_ZONE } }: Call): string {
  return formatDate(date, format, tz)
}
