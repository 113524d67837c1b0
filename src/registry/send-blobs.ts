import type { Blob } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import { type Limit, limitConcurrency } from '../util/async.js'
import { MIB } from '../util/text.js'
import { MAX_PARALLEL_REQUESTS } from './client.js'
import { type BlobStep, type RepositoryKey, registryOf, repositoryPath } from './push-plan.js'
import type { PushSession } from './push-session.js'
import { withRestoreError } from './put-manifests.js'
import type { MountResult } from './repository.js'

/** In bytes. The upload of a smaller blob mostly waits for responses, so others can run in parallel. */
const SMALL_BLOB_BYTES = MIB
/** Parallel uploads of small blobs, for each parallel upload of a large one. */
const SMALL_UPLOADS_PER_LARGE = 2

type UploadStep = Extract<BlobStep, { kind: 'upload' }>
type MountStep = Extract<BlobStep, { kind: 'mount' }>

/**
 * Uploads and mounts all blobs. Uploads start in the order of the steps; at most `session.concurrency` large ones run in
 * parallel, with small ones in addition. A mount transfers no bytes and starts as soon as its source has the blob. A refused
 * mount becomes an upload.
 */
export async function transferBlobs(steps: readonly BlobStep[], session: PushSession): Promise<void> {
  const queue = createQueue(session.concurrency)
  const uploads = new Map(
    steps
      .filter(step => step.kind === 'upload')
      .map(step => [blobKey(step.to, step.blob.digest), queueUpload(step, session, queue)]),
  )
  const policies = new Map<string, MountPolicy>()
  const mounts = steps
    .filter(step => step.kind === 'mount')
    .map(async step => {
      await uploads.get(blobKey(step.from, step.blob.digest))
      await mountOrUpload(step, session, queue, mountPolicyFor(registryOf(step.to), policies))
    })
  const all = [...uploads.values(), ...mounts]
  await Promise.allSettled(all)
  await Promise.all(all)
}

/** Returns the queue in which a blob waits for its upload. */
type UploadQueue = (blob: Blob) => Limit

function createQueue(concurrency: number): UploadQueue {
  const large = limitConcurrency(concurrency)
  const small = limitConcurrency(SMALL_UPLOADS_PER_LARGE * concurrency)
  return ({ size }) => (size < SMALL_BLOB_BYTES ? small : large)
}

function blobKey(repository: RepositoryKey, digest: Digest): string {
  return `${repository} ${digest}`
}

function mountPolicyFor(registry: string, policies: Map<string, MountPolicy>): MountPolicy {
  const policy = policies.get(registry) ?? new MountPolicy()
  policies.set(registry, policy)
  return policy
}

function queueUpload({ to, blob }: UploadStep, session: PushSession, queue: UploadQueue): Promise<void> {
  session.progress.expect(blob.size)
  const source = session.isGone(to, blob.digest) ? withRestoreError(blob, to) : blob
  return queue(blob)(() => session.failFast(() => session.upload(to, source, { absent: true })))
}

async function mountOrUpload(
  { to, blob, from }: MountStep,
  session: PushSession,
  queue: UploadQueue,
  policy: MountPolicy,
): Promise<void> {
  const repository = session.repository(to)
  const result = await policy.try(from, () =>
    session.failFast(() => repository.mountBlob(blob.digest, repositoryPath(from))),
  )
  if (result === 'mounted') return session.recordBlob(to, blob.digest, 'mounted')
  session.progress.expect(blob.size)
  await queue(blob)(() =>
    session.failFast(async () => {
      const sessionUrl = result === 'refused' ? undefined : result
      const isChecked = session.known.has(to, blob.digest) !== undefined
      if (isChecked || !(await repository.hasBlob(blob.digest)))
        return session.upload(to, blob, { absent: true, sessionUrl })
      session.progress.withdraw(blob.size)
      session.recordBlob(to, blob.digest, 'existed')
    }),
  )
}

/** After this many refused mounts in a row, a source is no longer tried. */
const MAX_REFUSALS = 3
/** After this many such sources, a registry that never mounted a blob is no longer tried. */
const MAX_REFUSING_SOURCES = 2

/**
 * Finds out by trying whether a registry mounts blobs. Until one mount has succeeded, there is one try at a time, since a refused
 * mount starts an upload. A source may refuse for another reason, for example if we must not read it.
 */
export class MountPolicy {
  readonly #oneAtATime = limitConcurrency(1)
  readonly #parallel = limitConcurrency(MAX_PARALLEL_REQUESTS)
  readonly #refusals = new Map<RepositoryKey, number>()
  #hasMounted = false

  /** Requests a mount with `task`. Returns 'refused' without a request if the source or the registry is no longer tried. */
  async try(from: RepositoryKey, task: () => Promise<MountResult>): Promise<MountResult> {
    const result = await this.#oneAtATime(async () =>
      this.#hasMounted ? undefined : this.#request(from, task),
    )
    return result ?? this.#parallel(() => this.#request(from, task))
  }

  async #request(from: RepositoryKey, task: () => Promise<MountResult>): Promise<MountResult> {
    if (this.#isSourceGivenUp(from) || this.#isRegistryGivenUp()) return 'refused'
    const result = await task()
    if (result === 'mounted') {
      this.#hasMounted = true
      this.#refusals.delete(from)
    } else this.#refusals.set(from, (this.#refusals.get(from) ?? 0) + 1)
    return result
  }

  #isSourceGivenUp(from: RepositoryKey): boolean {
    return (this.#refusals.get(from) ?? 0) >= MAX_REFUSALS
  }

  #isRegistryGivenUp(): boolean {
    const sources = [...this.#refusals.keys()].filter(from => this.#isSourceGivenUp(from))
    return !this.#hasMounted && sources.length >= MAX_REFUSING_SOURCES
  }
}
