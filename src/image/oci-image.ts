import { parseConfig } from '../oci/config.js'
import { type Descriptor, distinct } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import type { IndexDocument } from '../oci/image-index.js'
import { parseManifest } from '../oci/manifest.js'
import type { Platform } from '../oci/platform.js'
import { mapLimit } from '../util/limit.js'
import { selectImage } from './select-image.js'
import { checkDiffId, type StagedParts } from './staged-parts.js'
import type { ReadLayer, StagedLayer } from './staging.js'

/** Where the blobs of an OCI image come from. */
export interface OciContent {
  /** A small blob, verified. */
  read(descriptor: Descriptor): Promise<Buffer>
  stage(descriptor: Descriptor): Promise<ReadLayer>
}

/** How many layers are read side by side. */
const READERS = 4

/** Takes one image of a layout. Throws an `Error` that says what is missing or is not what it should be. */
export async function ociImage(
  index: IndexDocument,
  from: OciContent,
  platform: Platform | undefined,
): Promise<StagedParts> {
  const chosen = await selectImage(index, from.read, platform)
  const manifest = parseManifest(await from.read(chosen))
  const config = await from.read(manifest.config)
  const { diffIds } = parseConfig(config)
  if (manifest.layers.length !== diffIds.length) {
    throw new Error(`the manifest lists ${manifest.layers.length} layers, the config ${diffIds.length}`)
  }
  const staged = await stageAll(manifest.layers, from)
  const layers = manifest.layers.map((layer, n) => {
    const it = staged.get(layer.digest) as StagedLayer
    checkDiffId(it, diffIds[n], `layer ${n + 1} of ${diffIds.length}, ${layer.digest},`)
    return it
  })
  return { config, layers }
}

/** Every digest once. */
async function stageAll(
  descriptors: readonly Descriptor[],
  from: OciContent,
): Promise<Map<Digest, StagedLayer>> {
  const unique = distinct(descriptors)
  const read = await mapLimit(unique, READERS, each => from.stage(each))
  const staged = new Map<Digest, StagedLayer>()
  for (const [n, expected] of unique.entries()) {
    const layer = (await read[n]?.finished) as StagedLayer
    checkSource(layer, expected)
    staged.set(expected.digest, layer)
  }
  return staged
}

function checkSource({ source }: StagedLayer, expected: Descriptor): void {
  if (source.digest === expected.digest && source.size === expected.size) return
  throw new Error(
    `the layer ${expected.digest} (${expected.size} bytes) holds ${source.digest} (${source.size} bytes)`,
  )
}
