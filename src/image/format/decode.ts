import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import * as zlib from 'node:zlib'
import type { LayerEncoding } from '../../oci/media-type.js'
import { codeOf } from '../../util/error.js'
import type { Bytes } from './bytes.js'
import { zstdFrames } from './zstd-frames.js'

const CHUNK = 1 << 18

/** Takes the compression off. Throws an `Error` when the source is damaged, cut off or goes on after its end. */
export function decode(encoding: LayerEncoding, source: Bytes): Bytes {
  switch (encoding) {
    case 'none':
      return source
    case 'gzip':
      return gunzip(source)
    case 'zstd':
      return unzstd(source)
  }
}

/** All members of a gzip stream (RFC 1952), one after the other. */
async function* gunzip(source: Bytes): Bytes {
  const decoder = zlib.createGunzip({ chunkSize: CHUNK })
  let given = 0
  async function* counted(): Bytes {
    for await (const chunk of source) {
      given += chunk.length
      yield chunk
    }
  }
  yield* through('gzip', decoder, counted())
  // Node.js takes zero bytes after a member for padding and reads no further.
  if (decoder.bytesWritten !== given) throw new Error('the gzip stream goes on after its end')
}

/** All frames of a zstd stream, one after the other. */
export async function* unzstd(source: Bytes, native = hasZstd()): Bytes {
  const decodeFrame = native
    ? (frame: Bytes) => through('zstd', zlib.createZstdDecompress({ chunkSize: CHUNK }), frame)
    : (await import('./zstd-fallback.js')).decodeFrame
  for await (const frame of zstdFrames(source)) yield* decodeFrame(frame)
}

/** Whether this runtime has zstd of its own: Node.js 22.15 and 23.8 brought it. */
export function hasZstd(): boolean {
  return typeof Reflect.get(zlib, 'createZstdDecompress') === 'function'
}

async function* through(encoding: LayerEncoding, decoder: Transform, source: Bytes): Bytes {
  const fed = pipeline(Readable.from(source), decoder)
  // Whoever reads the decoder meets the failure there; the promise is asked again at the end.
  fed.catch(() => {})
  try {
    yield* decoder
    await fed
  } catch (error) {
    throw told(error, encoding)
  } finally {
    // Where the reader stopped early, the source is let go of before it is told so.
    decoder.destroy()
    await fed.catch(() => {})
  }
}

/** The decoder's failures in words; the source's own stay what they are. */
function told(error: unknown, encoding: LayerEncoding): unknown {
  const code = codeOf(error) ?? ''
  if (!/^Z(STD)?_/.test(code)) return error
  const what = code === 'Z_BUF_ERROR' ? 'cut off' : `damaged: ${(error as Error).message}`
  return new Error(`the ${encoding} stream is ${what}`, { cause: error })
}
