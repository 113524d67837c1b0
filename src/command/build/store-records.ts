import type { StoreRecords } from '../../image/pack-store-image.js'
import { findChangedPaths } from '../../nix/changed-paths.js'
import { readPathInfo } from '../../nix/locally-built-paths.js'
import type { Nix } from '../../nix/nix.js'
import { messageOf } from '../../util/error.js'
import type { RecordedDiffIds } from '../shared/layer-keys.js'
import type { FoundLayers } from '../shared/published-images.js'

interface RecordsOptions {
  /** What the repositories of the container record. */
  readonly published?: FoundLayers | undefined
  /**
   * Believes which layer an earlier image records for a key. If not, the layer is made again: whoever can write the registry can
   * record another layer.
   */
  readonly believesKeys?: boolean
  /** The layers that this run has packed so far. */
  readonly packed?: RecordedDiffIds
  readonly signal: AbortSignal
}

/**
 * Answers what is known about store paths: Nix knows their hashes, and earlier images the layers that were made from them.
 *
 * @param findNix returns `undefined` if this machine has no Nix; then layers have no keys
 */
export function createStoreRecords(
  findNix: () => Promise<Nix | undefined>,
  { published, believesKeys = true, packed, signal }: RecordsOptions,
): StoreRecords {
  return {
    async readClosure(path) {
      const nix = await findNix()
      if (nix === undefined) return undefined
      const infos = await readRegisteredClosure(nix, path, signal)
      const closure = new Map(infos.map(info => [info.path, info.narHash]))
      return closure.has(path) ? closure : undefined
    },
    findDiffId: key => (believesKeys ? published?.findDiffId(key) : undefined) ?? packed?.find(key),
    addDiffId: (key, diffId) => packed?.addOne(key, diffId),
    async findChangedPaths(paths) {
      const nix = await findNix()
      return nix === undefined ? [] : findChangedPaths(nix, paths, signal)
    },
  }
}

/** Returns nothing if the store path is a folder that Nix does not know: then Nix has not made it. */
async function readRegisteredClosure(nix: Nix, path: string, signal: AbortSignal) {
  try {
    return await readPathInfo(nix, [path], { recursive: true, signal })
  } catch (error) {
    if (/is not valid/.test(messageOf(error))) return []
    throw error
  }
}
