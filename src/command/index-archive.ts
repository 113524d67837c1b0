import { writeArchive } from '../image/archive-writer.js'
import { encodeDockerManifest } from '../image/docker-manifest.js'
import { descriptorOf } from '../oci/descriptor.js'
import { blobsOf } from '../oci/image.js'
import type { Index } from '../oci/image-index.js'
import { mapLimit } from '../util/limit.js'
import { dockerName, mergedAnnotations } from './facts.js'
import type { Whole } from './piece.js'

const AT_ONCE = 4

/** Reads every byte of a container's pieces, and holds it against its digest. */
export async function verifyAll({ pieces }: Whole, signal: AbortSignal): Promise<void> {
  for (const piece of pieces) {
    await mapLimit(blobsOf([piece.image]), AT_ONCE, async blob => {
      signal.throwIfAborted()
      await piece.verify(blob)
    })
  }
}

/** One archive whose `index.json` names the index alone, so that every tool sees one image with platforms. */
export async function writeIndexArchive(
  path: string,
  index: Index,
  { pieces }: Whole,
  signal: AbortSignal,
): Promise<void> {
  const annotations = mergedAnnotations(pieces[0]?.facts ?? {})
  const manifests = index.images.map(image => image.manifest)
  const content = {
    index: [{ ...descriptorOf(index.self), annotations }],
    blobs: [index.self, ...manifests, ...blobsOf(index.images)],
    dockerManifest: encodeDockerManifest(index.images, dockerName(annotations)),
  }
  await writeArchive(path, content, { signal })
}
