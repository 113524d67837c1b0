import { type Affixes, sanitized, tagFrom } from './affixes.js'
import { globalText } from './expressions.js'
import type { Flavor } from './flavor.js'
import { isInLine, type Line, lineOf } from './line.js'
import { render, type Template } from './template.js'
import { parseVersion, type Version } from './version.js'
import type { TagKind, TagSubject, Wanted } from './wanted-tag.js'

/** A rule's own prefix and suffix, and the flavor's in place of those that it does not have. */
export function affixesOf(
  flavor: Flavor,
  subject: TagSubject,
  own: { readonly prefix?: Template; readonly suffix?: Template } = {},
): Affixes {
  const text = (template: Template): string => render(template, globalText(subject))
  return { prefix: text(own.prefix ?? flavor.prefix.text), suffix: text(own.suffix ?? flavor.suffix.text) }
}

/** No tag or one; none when nothing of the text may stand in a tag. */
export function plainTag(text: string, kind: Exclude<TagKind, 'newest'>, affixes: Affixes): Wanted[] {
  const tag = tagFrom(text, affixes)
  return tag === undefined ? [] : [{ tag, kind }]
}

/** A tag that only the newest version of a line gets. */
export function newestTag(text: string, version: Version, line: Line, affixes: Affixes): Wanted[] {
  const tag = tagFrom(text, affixes)
  return tag === undefined ? [] : [newest(tag, version, line, affixes)]
}

/** `latest`, with the flavor's prefix and suffix only where it asks for that. */
export function latestTag(version: Version | undefined, flavor: Flavor, subject: TagSubject): Wanted[] {
  const affixes = affixesOf(flavor, subject)
  const { prefix, suffix } = affixes
  const tag = tagFrom('latest', {
    prefix: flavor.prefix.onLatest ? prefix : '',
    suffix: flavor.suffix.onLatest ? suffix : '',
  })
  if (tag === undefined) return []
  if (version) return [newest(tag, version, {}, affixes)]
  return [{ tag, kind: subject.ref.kind === 'none' ? 'free' : 'branch' }]
}

/** A tag that somebody spelled out, whose kind is told from what it looks like. */
export function spelledTag(text: string, subject: TagSubject, affixes: Affixes): Wanted[] {
  if (parseVersion(text)) return plainTag(text, 'exact', affixes)
  const line = lineOf(text)
  const version = parseVersion(subject.version ?? '')
  if (line && version && isInLine(version, line)) return newestTag(text, version, line, affixes)
  const { kind, name = '' } = subject.ref
  const follows = kind !== 'none' && (line !== undefined || (kind === 'branch' && text === tagFrom(name)))
  return plainTag(text, follows ? 'branch' : 'free', affixes)
}

function newest(tag: string, version: Version, line: Line, { prefix, suffix }: Affixes): Wanted {
  const affixes = { prefix: sanitized(prefix), suffix: sanitized(suffix) }
  return { tag, kind: 'newest', among: { version: version.text, line, affixes } }
}
