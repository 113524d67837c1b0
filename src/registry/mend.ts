import type { Readable } from 'node:stream'
import type { Blob } from '../oci/descriptor.js'
import { blobsOf, type Image } from '../oci/image.js'
import { verified } from '../oci/verify.js'
import { mapLimit } from '../util/async.js'
import { messageOf, UserError } from '../util/error.js'
import type { Place } from './census.js'
import type { PushRun } from './push-session.js'

/**
 * Looks again whether an image's blobs are there, whatever was seen before, and sends those that are not: a registry may have
 * cleaned up meanwhile.
 */
export function mendImage(image: Image, place: Place, run: PushRun): Promise<void> {
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
function needed(blob: Blob, place: Place): Blob {
  const explain = (error: unknown): Error =>
    new UserError(`${place} no longer has ${blob.digest}, and it cannot be sent again: ${messageOf(error)}`, {
      hint: 'The registry was cleaned up after the image was built for it. Build it anew, with `force: true`.',
      cause: error,
    })
  const open = (): Readable => {
    try {
      return verified(blob, explain)
    } catch (error) {
      throw explain(error)
    }
  }
  return { ...blob, open }
}
