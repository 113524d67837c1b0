import type { ByteReader } from './byte-reader.js'
import { NotCuttable } from './not-cuttable.js'

/** How far back deflate can refer (RFC 1951). */
export const WINDOW = 1 << 15

/** What a gzip member begins with (RFC 1952): no time, no name, system unknown. */
export const GZIP_HEAD: Buffer = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])

/** What ends a member whose last block has not been written yet: an empty one, the content's CRC-32 and its size. */
export function gzipTail(crc32: number, size: number): Buffer {
  const tail = Buffer.from([0x03, 0x00, 0, 0, 0, 0, 0, 0, 0, 0])
  tail.writeUInt32LE(crc32, 2)
  tail.writeUInt32LE(size % 2 ** 32, 6)
  return tail
}

const FLAG = { headerSum: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 }

const ZERO = 0
/** Of the name and of the comment, each. */
const LONGEST_TEXT = 1 << 16

/** Reads over the header of a gzip member (RFC 1952, 2.3). Throws `NotCuttable` where there is none, or an unreasonable one. */
export async function skipGzipHeader(input: ByteReader): Promise<void> {
  const head = await partOf(input, 10)
  const flags = head.readUInt8(3)
  if (head.readUIntBE(0, 3) !== 0x1f8b08 || flags & FLAG.reserved) throw new NotCuttable('no gzip header')
  if (flags & FLAG.extra) await partOf(input, (await partOf(input, 2)).readUInt16LE(0))
  if (flags & FLAG.name) await skipText(input)
  if (flags & FLAG.comment) await skipText(input)
  if (flags & FLAG.headerSum) await partOf(input, 2)
}

async function partOf(input: ByteReader, size: number): Promise<Buffer> {
  const bytes = await input.read(size)
  if (bytes.length < size) throw new NotCuttable('the gzip stream is cut off')
  return bytes
}

async function skipText(input: ByteReader): Promise<void> {
  if (!(await input.skipPast(ZERO, LONGEST_TEXT)))
    throw new NotCuttable('a text in the gzip header is cut off or too long')
}
