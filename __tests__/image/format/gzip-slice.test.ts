import { gunzipSync, gzipSync, type InflateRaw, inflateRawSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { ByteReader } from '../../../src/image/format/bytes.js'
import { GzipSource } from '../../../src/image/format/gzip-index.js'
import { beginPart, endPart, GzipSliceWriter } from '../../../src/image/format/gzip-slice.js'
import { digestOf } from '../../../src/oci/digest.js'
import { below, noise, type Random, seeded } from '../../support/images.js'
import { CONTENTS, GZIPS } from './deflates.js'

/** Slices consecutive parts of these sizes from a gzip stream, with gaps between them. */
async function sliceGzip(gzip: Buffer, sizes: readonly number[], gap = 1024): Promise<Buffer[]> {
  async function* readArchive(): AsyncGenerator<Buffer> {
    yield gzip
  }
  const source = new GzipSource(readArchive())
  const input = new ByteReader(source.readContent())
  const cuts: Buffer[] = []
  for (const size of sizes) {
    await input.skip(gap)
    const parts: Buffer[] = []
    const writer = await GzipSliceWriter.begin(
      source,
      input.position,
      async bytes => void parts.push(Buffer.from(bytes)),
    )
    for await (const chunk of input.take(size)) await writer.write(chunk)
    await writer.end()
    cuts.push(Buffer.concat(parts))
  }
  for await (const _ of input.readRest());
  return cuts
}

/** Expects one gzip member and nothing after it. */
function expectMember(gzip: Buffer, content: Buffer): void {
  expect(gunzipSync(gzip).equals(content)).toBe(true)
  const { engine } = inflateRawSync(gzip.subarray(10), { info: true }) as unknown as { engine: InflateRaw }
  expect(engine.bytesWritten).toBe(gzip.length - 18)
}

/** Returns the content of the parts that `sliceGzip` slices. */
function partsOf(content: Buffer, sizes: readonly number[], gap = 1024): Buffer[] {
  let at = 0
  return sizes.map(size => {
    at += gap + size
    return content.subarray(at - size, at)
  })
}

const mixContent = (random: Random, size: number): Buffer =>
  Buffer.concat(Object.values(CONTENTS).map(make => make(random, size)))

describe('each slice is a separate gzip member', () => {
  const random = seeded(21)
  const content = mixContent(random, 220_000)
  const sizes = [0, 1, 511, 32_767, 32_768, 32_769, 65_536, 100_000, 250_000, 400_001, 0, 70_000]

  test.each(Object.keys(GZIPS))('%s', async way => {
    const gzip = GZIPS[way]?.(content) ?? Buffer.alloc(0)
    const gap = below(random, 3_000)
    const cuts = await sliceGzip(gzip, sizes, gap)
    const parts = partsOf(content, sizes, gap)
    for (const [n, part] of parts.entries()) expectMember(cuts[n] ?? Buffer.alloc(0), part)
  })
})

describe('copied blocks', () => {
  const random = seeded(22)

  test('are most of a slice', async () => {
    const content = noise(random, 3_000_000)
    const gzip = gzipSync(content, { level: 9 })
    const [cut = Buffer.alloc(0)] = await sliceGzip(gzip, [2_900_000])
    const middle = gzip.subarray(gzip.length / 4, (gzip.length * 3) / 4)
    expect(cut.includes(middle)).toBe(true)
  })

  test('do not include a block with too much content', async () => {
    const content = Buffer.concat([Buffer.alloc(30_000_000), noise(random, 500_000)])
    // Strategy 4 (fixed codes) gives one block for all content.
    const gzip = gzipSync(content, { strategy: 4, memLevel: 9 })
    const [cut = Buffer.alloc(0)] = await sliceGzip(gzip, [30_400_000])
    expectMember(cut, content.subarray(1024, 1024 + 30_400_000))
  })

  test('are the same every time', async () => {
    const gzip = gzipSync(mixContent(random, 300_000))
    const sizes = [200_000, 300_000, 10_000, 400_000]
    const digests = async () => (await sliceGzip(gzip, sizes)).map(digestOf)
    expect(await digests()).toEqual(await digests())
  })
})

/** The last block of a stream, with fixed codes: `A` and the end of the block, lowest bit first. */
const LAST = [...'110', ...'01110001', ...'0000000'].map(Number)

/** The bytes of a stream with `LAST` after some one bits. */
function behind(bits: number): Buffer {
  const all = [...Array.from({ length: bits }, () => 1), ...LAST]
  const bytes = Buffer.alloc(Math.ceil(all.length / 8))
  for (const [n, bit] of all.entries()) bytes.writeUInt8(bytes.readUInt8(n >>> 3) | (bit << (n & 7)), n >>> 3)
  return bytes
}

describe.each([0, 1, 2, 3, 4, 5, 6, 7])('after %i bits of a byte', bits => {
  test('a part can begin', () => {
    const part = behind(bits)
    const begun = Buffer.concat([beginPart(part.readUInt8(0), bits), part.subarray(1)])
    expect(inflateRawSync(begun).toString()).toBe('A')
  })

  test('a part can end', () => {
    // The higher bits of the byte do not belong to the part.
    const part = beginPart(0xff, bits)
    const ended = Buffer.concat([part.subarray(0, -1), endPart(part.readUInt8(part.length - 1), bits)])
    expect(inflateRawSync(Buffer.concat([ended, behind(0)])).toString()).toBe('A')
  })
})
