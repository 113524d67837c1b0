import type { StoreRecords } from '../../image/pack-store-image.js'
import { findChangedPaths } from '../../nix/changed-paths.js'
import { readPathInfo } from '../../nix/locally-built-paths.js'
import type { Nix } from '../../nix/nix.js'
import type { RecordedDiffIds } from '../shared/layer-keys.js'
import type { FoundLayers } from '../shared/published-images.js'

interface RecordsOptions {
  /** What the repositories of the container record. */
  readonly published?: FoundLayers | undefined
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
  { published, packed, signal }: RecordsOptions,
): StoreRecords {
  return {
    async readClosure(path) {
      const nix = await findNix()
      if (nix === undefined) return undefined
      const infos = await readPathInfo(nix, [path], { recursive: true, signal })
      return new Map(infos.map(info => [info.path, info.narHash]))
    },
    findDiffId: key => published?.findDiffId(key) ?? packed?.find(key),
    addDiffId: (key, diffId) => packed?.addOne(key, diffId),
    async findChangedPaths(paths) {
      const nix = await findNix()
      return nix === undefined ? [] : findChangedPaths(nix, paths, signal)
    },
  }
}
