import type { Readable } from 'node:stream'
import type { Meter } from '../http/message.js'
import type { Blob } from '../oci/descriptor.js'
import { blobsOf, type Image } from '../oci/image.js'
import type { Index } from '../oci/image-index.js'
import { openVerified } from '../oci/verify.js'
import { mapLimit } from '../util/async.js'
import { messageOf, UserError } from '../util/error.js'
import { type ManifestStep, type RepositoryKey, repositoryKey } from './push-plan.js'
import { PushSession, type SendOptions } from './push-session.js'
import type { Repository } from './repository.js'

/** Puts manifests and then indexes by their digests; no tag moves. What the registry has lost meanwhile is sent again. */
export async function publish(steps: readonly ManifestStep[], run: PushSession): Promise<void> {
  const images = steps.filter(step => step.kind === 'image')
  const indexes = steps.filter(step => step.kind === 'index')
  await mapLimit(images, run.concurrency, ({ image, place }) =>
    run.guarded(() => putImage(image, place, run)),
  )
  await mapLimit(indexes, run.concurrency, ({ index, place }) =>
    run.guarded(() => putIndex(index, place, run)),
  )
}

async function putImage(image: Image, place: RepositoryKey, run: PushSession): Promise<void> {
  const { repository, put } = run.work(place)
  const { manifest } = image
  await repository.putManifest(manifest, manifest.digest, () => restoreMissingImage(image, place, run))
  put.add(manifest.digest)
}

/** Not every registry looks whether there is what an index names, so what was not put just now is looked for before. */
async function putIndex({ blob, images }: Index, place: RepositoryKey, run: PushSession): Promise<void> {
  const { repository, put } = run.work(place)
  const older = images.filter(({ manifest }) => !put.has(manifest.digest))
  await restoreMissingImages(older, place, run)
  await repository.putManifest(blob, blob.digest, () => restoreMissingImages(images, place, run))
  put.add(blob.digest)
}

/** Looks again whether an index's images are there, and sends those that are not. Gives what that took. */
export async function restoreMissingManifests(
  index: Index,
  to: Repository,
  { concurrency, signal }: Pick<SendOptions, 'concurrency' | 'signal'>,
): Promise<Meter> {
  const some = { ...(concurrency !== undefined && { concurrency }), ...(signal && { signal }) }
  const run = new PushSession([{ index, to }], some)
  const place = repositoryKey(to.reference)
  await restoreMissingImages(index.images, place, run)
  return run.work(place).meter
}

/** Looks again whether images are there, and puts those that are not. */
async function restoreMissingImages(
  images: readonly Image[],
  place: RepositoryKey,
  run: PushSession,
): Promise<void> {
  for (const image of images) {
    if (await run.repository(place).hasManifest(image.manifest.digest)) continue
    await restoreMissingImage(image, place, run)
    await putImage(image, place, run)
  }
}

/**
 * Looks again whether an image's blobs are there, whatever was seen before, and sends those that are not: a registry may have
 * cleaned up meanwhile.
 */
function restoreMissingImage(image: Image, place: RepositoryKey, run: PushSession): Promise<void> {
  const { repository, mending } = run.work(place)
  // One after the other, since the images of an index miss the same blobs.
  return mending(async () => {
    const looked = await mapLimit(blobsOf([image]), run.concurrency, async blob =>
      (await repository.hasBlob(blob.digest)) ? [] : [blob],
    )
    await mapLimit(looked.flat(), run.concurrency, blob => {
      run.tally.expect(blob.size)
      return run.upload(place, needed(blob, place), { absent: true })
    })
  })
}

/** As it is, but says why it is needed when it cannot be read. */
function needed(blob: Blob, place: RepositoryKey): Blob {
  const explain = (error: unknown): Error =>
    new UserError(`${place} no longer has ${blob.digest}, and it cannot be sent again: ${messageOf(error)}`, {
      hint: 'The registry was cleaned up after the image was built for it. Build it anew, with `force: true`.',
      cause: error,
    })
  const open = (): Readable => {
    try {
      return openVerified(blob, explain)
    } catch (error) {
      throw explain(error)
    }
  }
  return { ...blob, open }
}
