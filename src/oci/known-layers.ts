import type { Blob } from './descriptor.js'
import type { Digest } from './digest.js'

/** Finds a layer that needs not be made, by what it unpacks to and its media type. */
export type FindLayer = (diffId: Digest, mediaType: string) => Blob | undefined

/** Layers that lie somewhere already, by the digest of what they unpack to (a config's `diff_ids`) and their media type. */
export class KnownLayers {
  readonly #blobs = new Map<string, Blob>()

  /** Each diff_id pairs with the layer in the same place. Lists that do not match tell nothing; what was known first stays. */
  add(diffIds: readonly Digest[], layers: readonly Blob[]): void {
    if (diffIds.length !== layers.length) return
    for (const [n, layer] of layers.entries()) {
      const key = keyOf(diffIds[n] as Digest, layer.mediaType)
      if (!this.#blobs.has(key)) this.#blobs.set(key, layer)
    }
  }

  readonly find: FindLayer = (diffId, mediaType) => this.#blobs.get(keyOf(diffId, mediaType))
}

function keyOf(diffId: Digest, mediaType: string): string {
  return `${diffId} ${mediaType}`
}
