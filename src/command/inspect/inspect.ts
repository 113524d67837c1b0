import type { Host } from '../../host/host.js'
import { type LayerContent, readLayerContent } from '../../image/store/store-paths.js'
import type { InspectInputs } from '../../input/input-table.js'
import { deduplicate, isIndexType, isManifestType } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { mapLimit } from '../../util/async.js'
import { isSystemError, messageOf, UserError } from '../../util/error.js'
import { type ImageLocation, type PackResult, withLocations } from '../shared/image-locations.js'
import { addAttachedArtifacts } from './attached-artifacts.js'
import {
  type ArtifactTree,
  type ImageTree,
  type LayerTree,
  listArtifacts,
  loadTree,
  type PlatformTree,
} from './tree.js'

/** A file with more images is not one that a build or a merge wrote. */
const MAX_IMAGES = 100

/** The command `inspect`: reads the images of a file, a folder or a reference. A file can contain several. */
export async function inspect(
  name: string,
  inputs: InspectInputs,
  host: Host,
  packResult: PackResult,
): Promise<ImageTree[]> {
  return withLocations([name], { inputs, host, packResult }, async locations => {
    const trees: ImageTree[] = []
    for (const location of locations) {
      const selection = selectLayers(inputs, location)
      for (const loaded of await loadTrees(location, host)) {
        const tree = await addAttachedArtifacts(loaded, location, host)
        trees.push({ ...tree, platforms: await readStorePaths(tree.platforms, location, selection) })
      }
    }
    return trees
  })
}

/**
 * Loads the images of a location. The artifacts that a file lists next to its images are part of the image that they are about,
 * or of the first image. Without an image, they are returned as they are.
 */
export async function loadTrees(location: ImageLocation, { log }: Pick<Host, 'log'>): Promise<ImageTree[]> {
  const { name, images, readBlob } = location
  const isOnlyBlob = images.length === 1
  const known = images.filter(
    ({ top }) => isOnlyBlob || isManifestType(top.mediaType) || isIndexType(top.mediaType),
  )
  const omitted = known.length - MAX_IMAGES
  if (omitted > 0)
    log.warning(`${name}: only the first ${MAX_IMAGES} images are shown, and ${omitted} more are left out`)
  const trees: ImageTree[] = []
  for (const image of known.slice(0, MAX_IMAGES)) trees.push(await loadTree(image.name, image.top, readBlob))
  const blobs = listArtifacts(images.filter(image => !known.includes(image)).map(({ top }) => top))
  return joinArtifacts(trees, blobs)
}

function joinArtifacts(trees: readonly ImageTree[], blobs: readonly ArtifactTree[]): ImageTree[] {
  const images = trees.filter(({ platforms, artifacts }) => platforms.length > 0 || artifacts === undefined)
  if (images.length === 0) return [...trees]
  const artifacts = [
    ...trees.filter(tree => !images.includes(tree)).flatMap(tree => tree.artifacts ?? []),
    ...blobs,
  ]
  const ownerOf = ({ subject }: ArtifactTree): ImageTree | undefined =>
    images.find(
      image => image.digest === subject || image.platforms.some(({ digest }) => digest === subject),
    ) ?? images[0]
  return images.map(image => {
    const all = [...(image.artifacts ?? []), ...artifacts.filter(each => ownerOf(each) === image)]
    return all.length === 0 ? image : { ...image, artifacts: all }
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
