import { UserError } from '../util/error.js'
import { createEvaluator, shortenSha } from './expressions.js'
import type { Flavor, ListedTag, TagRequest } from './request.js'
import type { Rule, RuleOf } from './rules.js'
import { type GitRef, isDefaultBranch, type RequestedTag, type TagKind, type TagSubject } from './subject.js'
import { expressionNamesOf, renderTemplate, type Template } from './template.js'
import {
  type Affixes,
  isInRange,
  makeTag,
  NO_AFFIXES,
  parseVersion,
  rangeOf,
  sanitizeTag,
  type Version,
  type VersionRange,
} from './version.js'

export type { NewestOf, RequestedTag, TagKind, TagSubject } from './subject.js'

/** The tags that a request asks for, distinct, the foremost first. Throws a `UserError` for a rule that cannot be followed. */
export function chooseTags(request: TagRequest, flavor: Flavor, subject: TagSubject): RequestedTag[] {
  const applied = applyRequest(request, flavor, subject).filter(({ tags }) => tags.length > 0)
  const [first] = applied
  const version = parseVersion(subject.version ?? '')
  const latest = flavor.latest === 'auto' ? first?.latest : flavor.latest && first !== undefined
  const tags = applied.flatMap(each => each.tags)
  return removeDuplicateTags([
    ...tags,
    ...(latest ? makeLatestTag(first?.version ?? version, flavor, subject) : []),
  ])
}

function applyRequest(request: TagRequest, flavor: Flavor, subject: TagSubject): RuleResult[] {
  switch (request.kind) {
    case 'auto':
      return [{ tags: makeAutoTags(flavor, subject), latest: false }]
    case 'list': {
      const affixes = renderAffixes(flavor, subject)
      return request.tags.map(listed => ({ tags: makeListedTag(listed, subject, affixes), latest: false }))
    }
    case 'rules':
      return request.rules.map(rule => applyRule(rule, flavor, subject))
  }
}

/** A whole reference is taken as it is. */
function makeListedTag({ tag, name }: ListedTag, subject: TagSubject, affixes: Affixes): RequestedTag[] {
  return makeExplicitTag(tag, subject, name === undefined ? affixes : NO_AFFIXES)
}

function removeDuplicateTags(tags: readonly RequestedTag[]): RequestedTag[] {
  const seen = new Set<string>()
  return tags.filter(({ tag }) => !seen.has(tag) && seen.add(tag))
}

/** The tags of `tags: auto`: by version on the default branch, on Git tags and without Git; by branch, commit and pull request. */
function makeAutoTags(flavor: Flavor, subject: TagSubject): RequestedTag[] {
  const { ref } = subject
  const affixes = renderAffixes(flavor, subject)
  switch (ref.kind) {
    case 'pull-request':
      return ref.number === undefined
        ? []
        : makeSimpleTag(String(ref.number), 'free', { ...affixes, prefix: 'pr-' })
    case 'branch': {
      const versions = isDefaultBranch(ref) ? makeVersionTags(flavor, subject, affixes) : []
      return [...versions, ...makeBranchTag(subject, affixes), ...makeShaTag(subject, affixes)]
    }
    case 'tag':
      return [
        ...makeGitTag(subject, affixes),
        ...makeVersionTags(flavor, subject, affixes),
        ...makeShaTag(subject, affixes),
      ]
    case 'commit':
      return makeShaTag(subject, affixes)
    case 'none':
      return makeVersionTags(flavor, subject, affixes)
  }
}

function makeVersionTags(flavor: Flavor, subject: TagSubject, affixes: Affixes): RequestedTag[] {
  const version = parseVersion(subject.version ?? '')
  const exact = makeExactTag(version?.text ?? subject.version ?? '', affixes)
  if (version && !version.stable) return exact
  // What a Git tag that is no version points at need not be the newest of anything.
  const latest = flavor.latest !== false && (version || subject.ref.kind !== 'tag')
  return [
    ...exact,
    ...(version ? makeRangeTags(version, affixes) : []),
    ...(latest ? makeLatestTag(version, flavor, subject) : []),
  ]
}

/** `1.2` and `1`. Nothing holds together what comes before 1.0.0, so that there is no `0`. */
function makeRangeTags(version: Version, affixes: Affixes): RequestedTag[] {
  const { major, minor } = version
  const ofMinor = makeNewestTag(`${major}.${minor}`, version, { major, minor }, affixes)
  return major === 0 ? ofMinor : [...ofMinor, ...makeNewestTag(String(major), version, { major }, affixes)]
}

/**
 * Of a version by semver or other rules (`17.2`, `2024-05-01`), but not of a hash, which Nix gives to images
 * without a tag.
 */
function makeExactTag(version: string, affixes: Affixes): RequestedTag[] {
  const isHash = /^[0-9a-z]{32,}$|^(?=.*[a-f])[0-9a-f]{7,}$/.test(version)
  const isVersion = !isHash && /^(v?\d|unstable-\d)/.test(version)
  return isVersion ? makeSimpleTag(version.replace(/^v/, ''), 'exact', affixes) : []
}

/** The branch's name, unless it would take a version's tag from a version: a branch `1.2` gets it for one of 1.2 alone. */
function makeBranchTag(subject: TagSubject, affixes: Affixes): RequestedTag[] {
  const name = makeTag(subject.ref.name ?? '') ?? ''
  const line = rangeOf(name)
  if (!line && !parseVersion(name)) return makeSimpleTag(name, 'branch', affixes)
  const version = parseVersion(subject.version ?? '')
  const isOwn = line?.major !== undefined && version?.stable && isInRange(version, line)
  return isOwn ? makeNewestTag(name, version, line, affixes) : []
}

/** A Git tag's own name, where it is no version. */
function makeGitTag({ ref }: TagSubject, affixes: Affixes): RequestedTag[] {
  const name = makeTag(ref.name ?? '') ?? ''
  return parseVersion(name) || rangeOf(name) ? [] : makeSimpleTag(name, 'free', affixes)
}

function makeShaTag({ ref }: TagSubject, affixes: Affixes): RequestedTag[] {
  return makeSimpleTag(shortenSha(ref.sha) ?? '', 'free', { ...affixes, prefix: 'sha-' })
}

const NO_TAGS: RuleResult = { tags: [], latest: false }

/** The tags that one rule gives; none when it is not for this run. Throws a `UserError` when `enable` is neither true nor false. */
function applyRule(rule: Rule, flavor: Flavor, subject: TagSubject): RuleResult {
  if (!isEnabled(rule, subject)) return NO_TAGS
  const affixes = renderAffixes(flavor, subject, rule)
  const { ref } = subject
  switch (rule.type) {
    case 'auto':
      return { tags: makeAutoTags(flavor, subject), latest: false }
    case 'schedule': {
      const text = ref.event === 'schedule' ? renderTemplate(rule.pattern, createEvaluator(subject)) : ''
      return { tags: makeSimpleTag(text, 'free', affixes), latest: false }
    }
    case 'semver':
      return applySemverRule(rule, renderRuleValue(rule.value, subject), affixes)
    case 'match':
      return applyMatchRule(rule, renderRuleValue(rule.value, subject), subject, affixes)
    case 'edge': {
      const isIt = ref.kind === 'branch' && ref.name === (rule.branch ?? ref.defaultBranch)
      return { tags: makeSimpleTag(isIt ? 'edge' : '', 'branch', affixes), latest: false }
    }
    case 'ref':
      return applyRefRule(rule, subject, affixes)
    case 'raw':
      return {
        tags: makeExplicitTag(renderTemplate(rule.value, createEvaluator(subject)), subject, affixes),
        latest: false,
      }
    case 'sha': {
      const sha = rule.format === 'short' ? shortenSha(ref.sha) : ref.sha
      return { tags: makeSimpleTag(sha ?? '', 'free', affixes), latest: false }
    }
  }
}

function isEnabled({ enable, line }: Rule, subject: TagSubject): boolean {
  const text = renderTemplate(enable, createEvaluator(subject))
  if (text !== 'true' && text !== 'false') {
    throw new UserError(`In the tag rule ${line}, enable is ${JSON.stringify(text)}`, {
      hint: 'It must come out as true or false, as {{is_default_branch}} does.',
    })
  }
  return text === 'true'
}

/** What a rule was given, else the Git tag. */
function renderRuleValue(value: Template, subject: TagSubject): string {
  if (value.length > 0) return renderTemplate(value, createEvaluator(subject))
  return subject.ref.kind === 'tag' ? (subject.ref.name ?? '') : ''
}

function applyMatchRule(
  rule: RuleOf<'match'>,
  value: string,
  subject: TagSubject,
  affixes: Affixes,
): RuleResult {
  const text = rule.pattern.exec(value)?.[rule.group]
  if (!text) return NO_TAGS
  const version = parseVersion(text) ?? parseVersion(value)
  const about = version ? { ...subject, version: version.text } : subject
  return { tags: makeExplicitTag(text, about, affixes), latest: true, version }
}

function applyRefRule({ event }: RuleOf<'ref'>, { ref }: TagSubject, affixes: Affixes): RuleResult {
  const { kind, name = '', number = '' } = ref
  switch (event) {
    case 'branch':
      return { tags: makeSimpleTag(kind === 'branch' ? name : '', 'branch', affixes), latest: false }
    case 'tag': {
      const version = kind === 'tag' ? parseVersion(name) : undefined
      const tags = makeSimpleTag(kind === 'tag' ? name : '', version ? 'exact' : 'free', affixes)
      return { tags, latest: true, version }
    }
    case 'pr':
      return {
        tags: makeSimpleTag(kind === 'pull-request' ? `${number}` : '', 'free', affixes),
        latest: false,
      }
  }
}

const VERSION_PARTS = ['major', 'minor', 'patch'] as const

/** The tag of a rule `type=semver` for a text such as `v1.2.3`; none when the text is no version. */
function applySemverRule({ pattern, match }: RuleOf<'semver'>, value: string, affixes: Affixes): RuleResult {
  const raw = match ? (match.exec(value)?.[1] ?? value) : value
  const version = parseVersion(raw.replaceAll('/', '-'))
  if (!version) return { tags: [], latest: false }
  const shape =
    version.stable || isRawPattern(pattern) ? pattern : [{ name: 'version', words: [], options: {} }]
  const text = renderTemplate(shape, ({ name }) => renderVersionPart(version, raw, name))
  const line = rangeOfPattern(version, expressionNamesOf(shape))
  const tags = line ? makeNewestTag(text, version, line, affixes) : makeSimpleTag(text, 'exact', affixes)
  return { tags, latest: version.stable, version }
}

function isRawPattern(pattern: Template): boolean {
  const [only] = pattern
  return pattern.length === 1 && typeof only === 'object' && only.name === 'raw'
}

function renderVersionPart(version: Version, raw: string, name: string): string {
  const number = VERSION_PARTS.find(each => each === name)
  if (number) return String(version[number])
  // As docker/metadata-action has it, a version goes without its build metadata.
  return name === 'raw' ? raw : version.text.replace(/\+.*/, '')
}

/** The versions that share the tag with ours; `undefined` when it names ours alone. */
function rangeOfPattern(version: Version, names: readonly string[]): VersionRange | undefined {
  const given = VERSION_PARTS.filter(name => names.includes(name))
  if (names.includes('raw') || names.includes('version') || given.length === VERSION_PARTS.length)
    return undefined
  return Object.fromEntries(given.map(name => [name, version[name]]))
}

/** What a rule gives, and what it says of `latest` where the flavor leaves that to rules. */
interface RuleResult {
  readonly tags: readonly RequestedTag[]
  readonly latest: boolean
  /** The version that its tags name. */
  readonly version?: Version | undefined
}

/** A rule's own prefix and suffix, and the flavor's in place of those that it does not have. */
function renderAffixes(
  flavor: Flavor,
  subject: TagSubject,
  own: { readonly prefix?: Template; readonly suffix?: Template } = {},
): Affixes {
  const text = (template: Template): string => renderTemplate(template, createEvaluator(subject))
  return { prefix: text(own.prefix ?? flavor.prefix.text), suffix: text(own.suffix ?? flavor.suffix.text) }
}

/** No tag or one; none when nothing of the text may stand in a tag. */
function makeSimpleTag(text: string, kind: Exclude<TagKind, 'newest'>, affixes: Affixes): RequestedTag[] {
  const tag = makeTag(text, affixes)
  return tag === undefined ? [] : [{ tag, kind }]
}

/** A tag that only the newest version of a line gets. */
function makeNewestTag(text: string, version: Version, line: VersionRange, affixes: Affixes): RequestedTag[] {
  const tag = makeTag(text, affixes)
  return tag === undefined ? [] : [requestNewest(tag, version, line, affixes)]
}

/** `latest`, with the flavor's prefix and suffix only where it asks for that. */
function makeLatestTag(version: Version | undefined, flavor: Flavor, subject: TagSubject): RequestedTag[] {
  const affixes = renderAffixes(flavor, subject)
  const { prefix, suffix } = affixes
  const tag = makeTag('latest', {
    prefix: flavor.prefix.onLatest ? prefix : '',
    suffix: flavor.suffix.onLatest ? suffix : '',
  })
  if (tag === undefined) return []
  if (version) return [requestNewest(tag, version, {}, affixes)]
  return [{ tag, kind: subject.ref.kind === 'none' ? 'free' : 'branch' }]
}

/** A tag that somebody spelled out, whose kind is told from what it looks like. */
function makeExplicitTag(text: string, subject: TagSubject, affixes: Affixes): RequestedTag[] {
  if (parseVersion(text)) return makeSimpleTag(text, 'exact', affixes)
  const line = rangeOf(text)
  const version = parseVersion(subject.version ?? '')
  if (line && version && isInRange(version, line)) return makeNewestTag(text, version, line, affixes)
  const { kind, name = '' } = subject.ref
  const follows = kind !== 'none' && (line !== undefined || (kind === 'branch' && text === makeTag(name)))
  return makeSimpleTag(text, follows ? 'branch' : 'free', affixes)
}

function requestNewest(
  tag: string,
  version: Version,
  line: VersionRange,
  { prefix, suffix }: Affixes,
): RequestedTag {
  const affixes = { prefix: sanitizeTag(prefix), suffix: sanitizeTag(suffix) }
  return { tag, kind: 'newest', newestOf: { version: version.text, range, affixes } }
}

/**
 * The version that a run is about: what the input says, else what the image says of itself when that is a version, else the Git
 * tag when it is one. What the image says otherwise comes last, so that it may be no semver.
 */
export function chooseVersion(
  input: string | undefined,
  image: string | undefined,
  ref: GitRef,
): string | undefined {
  const own = parseVersion(image ?? '') && image
  const tagged = ref.kind === 'tag' ? parseVersion(ref.name ?? '')?.text : undefined
  return input || own || tagged || image || undefined
}
