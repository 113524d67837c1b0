import type { Readable } from 'node:stream'
import type { Meter } from '../http/message.js'
import type { Blob } from '../oci/descriptor.js'
import { blobsOf, type Image } from '../oci/image.js'
import type { Index } from '../oci/image-index.js'
import { openVerified } from '../oci/verify.js'
import { mapLimit } from '../util/async.js'
import { messageOf, UserError } from '../util/error.js'
import { nameSetting } from '../util/input-name.js'
import { type ManifestStep, type RepositoryKey, repositoryKey } from './push-plan.js'
import { PushSession, type SendOptions } from './push-session.js'
import type { Repository } from './repository.js'

/**
 * Puts manifests and then indexes by their digests; no tag is set. Blobs and manifests that the registry has deleted meanwhile
 * are pushed again.
 */
export async function putManifests(steps: readonly ManifestStep[], session: PushSession): Promise<void> {
  const images = steps.filter(step => step.kind === 'image')
  const indexes = steps.filter(step => step.kind === 'index')
  await mapLimit(images, session.concurrency, ({ image, to }) =>
    session.failFast(() => putImage(image, to, session)),
  )
  await mapLimit(indexes, session.concurrency, ({ index, to }) =>
    session.failFast(() => putIndex(index, to, session)),
  )
}

async function putImage(image: Image, to: RepositoryKey, session: PushSession): Promise<void> {
  const { repository, newManifests } = session.progressOf(to)
  const { manifest } = image
  await repository.putManifest(manifest, manifest.digest, () => restoreMissingBlobs(image, to, session))
  newManifests.add(manifest.digest)
}

/** Not every registry checks the manifests that an index references, so those not put by this session are checked before. */
async function putIndex({ blob, images }: Index, to: RepositoryKey, session: PushSession): Promise<void> {
  const { repository, newManifests } = session.progressOf(to)
  const older = images.filter(({ manifest }) => !newManifests.has(manifest.digest))
  await restoreMissingImages(older, to, session)
  await repository.putManifest(blob, blob.digest, () => restoreMissingImages(images, to, session))
  newManifests.add(blob.digest)
}

/** Checks again whether an index's images exist, and pushes the missing ones. Returns the requests and bytes for that. */
export async function restoreMissingManifests(
  index: Index,
  repository: Repository,
  { concurrency, signal }: Pick<SendOptions, 'concurrency' | 'signal'>,
): Promise<Meter> {
  const options = { ...(concurrency !== undefined && { concurrency }), ...(signal && { signal }) }
  const session = new PushSession([{ index, repository }], options)
  const key = repositoryKey(repository.reference)
  await restoreMissingImages(index.images, key, session)
  return session.progressOf(key).meter
}

/** Checks again whether images exist, and pushes the missing ones. */
async function restoreMissingImages(
  images: readonly Image[],
  to: RepositoryKey,
  session: PushSession,
): Promise<void> {
  for (const image of images) {
    // A HEAD alone is not believed: if the images come from this registry, they would be downloaded and sent back.
    if (await session.repository(to).headManifest(image.manifest.digest)) continue
    await restoreMissingBlobs(image, to, session)
    await putImage(image, to, session)
  }
}

/**
 * Checks again whether an image's blobs can be read, and uploads the missing ones. Earlier checks do not count: the registry may
 * have deleted blobs meanwhile.
 */
function restoreMissingBlobs(image: Image, to: RepositoryKey, session: PushSession): Promise<void> {
  const { repository, restoreLimit } = session.progressOf(to)
  // One image at a time, since the images of an index share blobs.
  return restoreLimit(async () => {
    const blobs = blobsOf([image])
    for (const { digest } of blobs) repository.forgetBlob(digest)
    const missing = await mapLimit(blobs, session.concurrency, async blob =>
      (await repository.canReadBlob(blob.digest)) ? [] : [blob],
    )
    await mapLimit(missing.flat(), session.concurrency, blob => {
      session.progress.expect(blob.size)
      return session.upload(to, withRestoreError(blob, to), { absent: true })
    })
  })
}

/** The same blob. If it cannot be read, its error says why it is needed. */
export function withRestoreError(blob: Blob, repository: RepositoryKey): Blob {
  const describe = (error: unknown): Error =>
    new UserError(
      `${repository} no longer has ${blob.digest}, and it cannot be sent again: ${messageOf(error)}`,
      {
        hint:
          'The registry deleted a layer after the image was built. ' +
          `Build the image again with ${nameSetting('force', 'true')}.`,
        cause: error,
      },
    )
  const open = (): Readable => {
    try {
      return openVerified(blob, describe)
    } catch (error) {
      throw describe(error)
    }
  }
  return { ...blob, open }
}
