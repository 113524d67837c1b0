import compare from 'semver/functions/compare.js'
import parse from 'semver/functions/parse.js'
import { isTag } from '../oci/reference.js'

/** A semantic version (semver.org). */
export interface Version {
  /** Without `v`: `1.2.3-rc.1+build`. */
  readonly text: string
  readonly major: number
  readonly minor: number
  readonly patch: number
  /** `false` for a prerelease. */
  readonly stable: boolean
}

/** Parses a full version, with or without `v`. Returns `undefined` for other text, such as `1.2`, a hash or `latest`. */
export function parseVersion(text: string): Version | undefined {
  const version = parse(text)
  if (!version) return undefined
  const { major, minor, patch, prerelease, raw } = version
  return { text: raw.trim().replace(/^v/, ''), major, minor, patch, stable: prerelease.length === 0 }
}

/** Returns a negative number if `a` is older than `b`. Build metadata is ignored, as semver says. */
export function compareVersions(a: Version, b: Version): number {
  return compare(a.text, b.text)
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

/** Finds the stable versions of a range among the tags of a repository. Tags with another prefix or suffix are ignored. */
export function findVersions(range: VersionRange, tags: readonly string[], affixes: Affixes): Version[] {
  return tags
    .map(tag => parseVersion(removeAffixes(affixes, tag) ?? ''))
    .filter(version => version !== undefined)
    .filter(version => version.stable && isInRange(version, range))
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
