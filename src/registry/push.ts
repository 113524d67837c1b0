import { type Blob, type Descriptor, descriptorOf } from '../oci/descriptor.js'
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
 * Pushes an index with all that it names: blobs first, then the images' manifests and the index by digest, and the
 * tags last, so that a tag never names a part of it. Each tag is read back. What the registry holds is not sent again.
 */
export async function pushIndex(
  index: Index,
  to: Repository,
  tags: readonly string[],
  options: PushOptions = {},
): Promise<PushReport> {
  const wrong = tags.find(tag => !isTag(tag))
  if (wrong !== undefined) throw new UserError(`${JSON.stringify(wrong)} is not a tag`)
  const names = [...new Set(tags)]
  const meter: Meter = { requests: 0, bytesSent: 0 }
  const failed = new AbortController()
  const signal = AbortSignal.any([failed.signal, ...(options.signal ? [options.signal] : [])])
  const repository = to.with({ signal, access: 'push', meter })
  try {
    const plan = await planPush(index, repository, options)
    const uploaded = await transfer(plan, repository, options, error => failed.abort(error))
    await publish(index, plan, repository, names, options)
    const existed = plan.present.map(descriptor => ({ descriptor, how: 'existed' as const }))
    return report(index, repository, names, [...uploaded, ...existed], meter)
  } catch (error) {
    options.signal?.throwIfAborted()
    throw error
  }
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
  const total = blobs.reduce((sum, { size }) => sum + size, 0)
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

async function publish(
  { self }: Index,
  plan: Plan,
  repository: Repository,
  tags: readonly string[],
  { concurrency = 4, lag = LAG }: PushOptions,
): Promise<void> {
  await mapLimit(plan.manifests, concurrency, manifest => repository.putManifest(manifest, manifest.digest))
  if (plan.index) await repository.putManifest(plan.index, plan.index.digest)
  for (const tag of tags) await repository.putManifest(self, tag)
  await mapLimit(tags, concurrency, tag => confirm(repository, tag, self.digest, lag))
}

async function confirm(repository: Repository, tag: string, digest: Digest, lag: Retry): Promise<void> {
  let seen: string | undefined
  const look = async (): Promise<void> => {
    seen = (await repository.getManifest(tag))?.descriptor.digest
    if (seen !== digest) throw new Stale()
  }
  await repository.retrying(look, lag).catch(error => {
    if (!(error instanceof Stale)) throw error
    const { registry, repository: path } = repository.reference
    const name = referenceName({ registry, repository: path, tag })
    throw new UserError(`${name} was set to ${digest} but shows ${seen ?? 'nothing'}`, {
      hint: 'Another job may have moved the tag meanwhile. See which of them should have the last word.',
    })
  })
}

function report(
  { self }: Index,
  { reference: { registry, repository } }: Repository,
  tags: readonly string[],
  blobs: readonly Pushed[],
  { bytesSent, requests }: Meter,
): PushReport {
  const reference = referenceName({ registry, repository, digest: self.digest })
  return { digest: self.digest, reference, tags, blobs, bytesSent, requests }
}
