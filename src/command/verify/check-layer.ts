import { tapBytes } from '../../image/format/bytes.js'
import { decodeDetected } from '../../image/format/decompress.js'
import type { LayerContents } from '../../image/programs/layer-contents.js'
import { LayerScanner } from '../../image/programs/scan-layer.js'
import { readLayerContent } from '../../image/store/store-paths.js'
import { type Descriptor, layerEncodingOf } from '../../oci/descriptor.js'
import { type Digest, Hasher } from '../../oci/digest.js'
import type { ImageLocation } from '../shared/image-locations.js'
import { describeDamage } from './finding.js'

/** What a layer contains, read from its bytes. */
export interface LayerFacts {
  readonly diffId: Digest
  readonly contents: LayerContents
  readonly storePaths: readonly string[]
  /** The size of the uncompressed tar, in bytes. */
  readonly contentSize: number
}

/** A layer that was read, or the reason why it cannot be. */
export type CheckedLayer = { readonly facts: LayerFacts } | { readonly problem: string }

/**
 * Reads a layer once: verifies its digest and its size, unpacks it as its media type says, and computes its diff_id. Only some
 * blocks are in memory. Throws an error that is not about the content of the layer.
 */
export async function checkLayer(
  layer: Descriptor,
  location: ImageLocation,
  signal: AbortSignal,
): Promise<CheckedLayer> {
  try {
    return { facts: await location.retry(() => readFacts(layer, location, signal)) }
  } catch (error) {
    signal.throwIfAborted()
    return { problem: describeDamage(error) }
  }
}

async function readFacts(
  layer: Descriptor,
  location: ImageLocation,
  signal: AbortSignal,
): Promise<LayerFacts> {
  const hasher = new Hasher()
  const scanner = new LayerScanner()
  const tar = decodeDetected(location.openLayer(layer), layerEncodingOf(layer.mediaType))
  const { paths, size } = await readLayerContent(
    tapBytes(tar, chunk => {
      signal.throwIfAborted()
      hasher.update(chunk)
      scanner.add(chunk)
    }),
  )
  return {
    diffId: hasher.digest(),
    contents: scanner.finish(),
    storePaths: paths.map(({ path }) => path),
    contentSize: size,
  }
}
