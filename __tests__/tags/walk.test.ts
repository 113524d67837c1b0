import { describe, expect, test } from '@jest/globals'
import { compare, parse, prerelease } from 'semver'
import { chooseTags } from '../../src/tags/choose-tags.js'
import { mayMove, type TaggedVersion } from '../../src/tags/may-move.js'
import { parseFlavor, parseTagRequest } from '../../src/tags/parse-tags-input.js'
import type { GitRef } from '../../src/tags/subject.js'
import { seeded } from '../support/images.js'
import { type Commit, History } from './history.js'

const STEPS = 2000

const ENDINGS = ['', '', '', '', '-rc.1', '-rc.2', '-alpha']
const BRANCHES = ['main', 'main', 'main', 'topic/a']
/** These versions get no exact tag, so only annotations contain them (and build metadata). */
const LINES = ['1.2', '2', 'latest']

/** The registry of a walk: the image of each tag, with its commit. */
type Registry = Map<string, Image>
type Image = TaggedVersion & { commit: Commit }

interface Move {
  readonly tag: string
  readonly was: Image | undefined
  readonly now: Image
}

interface Walk {
  /** If there are versions, and if each commit has its own. */
  readonly versions: 'always' | 'never' | 'sometimes'
  readonly knowsHistory: boolean
  /** Where `mayMove` finds versions. */
  readonly told: 'by tags and annotations' | 'by tags' | 'by annotations'
}

const pick = <T>(random: () => number, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T

function randomVersion(random: () => number, endings: readonly string[]): string {
  const number = () => Math.floor(random() * 3)
  const ending = pick(random, endings)
  return `${number()}.${number()}.${number()}${ending}`
}

function randomRef(
  random: () => number,
  commit: Commit,
  version: string | undefined,
  branches: readonly string[],
): GitRef {
  const facts = { sha: commit.sha, commitDate: commit.date, defaultBranch: 'main' }
  const draw = random()
  if (draw < 0.15 && version !== undefined)
    return { ...facts, event: 'push', kind: 'tag', name: `v${version}` }
  if (draw < 0.2) return { ...facts, event: 'pull_request', kind: 'pull-request', number: 7, name: 'topic' }
  return { ...facts, event: 'push', kind: 'branch', name: pick(random, branches) }
}

/** The tags of a version that a user may list, also for prereleases. */
function spelled(version: string): string {
  const { major, minor } = parse(version) ?? {}
  return `${version.replace('+', '-')} ${major}.${minor} ${major} latest`
}

function withoutVersion({ version: _, ...others }: Image): TaggedVersion {
  return others
}

/** A run: its commit, its subject, and its image. */
function randomRun(random: () => number, history: History, walk: Walk) {
  const commit = pick(random, history.commits)
  const hasVersion = walk.versions === 'always' || (walk.versions === 'sometimes' && random() < 0.5)
  const byTags = walk.told === 'by tags'
  const endings = byTags ? ENDINGS : [...ENDINGS, '+b1', '+b2']
  const version = hasVersion ? { version: randomVersion(random, endings) } : {}
  const branches = byTags ? BRANCHES : [...BRANCHES, ...LINES]
  const subject = { ref: randomRef(random, commit, version.version, branches), now: new Date(0), ...version }
  const digest = `sha256:${commit.sha}-${version.version}-${Math.floor(random() * 1.2)}`
  const ours = { digest, revision: commit.sha, created: commit.date, ...version }
  const listed = version.version !== undefined && random() < 0.2
  return { commit, subject, ours, request: parseTagRequest(listed ? spelled(version.version) : 'auto') }
}

/** Runs one merge and returns the moved tags. All tags are decided first, and one refusal stops the merge. */
function runOnce(random: () => number, history: History, registry: Registry, walk: Walk): Move[] {
  const { commit, subject, ours, request } = randomRun(random, history, walk)
  const tags = walk.told === 'by annotations' ? [] : [...registry.keys()]
  const verdicts = chooseTags(request, parseFlavor(''), subject).map(wanted => {
    const there = registry.get(wanted.tag)
    const relation = there && walk.knowsHistory ? history.relation(commit, there.commit) : 'unknown'
    const current = there && walk.told === 'by tags' ? withoutVersion(there) : there
    return { tag: wanted.tag, ...mayMove(wanted, ours, { current, tags, relation }, false) }
  })
  if (verdicts.some(({ kind }) => kind === 'refuse')) return []
  const now = { ...ours, commit }
  const set = verdicts.filter(({ kind }) => kind === 'set')
  const moves = set.map(({ tag }) => ({ tag, was: registry.get(tag), now }))
  for (const { tag } of moves) registry.set(tag, now)
  return moves
}

const isStable = (version: string): boolean => prerelease(version) === null
const numbers = /^\d+(\.\d+)?$|^latest$/

/** Checks if a version belongs to the range of `latest`, `1` or `1.2`. */
function belongs(tag: string, version: string): boolean {
  const { major, minor } = parse(version) ?? {}
  return tag === 'latest' || tag === `${major}` || tag === `${major}.${minor}`
}

/** Describes what is wrong with a move. Does not use the code under test. */
function wrongs({ tag, was, now }: Move, history: History, walk: Walk): string[] {
  if (numbers.test(tag) && now.version && !isStable(now.version)) return [`${tag} got ${now.version}`]
  if (!was) return []
  if (parse(tag)) return [`exact ${tag} was rewritten`]
  if (/^(sha|pr)-/.test(tag)) return []
  const order = numbers.test(tag) && was.version && now.version ? compare(now.version, was.version) : 0
  if (order < 0) return [`${tag}: ${was.version} > ${now.version}`]
  if (order > 0 || mixed(was, now) || (was.version && walk.told === 'by tags')) return []
  const back = walk.knowsHistory
    ? history.isAncestor(now.commit, was.commit)
    : now.commit.date < was.commit.date
  return back ? [`${tag} went back in history`] : []
}

/** A move from an image without a version to one with a version ignores commits. */
function mixed(was: TaggedVersion, now: TaggedVersion): boolean {
  return was.version === undefined && now.version !== undefined
}

/** If all images have versions, each tag of a range points to the newest version. */
function stragglers(registry: Registry): string[] {
  const exact = [...registry].filter(([tag]) => parse(tag)).map(([, { version = '' }]) => version)
  return [...registry].flatMap(([tag, { version = '' }]) => {
    // `0` is only set if it is listed.
    if (!numbers.test(tag) || tag === '0') return []
    if (!isStable(version) || !belongs(tag, version)) return [`${tag} holds ${version}`]
    const newest =
      exact
        .filter(each => isStable(each) && belongs(tag, each))
        .toSorted(compare)
        .at(-1) ?? version
    return compare(version, newest) === 0 ? [] : [`${tag} holds ${version}, not ${newest}`]
  })
}

const ALL = 'by tags and annotations'

describe.each<Walk>([
  { versions: 'always', knowsHistory: true, told: ALL },
  { versions: 'always', knowsHistory: false, told: 'by annotations' },
  { versions: 'always', knowsHistory: true, told: 'by tags' },
  { versions: 'never', knowsHistory: true, told: ALL },
  { versions: 'never', knowsHistory: false, told: ALL },
  { versions: 'sometimes', knowsHistory: true, told: ALL },
])('runs in any order: versions $versions, history known $knowsHistory, versions known $told', walk => {
  test.each([1, 2])('seed %i: no tag moves backwards, no exact version changes', seed => {
    const random = seeded(seed)
    const history = new History(random, 60)
    const registry: Registry = new Map()
    const moves = Array.from({ length: STEPS }, () => runOnce(random, history, registry, walk)).flat()
    expect(moves.flatMap(move => wrongs(move, history, walk))).toEqual([])
    expect(moves.filter(({ was }) => was).length).toBeGreaterThan(100)
    if (walk.versions === 'always') expect(stragglers(registry)).toEqual([])
    expect(registry.size).toBeGreaterThan(3)
  })
})
