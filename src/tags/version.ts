import compare from 'semver/functions/compare.js'
import parse from 'semver/functions/parse.js'
import { isTag } from '../oci/reference.js'

/** A version by the rules of semver.org. */
export interface Version {
  /** Without `v`: `1.2.3-rc.1+build`. */
  readonly text: string
  readonly major: number
  readonly minor: number
  readonly patch: number
  /** Whether it is no prerelease. */
  readonly stable: boolean
}

/** Reads a whole version, with or without a `v`; `undefined` for anything else, such as `1.2`, a hash, or `latest`. */
export function parseVersion(text: string): Version | undefined {
  const found = parse(text)
  if (!found) return undefined
  const { major, minor, patch, prerelease, raw } = found
  return { text: raw.trim().replace(/^v/, ''), major, minor, patch, stable: prerelease.length === 0 }
}

/** Below zero when the first is the older one. What differs in build metadata alone is equal, since that has no order. */
export function compareVersions(a: Version, b: Version): number {
  return compare(a.text, b.text)
}

/** Versions that share one tag: all of them (`latest`), those of one major (`1`), or of one minor version (`1.2`). */
export interface VersionRange {
  readonly major?: number
  readonly minor?: number
  readonly patch?: number
}

/** The line that a tag names by what it looks like: `latest`, `1`, `v1`, `1.2`; `undefined` when it names none. */
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

/** The stable versions of a line among a repository's tags, as far as these have the prefix and suffix of the run's own. */
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

const MAX_TAG_LENGTH = 128

/** What stands before and after a tag's own words. */
export interface Affixes {
  readonly prefix: string
  readonly suffix: string
}

export const NO_AFFIXES: Affixes = { prefix: '', suffix: '' }

/** Makes a tag of any text, as docker/metadata-action does: what no tag may hold becomes `-`. `undefined` if nothing is left. */
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
