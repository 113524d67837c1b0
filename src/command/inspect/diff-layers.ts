import { distinct, sizeOf } from '../../oci/descriptor.js'
import type { LayerTree, PlatformTree } from './tree-platform.js'

/** A layer that one of two images has. Sizes are in bytes, as stored. */
export interface LonelyLayer extends Pick<LayerTree, 'digest' | 'diffId' | 'size' | 'encoding'> {
  /** The other image has the same content, compressed otherwise. */
  readonly isRecompressed: boolean
}

export interface LayersDiff {
  readonly shared: { readonly count: number; readonly size: number }
  readonly onlyA: readonly LonelyLayer[]
  readonly onlyB: readonly LonelyLayer[]
  /** What one who has A still has to fetch for B, layers and config, in bytes. */
  readonly pull: number
}

/** The layers of two images, each once. */
export function diffLayers(a: PlatformTree, b: PlatformTree): LayersDiff {
  const [layersA, layersB] = [distinct(a.layers), distinct(b.layers)]
  const shared = layersB.filter(layer => has(layersA, layer))
  const onlyB = lonely(layersB, layersA)
  const config = a.config.digest === b.config.digest ? 0 : b.config.size
  return {
    shared: { count: shared.length, size: sizeOf(shared) },
    onlyA: lonely(layersA, layersB),
    onlyB,
    pull: config + sizeOf(onlyB),
  }
}

function has(layers: readonly LayerTree[], { digest }: LayerTree): boolean {
  return layers.some(layer => layer.digest === digest)
}

function lonely(own: readonly LayerTree[], others: readonly LayerTree[]): LonelyLayer[] {
  const contents = new Set(others.map(({ diffId }) => diffId))
  return own
    .filter(layer => !has(others, layer))
    .map(({ digest, diffId, size, encoding }) => {
      return { digest, diffId, size, encoding, isRecompressed: diffId !== undefined && contents.has(diffId) }
    })
}
