import { expect, test } from '@jest/globals'
import { parseLinks } from '../../../src/command/prune/manifest-links.js'
import type { PackageAccess } from '../../../src/command/prune/package-access.js'
import { type PruneReport, prunePackage } from '../../../src/command/prune/prune-package.js'
import { openContainerPackage } from '../../../src/github/packages.js'
import type { Digest } from '../../../src/oci/digest.js'
import { UserError } from '../../../src/util/error.js'
import { createMemoryApi } from '../../support/github-memory.js'
import { Refused } from '../../support/github-state.js'
import {
  expectedRest,
  imageTags,
  KEEP,
  mayRemoveTag,
  OLDER_THAN,
  reach,
  subjectsOf,
} from './expected-state.js'
import { childrenIn, type Push, Random, short, World } from './history-world.js'

const HISTORIES = Number(process.env.PRUNE_HISTORIES ?? 100)
const SEED = Number(process.env.PRUNE_SEED ?? 1)

/** What disturbs a run of prune. */
interface Trouble {
  /** The probability that another job starts to push between two requests of the run. */
  readonly pushes: number
  /** The run ends at this request. */
  readonly endsAt: number
  /** The probability that a request fails. */
  readonly failures: number
  /** The probability that a deletion fails. */
  readonly refusals: number
  /** GitHub does not list one of the versions. */
  readonly isListPartial: boolean
  /** The probability that a manifest cannot be read. */
  readonly unreadable: number
}

const NO_TROUBLE: Trouble = {
  pushes: 0,
  endsAt: Number.POSITIVE_INFINITY,
  failures: 0,
  refusals: 0,
  isListPartial: false,
  unreadable: 0,
}

class Interrupted extends Error {}

const totals = { deleted: 0, restored: 0, interrupted: 0, failed: 0, refused: 0, histories: 0 }

/** One history. Throws an `Error` if a rule is broken. */
class History {
  readonly world: World
  readonly #random: Random
  readonly #pushes = new Set<Push>()
  /** Deleted while a tag reached them, with what they are about. The run must restore them. */
  readonly #wrong: { readonly digest: Digest; readonly subjects: readonly Digest[] }[] = []

  constructor(seed: number) {
    this.#random = new Random(seed)
    this.world = new World(this.#random)
  }

  async run(): Promise<void> {
    const steps = 12 + this.#random.below(20)
    for (let n = 0; n < steps; n++) await this.#step()
    await this.#settle()
  }

  async #step(): Promise<void> {
    const { world } = this
    const choice = this.#random.below(20)
    if (choice < 9) finish(world.startPush())
    else if (choice < 12) world.passTime()
    else if (choice < 14) world.changePullRequest()
    else if (choice < 15 && this.#random.chance(0.3)) world.makePopular()
    else await this.#pruneWithTrouble()
  }

  async #pruneWithTrouble(): Promise<void> {
    const random = this.#random
    if (random.chance(0.6)) this.world.passTime(random.pick([26, 24 * 35]))
    const pushes = random.chance(0.5) ? random.pick([0.01, 0.03, 0.1]) : 0
    await this.#prune({
      pushes,
      endsAt: pushes === 0 && random.chance(0.3) ? random.below(60) : Number.POSITIVE_INFINITY,
      failures: random.chance(0.15) ? 0.03 : 0,
      refusals: random.chance(0.3) ? 0.2 : 0,
      isListPartial: random.chance(0.1),
      unreadable: random.chance(0.15) ? 0.1 : 0,
    })
    // After a failed run with pushes, the next run restores what the pushes have used.
    if (pushes > 0) await this.#prune(NO_TROUBLE)
    this.#checkTags()
  }

  /** Everything becomes old, and is pruned without trouble: what nothing needs must be gone. */
  async #settle(): Promise<void> {
    const { world } = this
    world.state.passHours(24 * 60)
    world.log('everything is old')
    const expected = expectedRest(world.state, world.pullRequests)
    let rounds = 0
    for (; rounds < 5; rounds++) {
      const report = await this.#prune(NO_TROUBLE)
      if (!report?.versions.some(({ outcome }) => outcome === 'deleted')) break
    }
    this.#checkTags()
    const rest = [...world.state.stored.manifests.keys()]
    const lost = [...expected].filter(digest => !rest.includes(digest))
    const left = rest.filter(digest => !expected.has(digest))
    if (lost.length > 0) throw new Error(`lost: ${lost.map(short).join(' ')}`)
    if (left.length > 0 && !this.#isLastVersion(expected, left))
      throw new Error(`left: ${left.map(short).join(' ')}`)
  }

  /** Whether what is left is the last version, or the last one with a tag, and what it reaches: GitHub does not delete it. */
  #isLastVersion(expected: ReadonlySet<Digest>, left: readonly Digest[]): boolean {
    const { state } = this.world
    const tagged = [...state.stored.tags.values()]
    if (tagged.length === 0 && expected.size > 0) return false
    if (tagged.some(digest => expected.has(digest))) return false
    return (tagged.length === 0 ? left : tagged).some(root => {
      const reached = reach(state, [root])
      return left.every(digest => reached.has(digest))
    })
  }

  async #prune(trouble: Trouble): Promise<PruneReport | undefined> {
    const { world } = this
    world.log(`prune ${JSON.stringify(trouble)}`)
    world.reuses = trouble.pushes > 0
    const digests = [...world.state.stored.manifests.keys()]
    if (trouble.isListPartial && digests.length > 0) world.state.unlisted = this.#random.pick(digests)
    try {
      const report = await prunePackage(await this.#open(trouble), {
        rules: { keep: KEEP, olderThan: OLDER_THAN * 3_600_000, closedPullRequests: true },
        isDryRun: false,
        log: { info() {}, warning() {} },
        signal: new AbortController().signal,
      })
      this.#checkComplete()
      count(report)
      return report
    } catch (error) {
      if (!(error instanceof Interrupted) && !(error instanceof UserError)) throw error
      world.log(`prune ends: ${error.message}`)
      if (error instanceof Interrupted) totals.interrupted++
      else totals.failed++
      if (trouble.pushes === 0) this.#checkComplete()
      if (trouble === NO_TROUBLE) throw error
      return undefined
    } finally {
      world.reuses = false
      world.state.unlisted = undefined
      this.#wrong.length = 0
      for (const push of this.#pushes) finish(push)
      this.#pushes.clear()
    }
  }

  async #open(trouble: Trouble): Promise<PackageAccess> {
    const { world } = this
    const { state, pullRequests } = world
    const random = this.#random
    let requests = 0
    let last = ''
    const meanwhile = (line: string): void => {
      if (++requests > trouble.endsAt) throw new Interrupted('interrupted')
      // Nothing can protect from a push between the check of a version and its deletion.
      const isChecked = line.startsWith('DELETE') && last.startsWith('GET')
      if (trouble.pushes > 0 && !isChecked) this.#pushMeanwhile(trouble.pushes)
      last = line
      if (!line.endsWith('/versions/0')) this.#checkDeletion(line, trouble)
    }
    const account = { type: 'Organization' as const, packages: new Map([['app', state]]) }
    const api = createMemoryApi(new Map([['owner', account]]), {
      now: () => state.now,
      onRequest(line) {
        meanwhile(line)
        const probability = line.startsWith('DELETE') ? trouble.refusals : trouble.failures
        if (random.chance(probability)) throw new Refused(random.pick([400, 403, 500]), 'planted')
      },
    })
    const clock = { now: () => state.now, random: () => 0, sleep: async () => {} }
    const unreadable = new Set<string>()
    return {
      name: 'ghcr.io/owner/app',
      package: await openContainerPackage(
        api,
        { owner: 'owner', name: 'app' },
        { clock, token: 'ghs_token' },
      ),
      async readLinks(digest) {
        meanwhile(`GET ${digest}`)
        if (random.chance(trouble.unreadable)) unreadable.add(digest)
        const found = [...state.stored.manifests].find(([each]) => each === digest)?.[1]
        if (found === undefined || unreadable.has(digest)) return { kind: 'unreadable', why: 'not found' }
        return parseLinks(found.bytes, found.mediaType)
      },
      readPullRequestState: async number => pullRequests.get(number) ?? 'unknown',
    }
  }

  /** One step of some pushes, or a quick push from start to end. */
  #pushMeanwhile(probability: number): void {
    const random = this.#random
    if (random.chance(probability)) this.#pushes.add(this.world.startPush())
    if (random.chance(probability)) finish(this.world.startPush())
    for (const push of [...this.#pushes])
      if (random.chance(0.5) && push.next().done) this.#pushes.delete(push)
  }

  /** Checks a deletion before it happens: age, tags, and what needs the version. */
  #checkDeletion(line: string, { pushes }: Trouble): void {
    const [, id] = /^DELETE .*\/versions\/(\d+)$/.exec(line) ?? []
    if (id === undefined) return
    const { state, pullRequests } = this.world
    const digest = state.digestOf(Number(id))
    if (digest === undefined) return
    if (state.ageOf(digest) < 24) throw new Error(`${short(digest)} is younger than 24 hours`)
    const tags = state.tagsOf(digest)
    for (const tag of tags) {
      if (!mayRemoveTag(tag, state.ageOf(digest), state.stored.tags.keys(), pullRequests))
        throw new Error(`the tag ${tag} must stay`)
    }
    const needed = reach(
      state,
      imageTags(state).flatMap(([tag, each]) => (tags.includes(tag) ? [] : [each])),
    )
    // With pushes, an image may be used now. Then it is restored before the run ends.
    if (pushes > 0) {
      if (needed.has(digest)) this.#wrong.push({ digest, subjects: subjectsOf(state, digest) })
      return
    }
    for (const [other, manifest] of state.stored.manifests)
      if (childrenIn(manifest).includes(digest)) throw new Error(`${short(other)} would be incomplete`)
    if (needed.has(digest)) throw new Error(`a tag reaches ${short(digest)}`)
  }

  /** All tags and all indexes have their parts. */
  #checkComplete(): void {
    const { state } = this.world
    const { manifests, tags } = state.stored
    for (const [tag, digest] of tags) if (!manifests.has(digest)) throw new Error(`${tag} points to nothing`)
    for (const [digest, manifest] of manifests) {
      const missing = childrenIn(manifest).filter(child => !manifests.has(child))
      if (missing.length > 0) throw new Error(`${short(digest)} misses ${missing.map(short).join(' ')}`)
    }
    this.#checkReferrers()
  }

  #checkReferrers(): void {
    const { state } = this.world
    const reached = reach(
      state,
      imageTags(state).map(([, digest]) => digest),
    )
    for (const { digest, subjects } of this.#wrong) {
      if (!state.stored.manifests.has(digest) && subjects.some(subject => reached.has(subject)))
        throw new Error(`${short(digest)} is lost, and a tag reaches its subject`)
    }
  }

  /** Each tag that was set and must stay still points to what it was set to. */
  #checkTags(): void {
    const { state, pullRequests, tagsSet } = this.world
    for (const [tag, { digest, at }] of tagsSet) {
      if (state.stored.tags.get(tag) === digest) continue
      const age = (state.now - at) / 3_600_000
      if (!mayRemoveTag(tag, age, tagsSet.keys(), pullRequests) && !/^pr-/.test(tag))
        throw new Error(`the tag ${tag} does not point to ${short(digest)} any more`)
    }
  }
}

function finish(push: Push): void {
  while (!push.next().done);
}

function count({ versions }: PruneReport): void {
  totals.deleted += versions.filter(({ outcome }) => outcome === 'deleted').length
  totals.restored += versions.filter(({ outcome }) => outcome === 'restored').length
  totals.refused += versions.filter(({ outcome }) => outcome === 'refused').length
}

test(`${HISTORIES} histories`, async () => {
  for (let n = 0; n < HISTORIES; n++) {
    const seed = SEED * 1_000_003 + n
    const history = new History(seed)
    try {
      await history.run()
    } catch (error) {
      throw new Error(
        `history ${n} (seed ${SEED}): ${(error as Error).message}\n${history.world.events.join('\n')}`,
        {
          cause: error,
        },
      )
    }
    totals.histories++
  }
  // A run that deletes nothing, or meets no trouble, would prove nothing.
  expect(totals.deleted).toBeGreaterThan(HISTORIES)
  expect(totals.interrupted + totals.refused).toBeGreaterThan(HISTORIES / 10)
  if (process.env.PRUNE_HISTORIES !== undefined) console.log(totals)
}, 3_600_000)
