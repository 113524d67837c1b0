import { randomBytes } from 'node:crypto'
import * as zlib from 'node:zlib'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { BlockPool, ByteReader } from '../../../src/image/format/bytes.js'
import { BLOCK_FORMATS } from '../../../src/image/format/compress-layer-gzip-zstd.js'
import { decode, hasZstd, unzstd } from '../../../src/image/format/decompress.js'
import { updateCrc32 } from '../../../src/image/format/gzip-frame.js'
import { BlockWriter, checkEncoding } from '../../../src/image/format/ordered-block-writer.js'
import { below, noise, seeded, zstdStored } from '../../support/images.js'

const random = seeded(41)

async function* chunked(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const SIZES = { gzip: 1 << 20, zstd: 2 << 20 }

interface Options {
  readonly step?: number
  readonly pool?: BlockPool
  readonly level?: number
}

async function encodeBlocks(
  encoding: 'gzip' | 'zstd',
  bytes: Buffer,
  { step = 1 << 20, pool = new BlockPool(SIZES[encoding], 8), level }: Options = {},
): Promise<Buffer> {
  const parts: Buffer[] = []
  const writer = new BlockWriter(
    BLOCK_FORMATS[encoding].createFormat(level),
    async part => void parts.push(part),
  )
  const source = new ByteReader(chunked(bytes, step))
  for (let block = await pool.readBlock(source); block; block = await pool.readBlock(source))
    writer.add(block)
  await writer.finish()
  return Buffer.concat(parts)
}

describe('CRC-32', () => {
  test('is the same for parts, empty parts and the whole', () => {
    expect(updateCrc32(Buffer.from('123456789'), 0)).toBe(0xcbf43926)
    expect(updateCrc32(Buffer.alloc(0), 7)).toBe(7)
    for (let n = 0; n < 50; n++) {
      const bytes = noise(random, below(random, 5000))
      const at = below(random, bytes.length + 1)
      const first = updateCrc32(bytes.subarray(0, at), 0)
      expect(updateCrc32(bytes.subarray(at), first)).toBe(updateCrc32(bytes, 0))
    }
  })
})

describe('gzip', () => {
  test.each([0, 1, 1000, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 << 20])(
    'writes %i bytes as one member',
    async size => {
      const bytes = noise(random, size)
      const packed = await encodeBlocks('gzip', bytes, { step: 70_000 })
      expect(gunzipSync(packed).equals(bytes)).toBe(true)
      expect(packed.subarray(0, 10).toString('hex')).toBe('1f8b08000000000000ff')
      expect(packed.readUInt32LE(packed.length - 4)).toBe(size)
      expect((await encodeBlocks('gzip', bytes)).equals(packed)).toBe(true)
    },
  )

  test('a block refers to the previous block', async () => {
    const block = randomBytes(1 << 20)
    const packed = await encodeBlocks('gzip', Buffer.concat([block, block.subarray(-30_000)]))
    expect(packed.length).toBeLessThan(block.length + 10_000)
  })

  test('layers packed in parallel share a few blocks of memory', async () => {
    const pool = new BlockPool(1 << 20, 3)
    const bytes = Array.from({ length: 4 }, () => noise(random, 3 << 20))
    const packed = await Promise.all(bytes.map(each => encodeBlocks('gzip', each, { step: 1 << 16, pool })))
    expect(packed.map((each, n) => gunzipSync(each).equals(bytes[n] as Buffer))).toEqual(Array(4).fill(true))
  })

  test('a higher level gives a smaller output', async () => {
    const bytes = noise(random, 3 << 20)
    const sizes = await Promise.all(
      [1, 9].map(async level => (await encodeBlocks('gzip', bytes, { level })).length),
    )
    expect(sizes[1]).toBeLessThan(sizes[0] as number)
  })

  test('a write error is thrown and stops writing', async () => {
    let written = 0
    const sink = async (part: Buffer): Promise<void> => {
      written += part.length
      if (written > 10) throw new Error('full')
    }
    const writer = new BlockWriter(BLOCK_FORMATS.gzip.createFormat(2), sink)
    const pool = new BlockPool(1 << 20, 2)
    const source = new ByteReader(chunked(noise(random, 8 << 20), 1 << 20))
    const work = (async () => {
      for (let block = await pool.readBlock(source); block; block = await pool.readBlock(source))
        writer.add(block)
      await writer.finish()
    })()
    await expect(work).rejects.toThrow('full')
    await writer.settle()
    // This ends only if all blocks were released.
    await encodeBlocks('gzip', noise(random, 4 << 20), { pool })
  })
})

describe('gunzip', () => {
  const bytes = noise(random, 100_000)
  const packed = gzipSync(bytes)

  test('decodes several members, with any chunk sizes', async () => {
    const both = Buffer.concat([packed, packed])
    for (const step of [999, packed.length, packed.length + 1, both.length]) {
      expect((await collect(decode('gzip', chunked(both, step)))).equals(Buffer.concat([bytes, bytes]))).toBe(
        true,
      )
    }
  })

  test.each([
    ['truncated', packed.subarray(0, -1), /truncated/],
    ['truncated in the second member', Buffer.concat([packed, packed.subarray(0, 9)]), /truncated/],
    ['followed by text', Buffer.concat([packed, Buffer.from('text')]), /damaged: incorrect header check/],
    ['followed by zeros', Buffer.concat([packed, Buffer.alloc(9)]), /continues after its end/],
    [
      'with another checksum',
      Buffer.concat([packed.subarray(0, -8), Buffer.alloc(8)]),
      /damaged: incorrect data check/,
    ],
  ])('rejects a stream that is %s', async (_, damaged, words) => {
    for (const step of [packed.length, 1000]) {
      await expect(collect(decode('gzip', chunked(damaged, step)))).rejects.toThrow(words)
    }
  })

  test('closes the source if the reader stops early', async () => {
    let released = false
    async function* source(): AsyncGenerator<Buffer> {
      try {
        for (;;) yield packed
      } finally {
        released = true
      }
    }
    for await (const _ of decode('gzip', source())) break
    expect(released).toBe(true)
  })

  test('throws an error of the source unchanged', async () => {
    async function* source(): AsyncGenerator<Buffer> {
      yield packed.subarray(0, 1000)
      throw new Error('the source broke')
    }
    await expect(collect(decode('gzip', source()))).rejects.toThrow('the source broke')
  })
})

describe('zstd', () => {
  const bytes = noise(random, 400_000)
  const skippable = Buffer.from('5e2a4d1803000000616263', 'hex')
  const text = Buffer.from('The quick brown fox jumps over the lazy dog. '.repeat(300))
  const frames = Buffer.concat([
    skippable,
    zstdStored(bytes),
    zstdStored(Buffer.alloc(0)),
    skippable,
    zstdStored(bytes),
  ])
  // The output of the zstd tool for this text, at level 3 with a checksum: it has sequences and not only stored blocks.
  const written = Buffer.from(
    'KLUv/WS8M7UBANQCVGhlIHF1aWNrIGJyb3duIGZveCBqdW1wcyBvdmVyIHRoZSBsYXp5IGRvZy4gAQBlpJBXZUSSiM8=',
    'base64',
  )
  const ways = hasZstd() ? [true, false] : [false]

  test.each(ways)(
    'decodes frames and skippable frames, with any chunk sizes (by Node.js: %p)',
    async native => {
      for (const step of [1, 1000, frames.length]) {
        const few = step === 1 ? frames.subarray(0, 0) : frames
        expect((await collect(unzstd(chunked(few, step), native))).length).toBe(
          few.length === 0 ? 0 : 800_000,
        )
      }
      const all = await collect(unzstd(chunked(frames, 777), native))
      expect(all.equals(Buffer.concat([bytes, bytes]))).toBe(true)
    },
  )

  test.each(ways)('decodes the output of the zstd tool (by Node.js: %p)', async native => {
    expect((await collect(unzstd(chunked(written, 10), native))).equals(text)).toBe(true)
  })

  test.each(ways)('rejects a damaged stream (by Node.js: %p)', async native => {
    const damages: [Buffer, RegExp][] = [
      [frames.subarray(0, -1), /truncated/],
      [frames.subarray(0, 5), /truncated/],
      [Buffer.concat([frames, Buffer.from('text')]), /the header of a frame is missing/],
      [Buffer.concat([frames, Buffer.alloc(1)]), /the header of a frame is missing/],
    ]
    for (const [damaged, words] of damages) {
      await expect(collect(unzstd(chunked(damaged, 5000), native))).rejects.toThrow(words)
    }
  })

  test('writes output that Node.js and the fallback can decode', async () => {
    if (!hasZstd()) return expect(() => checkEncoding('zstd')).toThrow(/Node.js .* cannot write zstd/)
    checkEncoding('zstd')
    for (const content of [Buffer.alloc(0), text, noise(random, (2 << 20) - 1), noise(random, 5 << 20)]) {
      const packed = await encodeBlocks('zstd', content, { step: 100_000 })
      expect((await collect(decode('zstd', chunked(packed, 65536)))).equals(content)).toBe(true)
      expect((await collect(unzstd(chunked(packed, 65536), false))).equals(content)).toBe(true)
      expect(packed.length).toBeGreaterThan(0)
    }
    return undefined
  })

  test('decodes a frame of repeated bytes in small chunks', async () => {
    if (!hasZstd()) return
    const zeros = zlib.zstdCompressSync(Buffer.alloc(40 << 20))
    for (const native of ways) {
      let largest = 0
      let size = 0
      for await (const chunk of unzstd(chunked(zeros, zeros.length), native)) {
        largest = Math.max(largest, chunk.length)
        size += chunk.length
      }
      expect(size).toBe(40 << 20)
      expect(largest).toBeLessThanOrEqual(1 << 18)
    }
  })
})
