import parse from 'semver/functions/parse.js'
import { isTag } from '../oci/reference.js'
import { shortHashOf } from '../util/files.js'

/** A version. Its numbers are compared first, then its prerelease. */
export interface Version {
  /** Without `v`: `1.2.3-rc.1+build`. */
  readonly text: string
  /** At least two. */
  readonly numbers: readonly number[]
  readonly major: number
  readonly minor: number
  readonly patch: number
  /** `rc.1`; empty for a stable version. */
  readonly prerelease: string
  /** `false` for a prerelease. */
  readonly stable: boolean
  /** It follows semver.org. */
  readonly semantic: boolean
}

/** Parses a semantic version, with or without `v`. Returns `undefined` for other text, such as `1.2`, a hash or `latest`. */
export function parseVersion(text: string): Version | undefined {
  const version = parse(text)
  if (!version) return undefined
  const { major, minor, patch, raw } = version
  const prerelease = version.prerelease.join('.')
  return {
    text: raw.trim().replace(/^v/, ''),
    numbers: [major, minor, patch],
    major,
    minor,
    patch,
    prerelease,
    stable: prerelease === '',
    semantic: true,
  }
}

/** Two or more numbers, and what may follow: `.post1`, a prerelease with `-` or as in Python (`rc1`, `.dev2`), and `+build`. */
const LOOSE_VERSION = new RegExp(
  [
    '^v?((\\d{1,15}(?:\\.\\d{1,15})+)(?:\\.post\\d{1,15})?',
    '(?:-([0-9A-Za-z.-]+)|\\.?((?:a|b|c|rc)\\d{1,15}|(?:alpha|beta|pre|preview|dev)\\d{0,15}))?',
    '(?:\\+[0-9A-Za-z.-]+)?)$',
  ].join(''),
  'i',
)

/**
 * Parses a version that need not be semantic, with or without `v`: two or more numbers, which may begin with a zero (`17.2`,
 * `2024.05.1`, `1.2.3.4`, `1.2.3rc1`). Returns `undefined` for other text, such as `17`, `2024-05-01`, a hash or `latest`.
 */
export function parseLooseVersion(version: string): Version | undefined {
  const semantic = parseVersion(version.replace(/^V/, 'v'))
  if (semantic) return semantic
  const [, text, digits, afterDash, afterDigit] = LOOSE_VERSION.exec(version) ?? []
  const prerelease = afterDash ?? afterDigit ?? ''
  if (text === undefined || digits === undefined) return undefined
  const numbers = digits.split('.').map(Number)
  const [major = 0, minor = 0, patch = 0] = numbers
  return { text, numbers, major, minor, patch, prerelease, stable: prerelease === '', semantic: false }
}

/** Returns a negative number if `a` is older than `b`. Build metadata is ignored, as semver says. */
export function compareVersions(a: Version, b: Version): number {
  const length = Math.max(a.numbers.length, b.numbers.length)
  for (let n = 0; n < length; n++) {
    const difference = (a.numbers[n] ?? 0) - (b.numbers[n] ?? 0)
    if (difference !== 0) return difference
  }
  return comparePrereleases(a.prerelease, b.prerelease)
}

function comparePrereleases(a: string, b: string): number {
  const [first, second] = [a, b].map(text => parse(text === '' ? '0.0.0' : `0.0.0-${text}`))
  // A prerelease such as `01` is not semantic.
  return first && second ? first.compare(second) : Number(a > b) - Number(a < b)
}

/** Versions that share one tag: all versions (`latest`), one major version (`1`) or one minor version (`1.2`). */
export interface VersionRange {
  readonly major?: number
  readonly minor?: number
  readonly patch?: number
}

/** Returns the range of a tag such as `latest`, `1`, `v1` or `1.2`, or `undefined` for other tags. */
export function rangeOf(tag: string): VersionRange | undefined {
  if (tag === 'latest') return {}
  const [, major, minor] = /^v?(\d{1,15})(?:\.(\d{1,15}))?$/.exec(tag) ?? []
  if (major === undefined) return undefined
  return { major: Number(major), ...(minor !== undefined && { minor: Number(minor) }) }
}

export function isInRange(version: Version, { major, minor, patch }: VersionRange): boolean {
  return (
    (major === undefined || major === version.major) &&
    (minor === undefined || minor === version.minor) &&
    (patch === undefined || patch === version.patch)
  )
}

/**
 * Finds the stable versions of a range among the tags of a repository that have as many numbers as `like`: in a repository with
 * versions of three numbers, `17.2` is a range. Tags with another prefix or suffix are ignored.
 */
export function findVersions(
  like: Version,
  range: VersionRange,
  { tags, affixes }: { readonly tags: readonly string[]; readonly affixes: Affixes },
): Version[] {
  return tags
    .map(tag => parseLooseVersion(removeAffixes(affixes, tag) ?? ''))
    .filter(version => version !== undefined)
    .filter(({ numbers, stable }) => stable && numbers.length === like.numbers.length)
    .filter(version => isInRange(version, range))
}

function removeAffixes({ prefix, suffix }: Affixes, tag: string): string | undefined {
  if (!tag.startsWith(prefix) || !tag.endsWith(suffix)) return undefined
  return tag.slice(prefix.length, tag.length - suffix.length)
}

/** The prefix and suffix of a tag. */
export interface Affixes {
  readonly prefix: string
  readonly suffix: string
}

export const NO_AFFIXES: Affixes = { prefix: '', suffix: '' }

const MAX_TAG_LENGTH = 128

/**
 * Makes a tag from any text, like docker/metadata-action: invalid characters become `-`. Returns `undefined` if the result is not
 * a valid tag.
 */
export function makeTag(text: string, { prefix, suffix }: Affixes = NO_AFFIXES): string | undefined {
  if (text === '') return undefined
  const tag = sanitizeTag(`${prefix}${text}${suffix}`)
    .replace(/^[.-]+/, '')
    .slice(0, MAX_TAG_LENGTH)
  return isTag(tag) ? tag : undefined
}

export function sanitizeTag(text: string): string {
  return text.replace(/[^a-zA-Z0-9._-]+/g, '-')
}

/** Tags that name a pull request or a commit. */
const RESERVED_TAG = /^(pr-\d+|sha-[0-9a-f]{7,})$/

/**
 * Makes the tag of a branch or of a Git tag: `/` becomes `-`. If other characters must change, or if the name is that of a pull
 * request's or a commit's tag, a hash of the name is added: the tag must not be that of another branch. Returns `undefined` if no
 * letter and no digit is left.
 *
 * @param taken a branch that is not this ref, whose tag must be another one
 */
export function makeRefTag(name: string, affixes: Affixes = NO_AFFIXES, taken?: string): string | undefined {
  const plain = name.replaceAll('/', '-')
  const tag = makeTag(plain, affixes)
  const isUnchanged = tag === `${sanitizeTag(affixes.prefix)}${plain}${sanitizeTag(affixes.suffix)}`
  if (isUnchanged && !RESERVED_TAG.test(plain) && plain !== taken?.replaceAll('/', '-')) return tag
  const rest = sanitizeTag(name)
    .replace(/^[.-]+|-+$/g, '')
    .slice(0, MAX_REF_LENGTH)
  return rest === '' ? undefined : makeTag(`${rest}-${shortHashOf(name, 7)}`, affixes)
}

/** Leaves room for the hash, a prefix and a suffix. */
const MAX_REF_LENGTH = 80
