import { encodeDockerManifest } from '../../image/docker-manifest.js'
import { writeArchive } from '../../image/write-archive.js'
import { descriptorOf } from '../../oci/descriptor.js'
import { blobsOf } from '../../oci/image.js'
import type { Index } from '../../oci/image-index.js'
import { dockerName, mergedAnnotations } from '../shared/facts.js'
import type { Whole } from '../shared/platform-image.js'

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
