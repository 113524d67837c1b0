import { parseConfig } from '../oci/config.js'
import type { Digest } from '../oci/digest.js'
import { KnownLayers } from '../oci/known-layers.js'
import type { Piece, Whole } from './piece.js'
import type { FindLayer } from './registry-layers.js'

/**
 * Where two images have the same layer, be it for two platforms or in two containers, each compressed it for itself, and another
 * compressor may have made other bytes. The first one stands for all, in the order of containers and systems.
 */
export function shareLayers(wholes: readonly Whole[]): Whole[] {
  const known = new KnownLayers()
  const find: FindLayer = (diffId, mediaType) => known.find(diffId, mediaType)
  return wholes.map(whole => ({
    ...whole,
    pieces: whole.pieces.map(piece => {
      const shared = pieceWith(piece, find)
      known.add(diffIdsOf(shared), shared.image.layers)
      return shared
    }),
  }))
}

/** The same images, with the layers that are found in place of their own. */
export function wholeWith(whole: Whole, find: FindLayer): Whole {
  return { ...whole, pieces: whole.pieces.map(piece => pieceWith(piece, find)) }
}

function pieceWith(piece: Piece, find: FindLayer): Piece {
  const diffIds = diffIdsOf(piece)
  const layers = piece.image.layers.map((own, n) => {
    const found = diffIds[n] && find(diffIds[n], own.mediaType)
    // What is the same down to its bytes is better opened here.
    return found === undefined || found.digest === own.digest ? own : found
  })
  return { ...piece, image: { ...piece.image, layers } }
}

function diffIdsOf({ config }: Piece): readonly Digest[] {
  return parseConfig(config).diffIds
}
