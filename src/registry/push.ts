import { type Blob, type Descriptor, descriptorOf, sizeOf } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import { blobsOf } from '../oci/image.js'
import type { Index } from '../oci/image-index.js'
import { isTag, referenceName } from '../oci/reference.js'
import { UserError } from '../util/error.js'
import { mapLimit } from '../util/limit.js'
import type { Retry } from '../util/retry.js'
import type { Meter } from './exchange.js'
import type { Pushed, Repository } from './repository.js'

export interface PushOptions {
  /** How many requests at once; 4 if absent. */
  readonly concurrency?: number
  /** Repositories of the same registry from which blobs may be mounted. */
  readonly from?: readonly string[]
  /** After an abort no tag moves any more. */
  readonly signal?: AbortSignal
  /** Told of blobs' bytes, which a retry takes back; `total` counts only what the registry lacked. */
  readonly onProgress?: (progress: { readonly sent: number; readonly total: number }) => void
  /** How long a tag may show something else after it was set. */
  readonly lag?: Retry
}

/** What was sent before any tag moved. */
export interface Transfer extends Meter {
  /** Configs and layers. */
  readonly blobs: readonly Pushed[]
}

export interface PushReport {
  readonly digest: Digest
  /** `ghcr.io/owner/name@sha256:…` */
  readonly reference: string
  readonly tags: readonly string[]
  /** Configs and layers. */
  readonly blobs: readonly Pushed[]
  /** In bytes, with manifests and what was sent more than once. */
  readonly bytesSent: number
  /** Those for tokens left out. */
  readonly requests: number
}

/** What is to be sent; the rest is in the registry. */
interface Plan {
  readonly present: readonly Descriptor[]
  /** Largest first, so that no large one is left for the end. */
  readonly blobs: readonly Blob[]
  readonly manifests: readonly Blob[]
  readonly index: Blob | undefined
}

/** A tag that does not yet show what it was set to. */
class Stale extends Error {}

/** Eight looks over about half a minute. */
const LAG: Retry = {
  attempts: 8,
  isTransient: failure => failure instanceof Stale,
  backoff: attempt => 250 * 2 ** (attempt - 1),
  longestWait: 60_000,
}

/**
 * Pushes an index with all that it names, by digest: blobs first, then the images' manifests, then the index, so that nothing
 * ever names what is not there. What the registry holds is not sent again. No tag moves.
 */
export async function sendIndex(index: Index, to: Repository, options: PushOptions = {}): Promise<Transfer> {
  const meter: Meter = { requests: 0, bytesSent: 0 }
  const failed = new AbortController()
  const signal = AbortSignal.any([failed.signal, ...(options.signal ? [options.signal] : [])])
  const repository = to.with({ signal, access: 'push', meter })
  try {
    const plan = await planPush(index, repository, options)
    const uploaded = await transfer(plan, repository, options, error => failed.abort(error))
    await publish(plan, repository, options)
    const existed = plan.present.map(descriptor => ({ descriptor, how: 'existed' as const }))
    return { blobs: [...uploaded, ...existed], ...meter }
  } catch (error) {
    options.signal?.throwIfAborted()
    throw error
  }
}

/** What came of setting tags. */
export interface Tagged {
  readonly meter: Meter
  /** Those that show something else than what they were set to, with an error that says so. */
  readonly moved: readonly { readonly tag: string; readonly error: UserError }[]
}

/** Sets tags to an index that has been sent, one after the other, and reads each of them back. */
export async function tagIndex(
  index: Index,
  to: Repository,
  tags: readonly string[],
  options: PushOptions = {},
): Promise<Tagged> {
  checkTags(tags)
  const { signal, concurrency = 4, lag = LAG } = options
  const meter: Meter = { requests: 0, bytesSent: 0 }
  const repository = to.with({ access: 'push', meter, ...(signal && { signal }) })
  for (const tag of tags) await repository.putManifest(index.self, tag)
  const confirmed = await mapLimit(tags, concurrency, async tag => {
    const error = await confirm(repository, tag, index.self.digest, lag)
    return error === undefined ? [] : [{ tag, error }]
  })
  return { meter, moved: confirmed.flat() }
}

/** Sends an index and then sets its tags. */
export async function pushIndex(
  index: Index,
  to: Repository,
  tags: readonly string[],
  options: PushOptions = {},
): Promise<PushReport> {
  const names = [...new Set(tags)]
  checkTags(names)
  const sent = await sendIndex(index, to, options)
  const { meter, moved } = await tagIndex(index, to, names, options)
  if (moved[0]) throw moved[0].error
  return pushReport(index, to, names, sent, meter)
}

/** An image whose manifest the registry has is there as a whole: registries check that when they take a manifest. */
async function planPush(
  { self, images }: Index,
  repository: Repository,
  options: PushOptions,
): Promise<Plan> {
  const { concurrency = 4 } = options
  const manifests = [self, ...images.map(image => image.manifest)]
  const held = await mapLimit(manifests, concurrency, ({ digest }) => repository.hasManifest(digest))
  const missing = images.filter((_, n) => !held[n + 1])
  const wanted = blobsOf(missing)
  const there = await mapLimit(wanted, concurrency, ({ digest }) => repository.hasBlob(digest))
  const lacking = new Set(wanted.filter((_, n) => !there[n]).map(({ digest }) => digest))
  return {
    present: blobsOf(images)
      .filter(({ digest }) => !lacking.has(digest))
      .map(descriptorOf),
    blobs: wanted.filter(({ digest }) => lacking.has(digest)).sort((a, b) => b.size - a.size),
    manifests: missing.map(image => image.manifest),
    index: held[0] ? undefined : self,
  }
}

/** @param onFailure called at the first failure, to end what else is on its way */
async function transfer(
  { blobs }: Plan,
  repository: Repository,
  { concurrency = 4, from = [], onProgress }: PushOptions,
  onFailure: (error: unknown) => void,
): Promise<Pushed[]> {
  const total = sizeOf(blobs)
  let sent = 0
  const onSent = (bytes: number): void => {
    sent += bytes
    onProgress?.({ sent, total })
  }
  return mapLimit(blobs, concurrency, async blob => {
    try {
      return await repository.pushBlob(blob, { absent: true, from, onSent })
    } catch (error) {
      onFailure(error)
      throw error
    }
  })
}

async function publish(plan: Plan, repository: Repository, { concurrency = 4 }: PushOptions): Promise<void> {
  await mapLimit(plan.manifests, concurrency, manifest => repository.putManifest(manifest, manifest.digest))
  if (plan.index) await repository.putManifest(plan.index, plan.index.digest)
}

async function confirm(
  repository: Repository,
  tag: string,
  digest: Digest,
  lag: Retry,
): Promise<UserError | undefined> {
  let seen: string | undefined
  const look = async (): Promise<void> => {
    seen = (await repository.getManifest(tag))?.descriptor.digest
    if (seen !== digest) throw new Stale()
  }
  try {
    await repository.retrying(look, lag)
    return undefined
  } catch (error) {
    if (!(error instanceof Stale)) throw error
    const { registry, repository: path } = repository.reference
    const name = referenceName({ registry, repository: path, tag })
    return new UserError(`${name} was set to ${digest} but shows ${seen ?? 'nothing'}`, {
      hint: 'Another job may have moved the tag meanwhile. See which of them should have the last word.',
    })
  }
}

function checkTags(tags: readonly string[]): void {
  const wrong = tags.find(tag => !isTag(tag))
  if (wrong !== undefined) throw new UserError(`${JSON.stringify(wrong)} is not a tag`)
}

/** What a push has done, sending and tagging together. */
export function pushReport(
  { self }: Index,
  { reference: { registry, repository } }: Repository,
  tags: readonly string[],
  sent: Transfer,
  tagging: Meter,
): PushReport {
  const reference = referenceName({ registry, repository, digest: self.digest })
  return {
    digest: self.digest,
    reference,
    tags,
    blobs: sent.blobs,
    bytesSent: sent.bytesSent + tagging.bytesSent,
    requests: sent.requests + tagging.requests,
  }
}
