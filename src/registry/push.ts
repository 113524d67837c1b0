import type { Meter } from '../http/message.js'
import { descriptorOf } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import { blobsOf } from '../oci/image.js'
import type { Index } from '../oci/image-index.js'
import { formatReference } from '../oci/reference.js'
import { mapLimit, waitForAll } from '../util/async.js'
import { MAX_PARALLEL_REQUESTS } from './client.js'
import { RegistryError } from './describe-error.js'
import { blobsToCheck, type ExistenceCheck, manifestsToCheck, planPush, repositoryKey } from './push-plan.js'
import { type PushItem, PushSession, type SendOptions } from './push-session.js'
import { putManifests } from './put-manifests.js'
import type { PushedBlob, Repository } from './repository.js'
import { transferBlobs } from './send-blobs.js'

/** What a push did for one item, before any tag was set. */
export interface UploadResult extends Meter {
  /** Configs and layers. */
  readonly blobs: readonly PushedBlob[]
  /** Manifests and indexes that did not exist before. */
  readonly newManifests: readonly Digest[]
}

export interface PushReport {
  readonly digest: Digest
  /** `ghcr.io/owner/name@sha256:…` */
  readonly reference: string
  readonly tags: readonly string[]
  /** Configs and layers. */
  readonly blobs: readonly PushedBlob[]
  /** In bytes, manifests and repeated uploads included. */
  readonly bytesSent: number
  /** Without the requests for tokens. */
  readonly requests: number
}

/**
 * Pushes indexes with everything they reference, by digest; no tag is set. Blobs are pushed first, then the manifests of images,
 * then the indexes, so that every reference exists. Existing blobs are not sent again, and a blob that several repositories need
 * is sent once. Returns the result for each item. Throws the first failure when all running tasks have ended.
 */
export async function pushIndexes(
  items: readonly PushItem[],
  options: SendOptions = {},
): Promise<UploadResult[]> {
  const session = new PushSession(items, options)
  try {
    await checkExisting(session)
    await findDeletedContent(
      items.filter(({ isTagged }) => isTagged),
      session,
    )
    const steps = planPush(session.pushes, session.known)
    await waitForAll([
      transferBlobs(
        steps.filter(step => step.kind === 'upload' || step.kind === 'mount'),
        session,
      ),
      session.failFast(async () => options.beforeManifests?.()),
    ])
    await putManifests(
      steps.filter(step => step.kind === 'image' || step.kind === 'index'),
      session,
    )
    return items.map((item, n) => uploadResultFor(item, session, items.slice(0, n)))
  } catch (error) {
    options.signal?.throwIfAborted()
    throw session.failure ?? error
  }
}

/** Finds out which manifests and blobs exist, in as few requests as possible. */
async function checkExisting(session: PushSession): Promise<void> {
  await checkEach(session, manifestsToCheck(session.pushes, session.known), (repository, digest) =>
    repository.hasManifest(digest),
  )
  await checkEach(session, blobsToCheck(session.pushes, session.known), (repository, digest) =>
    repository.hasBlob(digest),
  )
}

async function checkEach(
  session: PushSession,
  checks: readonly ExistenceCheck[],
  exists: (repository: Repository, digest: Digest) => Promise<boolean>,
): Promise<void> {
  await mapLimit(checks, MAX_PARALLEL_REQUESTS, ({ repository, digest }) =>
    session.failFast(async () => {
      session.known.record(repository, digest, await exists(session.repository(repository), digest))
    }),
  )
}

/**
 * Finds content that the registry has deleted although it claims to have it, before a tag points to it: a garbage collection may
 * leave the answer to a HEAD, a manifest without its layers, or an index without its images.
 */
async function findDeletedContent(items: readonly PushItem[], session: PushSession): Promise<void> {
  const images = items.flatMap(({ index, repository: { reference } }) =>
    index.images.map(image => ({ image, to: repositoryKey(reference) })),
  )
  const claims = new Map<string, () => Promise<void>>()
  for (const { image, to } of images) {
    const repository = session.repository(to)
    const claim = (digest: Digest, exists: () => Promise<boolean>): void => {
      if (session.known.has(to, digest) === false) return
      claims.set(`${to} ${digest}`, async () => {
        if (!(await exists().catch(believeClaim))) session.recordGone(to, digest)
      })
    }
    const { manifest } = image
    const isNew = session.known.has(to, manifest.digest) === false
    claim(manifest.digest, async () => (await repository.getManifest(manifest.digest)) !== undefined)
    // The blobs of an image that exists were not checked. Those of a new image are known, or are sent.
    for (const { digest } of blobsOf([image]))
      if (!isNew || session.known.has(to, digest)) claim(digest, () => repository.canReadBlob(digest))
  }
  await mapLimit([...claims.values()], MAX_PARALLEL_REQUESTS, check => session.failFast(check))
}

/** A registry that refuses to read content has not said that it is deleted. */
function believeClaim(error: unknown): true {
  if (!(error instanceof RegistryError)) throw error
  return true
}

/** If several items go to one repository, the requests are counted for the first of them. */
function uploadResultFor(
  { index, repository }: PushItem,
  session: PushSession,
  before: readonly PushItem[],
): UploadResult {
  const key = repositoryKey(repository.reference)
  const { blobOutcomes, meter, newManifests } = session.progressOf(key)
  const blobs = blobsOf(index.images).map(blob => {
    return { descriptor: descriptorOf(blob), how: blobOutcomes.get(blob.digest) ?? ('existed' as const) }
  })
  const isFirst = before.every(other => repositoryKey(other.repository.reference) !== key)
  return { blobs, newManifests: [...newManifests], ...(isFirst ? meter : { requests: 0, bytesSent: 0 }) }
}

interface FinishedPush {
  readonly index: Index
  readonly repository: Repository
  readonly tags: readonly string[]
  readonly upload: UploadResult
  /** The requests for setting the tags. */
  readonly tagging: Meter
}

/** The report of a push, upload and tagging together. */
export function pushReport({ index, repository, tags, upload, tagging }: FinishedPush): PushReport {
  const { digest } = index.blob
  const { registry, repository: path } = repository.reference
  return {
    digest,
    reference: formatReference({ registry, repository: path, digest }),
    tags,
    blobs: upload.blobs,
    bytesSent: upload.bytesSent + tagging.bytesSent,
    requests: upload.requests + tagging.requests,
  }
}
