import type { Meter } from '../http/message.js'
import type { Clock } from '../http/retry.js'
import type { Blob } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import type { Index } from '../oci/image-index.js'
import { type Limit, limitConcurrency } from '../util/async.js'
import { joinSignals } from '../util/signal.js'
import { KnownContents, type RepositoryKey, type RepositoryPush, repositoryKey } from './push-plan.js'
import type { PushBlobOptions, Repository } from './repository.js'
import type { How } from './upload.js'

/** An index on its way to a repository, with what is known of that. */
export interface PushItem {
  readonly index: Index
  readonly to: Repository
  /** Manifests, indexes and blobs that were seen there in this run; nothing is asked about them. */
  readonly has?: ReadonlySet<Digest>
  /** The repository does not exist yet, so nothing needs to be asked. */
  readonly empty?: boolean
}

/** A repository that gets nothing, but from which blobs may be mounted. */
export interface MountSource {
  readonly in: Repository
  readonly has: ReadonlySet<Digest>
}

export interface SendOptions {
  /** How many uploads at once, over all repositories; 4 if absent. */
  readonly concurrency?: number
  readonly siblings?: readonly MountSource[]
  readonly signal?: AbortSignal
  /** Told at every chunk. */
  readonly onProgress?: (progress: Progress) => void
}

/** What was done in one repository. */
interface RepositoryProgress {
  readonly repository: Repository
  readonly meter: Meter
  readonly how: Map<Digest, How>
  readonly put: Set<Digest>
  /** One at a time mends what is missing. */
  readonly mending: Limit
}

/** One push on its way: where it goes, what is there, and what was done. The first failure ends everything. */
export class PushSession {
  readonly orders: readonly RepositoryPush[]
  readonly census = new KnownContents()
  readonly tally: UploadProgress
  readonly concurrency: number
  readonly #works = new Map<RepositoryKey, RepositoryProgress>()
  readonly #failed = new AbortController()

  constructor(shipments: readonly PushItem[], options: SendOptions) {
    this.concurrency = options.concurrency ?? 4
    const [first] = shipments
    this.tally = new UploadProgress(first?.to.client.clock ?? Date, options.onProgress)
    const signal = joinSignals(this.#failed.signal, options.signal)
    const indexes = new Map<RepositoryKey, Index[]>()
    for (const { index, to, has = [], empty } of shipments) {
      const place = repositoryKey(to.reference)
      indexes.set(place, [...(indexes.get(place) ?? []), index])
      if (!this.#works.has(place)) this.#works.set(place, workOn(to, signal))
      const read = index.images.map(({ manifest }) => manifest.digest).filter(digest => to.hasSeen(digest))
      for (const digest of [...has, ...read]) this.census.record(place, digest, true)
      if (empty) this.census.recordEmpty(place)
    }
    for (const sibling of options.siblings ?? [])
      for (const digest of sibling.has) this.census.record(repositoryKey(sibling.in.reference), digest, true)
    this.orders = [...indexes].map(([place, indexes]) => ({ place, indexes }))
  }

  repository(place: RepositoryKey): Repository {
    return this.work(place).repository
  }

  work(place: RepositoryKey): RepositoryProgress {
    const work = this.#works.get(place)
    if (!work) throw new Error(`nothing goes to ${place}`)
    return work
  }

  /** The first. */
  get failure(): unknown {
    return this.#failed.signal.reason
  }

  /** Ends everything else when the task fails. */
  async guarded<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task()
    } catch (error) {
      this.#failed.abort(error)
      throw error
    }
  }

  /** Brings a blob in by an upload that the tally expects. */
  async upload(place: RepositoryKey, blob: Blob, options: PushBlobOptions): Promise<void> {
    const onSent = (bytes: number): void => this.tally.add(bytes)
    const { how } = await this.repository(place).pushBlob(blob, { ...options, onSent })
    if (how !== 'uploaded') this.tally.spare(blob.size)
    this.arrived(place, blob.digest, how)
  }

  arrived(place: RepositoryKey, digest: Digest, how: How): void {
    this.work(place).how.set(digest, how)
    this.census.record(place, digest, true)
  }
}

function workOn(to: Repository, signal: AbortSignal): RepositoryProgress {
  const meter: Meter = { requests: 0, bytesSent: 0 }
  const repository = to.with({ signal, access: 'push', meter })
  return { repository, meter, how: new Map(), put: new Set(), mending: limitConcurrency(1) }
}

/** How far the uploads of a run are. */
export interface Progress {
  /** In bytes; a retry takes back what it sends again. */
  readonly sent: number
  /** In bytes; only what the registries lack. Changes when a blob turns out to be there, or not to be mounted. */
  readonly total: number
  /** In bytes a second, of the last few seconds; 0 as long as nothing can be said. */
  readonly rate: number
  /** In seconds. */
  readonly remaining: number | undefined
}

const WINDOW_MS = 5000
const SAMPLE_MS = 100

/** Adds up what was sent, and at what rate. */
export class UploadProgress {
  readonly #clock: Pick<Clock, 'now'>
  readonly #onProgress: ((progress: Progress) => void) | undefined
  readonly #samples: { readonly at: number; readonly sent: number }[] = []
  #sent = 0
  #total = 0

  constructor(clock: Pick<Clock, 'now'>, onProgress?: (progress: Progress) => void) {
    this.#clock = clock
    this.#onProgress = onProgress
  }

  /** More is to be sent. */
  expect(bytes: number): void {
    this.#total += bytes
  }

  /** What was expected, and counted as sent, needs not be sent after all. */
  spare(bytes: number): void {
    this.#total -= bytes
    this.add(-bytes)
  }

  add(bytes: number): void {
    this.#sent += bytes
    this.#sample()
    this.#onProgress?.(this.progress)
  }

  get progress(): Progress {
    const rate = this.#rate()
    const left = this.#total - this.#sent
    const remaining = rate > 0 ? left / rate : left === 0 ? 0 : undefined
    return { sent: this.#sent, total: this.#total, rate, remaining }
  }

  #sample(): void {
    const at = this.#clock.now()
    if (at - (this.#samples.at(-1)?.at ?? Number.NEGATIVE_INFINITY) < SAMPLE_MS) return
    this.#samples.push({ at, sent: this.#sent })
    while ((this.#samples[1]?.at ?? at) <= at - WINDOW_MS) this.#samples.shift()
  }

  #rate(): number {
    const [first] = this.#samples
    if (first === undefined) return 0
    const seconds = (this.#clock.now() - first.at) / 1000
    return seconds > 0 ? Math.max(0, this.#sent - first.sent) / seconds : 0
  }
}
