import { createHash } from 'node:crypto'
import { findInStore } from './described-path.js'
import type { FileLayer, StoreLayer } from './store-image.js'
import { storePathOf } from './store-paths.js'

/**
 * The key of a layer: a hash of everything that its tar depends on. Two layers with the same key have the same diff_id, so a
 * layer whose key is recorded with a diff_id does not have to be read.
 */
export type LayerKey = string & { readonly __layerKey: true }

/** The keys of the layers of an image, lowest first. A layer that is not made from store paths has none. */
export type LayerKeys = readonly (LayerKey | undefined)[]

/** What a key looks like: a SHA-256 in base64url. */
const LAYER_KEY = /^[\w-]{43}$/

export function isLayerKey(text: string): text is LayerKey {
  return LAYER_KEY.test(text)
}

/**
 * Computes the key of a layer. Returns `undefined` if the content of the layer does not follow from store paths, or if Nix has
 * no hash of one of them.
 *
 * @param narHashes the hashes that Nix recorded for store paths
 */
export function computeLayerKey(
  layer: StoreLayer,
  narHashes: ReadonlyMap<string, string>,
): LayerKey | undefined {
  const hashes = storePathsOf(layer).map(path => narHashes.get(path))
  if (hashes.includes(undefined)) return undefined
  const [rules, paths] = layer.kind === 'file' ? ['file', [pathInStore(layer)]] : [layer.rules, layer.paths]
  const pairs = paths.map((path, n) => [path, hashes[n]])
  const text = JSON.stringify([KEY_VERSION, rules, pairs])
  return createHash('sha256').update(text).digest('base64url') as LayerKey
}

/** Changes if the same rules and paths give another tar. */
const KEY_VERSION = 1

/** Returns the store paths that the content of a layer follows from. A file outside of a store stands for itself. */
export function storePathsOf(layer: StoreLayer): readonly string[] {
  const paths = layer.kind === 'file' ? [pathInStore(layer)] : layer.paths
  return paths.map(path => storePathOf(path) ?? path)
}

/** Without the root of the store. */
function pathInStore({ path }: FileLayer): string {
  return path.slice(findInStore(path)?.root.length ?? 0)
}
