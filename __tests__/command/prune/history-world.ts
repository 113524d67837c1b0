import type { Digest } from '../../../src/oci/digest.js'
import { digestOf } from '../../../src/oci/digest.js'
import { PackageState } from '../../support/github-packages.js'
import type { StoredManifest } from '../../support/registry-store.js'
import { cosignTag, imageOf, indexOf, nestedIndexOf, referrersTag } from './package-content.js'

/** Random numbers from a seed (mulberry32). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T
  }
}

/** A push in progress: each step is one request. */
export type Push = Iterator<void>

/** A repository that jobs push to. */
export class World {
  readonly random: Random
  readonly state = new PackageState({ versionsPerPage: 5 })
  readonly pullRequests = new Map<number, 'open' | 'closed'>()
  /** Each tag with what it was set to last, and when. */
  readonly tagsSet = new Map<string, { readonly digest: Digest; readonly at: number }>()
  /** Whether pushes mostly use images that have no tag any more. */
  reuses = false
  /** What happened, for the message of a failure. */
  readonly events: string[] = []
  /** Everything that was ever made, by digest. */
  readonly #content = new Map<Digest, StoredManifest>()
  readonly #images: Digest[] = []
  readonly #indexes: Digest[] = []
  #count = 0
  #version = 0
  #commit = 0

  constructor(random: Random) {
    this.random = random
  }

  log(event: string): void {
    this.events.push(event)
  }

  #make(manifest: StoredManifest): Digest {
    const digest = digestOf(manifest.bytes)
    this.#content.set(digest, manifest)
    return digest
  }

  #setTag(tag: string, digest: Digest): void {
    this.state.tag(tag, digest)
    this.tagsSet.set(tag, { digest, at: this.state.now })
  }

  #has(digest: Digest): boolean {
    return this.state.stored.manifests.has(digest)
  }

  /** Like a client: what exists is not pushed again, and what a registry then misses is. */
  *#put(digest: Digest, ...tags: readonly string[]): Generator<void> {
    const manifest = this.#content.get(digest) as StoredManifest
    for (;;) {
      try {
        this.state.put(manifest)
        for (const tag of tags) this.#setTag(tag, digest)
        return
      } catch (error) {
        const missing = /sha256:[0-9a-f]{64}/g[Symbol.match]((error as Error).message) ?? []
        for (const each of missing) {
          yield
          yield* this.#put(each as Digest)
        }
      }
      yield
    }
  }

  *#putUnlessPresent(digest: Digest): Generator<void> {
    const exists = this.#has(digest)
    yield
    if (!exists) yield* this.#put(digest)
  }

  /** Some images of an index are those of an earlier one, because their platform has not changed. */
  #chooseImages(): Digest[] {
    const unused = this.reuses ? this.#listUnused() : []
    if (unused.length > 0 && this.random.chance(0.8))
      return [this.random.pick(unused), this.random.pick(unused)]
    return Array.from({ length: 1 + this.random.below(3) }, () => {
      if (this.#images.length > 0 && this.random.chance(0.4)) return this.random.pick(this.#images)
      const image = this.#make(imageOf(`image ${this.#count++}`))
      this.#images.push(image)
      return image
    })
  }

  /** Images that a run of prune may delete now. */
  #listUnused(): Digest[] {
    const used = new Set(
      [...this.state.stored.tags.values()].flatMap(digest => [digest, ...this.#childrenOf(digest)]),
    )
    return this.#images.filter(image => this.#has(image) && !used.has(image) && this.state.ageOf(image) > 24)
  }

  #childrenOf(digest: Digest): Digest[] {
    return childrenIn(this.#content.get(digest))
  }

  #chooseIndex(): Digest {
    if (this.#indexes.length > 0 && this.random.chance(this.reuses ? 0.4 : 0.1))
      return this.random.pick(this.#indexes)
    const isNested = this.#indexes.length > 0 && this.random.chance(0.08)
    const index = isNested
      ? this.#make(nestedIndexOf([this.random.pick(this.#indexes), this.random.pick(this.#indexes)]))
      : this.#make(indexOf(this.#chooseImages(), this.random.chance(0.3) ? `index ${this.#count++}` : ''))
    this.#indexes.push(index)
    return index
  }

  #chooseTags(): string[] {
    const { random } = this
    const choices = [
      () => ['latest', `1.${this.#version++}.0`, `sha-${String(this.#commit++).padStart(7, '0')}`],
      () => ['main', `sha-${String(this.#commit++).padStart(7, '0')}`],
      () => [`sha-${String(this.#commit++).padStart(7, '0')}`],
      () => [this.#choosePullRequest()],
      () => [this.#choosePullRequest(), ...(random.chance(0.2) ? ['topic'] : [])],
      () => [`1.${this.#version++}.0`],
      () => [`1.${this.#version}.1-rc.${random.below(3)}`],
      () => [],
    ]
    return random.pick(choices)()
  }

  #choosePullRequest(): string {
    const number = 1 + this.random.below(6)
    if (!this.pullRequests.has(number)) this.pullRequests.set(number, 'open')
    return `pr-${number}`
  }

  *#pushImage(): Generator<void> {
    const index = this.#chooseIndex()
    const tags = this.#chooseTags()
    this.log(`push ${short(index)} as ${tags.join(' ') || 'no tag'}`)
    yield* this.#putTree(index)
    yield
    for (const tag of tags) {
      yield* this.#put(index, tag)
      yield
    }
  }

  /** Parts first. */
  *#putTree(digest: Digest): Generator<void> {
    for (const child of this.#childrenOf(digest)) yield* this.#putTree(child)
    yield* this.#putUnlessPresent(digest)
  }

  /** A signature or SBOM, with a list under the fallback tag, without one, or under a tag of cosign. */
  *#pushReferrer(): Generator<void> {
    const { random, state } = this
    const subject = random.pick([...this.#images, ...this.#indexes])
    if (!this.#has(subject)) return
    const kind = random.pick(['list', 'list', 'subject', 'cosign'] as const)
    this.log(`${kind} referrer of ${short(subject)}`)
    if (kind === 'cosign') {
      yield* this.#put(
        this.#make(imageOf(`cosign ${this.#count++}`)),
        cosignTag(subject, random.pick(['sig', 'att'])),
      )
      return
    }
    const referrer = this.#make(imageOf(`referrer ${this.#count++}`, subject))
    yield* this.#put(referrer)
    if (kind === 'subject') return
    yield
    const before = state.stored.tags.get(referrersTag(subject))
    const listed = before === undefined ? [] : this.#childrenOf(before)
    const list = this.#make(indexOf([...listed, referrer], 'list'))
    yield
    yield* this.#put(list, referrersTag(subject))
  }

  *#retag(): Generator<void> {
    const target = this.random.pick(this.#indexes)
    if (target === undefined || !this.#has(target)) return
    const tag = this.random.pick(['latest', 'main', 'topic', 'stable'])
    this.log(`tag ${short(target)} as ${tag}`)
    yield
    // The registry refuses the tag of a manifest that does not exist any more.
    if (this.#has(target)) this.#setTag(tag, target)
  }

  /** Starts a random push. Its first request is sent with the first step. */
  startPush(): Push {
    const kind = this.random.below(10)
    if (kind < 6) return this.#pushImage()
    return kind < 8 ? this.#pushReferrer() : this.#retag()
  }

  changePullRequest(): void {
    const number = 1 + this.random.below(6)
    const state = this.random.chance(0.7) ? 'closed' : 'open'
    this.pullRequests.set(number, state)
    this.log(`pull request ${number} is ${state}`)
  }

  makePopular(): void {
    const digests = [...this.state.stored.manifests.keys()]
    if (digests.length === 0) return
    const digest = this.random.pick(digests)
    this.state.setDownloads(digest, 6000)
    this.log(`many downloads of ${short(digest)}`)
  }

  passTime(hours: number = this.random.pick([1, 5, 20, 30, 24 * 4, 24 * 12, 24 * 35])): void {
    this.state.passHours(hours)
    this.log(`${hours} hours pass`)
  }
}

export function short(digest: string): string {
  return digest.slice('sha256:'.length, 'sha256:'.length + 8)
}

export function childrenIn(manifest: StoredManifest | undefined): Digest[] {
  if (manifest === undefined) return []
  const { manifests = [] } = JSON.parse(String(manifest.bytes)) as { manifests?: { digest: Digest }[] }
  return manifests.map(({ digest }) => digest)
}

export function subjectIn(manifest: StoredManifest): Digest | undefined {
  return (JSON.parse(String(manifest.bytes)) as { subject?: { digest: Digest } }).subject?.digest
}
