import type { Host } from '../../host/host.js'
import { type PathInfo, readPathInfo } from '../../nix/locally-built-paths.js'
import { openNix } from '../../nix/nix.js'
import type { ImageContents } from '../../sbom/contents.js'
import { messageOf } from '../../util/error.js'
import { readStorePaths } from '../inspect/inspect.js'
import type { PlatformTree } from '../inspect/tree.js'
import { nixContextOf } from '../setup/nix-context.js'
import { describeContents } from '../shared/describe-contents.js'
import type { ImageLocation } from '../shared/image-locations.js'

/**
 * Lists the store paths in the layers of an image. Reads the layers whose store paths are not in the config. For a file, Nix is
 * asked for hashes and references, if it has the store paths. An image in a registry can have other files under the same store
 * paths, so Nix is not asked.
 */
export async function listLayerContents(
  platform: PlatformTree,
  location: ImageLocation,
  host: Host,
): Promise<ImageContents> {
  const trees = await readStorePaths([platform], location, 'unknown')
  const all = trees.flatMap(tree => tree.layers)
  const layers = all.map(layer => (layer.paths ?? []).map(({ path }) => path))
  const diffIds = all.map(({ diffId, digest }) => diffId ?? digest)
  const infos = location.isLocal ? await askNix([...new Set(layers.flat())], host) : []
  return describeContents({ layers, diffIds, infos, packages: new Map() })
}

/** Nix may be missing, or may have been removed since the image was made. */
async function askNix(paths: readonly string[], host: Host): Promise<PathInfo[]> {
  if (paths.length === 0) return []
  try {
    return await readPathInfo(await openNix(nixContextOf(host)), paths, { signal: host.signal })
  } catch (error) {
    host.signal.throwIfAborted()
    host.log.debug(`Nix was not asked about store paths: ${messageOf(error)}`)
    return []
  }
}
