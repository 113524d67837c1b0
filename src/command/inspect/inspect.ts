import type { Host } from '../../host/host.js'
import { type LayerContent, readLayerContent } from '../../image/store-paths.js'
import type { InspectInputs } from '../../input/input-table.js'
import { deduplicate } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { mapLimit } from '../../util/async.js'
import { isSystemError, messageOf, UserError } from '../../util/error.js'
import { type ImageLocation, withLocations } from './image-locations.js'
import { type ImageTree, type LayerTree, loadTree, type PlatformTree } from './tree.js'

/** A file with more images is not one that a build or a merge wrote. */
const MAX_IMAGES = 100

/** The command `inspect`: reads the images of a file, a folder or a reference. A file can contain several. */
export async function inspect(name: string, inputs: InspectInputs, host: Host): Promise<ImageTree[]> {
  return withLocations([name], inputs, host, async locations => {
    const trees: ImageTree[] = []
    for (const location of locations) {
      const selection = selectLayers(inputs, location)
      const omitted = location.images.length - MAX_IMAGES
      if (omitted > 0) {
        host.log.warning(
          `${location.name}: only the first ${MAX_IMAGES} images are shown, and ${omitted} more are left out`,
        )
      }
      for (const image of location.images.slice(0, MAX_IMAGES)) {
        const tree = await loadTree(image.name, image.top, location.readBlob)
        trees.push({ ...tree, platforms: await readStorePaths(tree.platforms, location, selection) })
      }
    }
    return trees
  })
}

/** The layers that are read to find their store paths. `unknown`: only layers whose paths are not in the config. */
type LayerSelection = 'unknown' | 'all' | 'none'

/** By default, layers are not downloaded. */
export function selectLayers({ paths }: { paths: boolean }, { isLocal }: ImageLocation): LayerSelection {
  if (paths) return 'all'
  return isLocal ? 'unknown' : 'none'
}

/** The contents of the layers that were read. */
export type LayerContents = Map<Digest, LayerContent>

const LAYERS_AT_ONCE = 4

/**
 * Reads the selected layers, and returns the platforms with the store paths of these layers. Layers in `contents` are not read
 * again; the others are added. Throws a `UserError` that names the layer if a layer is damaged.
 */
export async function readStorePaths(
  platforms: readonly PlatformTree[],
  location: ImageLocation,
  selection: LayerSelection,
  contents: LayerContents = new Map(),
): Promise<PlatformTree[]> {
  const selected = deduplicate(
    platforms.flatMap(({ layers }) => layers.filter(layer => isSelected(layer, selection))),
  )
  const missing = selected.filter(({ digest }) => !contents.has(digest))
  await mapLimit(missing, LAYERS_AT_ONCE, async layer => {
    contents.set(layer.digest, await readContent(layer, location))
  })
  return platforms.map(platform => ({
    ...platform,
    layers: platform.layers.map(layer => addContent(layer, contents.get(layer.digest))),
  }))
}

function isSelected(layer: LayerTree, selection: LayerSelection): boolean {
  switch (selection) {
    case 'all':
      return isTarLayer(layer)
    case 'unknown':
      return hasUnknownPaths(layer)
    case 'none':
      return false
  }
}

/** Excludes foreign layers, which are not in the registry, and the layers of artifacts, which are not tars. */
const TAR_LAYER = /\.(image\.layer\.v1|image\.rootfs\.diff)\.tar\b/

export function isTarLayer({ mediaType }: Pick<LayerTree, 'mediaType'>): boolean {
  return TAR_LAYER.test(mediaType)
}

/** True if a layer can contain store paths, but they are not known. */
export function hasUnknownPaths({ paths, mediaType }: LayerTree): boolean {
  return paths === undefined && TAR_LAYER.test(mediaType)
}

async function readContent(layer: LayerTree, location: ImageLocation): Promise<LayerContent> {
  try {
    return await location.retry(() => readLayerContent(location.openLayer(layer)))
  } catch (error) {
    if (error instanceof UserError || isSystemError(error)) throw error
    throw new UserError(`${location.name}: the layer ${layer.digest} is damaged: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

function addContent(layer: LayerTree, content: LayerContent | undefined): LayerTree {
  return content ? { ...layer, contentSize: content.size, paths: content.paths } : layer
}
