import { describe, expect, test } from '@jest/globals'
import { compare, parse, prerelease } from 'semver'
import { chooseTags } from '../../src/tags/choose-tags.js'
import { mayMove, type TaggedVersion } from '../../src/tags/may-move.js'
import { parseFlavor, parseTagRequest } from '../../src/tags/parse-tags-input.js'
import type { GitRef } from '../../src/tags/subject.js'
import { seeded } from '../support/images.js'
import { type Commit, History } from './history.js'

/** The full count is 20000 steps. */
const STEPS = Number(process.env.TAG_WALK_STEPS ?? 200)
const SEED = Number(process.env.TAG_WALK_SEED ?? 1)

const ENDINGS = ['', '', '', '', '-rc.1', '-rc.2', '-alpha']
const BRANCHES = ['main', 'main', 'main', 'topic/a']
/** Branches that give no exact tag, so only annotations contain the version. */
const RANGE_BRANCHES = ['1.2', '2', 'latest']

/** The registry of a walk: the image of each tag, with its commit. */
type Registry = Map<string, Image>
type Image = TaggedVersion & { commit: Commit }

interface Move {
  readonly tag: string
  readonly was: Image | undefined
  readonly now: Image
}

interface Walk {
  /** Which images have a version. */
  readonly versions: 'always' | 'never' | 'sometimes'
  readonly knowsHistory: boolean
  /** Where `mayMove` finds the versions of the registry. */
  readonly source: 'tags and annotations' | 'tags' | 'annotations'
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
  const common = { sha: commit.sha, commitDate: commit.date, defaultBranch: 'main' }
  const draw = random()
  if (draw < 0.15 && version !== undefined)
    return { ...common, event: 'push', kind: 'tag', name: `v${version}` }
  if (draw < 0.2) return { ...common, event: 'pull_request', kind: 'pull-request', number: 7, name: 'topic' }
  return { ...common, event: 'push', kind: 'branch', name: pick(random, branches) }
}

/** Lists the tags of a version as a user may write them, also for prereleases. */
function listTagsOf(version: string): string {
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
  const onlyTags = walk.source === 'tags'
  const endings = onlyTags ? ENDINGS : [...ENDINGS, '+b1', '+b2']
  const version = hasVersion ? { version: randomVersion(random, endings) } : {}
  const branches = onlyTags ? BRANCHES : [...BRANCHES, ...RANGE_BRANCHES]
  const subject = { ref: randomRef(random, commit, version.version, branches), now: new Date(0), ...version }
  const digest = `sha256:${commit.sha}-${version.version}-${Math.floor(random() * 1.2)}`
  const image = { digest, revision: commit.sha, created: commit.date, ...version }
  const isList = version.version !== undefined && random() < 0.2
  return { commit, subject, image, request: parseTagRequest(isList ? listTagsOf(version.version) : 'auto') }
}

/** Runs one merge and returns the moved tags. All tags are decided first. One refusal stops the merge. */
function runOnce(random: () => number, history: History, registry: Registry, walk: Walk): Move[] {
  const { commit, subject, image, request } = randomRun(random, history, walk)
  const tags = walk.source === 'annotations' ? [] : [...registry.keys()]
  const decisions = chooseTags(request, parseFlavor(''), subject).map(requested => {
    const published = registry.get(requested.tag)
    const relation = published && walk.knowsHistory ? history.relation(commit, published.commit) : 'unknown'
    const current = published && walk.source === 'tags' ? withoutVersion(published) : published
    return {
      tag: requested.tag,
      ...mayMove(requested, image, { current, tags, isTagListIncomplete: false, relation }, false),
    }
  })
  if (decisions.some(({ kind }) => kind === 'refuse')) return []
  const now = { ...image, commit }
  const set = decisions.filter(({ kind }) => kind === 'set')
  const moves = set.map(({ tag }) => ({ tag, was: registry.get(tag), now }))
  for (const { tag } of moves) registry.set(tag, now)
  return moves
}

const isStable = (version: string): boolean => prerelease(version) === null
const numbers = /^\d+(\.\d+)?$|^latest$/

/** Checks whether a version belongs to the range of `latest`, `1` or `1.2`. */
function isInRangeOf(tag: string, version: string): boolean {
  const { major, minor } = parse(version) ?? {}
  return tag === 'latest' || tag === `${major}` || tag === `${major}.${minor}`
}

/** Describes what is wrong with a move. Does not use the code under test. */
function findErrors({ tag, was, now }: Move, history: History, walk: Walk): string[] {
  if (numbers.test(tag) && now.version && !isStable(now.version)) return [`${tag} got ${now.version}`]
  if (!was) return []
  if (parse(tag)) return [`exact ${tag} was rewritten`]
  if (/^(sha|pr)-/.test(tag)) return []
  const order = numbers.test(tag) && was.version && now.version ? compare(now.version, was.version) : 0
  if (order < 0) return [`${tag}: ${was.version} > ${now.version}`]
  if (order > 0 || hasFirstVersion(was, now) || (was.version && walk.source === 'tags')) return []
  const back = walk.knowsHistory
    ? history.isAncestor(now.commit, was.commit)
    : now.commit.date < was.commit.date
  return back ? [`${tag} went back in history`] : []
}

/** Checks whether a tag moves from an image without a version to an image with one. Such a move ignores commits. */
function hasFirstVersion(was: TaggedVersion, now: TaggedVersion): boolean {
  return was.version === undefined && now.version !== undefined
}

/** Finds tags of a range that do not point to the newest version. All images must have versions. */
function findOutdatedTags(registry: Registry): string[] {
  const exact = [...registry].filter(([tag]) => parse(tag)).map(([, { version = '' }]) => version)
  return [...registry].flatMap(([tag, { version = '' }]) => {
    // `0` is only set if it is listed.
    if (!numbers.test(tag) || tag === '0') return []
    if (!isStable(version) || !isInRangeOf(tag, version)) return [`${tag} points to ${version}`]
    const newest =
      exact
        .filter(each => isStable(each) && isInRangeOf(tag, each))
        .toSorted(compare)
        .at(-1) ?? version
    return compare(version, newest) === 0 ? [] : [`${tag} points to ${version}, not ${newest}`]
  })
}

const ALL = 'tags and annotations'

describe.each<Walk>([
  { versions: 'always', knowsHistory: true, source: ALL },
  { versions: 'always', knowsHistory: false, source: 'annotations' },
  { versions: 'always', knowsHistory: true, source: 'tags' },
  { versions: 'never', knowsHistory: true, source: ALL },
  { versions: 'never', knowsHistory: false, source: ALL },
  { versions: 'sometimes', knowsHistory: true, source: ALL },
])('runs in any order: versions $versions, history $knowsHistory, versions from $source', walk => {
  test.each([SEED, SEED + 1])('tags do not move back and exact versions do not change (seed %i)', seed => {
    const random = seeded(seed)
    const history = new History(random, 60)
    const registry: Registry = new Map()
    const moves = Array.from({ length: STEPS }, () => runOnce(random, history, registry, walk)).flat()
    expect(moves.flatMap(move => findErrors(move, history, walk))).toEqual([])
    expect(moves.filter(({ was }) => was).length).toBeGreaterThan(STEPS / 20)
    if (walk.versions === 'always') expect(findOutdatedTags(registry)).toEqual([])
    expect(registry.size).toBeGreaterThan(3)
  })
})
