import { Readable, type Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import * as zlib from 'node:zlib'
import type { LayerEncoding } from '../../oci/descriptor.js'
import { codeOf } from '../../util/error.js'
import { ByteReader, type Bytes, prependBytes } from './bytes.js'
import { limitBytes } from './limit-archive.js'
import { isZeroBlock, parseHeader, TAR_BLOCK_BYTES } from './tar.js'

const OUTPUT_CHUNK_BYTES = 1 << 18

/**
 * Decompresses a stream. Throws an `Error` if the stream is damaged, truncated, or followed by other bytes, or if its content is
 * larger than any image.
 */
export function decode(encoding: LayerEncoding, source: Bytes): Bytes {
  switch (encoding) {
    case 'none':
      return source
    case 'gzip':
      return limitBytes(gunzip(source))
    case 'zstd':
      return limitBytes(unzstd(source))
  }
}

/** The number of bytes from the start of a file that `encodingOf` and `isTar` need. */
export const HEAD_BYTES = TAR_BLOCK_BYTES

/**
 * Decompresses bytes. Their compression is detected. Throws an `Error` if it is not the expected one: some programs do not detect
 * it.
 */
export async function* decodeDetected(source: Bytes, expected?: LayerEncoding): Bytes {
  const input = new ByteReader(source)
  try {
    const head = await input.read(HEAD_BYTES)
    const encoding = encodingOf(head)
    if (expected !== undefined && encoding !== expected)
      throw new Error(`its compression is ${encoding}, and its media type says ${expected}`)
    yield* decode(encoding, prependBytes(head, input.readRest()))
  } finally {
    await input.close()
  }
}

/** Detects the compression of a file from its first bytes. */
export function encodingOf(head: Buffer): LayerEncoding {
  return COMPRESSIONS.find(each => each.matches(head))?.encoding ?? 'none'
}

const COMPRESSIONS: readonly { encoding: LayerEncoding; matches(head: Buffer): boolean }[] = [
  { encoding: 'gzip', matches: head => head.length > 2 && head.readUIntBE(0, 3) === 0x1f8b08 },
  { encoding: 'zstd', matches: head => head.length > 3 && isZstdMagic(head.readUInt32LE(0)) },
]

/** Checks for the magic number of a frame or a skippable frame (RFC 8878, 3.1). */
function isZstdMagic(magic: number): boolean {
  return magic === 0xfd2fb528 || isSkippableMagic(magic)
}

function isSkippableMagic(magic: number): boolean {
  return magic >>> 4 === 0x184d2a5
}

/** Whether the first block is a tar header, or the end mark of an empty tar. */
export function isTar(head: Buffer): boolean {
  if (head.length < TAR_BLOCK_BYTES) return false
  const block = head.subarray(0, TAR_BLOCK_BYTES)
  return isZeroBlock(block) || parseHeader(block) !== undefined
}

/** Whether Node.js has zstd: versions 22.15 and 23.8 added it. */
export function hasZstd(): boolean {
  return typeof Reflect.get(zlib, 'createZstdDecompress') === 'function'
}

/** Decompresses all members of a gzip stream (RFC 1952). */
async function* gunzip(source: Bytes): Bytes {
  const decoder = zlib.createGunzip({ chunkSize: OUTPUT_CHUNK_BYTES })
  let sourceBytes = 0
  async function* countBytes(): Bytes {
    for await (const chunk of source) {
      sourceBytes += chunk.length
      yield chunk
    }
  }
  yield* runDecoder('gzip', decoder, countBytes())
  // Node.js treats zero bytes after a member as padding, and stops reading there without an error.
  if (decoder.bytesWritten !== sourceBytes) throw new Error('the gzip stream continues after its end')
}

/** Decompresses all frames of a zstd stream, with Node.js or, without `native`, with the package fzstd. */
export async function* unzstd(source: Bytes, native = hasZstd()): Bytes {
  const decodeFrame = native
    ? (frame: Bytes) =>
        runDecoder('zstd', zlib.createZstdDecompress({ chunkSize: OUTPUT_CHUNK_BYTES }), frame)
    : (await import('./zstd-fallback.js')).decodeFrame
  for await (const frame of splitZstdFrames(source)) yield* decodeFrame(frame)
}

async function* runDecoder(encoding: LayerEncoding, decoder: Transform, source: Bytes): Bytes {
  const done = pipeline(Readable.from(source), decoder)
  // The reader of the decoder receives the error. The promise is awaited only at the end, so its rejection must not count as
  // unhandled.
  done.catch(() => {})
  try {
    yield* decoder
    await done
  } catch (error) {
    throw toDecodeError(error, encoding)
  } finally {
    // If the reader stops early, close the source before the reader continues.
    decoder.destroy()
    await done.catch(() => {})
  }
}

/** Describes errors of the decoder. Errors of the source are returned unchanged. */
function toDecodeError(error: unknown, encoding: LayerEncoding): unknown {
  const code = codeOf(error) ?? ''
  if (!/^Z(STD)?_/.test(code)) return error
  const problem = code === 'Z_BUF_ERROR' ? 'truncated' : `damaged: ${(error as Error).message}`
  return new Error(`the ${encoding} stream is ${problem}`, { cause: error })
}

/**
 * Splits a zstd stream (RFC 8878, 3.1) into its frames, without skippable frames. Each frame must be decoded separately, because
 * Node.js stops after the first frame without an error. A frame must be read to its end before the next frame is requested.
 * Throws an `Error` if the stream is truncated, or if a frame is followed by other bytes.
 */
async function* splitZstdFrames(source: Bytes): AsyncGenerator<Bytes> {
  const input = new ByteReader(source)
  try {
    for (let magic = await input.read(4); magic.length > 0; magic = await input.read(4)) {
      const value = magic.length === 4 ? magic.readUInt32LE(0) : 0
      if (!isZstdMagic(value)) throw new Error('the zstd stream is damaged: the header of a frame is missing')
      if (isSkippableMagic(value)) await input.skip((await input.readExactly(4)).readUInt32LE(0))
      else yield readFrame(input, magic)
    }
  } finally {
    await input.close()
  }
}

async function* readFrame(input: ByteReader, magic: Buffer): Bytes {
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
  const hasChecksum = (descriptor & 4) !== 0
  if (hasChecksum) yield await input.readExactly(4)
}

/** The length of a frame header after its first byte: the window, the dictionary id and the content size, each optional. */
function headerRestSize(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0
  const dictionary = [0, 1, 2, 4][descriptor & 3] as number
  const content = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6] as number
  return (isSingleSegment ? 0 : 1) + dictionary + content
}

/** The block type for one byte that is repeated. */
const RLE = 1

/** The length of a block's body, from its header (RFC 8878, 3.1.1.2). */
function bodySizeOf(header: number): number {
  return ((header >>> 1) & 3) === RLE ? 1 : header >>> 3
}
