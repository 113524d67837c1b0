import type { PullRequestState } from '../../github/github-repository.js'
import type { PackageVersion } from '../../github/packages.js'
import { compareVersions, type Version } from '../../tags/version.js'
import { kindOfTag } from './tag-kinds.js'

/** Which tags may go. */
export interface PruneRules {
  /** The number of newest versions that stay. */
  readonly keep: number | 'all'
  /** In milliseconds. */
  readonly olderThan: number
  readonly closedPullRequests: boolean
}

/** What the rules are applied to. */
export interface RuleFacts {
  readonly rules: PruneRules
  readonly now: Date
  /** The pull requests that GitHub was asked about. */
  readonly pullRequests: ReadonlyMap<number, PullRequestState>
}

/** Whatever the rules say, nothing younger goes: a push may not have set its tags yet. In milliseconds. */
export const MIN_AGE = 24 * 60 * 60_000

/** In milliseconds, since the version was created or its tags changed. */
export function ageOf({ created, updated }: PackageVersion, now: Date): number {
  return now.getTime() - Math.max(created.getTime(), updated.getTime())
}

/** Why a version stays because of its tags, or why its tags do not keep it. */
export type TagVerdict = { readonly stays: boolean; readonly why: string }

/**
 * Decides for a version with tags, none of which is a referrer's, whether the tags keep it. GitHub deletes a version with all of
 * its tags, so one tag that stays is enough.
 */
export function judgeTags(
  version: PackageVersion,
  facts: RuleFacts,
  newest: ReadonlySet<string>,
): TagVerdict {
  const verdicts = version.tags.map(tag => judgeTag(tag, version, facts, newest))
  return (
    verdicts.find(({ stays }) => stays) ?? { stays: false, why: verdicts.map(({ why }) => why).join('; ') }
  )
}

function judgeTag(
  tag: string,
  version: PackageVersion,
  facts: RuleFacts,
  newest: ReadonlySet<string>,
): TagVerdict {
  const { rules, now, pullRequests } = facts
  const kind = kindOfTag(tag)
  const isOld = ageOf(version, now) > rules.olderThan
  switch (kind.kind) {
    case 'version':
      if (rules.keep === 'all') return stay('exact versions stay')
      if (newest.has(numbersOf(kind.version))) return stay(`one of the newest ${rules.keep} versions`)
      return isOld ? go(`not one of the newest ${rules.keep} versions`) : stay(NOT_OLD)
    case 'commit':
      return isOld ? go('the tag of an old commit') : stay(NOT_OLD)
    case 'pull request': {
      if (!rules.closedPullRequests) return stay('the tag of a pull request')
      const state = pullRequests.get(kind.number) ?? 'unknown'
      if (state === 'closed') return go(`pull request ${kind.number} is closed`)
      return stay(state === 'open' ? 'an open pull request' : 'a pull request whose state is not known')
    }
    case 'referrer':
      return go('a referrer')
    case 'lasting':
      return stay('a tag that is not removed')
  }
}

/** Why a version stays that is younger than the rules say. */
export const NOT_OLD = 'not old enough for the rules'

function stay(why: string): TagVerdict {
  return { stays: true, why }
}

function go(why: string): TagVerdict {
  return { stays: false, why }
}

/** Versions with a year, such as `2026.11.30`, begin with at least this number. */
const FIRST_YEAR = 1900

/**
 * Returns the numbers of the newest versions of a package: `1.2.3`, `1.2.3-rc.1` and `1.2.3-alpine` count as one version.
 * Versions with a year are counted on their own: they would be newer than all others, also if they are nightly builds.
 */
export function findNewestVersions(
  versions: readonly PackageVersion[],
  keep: PruneRules['keep'],
): ReadonlySet<string> {
  const found = versions
    .flatMap(({ tags }) => tags)
    .flatMap(tag => {
      const kind = kindOfTag(tag)
      return kind.kind === 'version' ? [kind.version] : []
    })
  const byNumbers = new Map(found.map(version => [numbersOf(version), { ...version, prerelease: '' }]))
  const newestFirst = [...byNumbers].sort(([, a], [, b]) => compareVersions(b, a))
  const hasYear = ([, { major }]: [string, Version]): boolean => major >= FIRST_YEAR
  const groups = [newestFirst.filter(hasYear), newestFirst.filter(each => !hasYear(each))]
  const newest = groups.flatMap(group => group.slice(0, keep === 'all' ? undefined : keep))
  return new Set(newest.map(([numbers]) => numbers))
}

function numbersOf({ numbers }: Version): string {
  return numbers.join('.')
}

/** Returns the pull requests that the rules depend on: of versions that no other tag keeps. */
export function findPullRequests(versions: readonly PackageVersion[], facts: RuleFacts): number[] {
  if (!facts.rules.closedPullRequests) return []
  const newest = findNewestVersions(versions, facts.rules.keep)
  const numbers = versions.flatMap(version => {
    if (ageOf(version, facts.now) < MIN_AGE) return []
    const kinds = version.tags.map(kindOfTag)
    const others = version.tags.filter((_, n) => kinds[n]?.kind !== 'pull request')
    if (judgeTags({ ...version, tags: others }, facts, newest).stays) return []
    return kinds.flatMap(kind => (kind.kind === 'pull request' ? [kind.number] : []))
  })
  return [...new Set(numbers)].filter(number => !facts.pullRequests.has(number))
}
