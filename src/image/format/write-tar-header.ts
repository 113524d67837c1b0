import type { ByteString } from './byte-string.js'
import { TAR_BLOCK_BYTES } from './tar.js'

/** Encodes a ustar header without an owner, a time or other fields that differ between machines. */
export function encodeHeader(header: { name: string; type: '0' | '5'; mode: number; size: number }): Buffer {
  const block = Buffer.alloc(TAR_BLOCK_BYTES)
  block.write(header.name, 0, 100)
  writeOctal(block, header.mode, 100, 8)
  for (const owner of [108, 116]) writeOctal(block, 0, owner, 8)
  writeSize(block, header.size)
  writeOctal(block, 0, 136, 12)
  block.write(header.type, 156)
  block.write('ustar\x0000', 257, 'latin1')
  for (const device of [329, 337]) writeOctal(block, 0, device, 8)
  writeChecksum(block)
  return block
}

/** What can be in a store. */
export type MemberKind = 'file' | 'folder' | 'link'

export const TYPE_FLAGS: Readonly<Record<MemberKind, string>> = { file: '0', folder: '5', link: '2' }

function writeOctal(block: Buffer, value: number, at: number, length: number): void {
  block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1')
}

const SIZE = { at: 124, length: 12 }

/** Smaller sizes are encoded in eleven octal digits. */
const OCTAL_LIMIT = 8 ** 11

function writeSize(block: Buffer, size: number): void {
  if (size < OCTAL_LIMIT) {
    writeOctal(block, size, SIZE.at, SIZE.length)
    return
  }
  block[SIZE.at] = 0x80
  block.writeBigUInt64BE(BigInt(size), SIZE.at + 4)
}

const CHECKSUM = { at: 148, length: 8 }

/** Writes the checksum of a header whose other fields are complete. It counts its own field as blanks. */
export function writeChecksum(block: Buffer): void {
  block.fill(' ', CHECKSUM.at, CHECKSUM.at + CHECKSUM.length)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, CHECKSUM.at, 'latin1')
}

export type PaxRecord = readonly [key: string, value: ByteString]

/** Encodes a record of a pax header. Its length counts its own digits. */
export function encodePaxRecord([key, value]: PaxRecord): ByteString {
  const rest = ` ${key}=${value}\n`
  let length = rest.length
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length
  return length + rest
}
