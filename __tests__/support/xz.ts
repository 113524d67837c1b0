import { crc32 } from 'node:zlib'

/** An xz file with uncompressed LZMA2 chunks, made without the program xz. */
export function xzStored(bytes: Buffer): Buffer {
  const flags = Buffer.from([0, 1])
  const header = Buffer.concat([Buffer.from('fd377a585a00', 'hex'), flags, sumOf(flags)])
  const fields = Buffer.from('020021011600', 'hex')
  const filter = Buffer.concat([fields, Buffer.alloc(2)])
  const chunks = chunksOf(bytes)
  const block = Buffer.concat([filter, sumOf(filter), chunks])
  const index = padded(Buffer.concat([Buffer.from([0, 1]), number(block.length + 4), number(bytes.length)]))
  const size = Buffer.alloc(4)
  size.writeUInt32LE(index.length / 4)
  const footer = Buffer.concat([size, flags])
  return Buffer.concat([
    header,
    padded(block),
    sumOf(bytes),
    index,
    sumOf(index),
    sumOf(footer),
    footer,
    Buffer.from('YZ'),
  ])
}

/** The first chunk resets the dictionary; a zero byte ends the chunks. */
function chunksOf(bytes: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < bytes.length; at += 1 << 16) {
    const chunk = bytes.subarray(at, at + (1 << 16))
    const header = Buffer.from([at === 0 ? 1 : 2, 0, 0])
    header.writeUInt16BE(chunk.length - 1, 1)
    parts.push(header, chunk)
  }
  return Buffer.concat([...parts, Buffer.alloc(1)])
}

function sumOf(bytes: Buffer): Buffer {
  const sum = Buffer.alloc(4)
  sum.writeUInt32LE(crc32(bytes))
  return sum
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)])
}

/** Seven bits per byte, lowest bits first. */
function number(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest])
    bytes.push((rest & 0x7f) | 0x80)
  }
}
