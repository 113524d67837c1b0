import compare from 'semver/functions/compare.js'
import parse from 'semver/functions/parse.js'

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
