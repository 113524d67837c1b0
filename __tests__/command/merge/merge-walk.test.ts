import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { compare, parse, prerelease } from 'semver'
import { merge } from '../../../src/command/merge/merge.js'
import type { Digest } from '../../../src/oci/digest.js'
import { messageOf, UserError } from '../../../src/util/error.js'
import { archiveOf, containerOf } from '../../support/archives.js'
import { addCommit, shaOf } from '../../support/github-state.js'
import { below, type Random, seeded } from '../../support/images.js'
import { type MergeRig, mergeRig } from './merge-rig.js'

const COMMITS = 26
/** The full count is 4000 steps. */
const STEPS = Number(process.env.MERGE_WALK_STEPS ?? 40)
const SEED = Number(process.env.MERGE_WALK_SEED ?? 12)
const NAME = 'o/one'

/** A commit, and the image that its flake describes. */
interface Commit {
  readonly name: string
  /** Identifies the content of the image. A revert has the content of an earlier commit. */
  readonly content: number
  readonly version: string
}

const pick = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)] as T

/** Returns a linear history. Some commits are reverts, some change the content without a new version. */
function lineOf(random: Random): Commit[] {
  const line: Commit[] = []
  for (let n = 0; n < COMMITS; n++) {
    const before = line.at(-1)
    const draw = random()
    if (before && draw < 0.2) line.push({ ...before, name: `${n}` })
    else if (before && draw < 0.6) line.push({ ...pick(random, line.slice(-3)), name: `${n}` })
    else if (before && draw < 0.65) line.push({ ...before, name: `${n}`, content: n })
    else line.push({ name: `${n}`, content: n, version: versionOf(random, n) })
  }
  return line
}

/** Returns a version that is higher or lower than others, and never the same twice. */
function versionOf(random: Random, n: number): string {
  return `${1 + below(random, 2)}.${below(random, 3)}.${n}${random() < 0.15 ? '-rc.1' : ''}`
}

/** Writes the archives of a commit's content once, and returns their folder. */
async function archives(rig: MergeRig, { content, version }: Commit, made: Set<string>): Promise<string> {
  const folder = join(rig.folder, `${content}-${version}`)
  if (made.has(folder)) return folder
  made.add(folder)
  mkdirSync(folder)
  const about = { version, description: `Content ${content}` }
  await archiveOf(folder, containerOf('one', 'x86_64-linux', about))
  return folder
}

/** Runs merges, and checks the tags after each of them. */
class Walk {
  readonly problems: string[] = []
  moved = 0
  readonly #rig: MergeRig
  readonly #line: readonly Commit[]
  readonly #folders = new Set<string>()
  /** The version of each pushed digest. */
  readonly #versions = new Map<Digest, string>()
  readonly #exact = new Map<string, Digest>()
  #before = new Map<string, Digest>()
  /** The latest commit whose run succeeded. */
  #latest = -1

  constructor(rig: MergeRig, line: readonly Commit[]) {
    this.#rig = rig
    this.#line = line
  }

  /** Runs a merge for a commit; `between` runs after the tags were read and before any is set. */
  async run(n: number, between?: () => Promise<void>): Promise<void> {
    const { registry, github, request, runOf } = this.#rig
    const commit = this.#line[n] as Commit
    const overrides = { archives: await archives(this.#rig, commit, this.#folders), tags: 'auto' }
    // The branch points to the commit of the run, or to a later one.
    const head = Math.max(n, this.#latest)
    github.state.refs.set('refs/heads/main', { type: 'commit', sha: shaOf(`${head}`) })
    let waiting = between
    registry.onRequest = async method => {
      if (method !== 'HEAD' || waiting === undefined) return
      const task = waiting
      waiting = undefined
      await task()
    }
    try {
      const [merged] = await merge(request(overrides), runOf(commit.name))
      if (merged) this.#versions.set(merged.digest, commit.version)
      this.#check(n, merged?.digest)
    } catch (error) {
      if (!(error instanceof UserError) || !/already points to/.test(messageOf(error))) throw error
      this.#check(n, undefined)
    }
  }

  /** @param made `undefined` if the run failed */
  #check(n: number, made: Digest | undefined): void {
    const { tags } = this.#rig.registry.repository(NAME)
    for (const [tag, digest] of tags) this.#checkTag(n, tag, digest, made)
    if (made !== undefined && n >= this.#latest) {
      this.#latest = n
      if (tags.get('main') !== made) this.problems.push(`main does not point to the image of run ${n}`)
    }
    this.problems.push(...findOldTags(tags, this.#versions))
    this.#before = new Map(tags)
  }

  #checkTag(n: number, tag: string, digest: Digest, made: Digest | undefined): void {
    const say = (what: string): number => this.problems.push(`run ${n} (latest ${this.#latest}): ${what}`)
    const { registry } = this.#rig
    const missing = registry.missing(NAME, digest)
    if (missing.length > 0) say(`${tag} has missing parts: ${missing}`)
    const exact = parse(tag) !== null
    if (exact && (this.#exact.get(tag) ?? digest) !== digest) say(`${tag} was overwritten`)
    if (exact) this.#exact.set(tag, digest)
    const was = this.#before.get(tag)
    if (was === digest) return
    if (was !== undefined) this.moved++
    if (digest !== made) say(`${tag} points to an image of another run`)
    if (tag === 'main' && n < this.#latest) say('main moved back')
    const [older, newer] = [was && this.#versions.get(was), this.#versions.get(digest)]
    if (/^(\d+(\.\d+)?|latest)$/.test(tag) && older && newer && compare(newer, older) < 0)
      say(`${tag} moved from ${older} to ${newer}`)
  }
}

/** Returns the version tags that do not point to their newest stable version. */
function findOldTags(tags: ReadonlyMap<string, Digest>, versions: ReadonlyMap<Digest, string>): string[] {
  const stable = [...tags.keys()].filter(tag => parse(tag) && !prerelease(tag)).sort(compare)
  return [...tags].flatMap(([tag, digest]) => {
    if (!/^(\d+(\.\d+)?|latest)$/.test(tag)) return []
    const newest = stable.filter(each => tag === 'latest' || each.startsWith(`${tag}.`)).at(-1)
    const shown = versions.get(digest)
    return shown === newest ? [] : [`${tag} points to ${shown}, not ${newest}`]
  })
}

test.each([SEED, SEED + 4])(
  'tags are correct after runs in any order, repeated and in parallel: seed %i',
  async seed => {
    const random = seeded(seed)
    const rig = await mergeRig()
    try {
      const line = lineOf(random)
      line.forEach(({ name }, n) => {
        const time = new Date(Date.UTC(2026, 0, 1, n)).toISOString()
        addCommit(rig.github.state, name, n > 0 ? [shaOf(`${n - 1}`)] : [], time)
      })
      const walk = new Walk(rig, line)
      for (let step = 0; step < STEPS; step++) {
        // Mostly new commits, sometimes old ones.
        const newest = Math.floor((COMMITS * step) / STEPS)
        const any = (): number => Math.max(0, newest - below(random, random() < 0.8 ? 3 : COMMITS))
        const other = any()
        await walk.run(any(), random() < 0.4 ? () => walk.run(other) : undefined)
      }
      expect(walk.problems).toEqual([])
      expect(walk.moved).toBeGreaterThan(0)
    } finally {
      await rig.close()
    }
  },
  60_000 + 1000 * STEPS,
)
