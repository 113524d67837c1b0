import type { Meter } from '../http/message.js'
import { descriptorOf } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import { blobsOf } from '../oci/image.js'
import type { Index } from '../oci/image-index.js'
import { formatReference } from '../oci/reference.js'
import { mapLimit } from '../util/async.js'
import { REQUESTS_AT_ONCE } from './client.js'
import { blobsToAsk, type ExistenceCheck, manifestsToAsk, planPush, repositoryKey } from './push-plan.js'
import { type PushItem, PushSession, type SendOptions } from './push-session.js'
import { publish } from './put-manifests.js'
import type { Pushed, Repository } from './repository.js'
import { transfer } from './transfer.js'

/** What was sent before any tag moved. */
export interface Transfer extends Meter {
  /** Configs and layers. */
  readonly blobs: readonly Pushed[]
  /** Manifests and indexes that were not there before. */
  readonly put: readonly Digest[]
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

/**
 * Pushes indexes with all that they name, by digest: blobs first, then the images' manifests, then the indexes, so that nothing
 * ever names what is not there. What a registry holds is not sent again, and what several repositories need is sent once. No tag
 * moves. Gives what was done for each shipment, and throws the first failure when all that ran has ended.
 */
export async function sendAll(
  shipments: readonly PushItem[],
  options: SendOptions = {},
): Promise<Transfer[]> {
  const run = new PushSession(shipments, options)
  try {
    await checkExisting(run)
    const steps = planPush(run.orders, run.census)
    await transfer(
      steps.filter(step => step.kind === 'upload' || step.kind === 'mount'),
      run,
    )
    await publish(
      steps.filter(step => step.kind === 'image' || step.kind === 'index'),
      run,
    )
    return shipments.map((shipment, n) => transferOf(shipment, run, shipments.slice(0, n)))
  } catch (error) {
    options.signal?.throwIfAborted()
    throw run.failure ?? error
  }
}

/** Of shipments to one repository the first bears the requests. */
function transferOf({ index, to }: PushItem, run: PushSession, before: readonly PushItem[]): Transfer {
  const place = repositoryKey(to.reference)
  const { how, meter, put } = run.work(place)
  const blobs = blobsOf(index.images).map(blob => {
    return { descriptor: descriptorOf(blob), how: how.get(blob.digest) ?? ('existed' as const) }
  })
  const isFirst = before.every(other => repositoryKey(other.to.reference) !== place)
  return { blobs, put: [...put], ...(isFirst ? meter : { requests: 0, bytesSent: 0 }) }
}

/** What a push has done, sending and tagging together. */
export function pushReport(
  { blob }: Index,
  { reference: { registry, repository } }: Repository,
  tags: readonly string[],
  sent: Transfer,
  tagging: Meter,
): PushReport {
  const reference = formatReference({ registry, repository, digest: blob.digest })
  return {
    digest: blob.digest,
    reference,
    tags,
    blobs: sent.blobs,
    bytesSent: sent.bytesSent + tagging.bytesSent,
    requests: sent.requests + tagging.requests,
  }
}

/** Finds out what is not known of what is there, in as few requests as that takes. */
async function checkExisting(run: PushSession): Promise<void> {
  await ask(run, manifestsToAsk(run.orders, run.census), (repository, digest) =>
    repository.hasManifest(digest),
  )
  await ask(run, blobsToAsk(run.orders, run.census), (repository, digest) => repository.hasBlob(digest))
}

async function ask(
  run: PushSession,
  questions: readonly ExistenceCheck[],
  look: (
    repository: ReturnType<PushSession['repository']>,
    digest: ExistenceCheck['digest'],
  ) => Promise<boolean>,
): Promise<void> {
  await mapLimit(questions, REQUESTS_AT_ONCE, ({ place, digest }) =>
    run.guarded(async () => {
      run.census.record(place, digest, await look(run.repository(place), digest))
    }),
  )
}
