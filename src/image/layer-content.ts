import { ByteReader } from './format/byte-reader.js'
import { type Bytes, prepended } from './format/bytes.js'
import { decode } from './format/decode.js'
import { encodingOf, HEAD } from './format/magic.js'
import { rawMembers } from './format/tar.js'
import { storePathOf } from './store-paths.js'

/** A store path in a layer, and the bytes of its files, uncompressed. */
export interface SizedPath {
  readonly path: string
  readonly size: number
}

/** What a layer's tar holds. */
export interface LayerContent {
  /** In the order in which they stand there. */
  readonly paths: readonly SizedPath[]
  /** Of the whole tar, uncompressed, in bytes. */
  readonly size: number
}

/**
 * Reads a layer to its end for the names and sizes in it, and keeps nothing else. How it is compressed is told by its bytes.
 * Throws an `Error` when it is damaged, cut off or no tar.
 */
export async function readLayerContent(layer: Bytes): Promise<LayerContent> {
  const stored = new ByteReader(layer)
  try {
    const head = await stored.read(HEAD)
    return await readTar(decode(encodingOf(head), prepended(head, stored.rest())))
  } finally {
    await stored.close()
  }
}

async function readTar(bytes: Bytes): Promise<LayerContent> {
  const input = new ByteReader(bytes)
  const sizes = new Map<string, number>()
  try {
    for await (const { name, size } of rawMembers(input)) {
      const path = storePathOf(name)
      if (path !== undefined) sizes.set(path, (sizes.get(path) ?? 0) + size)
    }
    // What verifies the layer speaks at its end.
    for await (const _ of input.rest());
    return { paths: [...sizes].map(([path, size]) => ({ path, size })), size: input.position }
  } finally {
    await input.close()
  }
}
