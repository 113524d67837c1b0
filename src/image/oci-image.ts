import { parseConfig } from '../oci/config.js'
import type { Descriptor } from '../oci/descriptor.js'
import type { IndexDocument } from '../oci/image-index.js'
import { parseManifest } from '../oci/manifest.js'
import type { Platform } from '../oci/platform.js'
import { selectImage } from './select-image.js'
import type { ReadLayer, StagedLayer } from './staged-layer.js'
import { type FindKnown, type ListedLayer, type StagedParts, takeLayers } from './staged-parts.js'

/** Where the blobs of an OCI image come from. */
export interface OciContent {
  /** A small blob, verified. */
  read(descriptor: Descriptor): Promise<Buffer>
  stage(descriptor: Descriptor): Promise<ReadLayer>
}

/** Takes one image of a layout. Throws an `Error` that says what is missing or is not what it should be. */
export async function ociImage(
  index: IndexDocument,
  from: OciContent,
  platform: Platform | undefined,
  known: FindKnown,
): Promise<StagedParts> {
  const chosen = await selectImage(index, from.read, platform)
  const manifest = parseManifest(await from.read(chosen))
  const config = await from.read(manifest.config)
  const parsed = parseConfig(config)
  if (manifest.layers.length !== parsed.diffIds.length) {
    throw new Error(
      `the manifest lists ${manifest.layers.length} layers, the config ${parsed.diffIds.length}`,
    )
  }
  const listed = manifest.layers.map(layer => listedLayer(layer, from))
  return { config, layers: await takeLayers(listed, parsed, known) }
}

function listedLayer(layer: Descriptor, from: OciContent): ListedLayer {
  return {
    name: layer.digest,
    read: () => from.stage(layer),
    check: staged => checkSource(staged, layer),
  }
}

function checkSource({ source }: StagedLayer, expected: Descriptor): void {
  if (source.digest === expected.digest && source.size === expected.size) return
  throw new Error(
    `the layer ${expected.digest} (${expected.size} bytes) holds ${source.digest} (${source.size} bytes)`,
  )
}
