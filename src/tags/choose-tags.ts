import { UserError } from '../util/error.js'
import type { Rule, RuleOf } from './parse-metadata-action-rules.js'
import type { Flavor, ListedTag, TagRequest } from './parse-tags-input.js'
import {
  type GitRef,
  isDefaultBranch,
  otherBranchOf,
  type RequestedTag,
  type TagKind,
  type TagSubject,
} from './subject.js'
import { expressionNamesOf, renderTemplate, type Template } from './tag-template.js'
import { createEvaluator, shortenSha } from './template-expressions.js'
import {
  type Affixes,
  isInRange,
  makeRefTag,
  makeTag,
  NO_AFFIXES,
  parseLooseVersion,
  parseVersion,
  rangeOf,
  sanitizeTag,
  type Version,
  type VersionRange,
} from './version.js'
import { isGitTagOf, isVersionOf, parseVersionName, selectRefOf } from './version-name.js'

/**
 * Chooses the tags of a run, in the order of priority and without duplicates. `request` is the parsed input `tags`. Throws a
 * `UserError` if the `enable` of a rule evaluates to neither true nor false.
 */
export function chooseTags(request: TagRequest, flavor: Flavor, run: TagSubject): RequestedTag[] {
  const subject = { ...run, ref: selectRefOf(run.ref, run.names ?? []) }
  const results = applyRequest(request, flavor, subject).filter(({ tags }) => tags.length > 0)
  const [first] = results
  const version = parseLooseVersion(subject.version ?? '')
  const latest = flavor.latest === 'auto' ? first?.latest : flavor.latest && first !== undefined
  return removeDuplicateTags([
    ...results.flatMap(({ tags }) => tags),
    ...(latest ? makeLatestTag(first?.version ?? version, flavor, subject) : []),
  ])
}

/** The tags of one rule, or of one entry of a list. */
interface RuleResult {
  readonly tags: readonly RequestedTag[]
  /** Whether `latest=auto` sets `latest` too. */
  readonly latest: boolean
  /** The version that the tags name. */
  readonly version?: Version | undefined
}

const NO_TAGS: RuleResult = { tags: [], latest: false }

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

/** The prefix and suffix do not apply to a full reference. */
function makeListedTag({ tag, name }: ListedTag, subject: TagSubject, affixes: Affixes): RequestedTag[] {
  return makeExplicitTag(tag, subject, name === undefined ? affixes : NO_AFFIXES)
}

function removeDuplicateTags(tags: readonly RequestedTag[]): RequestedTag[] {
  const seen = new Set<string>()
  return tags.filter(({ tag }) => !seen.has(tag) && seen.add(tag))
}

/**
 * Makes the tags of `tags: auto`. Only the default branch, Git tags, and a person's runs without Git get version tags. The other
 * tags name the branch, the commit or the pull request.
 */
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
      return [...makeGitTag(flavor, subject, affixes), ...makeShaTag(subject, affixes)]
    case 'commit':
      return makeShaTag(subject, affixes)
    case 'none':
      return makeVersionTags(flavor, subject, affixes)
    case 'no-commit':
      return makeExactVersionTag(subject, affixes)
    case 'git-failed':
      return []
  }
}

function makeExactVersionTag({ version = '' }: TagSubject, affixes: Affixes): RequestedTag[] {
  return makeExactTag(parseLooseVersion(version)?.text ?? version, affixes)
}

function makeVersionTags(flavor: Flavor, subject: TagSubject, affixes: Affixes): RequestedTag[] {
  const version = parseLooseVersion(subject.version ?? '')
  const exact = makeExactVersionTag(subject, affixes)
  if (version && !version.stable) return exact
  // A Git tag that is not a version may point to an old commit.
  const latest = flavor.latest !== false && (version || subject.ref.kind !== 'tag')
  return [
    ...exact,
    ...(version?.semantic ? makeRangeTags(version, affixes) : []),
    ...(latest ? makeLatestTag(version, flavor, subject) : []),
  ]
}

/** Makes `1.2` and `1`, but not `0`, because 0.x releases may be incompatible. */
function makeRangeTags(version: Version, affixes: Affixes): RequestedTag[] {
  const { major, minor } = version
  const minorTag = makeNewestTag(`${major}.${minor}`, version, { major, minor }, affixes)
  return major === 0 ? minorTag : [...minorTag, ...makeNewestTag(String(major), version, { major }, affixes)]
}

/**
 * Makes the tag of a version, also if it is not a semver version (`17.2`, `2024-05-01`). A hash gives no tag: if an image has no
 * tag, Nix uses its hash as the tag.
 */
function makeExactTag(version: string, affixes: Affixes): RequestedTag[] {
  return isExactVersion(version) ? makeSimpleTag(version.replace(/^v/i, ''), 'exact', affixes) : []
}

function isExactVersion(version: string): boolean {
  const isHash = /^[0-9a-z]{32,}$|^(?=.*[a-f])[0-9a-f]{7,}$/.test(version)
  return !isHash && /^(v?\d|unstable-\d)/i.test(version)
}

/**
 * Makes the tag of a branch. A branch named like a version gives no tag. A branch such as `1.2` gives a tag only if the version
 * of the run is a stable version of that range.
 */
function makeBranchTag(subject: TagSubject, affixes: Affixes): RequestedTag[] {
  const { name = '' } = subject.ref
  const range = rangeOf(name)
  if (!range && !parseLooseVersion(name)) return makeNamedTag(subject.ref, 'branch', affixes)
  const version = parseVersion(subject.version ?? '')
  const hasVersion = range?.major !== undefined && version?.stable && isInRange(version, range)
  return hasVersion ? makeNewestTag(name, version, range, affixes) : []
}

/**
 * Makes the tags of a Git tag. A tag with a version gives the tags of the version. Another tag gives its name, and the tags of
 * the image's version. Tags of versions are only for the container that the Git tag is for.
 */
function makeGitTag(flavor: Flavor, subject: TagSubject, affixes: Affixes): RequestedTag[] {
  const { ref, names = [] } = subject
  const { name = '' } = ref
  const isOwn = isGitTagOf(name, names)
  const nameTag = parseVersionName(name) || rangeOf(name) ? [] : makeNamedTag(ref, 'free', affixes)
  return [...nameTag, ...(isOwn ? makeVersionTags(flavor, subject, affixes) : [])]
}

function makeShaTag({ ref }: TagSubject, affixes: Affixes): RequestedTag[] {
  return makeSimpleTag(shortenSha(ref.sha) ?? '', 'free', { ...affixes, prefix: 'sha-' })
}

/** Throws a `UserError` if `enable` evaluates to neither true nor false. */
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
      const isEdge = ref.kind === 'branch' && ref.name === (rule.branch ?? ref.defaultBranch)
      return { tags: makeSimpleTag(isEdge ? 'edge' : '', 'branch', affixes), latest: false }
    }
    case 'ref':
      return applyRefRule(rule, subject, affixes)
    case 'raw': {
      const text = renderTemplate(rule.value, createEvaluator(subject))
      return { tags: makeExplicitTag(text, subject, affixes), latest: false }
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
      hint: 'It must evaluate to true or false, for example enable={{is_default_branch}}.',
    })
  }
  return text === 'true'
}

/** Renders the `value` of a rule. Default: the Git tag. */
function renderRuleValue(value: Template, subject: TagSubject): string {
  if (value.length > 0) return renderTemplate(value, createEvaluator(subject))
  return subject.ref.kind === 'tag' ? (subject.ref.name ?? '') : ''
}

const VERSION_NUMBERS = ['major', 'minor', 'patch'] as const

/** Applies a rule `type=semver` to a value such as `v1.2.3`. Other values give no tag. */
function applySemverRule({ pattern, match }: RuleOf<'semver'>, value: string, affixes: Affixes): RuleResult {
  const raw = match ? (match.exec(value)?.[1] ?? value) : value
  const version = parseVersion(raw.replaceAll('/', '-'))
  if (!version) return NO_TAGS
  // Like docker/metadata-action: a prerelease gives its full version with any pattern except {{raw}}.
  const template =
    version.stable || isRawPattern(pattern) ? pattern : [{ name: 'version', args: [], options: {} }]
  const text = renderTemplate(template, ({ name }) => renderVersionExpression(version, raw, name))
  const range = rangeOfPattern(version, expressionNamesOf(template))
  const tags = range ? makeNewestTag(text, version, range, affixes) : makeSimpleTag(text, 'exact', affixes)
  return { tags, latest: version.stable, version }
}

function isRawPattern(pattern: Template): boolean {
  const [only] = pattern
  return pattern.length === 1 && typeof only === 'object' && only.name === 'raw'
}

function renderVersionExpression(version: Version, raw: string, name: string): string {
  const number = VERSION_NUMBERS.find(each => each === name)
  if (number) return String(version[number])
  // docker/metadata-action removes the build metadata from a version.
  return name === 'raw' ? raw : version.text.replace(/\+.*/, '')
}

/** Returns the versions that share the tag of a pattern, or `undefined` if the tag names one version. */
function rangeOfPattern(version: Version, expressionNames: readonly string[]): VersionRange | undefined {
  const numbers = VERSION_NUMBERS.filter(name => expressionNames.includes(name))
  const namesOneVersion =
    expressionNames.includes('raw') ||
    expressionNames.includes('version') ||
    numbers.length === VERSION_NUMBERS.length
  return namesOneVersion ? undefined : Object.fromEntries(numbers.map(name => [name, version[name]]))
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
  const tagSubject = version ? { ...subject, version: version.text } : subject
  return { tags: makeExplicitTag(text, tagSubject, affixes), latest: true, version }
}

function applyRefRule(
  { event }: RuleOf<'ref'>,
  { ref, names = [] }: TagSubject,
  affixes: Affixes,
): RuleResult {
  const { kind, name = '', number = '' } = ref
  switch (event) {
    case 'branch': {
      // The tag of a published version does not follow a branch of the same name.
      const isVersion = rangeOf(name) === undefined && parseLooseVersion(name) !== undefined
      const tags = kind === 'branch' ? makeNamedTag(ref, isVersion ? 'exact' : 'branch', affixes) : []
      return { tags, latest: false }
    }
    case 'tag': {
      if (kind !== 'tag') return { tags: [], latest: true }
      const version = parseVersion(name)
      const tags = makeNamedTag(ref, parseVersionName(name) ? 'exact' : 'free', affixes)
      return { tags, latest: isGitTagOf(name, names), version }
    }
    case 'pr': {
      const text = kind === 'pull-request' ? `${number}` : ''
      return { tags: makeSimpleTag(text, 'free', affixes), latest: false }
    }
  }
}

/** Renders the prefix and suffix of a rule. Default: the prefix and suffix of the flavor. */
function renderAffixes(
  flavor: Flavor,
  subject: TagSubject,
  rule: { readonly prefix?: Template; readonly suffix?: Template } = {},
): Affixes {
  const render = (template: Template): string => renderTemplate(template, createEvaluator(subject))
  return {
    prefix: render(rule.prefix ?? flavor.prefix.text),
    suffix: render(rule.suffix ?? flavor.suffix.text),
  }
}

/** Returns one tag, or no tag if the text has no character that is valid in a tag. */
function makeSimpleTag(text: string, kind: Exclude<TagKind, 'newest'>, affixes: Affixes): RequestedTag[] {
  const tag = makeTag(text, affixes)
  return tag === undefined ? [] : [{ tag, kind }]
}

/** Makes the tag of a branch or of a Git tag; no tag if its name has no character that is valid in a tag. */
function makeNamedTag(ref: GitRef, kind: Exclude<TagKind, 'newest'>, affixes: Affixes): RequestedTag[] {
  const tag = makeRefTag(ref.name ?? '', affixes, otherBranchOf(ref))
  return tag === undefined ? [] : [{ tag, kind }]
}

/** Makes a tag for the newest version of a range. */
function makeNewestTag(
  text: string,
  version: Version,
  range: VersionRange,
  affixes: Affixes,
): RequestedTag[] {
  const tag = makeTag(text, affixes)
  return tag === undefined ? [] : [requestNewest(tag, version, range, affixes)]
}

/** Makes `latest`. It gets the flavor's prefix and suffix only with `onlatest=true`. */
function makeLatestTag(version: Version | undefined, flavor: Flavor, subject: TagSubject): RequestedTag[] {
  const affixes = renderAffixes(flavor, subject)
  const tag = makeTag('latest', {
    prefix: flavor.prefix.onLatest ? affixes.prefix : '',
    suffix: flavor.suffix.onLatest ? affixes.suffix : '',
  })
  if (tag === undefined) return []
  if (version) return [requestNewest(tag, version, {}, affixes)]
  return [{ tag, kind: subject.ref.kind === 'none' ? 'free' : 'branch' }]
}

function requestNewest(
  tag: string,
  version: Version,
  range: VersionRange,
  { prefix, suffix }: Affixes,
): RequestedTag {
  const affixes = { prefix: sanitizeTag(prefix), suffix: sanitizeTag(suffix) }
  return { tag, kind: 'newest', newestOf: { version: version.text, range, affixes } }
}

/** Makes a tag that the user wrote. Its kind depends on its form. */
function makeExplicitTag(text: string, subject: TagSubject, affixes: Affixes): RequestedTag[] {
  const range = rangeOf(text)
  if (!range && isCompleteVersion(text, subject)) return makeSimpleTag(text, 'exact', affixes)
  const version = parseLooseVersion(subject.version ?? '')
  if (range && version && isInRange(version, range)) return makeNewestTag(text, version, range, affixes)
  const { kind, name = '' } = subject.ref
  const followsBranch =
    kind !== 'none' && (range !== undefined || (kind === 'branch' && text === makeRefTag(name)))
  return makeSimpleTag(text, followsBranch ? 'branch' : 'free', affixes)
}

/** The version of the run is complete in any form, such as `2024-05-01`. */
function isCompleteVersion(text: string, { version = '' }: TagSubject): boolean {
  return parseLooseVersion(text) !== undefined || (text === version && isExactVersion(text))
}

/**
 * Chooses the version of a container. The first of these that exists: the input; the version of the image, if it is semantic; the
 * version in the Git tag, if the Git tag is for this container; the version of the image in any form.
 *
 * @param names the names of the container and of its image
 */
export function chooseVersion(
  input: string | undefined,
  image: string | undefined,
  { ref: runRef, names }: Required<Pick<TagSubject, 'ref' | 'names'>>,
): string | undefined {
  const ref = selectRefOf(runRef, names)
  const imageVersion = parseVersion(image ?? '') && image
  const named = ref.kind === 'tag' ? parseVersionName(ref.name ?? '') : undefined
  const gitVersion = named && isVersionOf(named, names) ? named.version.text : undefined
  return input || imageVersion || gitVersion || image || undefined
}
