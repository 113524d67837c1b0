import type { Affixes } from './affixes.js'
import { parseVersion, type Version } from './version.js'

/** Versions that share one tag: all of them (`latest`), those of one major (`1`), or of one minor version (`1.2`). */
export interface Line {
  readonly major?: number
  readonly minor?: number
  readonly patch?: number
}

/** The line that a tag names by what it looks like: `latest`, `1`, `v1`, `1.2`; `undefined` when it names none. */
export function lineOf(tag: string): Line | undefined {
  if (tag === 'latest') return {}
  const [, major, minor] = /^v?(\d{1,15})(?:\.(\d{1,15}))?$/.exec(tag) ?? []
  if (major === undefined) return undefined
  return { major: Number(major), ...(minor !== undefined && { minor: Number(minor) }) }
}

export function isInLine(version: Version, { major, minor, patch }: Line): boolean {
  return (
    (major === undefined || major === version.major) &&
    (minor === undefined || minor === version.minor) &&
    (patch === undefined || patch === version.patch)
  )
}

/** The stable versions of a line among a repository's tags, as far as these have the prefix and suffix of the run's own. */
export function versionsIn(line: Line, tags: readonly string[], affixes: Affixes): Version[] {
  return tags
    .map(tag => parseVersion(without(affixes, tag) ?? ''))
    .filter(version => version !== undefined)
    .filter(version => version.stable && isInLine(version, line))
}

function without({ prefix, suffix }: Affixes, tag: string): string | undefined {
  if (!tag.startsWith(prefix) || !tag.endsWith(suffix)) return undefined
  return tag.slice(prefix.length, tag.length - suffix.length)
}
