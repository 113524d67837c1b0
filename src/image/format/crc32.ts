import * as zlib from 'node:zlib'

/** CRC-32 as in RFC 1952: over `bytes`, going on from the value of what came before (0 at the start). */
export type Crc32 = (bytes: Buffer, before: number) => number

/** The runtime's own where it has one (Node.js 20.15, 22.2), else by table. */
export function makeCrc32(native: unknown = Reflect.get(zlib, 'crc32')): Crc32 {
  if (typeof native !== 'function') return tableCrc32()
  const crc32 = native as Crc32
  // Of no bytes at no address zlib gives the value to start with.
  return (bytes, before) => (bytes.length === 0 ? before : crc32(bytes, before))
}

/** Four bytes at a time: table `n` holds what a byte becomes after `n` more zero bytes. */
function tableCrc32(): Crc32 {
  const table = makeTable()
  const entry = (n: number, byte: number): number => table[n * 256 + (byte & 0xff)] as number
  return (bytes, before) => {
    let crc = ~before
    let at = 0
    for (; at + 4 <= bytes.length; at += 4) {
      crc ^= bytes.readInt32LE(at)
      crc = entry(3, crc) ^ entry(2, crc >>> 8) ^ entry(1, crc >>> 16) ^ entry(0, crc >>> 24)
    }
    for (; at < bytes.length; at++) crc = entry(0, crc ^ bytes.readUInt8(at)) ^ (crc >>> 8)
    return ~crc >>> 0
  }
}

function makeTable(): Int32Array {
  const table = new Int32Array(4 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
    table[byte] = crc
  }
  for (let at = 256; at < table.length; at++) {
    const before = table[at - 256] as number
    table[at] = (before >>> 8) ^ (table[before & 0xff] as number)
  }
  return table
}
