import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import * as zlib from 'node:zlib'
import type { LayerEncoding } from '../../oci/descriptor.js'
import { codeOf } from '../../util/error.js'
import { ByteReader, type Bytes } from './bytes.js'
import { isZeroBlock, parseHeader, TAR_BLOCK_BYTES } from './tar.js'

const OUTPUT_CHUNK_BYTES = 1 << 18

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
  const decoder = zlib.createGunzip({ chunkSize: OUTPUT_CHUNK_BYTES })
  let given = 0
  async function* counted(): Bytes {
    for await (const chunk of source) {
      given += chunk.length
      yield chunk
    }
  }
  yield* runDecoder('gzip', decoder, counted())
  // Node.js takes zero bytes after a member for padding and reads no further.
  if (decoder.bytesWritten !== given) throw new Error('the gzip stream goes on after its end')
}

/** All frames of a zstd stream, one after the other. */
export async function* unzstd(source: Bytes, native = hasZstd()): Bytes {
  const decodeFrame = native
    ? (frame: Bytes) =>
        runDecoder('zstd', zlib.createZstdDecompress({ chunkSize: OUTPUT_CHUNK_BYTES }), frame)
    : (await import('./zstd-fallback.js')).decodeFrame
  for await (const frame of splitZstdFrames(source)) yield* decodeFrame(frame)
}

/** Whether this runtime has zstd of its own: Node.js 22.15 and 23.8 brought it. */
export function hasZstd(): boolean {
  return typeof Reflect.get(zlib, 'createZstdDecompress') === 'function'
}

async function* runDecoder(encoding: LayerEncoding, decoder: Transform, source: Bytes): Bytes {
  const fed = pipeline(Readable.from(source), decoder)
  // Whoever reads the decoder meets the failure there; the promise is asked again at the end.
  fed.catch(() => {})
  try {
    yield* decoder
    await fed
  } catch (error) {
    throw toDecodeError(error, encoding)
  } finally {
    // Where the reader stopped early, the source is let go of before it is told so.
    decoder.destroy()
    await fed.catch(() => {})
  }
}

/** The decoder's failures in words; the source's own stay what they are. */
function toDecodeError(error: unknown, encoding: LayerEncoding): unknown {
  const code = codeOf(error) ?? ''
  if (!/^Z(STD)?_/.test(code)) return error
  const what = code === 'Z_BUF_ERROR' ? 'cut off' : `damaged: ${(error as Error).message}`
  return new Error(`the ${encoding} stream is ${what}`, { cause: error })
}

/** How many of the first bytes tell what a file is. */
export const HEAD_BYTES = TAR_BLOCK_BYTES

const COMPRESSIONS: readonly { encoding: LayerEncoding; matches(head: Buffer): boolean }[] = [
  { encoding: 'gzip', matches: head => head.length > 2 && head.readUIntBE(0, 3) === 0x1f8b08 },
  { encoding: 'zstd', matches: head => head.length > 3 && isZstdMagic(head.readUInt32LE(0)) },
]

/** A frame, or a skippable frame before one (RFC 8878, 3.1). */
function isZstdMagic(magic: number): boolean {
  return magic === 0xfd2fb528 || isSkippableMagic(magic)
}

function isSkippableMagic(magic: number): boolean {
  return magic >>> 4 === 0x184d2a5
}

/** How a file is compressed, by its first bytes. */
export function encodingOf(head: Buffer): LayerEncoding {
  return COMPRESSIONS.find(it => it.matches(head))?.encoding ?? 'none'
}

/** Whether the first block is a tar header or the end mark of an empty tar. */
export function isTar(head: Buffer): boolean {
  if (head.length < TAR_BLOCK_BYTES) return false
  const block = head.subarray(0, TAR_BLOCK_BYTES)
  return isZeroBlock(block) || parseHeader(block) !== undefined
}

/**
 * Cuts a zstd stream (RFC 8878, 3.1) into its frames, each given as its own bytes; skippable frames are left out.
 * Node.js stops decoding after the first frame without an error, so the ends must be known. A frame must be read to
 * its end before the next is asked for. Throws an `Error` when the stream is cut off or something else follows.
 */
async function* splitZstdFrames(source: AsyncIterable<Buffer>): AsyncGenerator<AsyncIterable<Buffer>> {
  const input = new ByteReader(source)
  try {
    for (let magic = await input.read(4); magic.length > 0; magic = await input.read(4)) {
      const value = magic.length === 4 ? magic.readUInt32LE(0) : 0
      if (!isZstdMagic(value)) throw new Error('the zstd stream is damaged: no frame where one should start')
      if (isSkippableMagic(value)) await input.skip((await input.readExactly(4)).readUInt32LE(0))
      else yield readFrame(input, magic)
    }
  } finally {
    await input.close()
  }
}

async function* readFrame(input: ByteReader, magic: Buffer): AsyncGenerator<Buffer> {
  const flags = await input.readExactly(1)
  const descriptor = flags.readUInt8(0)
  yield Buffer.concat([magic, flags, await input.readExactly(headerRestSize(descriptor))])
  for (let last = false; !last; ) {
    const header = await input.readExactly(3)
    const bits = header.readUIntLE(0, 3)
    last = (bits & 1) === 1
    yield header
    yield* input.take(bodySizeOf(bits))
  }
  if (descriptor & 4) yield await input.readExactly(4)
}

/** The length of a frame header after its first byte: window, dictionary id and content size, where they are. */
function headerRestSize(descriptor: number): number {
  const single = (descriptor & 0x20) !== 0
  const dictionary = [0, 1, 2, 4][descriptor & 3] as number
  const content = [single ? 1 : 0, 2, 4, 8][descriptor >>> 6] as number
  return (single ? 0 : 1) + dictionary + content
}

const RLE = 1

function bodySizeOf(header: number): number {
  return ((header >>> 1) & 3) === RLE ? 1 : header >>> 3
}
