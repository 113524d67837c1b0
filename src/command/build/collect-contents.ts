import type { PackedImage } from '../../image/read-image.js'
import { parseHistoryPaths, readLayerContent } from '../../image/store-paths.js'
import { readPathInfo } from '../../nix/locally-built-paths.js'
import type { Nix } from '../../nix/nix.js'
import { parseConfig, parseConfigDetails } from '../../oci/config.js'
import { openVerified } from '../../oci/verify.js'
import type { ImageContents } from '../../sbom/contents.js'
import { mapLimit } from '../../util/async.js'
import { describeContents } from '../shared/describe-contents.js'
import { readPackages } from './read-packages.js'

interface CollectOptions {
  readonly nix: Nix
  /** What the evaluation of the flake says about packages (`Container.packages`). */
  readonly packages: readonly unknown[]
  readonly signal: AbortSignal
}

/**
 * Finds out which store paths are in the layers of a packed image, and what Nix knows about them. The same image gives the same
 * contents.
 */
export async function collectImageContents(
  packed: PackedImage,
  { nix, packages, signal }: CollectOptions,
): Promise<ImageContents> {
  const { diffIds } = parseConfig(packed.config)
  const layers = await readLayerPaths(packed)
  const infos = await readPathInfo(nix, [...new Set(layers.flat())], { signal })
  return describeContents({ layers, diffIds, infos, packages: readPackages(packages) })
}

const LAYERS_AT_ONCE = 2

/**
 * Returns the store paths in each layer, lowest first. A layer is read only if it was not read before, and if neither its
 * description nor the history of the image names its store paths.
 */
async function readLayerPaths(packed: PackedImage): Promise<(readonly string[])[]> {
  const { history } = parseConfigDetails(packed.config)
  const commented = parseHistoryPaths(history, packed.layers.length)
  return mapLimit(packed.layers, LAYERS_AT_ONCE, async (layer, n) => {
    const known = packed.layerPaths?.[n] ?? packed.contents[n]?.storePaths
    if (known !== undefined) return known
    const comment = commented[n] ?? []
    if (comment.length > 0) return comment
    const { paths } = await readLayerContent(openVerified(layer))
    return paths.map(({ path }) => path)
  })
}
