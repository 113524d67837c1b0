import type { ByteReader } from './byte-reader.js'

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

/** Reads over the header of a gzip member (RFC 1952, 2.3). Throws an `Error` where there is none. */
export async function skipGzipHeader(input: ByteReader): Promise<void> {
  const head = await input.exactly(10)
  const flags = head.readUInt8(3)
  if (head.readUIntBE(0, 3) !== 0x1f8b08 || flags & FLAG.reserved) throw new Error('no gzip header')
  if (flags & FLAG.extra) await input.skip((await input.exactly(2)).readUInt16LE(0))
  if (flags & FLAG.name) await skipText(input)
  if (flags & FLAG.comment) await skipText(input)
  if (flags & FLAG.headerSum) await input.skip(2)
}

/** Up to a zero byte. */
async function skipText(input: ByteReader): Promise<void> {
  while ((await input.exactly(1)).readUInt8(0) !== 0);
}
