import type { Digest } from '../../oci/digest.js'
import type { LayerSource } from '../format/bytes.js'

/**
 * A description of an image whose layers are not in a file yet: they are store paths, which this program packs. The config
 * follows from the diff_ids.
 */
export interface StoreImage {
  /** The names in the description: `hello:1.0`. */
  readonly names: readonly string[]
  /** The path of a docker-archive, plain or compressed, whose layers come first. */
  readonly base?: string
  /** Lowest first, above the layers of `base`. */
  readonly layers: readonly StoreLayer[]
  /** Returns the bytes of the config. `diffIds` has one element for each layer, those of `base` included. */
  encodeConfig(diffIds: readonly Digest[], base?: BaseImage): Buffer
}

/** What a config can take from the image below it. */
export interface BaseImage {
  readonly config: Buffer
  /** The names of its layers in the archive. */
  readonly layerNames: readonly string[]
}

export type StoreLayer = PathsLayer | FileLayer

/** A layer whose tar is made from store paths. */
export interface PathsLayer {
  readonly kind: 'paths'
  /** As in the description, and without the root of the store. */
  readonly paths: readonly string[]
  /** All else that the bytes of the tar depend on: its format, owners and times. The order of the paths is part of the key. */
  readonly rules: string
  /** The diff_id in the description, if it has one. */
  readonly diffId?: Digest
  /** Makes the tar. @param onRead called after each read with the number of bytes */
  open(onRead?: (count: number) => void): LayerSource & { close(): Promise<void> }
}

/** A layer that is a file in the store, plain or compressed. */
export interface FileLayer {
  readonly kind: 'file'
  /** The real path on this machine. */
  readonly path: string
  /** The digest of the uncompressed tar, as the description says. */
  readonly diffId: Digest
}
