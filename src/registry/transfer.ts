import type { Blob } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import { type Limit, limitConcurrency } from '../util/async.js'
import { MIB } from '../util/text.js'
import { REQUESTS_AT_ONCE } from './client.js'
import { type BlobStep, type RepositoryKey, registryOf, repositoryPath } from './push-plan.js'
import type { PushSession } from './push-session.js'
import type { Mount } from './repository.js'

/** In bytes. Below this an upload waits for answers for most of its time, and others fit beside it. */
const SMALL = MIB
/** So many for each large one. */
const SMALL_BESIDE = 2

type UploadStep = Extract<BlobStep, { kind: 'upload' }>
type MountStep = Extract<BlobStep, { kind: 'mount' }>

/**
 * Brings all blobs in. Uploads begin in the order of the steps, as many at once as the run allows, and small ones beside them; mounts,
 * which carry no bytes, begin as soon as their source is there. One that is refused becomes an upload.
 */
export async function transfer(steps: readonly BlobStep[], run: PushSession): Promise<void> {
  const lane = laneFor(run.concurrency)
  const uploads = steps.filter(step => step.kind === 'upload')
  const arrivals = new Map(
    uploads.map(step => [keyOf(step.place, step.blob.digest), upload(step, run, lane)]),
  )
  const mountings = new Map<string, MountPolicy>()
  const mounts = steps
    .filter(step => step.kind === 'mount')
    .map(async step => {
      await arrivals.get(keyOf(step.from, step.blob.digest))
      await mount(step, run, lane, mountingOf(registryOf(step.place), mountings))
    })
  const all = [...arrivals.values(), ...mounts]
  await Promise.allSettled(all)
  await Promise.all(all)
}

/** Where a blob queues for its upload. */
type Lane = (blob: Blob) => Limit

function laneFor(concurrency: number): Lane {
  const large = limitConcurrency(concurrency)
  const small = limitConcurrency(SMALL_BESIDE * concurrency)
  return ({ size }) => (size < SMALL ? small : large)
}

function keyOf(place: RepositoryKey, digest: Digest): string {
  return `${place} ${digest}`
}

function mountingOf(registry: string, all: Map<string, MountPolicy>): MountPolicy {
  const mounting = all.get(registry) ?? new MountPolicy()
  all.set(registry, mounting)
  return mounting
}

function upload({ place, blob }: UploadStep, run: PushSession, lane: Lane): Promise<void> {
  run.tally.expect(blob.size)
  return lane(blob)(() => run.guarded(() => run.upload(place, blob, { absent: true })))
}

async function mount(
  { place, blob, from }: MountStep,
  run: PushSession,
  lane: Lane,
  mounting: MountPolicy,
): Promise<void> {
  const repository = run.repository(place)
  const answer = await mounting.try(from, () =>
    run.guarded(() => repository.mountBlob(blob.digest, repositoryPath(from))),
  )
  if (answer === 'mounted') return run.arrived(place, blob.digest, 'mounted')
  run.tally.expect(blob.size)
  await lane(blob)(() =>
    run.guarded(async () => {
      const session = answer === 'refused' ? undefined : answer
      const isKnown = run.census.has(place, blob.digest) !== undefined
      if (isKnown || !(await repository.hasBlob(blob.digest)))
        return run.upload(place, blob, { absent: true, session })
      run.tally.spare(blob.size)
      run.arrived(place, blob.digest, 'existed')
    }),
  )
}

/** A source is given up after so many refusals in a row, */
const PATIENCE = 3
/** and a registry that never mounted anything when so many sources are. */
const SOURCES = 2

/**
 * Whether a registry mounts blobs is found by trying: one at a time until it has done so once, since a refusal begins an upload.
 * A source that it does not mount from, such as one that we may not read, does not speak for all.
 */
export class MountPolicy {
  readonly #one = limitConcurrency(1)
  readonly #many = limitConcurrency(REQUESTS_AT_ONCE)
  readonly #refusals = new Map<RepositoryKey, number>()
  #isProven = false

  /** Asks with `task`, unless that is no use. */
  async try(from: RepositoryKey, task: () => Promise<Mount>): Promise<Mount> {
    const asked = await this.#one(async () => (this.#isProven ? undefined : this.#ask(from, task)))
    return asked ?? this.#many(() => this.#ask(from, task))
  }

  async #ask(from: RepositoryKey, task: () => Promise<Mount>): Promise<Mount> {
    if (this.#isGivenUp(from) || this.#isHopeless()) return 'refused'
    const answer = await task()
    if (answer === 'mounted') {
      this.#isProven = true
      this.#refusals.delete(from)
    } else this.#refusals.set(from, (this.#refusals.get(from) ?? 0) + 1)
    return answer
  }

  #isGivenUp(from: RepositoryKey): boolean {
    return (this.#refusals.get(from) ?? 0) >= PATIENCE
  }

  #isHopeless(): boolean {
    return (
      !this.#isProven && [...this.#refusals.keys()].filter(from => this.#isGivenUp(from)).length >= SOURCES
    )
  }
}
