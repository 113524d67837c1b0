import { type Affixes, tagFrom } from './affixes.js'
import { shortSha } from './expressions.js'
import type { Flavor } from './flavor.js'
import { isInLine, lineOf } from './line.js'
import { affixesOf, latestTag, newestTag, plainTag } from './make.js'
import { isDefaultBranch } from './subject.js'
import { parseVersion, type Version } from './version.js'
import type { TagSubject, Wanted } from './wanted-tag.js'

/** The tags of `tags: auto`: by version on the default branch, on Git tags and without Git; by branch, commit and pull request. */
export function automaticTags(flavor: Flavor, subject: TagSubject): Wanted[] {
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
