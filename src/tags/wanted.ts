import { UserError } from '../util/error.js'
import { globalText, shortSha } from './expressions.js'
import type { Flavor, ListedTag, TagRequest } from './request.js'
import type { Rule, RuleOf } from './rules.js'
import { type GitRef, isDefaultBranch, type TagKind, type TagSubject, type Wanted } from './subject.js'
import { namesIn, render, type Template } from './template.js'
import {
  type Affixes,
  isInLine,
  lineOf,
  NO_AFFIXES,
  parseVersion,
  sanitized,
  tagFrom,
  type Version,
  type VersionRange,
} from './version.js'

export type { NewestOf, TagKind, TagSubject, Wanted } from './subject.js'

/** The tags that a request asks for, distinct, the foremost first. Throws a `UserError` for a rule that cannot be followed. */
export function wantedTags(request: TagRequest, flavor: Flavor, subject: TagSubject): Wanted[] {
  const applied = applyRequest(request, flavor, subject).filter(({ tags }) => tags.length > 0)
  const [first] = applied
  const version = parseVersion(subject.version ?? '')
  const latest = flavor.latest === 'auto' ? first?.latest : flavor.latest && first !== undefined
  const tags = applied.flatMap(each => each.tags)
  return distinct([...tags, ...(latest ? latestTag(first?.version ?? version, flavor, subject) : [])])
}

function applyRequest(request: TagRequest, flavor: Flavor, subject: TagSubject): Applied[] {
  switch (request.kind) {
    case 'auto':
      return [{ tags: autoTags(flavor, subject), latest: false }]
    case 'list': {
      const affixes = affixesOf(flavor, subject)
      return request.tags.map(listed => ({ tags: listedTag(listed, subject, affixes), latest: false }))
    }
    case 'rules':
      return request.rules.map(rule => applyRule(rule, flavor, subject))
  }
}

/** A whole reference is taken as it is. */
function listedTag({ tag, name }: ListedTag, subject: TagSubject, affixes: Affixes): Wanted[] {
  return explicitTag(tag, subject, name === undefined ? affixes : NO_AFFIXES)
}

function distinct(tags: readonly Wanted[]): Wanted[] {
  const seen = new Set<string>()
  return tags.filter(({ tag }) => !seen.has(tag) && seen.add(tag))
}

/** The tags of `tags: auto`: by version on the default branch, on Git tags and without Git; by branch, commit and pull request. */
function autoTags(flavor: Flavor, subject: TagSubject): Wanted[] {
  const { ref } = subject
  const affixes = affixesOf(flavor, subject)
  switch (ref.kind) {
    case 'pull-request':
      return ref.number === undefined
        ? []
        : plainTag(String(ref.number), 'free', { ...affixes, prefix: 'pr-' })
    case 'branch': {
      const versions = isDefaultBranch(ref) ? versionTags(flavor, subject, affixes) : []
      return [...versions, ...branchTag(subject, affixes), ...shaTag(subject, affixes)]
    }
    case 'tag':
      return [
        ...gitTag(subject, affixes),
        ...versionTags(flavor, subject, affixes),
        ...shaTag(subject, affixes),
      ]
    case 'commit':
      return shaTag(subject, affixes)
    case 'none':
      return versionTags(flavor, subject, affixes)
  }
}

function versionTags(flavor: Flavor, subject: TagSubject, affixes: Affixes): Wanted[] {
  const version = parseVersion(subject.version ?? '')
  const exact = exactTag(version?.text ?? subject.version ?? '', affixes)
  if (version && !version.stable) return exact
  // What a Git tag that is no version points at need not be the newest of anything.
  const latest = flavor.latest !== false && (version || subject.ref.kind !== 'tag')
  return [
    ...exact,
    ...(version ? lineTags(version, affixes) : []),
    ...(latest ? latestTag(version, flavor, subject) : []),
  ]
}

/** `1.2` and `1`. Nothing holds together what comes before 1.0.0, so that there is no `0`. */
function lineTags(version: Version, affixes: Affixes): Wanted[] {
  const { major, minor } = version
  const ofMinor = newestTag(`${major}.${minor}`, version, { major, minor }, affixes)
  return major === 0 ? ofMinor : [...ofMinor, ...newestTag(String(major), version, { major }, affixes)]
}

/**
 * Of a version by semver or other rules (`17.2`, `2024-05-01`), but not of a hash, which Nix gives to images
 * without a tag.
 */
function exactTag(version: string, affixes: Affixes): Wanted[] {
  const isHash = /^[0-9a-z]{32,}$|^(?=.*[a-f])[0-9a-f]{7,}$/.test(version)
  const isVersion = !isHash && /^(v?\d|unstable-\d)/.test(version)
  return isVersion ? plainTag(version.replace(/^v/, ''), 'exact', affixes) : []
}

/** The branch's name, unless it would take a version's tag from a version: a branch `1.2` gets it for one of 1.2 alone. */
function branchTag(subject: TagSubject, affixes: Affixes): Wanted[] {
  const name = tagFrom(subject.ref.name ?? '') ?? ''
  const line = lineOf(name)
  if (!line && !parseVersion(name)) return plainTag(name, 'branch', affixes)
  const version = parseVersion(subject.version ?? '')
  const isOwn = line?.major !== undefined && version?.stable && isInLine(version, line)
  return isOwn ? newestTag(name, version, line, affixes) : []
}

/** A Git tag's own name, where it is no version. */
function gitTag({ ref }: TagSubject, affixes: Affixes): Wanted[] {
  const name = tagFrom(ref.name ?? '') ?? ''
  return parseVersion(name) || lineOf(name) ? [] : plainTag(name, 'free', affixes)
}

function shaTag({ ref }: TagSubject, affixes: Affixes): Wanted[] {
  return plainTag(shortSha(ref.sha) ?? '', 'free', { ...affixes, prefix: 'sha-' })
}

const NOTHING: Applied = { tags: [], latest: false }

/** The tags that one rule gives; none when it is not for this run. Throws a `UserError` when `enable` is neither true nor false. */
function applyRule(rule: Rule, flavor: Flavor, subject: TagSubject): Applied {
  if (!isEnabled(rule, subject)) return NOTHING
  const affixes = affixesOf(flavor, subject, rule)
  const { ref } = subject
  switch (rule.type) {
    case 'auto':
      return { tags: autoTags(flavor, subject), latest: false }
    case 'schedule': {
      const text = ref.event === 'schedule' ? render(rule.pattern, globalText(subject)) : ''
      return { tags: plainTag(text, 'free', affixes), latest: false }
    }
    case 'semver':
      return semverTag(rule, subjectValue(rule.value, subject), affixes)
    case 'match':
      return matched(rule, subjectValue(rule.value, subject), subject, affixes)
    case 'edge': {
      const isIt = ref.kind === 'branch' && ref.name === (rule.branch ?? ref.defaultBranch)
      return { tags: plainTag(isIt ? 'edge' : '', 'branch', affixes), latest: false }
    }
    case 'ref':
      return ofRef(rule, subject, affixes)
    case 'raw':
      return { tags: explicitTag(render(rule.value, globalText(subject)), subject, affixes), latest: false }
    case 'sha': {
      const sha = rule.format === 'short' ? shortSha(ref.sha) : ref.sha
      return { tags: plainTag(sha ?? '', 'free', affixes), latest: false }
    }
  }
}

function isEnabled({ enable, line }: Rule, subject: TagSubject): boolean {
  const text = render(enable, globalText(subject))
  if (text !== 'true' && text !== 'false') {
    throw new UserError(`In the tag rule ${line}, enable is ${JSON.stringify(text)}`, {
      hint: 'It must come out as true or false, as {{is_default_branch}} does.',
    })
  }
  return text === 'true'
}

/** What a rule was given, else the Git tag. */
function subjectValue(value: Template, subject: TagSubject): string {
  if (value.length > 0) return render(value, globalText(subject))
  return subject.ref.kind === 'tag' ? (subject.ref.name ?? '') : ''
}

function matched(rule: RuleOf<'match'>, value: string, subject: TagSubject, affixes: Affixes): Applied {
  const text = rule.pattern.exec(value)?.[rule.group]
  if (!text) return NOTHING
  const version = parseVersion(text) ?? parseVersion(value)
  const about = version ? { ...subject, version: version.text } : subject
  return { tags: explicitTag(text, about, affixes), latest: true, version }
}

function ofRef({ event }: RuleOf<'ref'>, { ref }: TagSubject, affixes: Affixes): Applied {
  const { kind, name = '', number = '' } = ref
  switch (event) {
    case 'branch':
      return { tags: plainTag(kind === 'branch' ? name : '', 'branch', affixes), latest: false }
    case 'tag': {
      const version = kind === 'tag' ? parseVersion(name) : undefined
      const tags = plainTag(kind === 'tag' ? name : '', version ? 'exact' : 'free', affixes)
      return { tags, latest: true, version }
    }
    case 'pr':
      return { tags: plainTag(kind === 'pull-request' ? `${number}` : '', 'free', affixes), latest: false }
  }
}

const NUMBERS = ['major', 'minor', 'patch'] as const

/** The tag of a rule `type=semver` for a text such as `v1.2.3`; none when the text is no version. */
function semverTag({ pattern, match }: RuleOf<'semver'>, value: string, affixes: Affixes): Applied {
  const raw = match ? (match.exec(value)?.[1] ?? value) : value
  const version = parseVersion(raw.replaceAll('/', '-'))
  if (!version) return { tags: [], latest: false }
  const shape = version.stable || isRaw(pattern) ? pattern : [{ name: 'version', words: [], options: {} }]
  const text = render(shape, ({ name }) => partOf(version, raw, name))
  const line = lineOfNames(version, namesIn(shape))
  const tags = line ? newestTag(text, version, line, affixes) : plainTag(text, 'exact', affixes)
  return { tags, latest: version.stable, version }
}

function isRaw(pattern: Template): boolean {
  const [only] = pattern
  return pattern.length === 1 && typeof only === 'object' && only.name === 'raw'
}

function partOf(version: Version, raw: string, name: string): string {
  const number = NUMBERS.find(each => each === name)
  if (number) return String(version[number])
  // As docker/metadata-action has it, a version goes without its build metadata.
  return name === 'raw' ? raw : version.text.replace(/\+.*/, '')
}

/** The versions that share the tag with ours; `undefined` when it names ours alone. */
function lineOfNames(version: Version, names: readonly string[]): VersionRange | undefined {
  const given = NUMBERS.filter(name => names.includes(name))
  if (names.includes('raw') || names.includes('version') || given.length === NUMBERS.length) return undefined
  return Object.fromEntries(given.map(name => [name, version[name]]))
}

/** What a rule gives, and what it says of `latest` where the flavor leaves that to rules. */
interface Applied {
  readonly tags: readonly Wanted[]
  readonly latest: boolean
  /** The version that its tags name. */
  readonly version?: Version | undefined
}

/** A rule's own prefix and suffix, and the flavor's in place of those that it does not have. */
function affixesOf(
  flavor: Flavor,
  subject: TagSubject,
  own: { readonly prefix?: Template; readonly suffix?: Template } = {},
): Affixes {
  const text = (template: Template): string => render(template, globalText(subject))
  return { prefix: text(own.prefix ?? flavor.prefix.text), suffix: text(own.suffix ?? flavor.suffix.text) }
}

/** No tag or one; none when nothing of the text may stand in a tag. */
function plainTag(text: string, kind: Exclude<TagKind, 'newest'>, affixes: Affixes): Wanted[] {
  const tag = tagFrom(text, affixes)
  return tag === undefined ? [] : [{ tag, kind }]
}

/** A tag that only the newest version of a line gets. */
function newestTag(text: string, version: Version, line: VersionRange, affixes: Affixes): Wanted[] {
  const tag = tagFrom(text, affixes)
  return tag === undefined ? [] : [newest(tag, version, line, affixes)]
}

/** `latest`, with the flavor's prefix and suffix only where it asks for that. */
function latestTag(version: Version | undefined, flavor: Flavor, subject: TagSubject): Wanted[] {
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
function explicitTag(text: string, subject: TagSubject, affixes: Affixes): Wanted[] {
  if (parseVersion(text)) return plainTag(text, 'exact', affixes)
  const line = lineOf(text)
  const version = parseVersion(subject.version ?? '')
  if (line && version && isInLine(version, line)) return newestTag(text, version, line, affixes)
  const { kind, name = '' } = subject.ref
  const follows = kind !== 'none' && (line !== undefined || (kind === 'branch' && text === tagFrom(name)))
  return plainTag(text, follows ? 'branch' : 'free', affixes)
}

function newest(tag: string, version: Version, line: VersionRange, { prefix, suffix }: Affixes): Wanted {
  const affixes = { prefix: sanitized(prefix), suffix: sanitized(suffix) }
  return { tag, kind: 'newest', among: { version: version.text, line, affixes } }
}

/**
 * The version that a run is about: what the input says, else what the image says of itself when that is a version, else the Git
 * tag when it is one. What the image says otherwise comes last, so that it may be no semver.
 */
export function versionOf(
  input: string | undefined,
  image: string | undefined,
  ref: GitRef,
): string | undefined {
  const own = parseVersion(image ?? '') && image
  const tagged = ref.kind === 'tag' ? parseVersion(ref.name ?? '')?.text : undefined
  return input || own || tagged || image || undefined
}
