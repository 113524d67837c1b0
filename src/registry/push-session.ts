import type { Meter } from '../http/message.js'
import type { Clock } from '../http/retry.js'
import type { Blob } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import type { Index } from '../oci/image-index.js'
import { joinSignals } from '../util/abort-signal.js'
import { type Limit, limitConcurrency } from '../util/async.js'
import { KnownContents, type RepositoryKey, type RepositoryPush, repositoryKey } from './push-plan.js'
import type { PushBlobOptions, Repository } from './repository.js'
import type { BlobOutcome } from './resumable-upload.js'

/** An index to push to a repository. */
export interface PushItem {
  readonly index: Index
  readonly repository: Repository
  /** Manifests, indexes and blobs that this run found in the repository. They are not checked again. */
  readonly existing?: ReadonlySet<Digest>
  /** The repository does not exist yet, so nothing is checked. */
  readonly isNewRepository?: boolean
  /** A tag will point to the index, so what the registry claims to have is read before. */
  readonly isTagged?: boolean
}

/** A repository to which nothing is pushed, but from which blobs can be mounted. */
export interface MountSource {
  readonly repository: Repository
  readonly existing: ReadonlySet<Digest>
}

export interface SendOptions {
  /** The number of parallel uploads, over all repositories; 4 by default. */
  readonly concurrency?: number
  readonly mountSources?: readonly MountSource[]
  /** Called when the upload of blobs begins. No manifest is put before it has ended; the push fails with its error. */
  readonly beforeManifests?: () => Promise<void>
  readonly signal?: AbortSignal
  /** Called for every chunk. */
  readonly onProgress?: (progress: Progress) => void
}

/** What was pushed to one repository. */
interface RepositoryProgress {
  readonly repository: Repository
  readonly meter: Meter
  readonly blobOutcomes: Map<Digest, BlobOutcome>
  readonly newManifests: Set<Digest>
  /** Restores one image's missing blobs at a time. */
  readonly restoreLimit: Limit
}

/** One push: its repositories, what they are known to contain, and what was pushed. The first failure aborts everything else. */
export class PushSession {
  readonly pushes: readonly RepositoryPush[]
  readonly known = new KnownContents()
  readonly progress: UploadProgress
  readonly concurrency: number
  readonly #repositories = new Map<RepositoryKey, RepositoryProgress>()
  readonly #failed = new AbortController()
  readonly #gone = new Set<string>()

  constructor(items: readonly PushItem[], options: SendOptions) {
    this.concurrency = options.concurrency ?? 4
    const [first] = items
    this.progress = new UploadProgress(first?.repository.client.clock ?? Date, options.onProgress)
    const signal = joinSignals(this.#failed.signal, options.signal)
    const indexes = new Map<RepositoryKey, Index[]>()
    for (const { index, repository, existing = [], isNewRepository } of items) {
      const key = repositoryKey(repository.reference)
      indexes.set(key, [...(indexes.get(key) ?? []), index])
      if (!this.#repositories.has(key)) this.#repositories.set(key, createProgress(repository, signal))
      const readManifests = index.images
        .map(({ manifest }) => manifest.digest)
        .filter(digest => repository.hasReadManifest(digest))
      for (const digest of [...existing, ...readManifests]) this.known.record(key, digest, true)
      if (isNewRepository) this.known.recordEmpty(key)
    }
    for (const { repository, existing } of options.mountSources ?? [])
      for (const digest of existing) this.known.record(repositoryKey(repository.reference), digest, true)
    this.pushes = [...indexes].map(([to, indexes]) => ({ to, indexes }))
  }

  repository(key: RepositoryKey): Repository {
    return this.progressOf(key).repository
  }

  progressOf(key: RepositoryKey): RepositoryProgress {
    const progress = this.#repositories.get(key)
    if (!progress) throw new Error(`nothing is pushed to ${key}`)
    return progress
  }

  /** Records that the registry has deleted a blob or manifest that it claimed to have. */
  recordGone(repository: RepositoryKey, digest: Digest): void {
    this.#gone.add(`${repository} ${digest}`)
    this.known.record(repository, digest, false)
  }

  isGone(repository: RepositoryKey, digest: Digest): boolean {
    return this.#gone.has(`${repository} ${digest}`)
  }

  /** The first failure. */
  get failure(): unknown {
    return this.#failed.signal.reason
  }

  /** Runs a task, and aborts everything else if it fails. */
  async failFast<T>(task: () => Promise<T>): Promise<T> {
    try {
      return await task()
    } catch (error) {
      this.#failed.abort(error)
      throw error
    }
  }

  /** Uploads a blob whose size `progress` expects. */
  async upload(to: RepositoryKey, blob: Blob, options: PushBlobOptions): Promise<void> {
    const onSent = (bytes: number): void => this.progress.add(bytes)
    const { how } = await this.repository(to).pushBlob(blob, { ...options, onSent })
    if (how !== 'uploaded') this.progress.withdraw(blob.size)
    this.recordBlob(to, blob.digest, how)
  }

  recordBlob(repository: RepositoryKey, digest: Digest, outcome: BlobOutcome): void {
    this.progressOf(repository).blobOutcomes.set(digest, outcome)
    this.known.record(repository, digest, true)
  }
}

function createProgress(target: Repository, signal: AbortSignal): RepositoryProgress {
  const meter: Meter = { requests: 0, bytesSent: 0 }
  const repository = target.withOptions({ signal, access: 'push', meter })
  return {
    repository,
    meter,
    blobOutcomes: new Map(),
    newManifests: new Set(),
    restoreLimit: limitConcurrency(1),
  }
}

/** The progress of all uploads of a push. */
export interface Progress {
  /** In bytes. A retry subtracts the bytes that it sends again. */
  readonly sent: number
  /** In bytes, of the missing blobs only. Changes if a blob is found to exist, or if a mount is refused. */
  readonly total: number
  /** In bytes per second, over the last five seconds; 0 if unknown. */
  readonly rate: number
  /** In seconds. */
  readonly remaining: number | undefined
}

const WINDOW_MS = 5000
const SAMPLE_MS = 100

/** Counts the uploaded bytes and calculates their rate. */
export class UploadProgress {
  readonly #clock: Pick<Clock, 'now'>
  readonly #onProgress: ((progress: Progress) => void) | undefined
  readonly #samples: { readonly time: number; readonly sent: number }[] = []
  #sent = 0
  #total = 0

  constructor(clock: Pick<Clock, 'now'>, onProgress?: (progress: Progress) => void) {
    this.#clock = clock
    this.#onProgress = onProgress
  }

  /** Adds bytes that will be sent. */
  expect(bytes: number): void {
    this.#total += bytes
  }

  /** Subtracts bytes that were expected and counted as sent, but need not be sent. */
  withdraw(bytes: number): void {
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
    const time = this.#clock.now()
    if (time - (this.#samples.at(-1)?.time ?? Number.NEGATIVE_INFINITY) < SAMPLE_MS) return
    this.#samples.push({ time, sent: this.#sent })
    while ((this.#samples[1]?.time ?? time) <= time - WINDOW_MS) this.#samples.shift()
  }

  #rate(): number {
    const [first] = this.#samples
    if (first === undefined) return 0
    const seconds = (this.#clock.now() - first.time) / 1000
    return seconds > 0 ? Math.max(0, this.#sent - first.sent) / seconds : 0
  }
}
