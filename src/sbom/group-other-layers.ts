import type { Digest } from '../oci/digest.js'
import type { OtherLayer } from './contents.js'

/** Layers of one origin whose packages are not known: a component of its own in a document. */
export interface LayerGroup {
  /** The name of the base image, or `unknown-layers`. */
  readonly name: string
  /** Of the highest layer. */
  readonly version: Digest
  /** Lowest first. */
  readonly diffIds: readonly Digest[]
}

/** The name of layers whose base image has no name. */
export const UNKNOWN_LAYERS = 'unknown-layers'

/** The text about such a component. */
export const LAYERS_NOTE = 'Layers of the image that Nix did not make. Their packages are not listed.'

/** Groups layers by their base image, in the order of the lowest layers. */
export function groupOtherLayers(layers: readonly OtherLayer[]): LayerGroup[] {
  const names = [...new Set(layers.map(({ from = UNKNOWN_LAYERS }) => from))]
  return names.map(name => {
    const diffIds = layers.filter(({ from = UNKNOWN_LAYERS }) => from === name).map(({ diffId }) => diffId)
    return { name, version: diffIds.at(-1) as Digest, diffIds }
  })
}
