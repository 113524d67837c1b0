import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { CannotSliceGzip } from '../../../src/image/format/gzip-frame.js'
import { GzipSource } from '../../../src/image/format/gzip-index.js'
import { below, noise, seeded } from '../../support/images.js'
import { CONTENTS, GZIPS } from './deflates.js'

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function contentOf(gzip: Buffer, piece = 100_000): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of new GzipSource(inPieces(gzip, piece)).readContent()) parts.push(part)
  return Buffer.concat(parts)
}

describe('the content of a gzip member', () => {
  const random = seeded(11)
  const content = Buffer.concat(Object.values(CONTENTS).map(make => make(random, 150_000)))

  test.each(Object.keys(GZIPS))('%s', async way => {
    const gzip = GZIPS[way]?.(content) ?? Buffer.alloc(0)
    expect((await contentOf(gzip)).equals(content)).toBe(true)
  })

  test.each([0, 1, 2, 257, 258, 32_768, 262_143, 262_144, 262_145])('of %i bytes', async size => {
    const content = noise(random, size).fill(7, 0, Math.ceil(size / 2))
    expect((await contentOf(gzipSync(content))).equals(content)).toBe(true)
  })

  test('that is far larger than the stream, with chunks of one byte', async () => {
    const content = Buffer.alloc(20 << 20)
    const gzip = gzipSync(content)
    expect((await contentOf(gzip, 1)).equals(content)).toBe(true)
  })

  test('with all optional header fields', async () => {
    const content = noise(random, 5_000)
    const plain = gzipSync(content)
    const header = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 1, 2, 3, 4, 0, 3]),
      Buffer.from([3, 0, 9, 9, 9]),
      Buffer.from('name\0a comment\0'),
      Buffer.from([1, 2]),
    ])
    expect((await contentOf(Buffer.concat([header, plain.subarray(10)]))).equals(content)).toBe(true)
  })

  test.each([1, 999, 100_000])('with the longest name, in chunks of %i bytes', async piece => {
    const content = noise(random, 5_000)
    expect((await contentOf(gzipWithName(content, 65_535), piece)).equals(content)).toBe(true)
  })
})

/** A gzip member with a name of `length` bytes. */
function gzipWithName(content: Buffer, length: number): Buffer {
  const plain = gzipSync(content)
  const head = Buffer.from(plain.subarray(0, 10))
  head.writeUInt8(8, 3)
  return Buffer.concat([head, Buffer.alloc(length, 'n'), Buffer.alloc(1), plain.subarray(10)])
}

describe('rejects a stream', () => {
  const random = seeded(12)
  const content = Buffer.concat([noise(random, 60_000), CONTENTS.text?.(random, 60_000) ?? Buffer.alloc(0)])
  const gzip = gzipSync(content)

  test('that is truncated at any byte', async () => {
    for (let n = 0; n < 25; n++) {
      const length = n < 12 ? gzip.length - 1 - n : below(random, gzip.length)
      await expect(contentOf(gzip.subarray(0, length))).rejects.toThrow(/truncated|damaged|continues|no gzip/)
    }
  })

  test('with any bit changed, except if the content is the same', async () => {
    for (let n = 0; n < 40; n++) {
      const bad = Buffer.from(gzip)
      const at = n < 10 ? n : below(random, bad.length)
      bad.writeUInt8(bad.readUInt8(at) ^ (1 << below(random, 8)), at)
      const read = await contentOf(bad).catch(() => content)
      expect(read.equals(content)).toBe(true)
    }
  })

  test.each([
    ['another member', gzip],
    ['garbage', Buffer.from('garbage')],
    ['much garbage', Buffer.alloc(600_000, 1)],
    ['zeros', Buffer.alloc(512)],
  ])('that is followed by %s', async (_, more) => {
    await expect(contentOf(Buffer.concat([gzip, more]))).rejects.toThrow('continues after its first member')
  })

  test('that is hardly compressed', async () => {
    await expect(contentOf(gzipSync(content, { level: 0 }))).rejects.toThrow('hardly compressed')
  })

  test('without a gzip header', async () => {
    await expect(contentOf(content)).rejects.toThrow('no gzip header')
    await expect(contentOf(Buffer.alloc(0))).rejects.toThrow(/truncated/)
  })

  test('with a name that is too long or truncated', async () => {
    const long = gzipWithName(content, 65_536)
    await expect(contentOf(long, 1_000)).rejects.toThrow('a text in the gzip header is truncated or too long')
    await expect(contentOf(long.subarray(0, 500))).rejects.toThrow('is truncated or too long')
  })

  test('with CannotSliceGzip, not with a programming error', async () => {
    for (const bad of [
      content,
      Buffer.alloc(0),
      gzip.subarray(0, 5),
      gzip.subarray(0, -1),
      gzipWithName(content, 1e6),
    ])
      await expect(contentOf(bad)).rejects.toBeInstanceOf(CannotSliceGzip)
  })

  test('with codes that deflate does not allow', async () => {
    for (const deflate of ['07', '05e0ff', '0300', '63646000', 'edffff', '0405c0ff'])
      await expect(
        contentOf(Buffer.concat([gzip.subarray(0, 10), Buffer.from(deflate, 'hex'), Buffer.alloc(40)])),
      ).rejects.toThrow()
  })
})

test('the reader can stop early', async () => {
  const gzip = gzipSync(noise(seeded(13), 3_000_000))
  let closed = false
  async function* source(): AsyncGenerator<Buffer> {
    try {
      yield* inPieces(gzip, 50_000)
    } finally {
      closed = true
    }
  }
  for await (const _ of new GzipSource(source()).readContent()) break
  expect(closed).toBe(true)
})

test('an error of the source is thrown unchanged', async () => {
  async function* failing(): AsyncGenerator<Buffer> {
    yield gzipSync(noise(seeded(14), 3_000_000)).subarray(0, 500_000)
    throw new Error('the disk failed')
  }
  const read = async () => {
    for await (const _ of new GzipSource(failing()).readContent());
  }
  await expect(read()).rejects.toThrow('the disk failed')
})
