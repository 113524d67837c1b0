import { describe, expect, test } from '@jest/globals'
import { kindOfTag } from '../../../src/command/prune/tag-kinds.js'
import {
  ageOf,
  findNewestVersions,
  findPullRequests,
  judgeTags,
  type PruneRules,
} from '../../../src/command/prune/tag-rules.js'
import type { PackageVersion } from '../../../src/github/packages.js'

const DAY = 24 * 60 * 60_000
const NOW = new Date('2026-06-01T00:00:00Z')
const RULES: PruneRules = { keep: 2, olderThan: 30 * DAY, closedPullRequests: true }

let nextId = 1

/** @param days the age */
function version(tags: readonly string[], days = 100): PackageVersion {
  const id = nextId++
  const created = new Date(NOW.getTime() - days * DAY)
  return { id, digest: `sha256:${String(id).padStart(64, '0')}`, tags, created, updated: created }
}

/** Other versions of the package. */
const RELEASES = ['1.9.0', '1.10.0', '1.10.1', '2.0.0-rc.1', '1.0'].map(tag => version([tag]))

function verdictOf(tags: string, days: number, rules: Partial<PruneRules> = {}) {
  const subject = version(tags.split(' '), days)
  const all = [...RELEASES, subject]
  const facts = {
    rules: { ...RULES, ...rules },
    now: NOW,
    pullRequests: new Map([
      [1, 'open'],
      [2, 'closed'],
      [3, 'unknown'],
    ] as const),
  }
  return judgeTags(subject, facts, findNewestVersions(all, facts.rules.keep))
}

test('versions with a year do not replace other versions', () => {
  const nightly = ['2026.5.1', '2026.5.2', '2026.05.03'].map(tag => version([tag]))
  expect(findNewestVersions([...nightly, ...RELEASES], 2)).toEqual(
    new Set(['2026.5.3', '2026.5.2', '2.0.0', '1.10.1']),
  )
})

describe('a version stays because of its tag, or does not', () => {
  test.each([
    // Tags that move.
    ['latest', 1000, 'stays'],
    ['main', 1000, 'stays'],
    ['1', 1000, 'stays'],
    ['1.2', 1000, 'stays'],
    ['17.2', 1000, 'stays'],
    ['2024-05-01', 1000, 'stays'],
    ['buildcache', 1000, 'stays'],
    ['feature-pr-2', 1000, 'stays'],
    ['sha-xyz', 1000, 'stays'],
    ['pr-02', 1000, 'stays'],
    // Exact versions: the newest two are 2.0.0 and 1.10.1.
    ['2.0.0', 1000, 'stays'],
    ['2.0.0-alpine', 1000, 'stays'],
    ['v2.0.0-rc.2', 1000, 'stays'],
    ['1.10.1', 1000, 'stays'],
    ['1.9.1', 1000, 'may go'],
    ['1.9.1', 30, 'stays'],
    ['1.9.1', 31, 'may go'],
    ['v1.9.1', 31, 'may go'],
    ['1.9.1-alpine', 31, 'may go'],
    ['1.9.1.4', 31, 'may go'],
    ['3.0.0', 1000, 'stays'],
    // Commits.
    ['sha-1234567', 30, 'stays'],
    ['sha-1234567', 31, 'may go'],
    [`sha-${'a'.repeat(40)}`, 31, 'may go'],
    // Pull requests.
    ['pr-1', 1000, 'stays'],
    ['pr-2', 2, 'may go'],
    ['pr-3', 1000, 'stays'],
    ['pr-4', 1000, 'stays'],
    // One tag that stays is enough.
    ['sha-1234567 latest', 1000, 'stays'],
    ['sha-1234567 1.9.1', 1000, 'may go'],
    ['sha-1234567 pr-2', 1000, 'may go'],
    ['sha-1234567 pr-2', 2, 'stays'],
    ['pr-1 pr-2', 1000, 'stays'],
    ['1.9.1 1.9', 1000, 'stays'],
    ['1.9.1 2.0.0', 1000, 'stays'],
  ] as const)('%s, %d days old: %s', (tags, days, expected) => {
    expect(verdictOf(tags, days).stays).toBe(expected === 'stays')
  })

  test('with `keep: all`, exact versions stay', () => {
    expect(verdictOf('0.0.1', 1000, { keep: 'all' }).stays).toBe(true)
  })

  test('without `closed-pull-requests`, the tags of pull requests stay', () => {
    expect(verdictOf('pr-2', 1000, { closedPullRequests: false }).stays).toBe(true)
  })

  test('the reason names all tags', () => {
    expect(verdictOf('pr-2 sha-1234567', 1000).why).toBe('pull request 2 is closed; the tag of an old commit')
  })
})

test('the age is that of the last change', () => {
  const old = version([])
  expect(ageOf({ ...old, updated: new Date(NOW.getTime() - 2 * DAY) }, NOW)).toBe(2 * DAY)
  expect(ageOf({ ...old, updated: new Date(0) }, NOW)).toBe(100 * DAY)
})

test('GitHub is asked only about pull requests that decide something', () => {
  const versions = [
    version(['pr-1']),
    version(['pr-2', 'main']),
    version(['pr-3'], 0.5),
    version(['pr-4', 'sha-1234567']),
    version(['pr-5', 'sha-1234567'], 3),
  ]
  const facts = { rules: RULES, now: NOW, pullRequests: new Map() }
  expect(findPullRequests(versions, facts)).toEqual([1, 4])
  expect(findPullRequests(versions, { ...facts, rules: { ...RULES, closedPullRequests: false } })).toEqual([])
})

test.each([
  [`sha256-${'a'.repeat(64)}`, { kind: 'referrer', subject: `sha256:${'a'.repeat(64)}`, isCosign: false }],
  [`sha256-${'a'.repeat(64)}.sig`, { kind: 'referrer', subject: `sha256:${'a'.repeat(64)}`, isCosign: true }],
  [`sha256-${'a'.repeat(63)}`, { kind: 'lasting' }],
  [`sha256-${'a'.repeat(64)}.other`, { kind: 'lasting' }],
  ['pr-12', { kind: 'pull request', number: 12 }],
  ['pr-0', { kind: 'lasting' }],
  ['sha-123456', { kind: 'lasting' }],
])('the tag %s', (tag, kind) => {
  expect(kindOfTag(tag)).toEqual(kind)
})
