import type { Host } from '../../host/host.js'
import { type LayerContent, readLayerContent } from '../../image/store-paths.js'
import type { InspectInputs } from '../../input/inputs.js'
import { deduplicate } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { mapLimit } from '../../util/async.js'
import { isSystemError, messageOf, UserError } from '../../util/error.js'
import { type ImageLocation, withLocations } from './locations.js'
import { type ImageTree, type LayerTree, loadTree, type PlatformTree } from './tree.js'

/** What the images of a file, a folder or a reference hold; a file can have several. */
export async function inspect(name: string, inputs: InspectInputs, host: Host): Promise<ImageTree[]> {
  return withLocations([name], inputs, { host, signal: host.signal }, async places => {
    const trees: ImageTree[] = []
    for (const place of places) {
      for (const image of place.images) {
        const tree = await loadTree(image.name, image.top, place.readBlob)
        trees.push({
          ...tree,
          platforms: await readStorePaths(tree.platforms, place, selectLayers(inputs, place)),
        })
      }
    }
    return trees
  })
}

/** Which layers are read for their store paths: those of which the config does not tell, all, or none. */
type LayerSelection = 'unknown' | 'all' | 'none'

/** What layers hold, each of them read once. */
export type LayerContents = Map<Digest, LayerContent>

/** How many layers are read side by side. */
const READERS = 4

/** Foreign layers lie elsewhere, and artifacts have layers of other kinds: neither is looked into. */
const TAR_LAYER = /\.(image\.layer\.v1|image\.rootfs\.diff)\.tar\b/

/** What is read when nothing else was asked for: not what would have to be fetched. */
export function selectLayers({ paths }: { paths: boolean }, place: ImageLocation): LayerSelection {
  if (paths) return 'all'
  return place.isLocal ? 'unknown' : 'none'
}

/** Whether a layer could hold store paths of which nothing is known. */
export function hasUnknownPaths({ paths, mediaType }: LayerTree): boolean {
  return paths === undefined && TAR_LAYER.test(mediaType)
}

/**
 * The same images with the store paths of their layers. `contents` has what was read before, and gets what is read now.
 * Throws a `UserError` that names the layer which is broken.
 */
export async function readStorePaths(
  platforms: readonly PlatformTree[],
  place: ImageLocation,
  reading: LayerSelection,
  contents: LayerContents = new Map(),
): Promise<PlatformTree[]> {
  const wanted = deduplicate(
    platforms.flatMap(({ layers }) => layers.filter(layer => isRead(layer, reading))),
  )
  const missing = wanted.filter(({ digest }) => !contents.has(digest))
  await mapLimit(missing, READERS, async layer => {
    contents.set(layer.digest, await contentOf(layer, place))
  })
  return platforms.map(platform => ({
    ...platform,
    layers: platform.layers.map(layer => withContent(layer, contents.get(layer.digest))),
  }))
}

function isRead(layer: LayerTree, reading: LayerSelection): boolean {
  switch (reading) {
    case 'all':
      return TAR_LAYER.test(layer.mediaType)
    case 'unknown':
      return hasUnknownPaths(layer)
    case 'none':
      return false
  }
}

async function contentOf(layer: LayerTree, place: ImageLocation): Promise<LayerContent> {
  try {
    return await place.retry(() => readLayerContent(place.openLayer(layer)))
  } catch (error) {
    if (error instanceof UserError || isSystemError(error)) throw error
    throw new UserError(`${place.name}: the layer ${layer.digest} is broken: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

function withContent(layer: LayerTree, content: LayerContent | undefined): LayerTree {
  return content ? { ...layer, contentSize: content.size, paths: content.paths } : layer
}
