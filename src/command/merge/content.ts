import { CREATED, REVISION } from '../../oci/annotations.js'
import { withoutLabels } from '../../oci/config-labels.js'
import { type Annotations, descriptorOf } from '../../oci/descriptor.js'
import { type Digest, digestOf } from '../../oci/digest.js'
import type { Image } from '../../oci/image.js'
import { sortedAnnotations } from '../../oci/manifest.js'
import { platformName } from '../../oci/platform.js'

/** What changes from commit to commit though an image stays as it is. */
const PASSING = [REVISION, CREATED]

interface Part {
  readonly image: Image
  readonly config: Buffer
  /** Of the manifest. */
  readonly annotations: Annotations
}

/**
 * A digest over what an index holds and says, but for the commit and its time. Layers count by what they unpack to, which configs
 * name, and by how they are compressed; not by their bytes, which another version of a compressor may write otherwise.
 */
export function contentDigest(parts: readonly Part[], annotations: Annotations): Digest {
  const images = parts
    .map(({ image, config, annotations }) => ({
      platform: platformName(image.platform),
      about: descriptorOf(image.manifest).annotations,
      config: digestOf(withoutLabels(config, PASSING)),
      layers: image.layers.map(({ mediaType }) => mediaType),
      ...sortedAnnotations(lasting(annotations)),
    }))
    .sort((a, b) => (a.platform < b.platform ? -1 : 1))
  return digestOf(Buffer.from(JSON.stringify({ images, ...sortedAnnotations(lasting(annotations)) })))
}

function lasting(annotations: Annotations): Annotations {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !PASSING.includes(key)))
}
