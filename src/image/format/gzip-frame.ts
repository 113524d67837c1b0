import { crc32 } from 'node:zlib'
import type { ByteReader } from './bytes.js'

/** The maximum distance that deflate can refer back (RFC 1951), in bytes. */
export const WINDOW_BYTES = 1 << 15

/** The header of the gzip members that are written (RFC 1952): no time, no name, unknown system. */
export const GZIP_HEAD: Buffer = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])

/** Ends a gzip member: an empty last block, then the CRC-32 and the size of the content. */
export function encodeGzipTail(crc32: number, size: number): Buffer {
  const tail = Buffer.from([0x03, 0x00, 0, 0, 0, 0, 0, 0, 0, 0])
  tail.writeUInt32LE(crc32, 2)
  tail.writeUInt32LE(size % 2 ** 32, 6)
  return tail
}

/** Layers cannot be sliced from this gzip stream: it is damaged, or is not one well-compressed member. */
export class CannotSliceGzip extends Error {}

const FLAG = { headerSum: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 }

const NUL = 0
/** The maximum size of the name and of the comment. */
const MAX_TEXT_BYTES = 1 << 16

/** Skips the header of a gzip member (RFC 1952, 2.3). Throws `CannotSliceGzip` if it is missing, truncated or too long. */
export async function skipGzipHeader(input: ByteReader): Promise<void> {
  const head = await readHeaderBytes(input, 10)
  const flags = head.readUInt8(3)
  if (head.readUIntBE(0, 3) !== 0x1f8b08 || flags & FLAG.reserved) throw new CannotSliceGzip('no gzip header')
  if (flags & FLAG.extra) await readHeaderBytes(input, (await readHeaderBytes(input, 2)).readUInt16LE(0))
  if (flags & FLAG.name) await skipText(input)
  if (flags & FLAG.comment) await skipText(input)
  if (flags & FLAG.headerSum) await readHeaderBytes(input, 2)
}

async function readHeaderBytes(input: ByteReader, size: number): Promise<Buffer> {
  const bytes = await input.read(size)
  if (bytes.length < size) throw new CannotSliceGzip('the gzip stream is truncated')
  return bytes
}

async function skipText(input: ByteReader): Promise<void> {
  if (!(await input.skipPast(NUL, MAX_TEXT_BYTES)))
    throw new CannotSliceGzip('a text in the gzip header is truncated or too long')
}

/** Updates a CRC-32 (RFC 1952) with `bytes`. `before` is the CRC-32 of the bytes before, or 0 at the start. */
export function updateCrc32(bytes: Buffer, before: number): number {
  // For an empty buffer without an address, zlib returns the start value instead of `before`.
  return bytes.length === 0 ? before : crc32(bytes, before)
}
