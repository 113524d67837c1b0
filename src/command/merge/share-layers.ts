import { parseConfig } from '../../oci/config.js'
import type { Blob } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { type FindLayer, KnownLayers } from '../../oci/known-layers.js'
import type { Piece, Whole } from '../shared/platform-image.js'

/**
 * Where two images have the same layer, be it for two platforms or in two containers, each compressed it for itself, and another
 * compressor may have made other bytes. The first one stands for all, in the order of containers and systems. What comes out of a
 * registry is left as it is: nobody has held its layers against what its configs say.
 */
export function shareLayers(wholes: readonly Whole[]): Whole[] {
  const known = new KnownLayers()
  const shared = (piece: Piece): Piece => {
    const result = pieceWith(piece, known.find)
    known.add(diffIdsOf(result), result.image.layers)
    return result
  }
  return wholes.map(whole => (whole.unchanged ? whole : { ...whole, pieces: whole.pieces.map(shared) }))
}

/** The same images, with the layers that are found in place of their own. */
export function wholeWith(whole: Whole, find: FindLayer): Whole {
  return { ...whole, pieces: whole.pieces.map(piece => pieceWith(piece, find)) }
}

/** A layer that would be put in place of others. */
export interface Replacement {
  readonly diffId: Digest
  readonly layer: Blob
}

/** Each once. */
export function replacements(whole: Whole, find: FindLayer): Replacement[] {
  const pairs = whole.pieces.flatMap(piece => pairsOf(piece, find))
  const others = pairs.filter(({ own, found }) => found !== own)
  return [...new Map(others.map(({ diffId, found }) => [found.digest, { diffId, layer: found }])).values()]
}

function pieceWith(piece: Piece, find: FindLayer): Piece {
  const layers = pairsOf(piece, find).map(({ found }) => found)
  return { ...piece, image: { ...piece.image, layers } }
}

function pairsOf(piece: Piece, find: FindLayer) {
  const diffIds = diffIdsOf(piece)
  return piece.image.layers.map((own, n) => {
    const diffId = diffIds[n] as Digest
    const found = find(diffId, own.mediaType)
    // What is the same down to its bytes is better opened here.
    const isSame = found === undefined || found.digest === own.digest
    return { diffId, own, found: isSame ? own : found }
  })
}

function diffIdsOf({ config }: Piece): readonly Digest[] {
  return parseConfig(config).diffIds
}
