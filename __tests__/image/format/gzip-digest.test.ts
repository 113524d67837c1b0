import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, gzipSync, inflateRawSync } from 'node:zlib'
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { decodeDetected } from '../../../src/image/format/decompress.js'
import { GzipDigester } from '../../../src/image/format/gzip-digest.js'
import { type Digest, digestOf, Hasher } from '../../../src/oci/digest.js'
import { below, noise, type Random, seeded } from '../../support/images.js'
import { CONTENTS, GZIPS } from './deflates.js'

/** 10,000 take some minutes. */
const STREAMS = Number(process.env.GZIP_STREAMS ?? 100)
const SEED = Number(process.env.GZIP_SEED ?? 1)

const folder = mkdtempSync(join(tmpdir(), 'gzip-digest-'))
const path = join(folder, 'file')
afterAll(() => rmSync(folder, { recursive: true }))

let digester: GzipDigester
beforeEach(() => {
  digester = new GzipDigester()
})
afterEach(() => digester.close())

/** Large enough to start a thread. */
const large = gzipSync(Buffer.alloc(12 << 20), { level: 0 })
const largeFile = { path: join(folder, 'large'), offset: 0, size: large.length }
writeFileSync(largeFile.path, large)

/** The file is in the middle of another one. */
async function digestsOf(gzip: Buffer) {
  const around = Buffer.alloc(100, 1)
  writeFileSync(path, Buffer.concat([around, gzip, around]))
  await digester.compute(largeFile)
  return digester.compute({ path, offset: around.length, size: gzip.length })
}

/** What `decodeDetected` finds. */
async function decodedDigestOf(gzip: Buffer): Promise<Digest | undefined> {
  async function* source() {
    yield gzip
  }
  const hasher = new Hasher()
  try {
    for await (const chunk of decodeDetected(source())) hasher.update(chunk)
    return hasher.digest()
  } catch {
    return undefined
  }
}

const random = seeded(11)
const content = Buffer.concat(Object.values(CONTENTS).map(make => make(random, 150_000)))
const gzip = gzipSync(content)

describe('one member without optional fields', () => {
  test.each(Object.keys(GZIPS))('%s', async way => {
    const bytes = GZIPS[way]?.(content) ?? Buffer.alloc(0)
    expect(await digestsOf(bytes)).toEqual({ file: digestOf(bytes), content: digestOf(content) })
  })

  test.each([0, 1, 257, 262_143, 262_144, 262_145, 5 << 20])('of %i bytes', async size => {
    const content = noise(random, size).fill(7, 0, Math.ceil(size / 2))
    const bytes = gzipSync(content)
    expect(await digestsOf(bytes)).toEqual({ file: digestOf(bytes), content: digestOf(content) })
  })

  test('several files at once', async () => {
    const all = await Promise.all([1, 2, 3].map(() => digester.compute(largeFile)))
    expect(new Set(all.map(each => each?.file))).toEqual(new Set([digestOf(large)]))
  })
})

const name = Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3, 0x6e, 0])

describe('the decoder decides about', () => {
  test.each([
    ['an optional field', Buffer.concat([name, gzip.subarray(10)])],
    ['two members', Buffer.concat([gzip, gzip])],
    ['zeros at the end', Buffer.concat([gzip, Buffer.alloc(8)])],
    ['other bytes at the end', Buffer.concat([gzip, gzip.subarray(0, 9)])],
    ['a truncated stream', gzip.subarray(0, -1)],
    ['a stream without trailer', gzip.subarray(0, -8)],
    ['a header alone', gzip.subarray(0, 10)],
    ['a part of a header', gzip.subarray(0, 3)],
    ['an empty file', Buffer.alloc(0)],
    ['a tar', content],
    ['a wrong checksum', Buffer.from(gzip).fill(0, gzip.length - 8, gzip.length - 4)],
    ['a wrong size', Buffer.from(gzip).fill(0, gzip.length - 4)],
  ])('%s', async (_what, bytes) => {
    expect(await digestsOf(bytes)).toBeUndefined()
  })

  test('a missing or shorter file', async () => {
    expect(await digester.compute({ ...largeFile, size: large.length + 1 })).toBeUndefined()
    expect(await digester.compute({ ...largeFile, path: `${path}-2` })).toBeUndefined()
    expect(await digester.compute(largeFile)).toBeDefined()
  })

  test('small files, until they have 12 MiB together', async () => {
    const size = 5 << 20
    const bytes = gzipSync(noise(random, size), { level: 0 })
    writeFileSync(path, bytes)
    const slice = { path, offset: 0, size: bytes.length }
    expect(await digester.compute(slice)).toBeUndefined()
    expect(await digester.compute(slice)).toBeUndefined()
    expect(await digester.compute(slice)).toMatchObject({ file: digestOf(bytes) })
  })

  test('content that is larger than any image', async () => {
    const bytes = gzipSync(Buffer.alloc(3 << 20))
    writeFileSync(path, bytes)
    const limited = new GzipDigester((12 << 20) - 1)
    expect(await limited.compute(largeFile)).toBeUndefined()
    expect(await limited.compute({ path, offset: 0, size: bytes.length })).toBeDefined()
    limited.close()
  })
})

test('after it is closed, files have no digests', async () => {
  const running = [1, 2].map(() => digester.compute(largeFile))
  digester.close()
  expect(await Promise.all(running)).toEqual([undefined, undefined])
  expect(await digester.compute(largeFile)).toBeUndefined()
})

/** Changes, removes or repeats bytes of a deflate stream. */
function damage(stream: Buffer, random: Random): Buffer {
  const bytes = Buffer.from(stream)
  const at = below(random, bytes.length)
  const part = bytes.subarray(at, at + below(random, 20))
  switch (below(random, 6)) {
    case 0:
      return bytes.subarray(0, at)
    case 1:
      return Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)])
    case 2:
      return Buffer.concat([bytes, part])
    case 3:
      return bytes
    default: {
      // The start has the tables of the codes.
      const place = below(random, 2) === 0 ? at : below(random, Math.min(bytes.length, 100))
      bytes[place] = (bytes[place] as number) ^ (1 << below(random, 8))
      return bytes
    }
  }
}

function inflate(deflated: Buffer): Buffer | undefined {
  try {
    return inflateRawSync(deflated)
  } catch {
    return undefined
  }
}

/** The trailer is that of what zlib unpacks, so that the checksum does not find each damage. */
function randomGzip(random: Random): Buffer {
  const makes = Object.values(CONTENTS)
  const ways = Object.values(GZIPS)
  const content = makes[below(random, makes.length)]?.(random, below(random, 20_000)) ?? Buffer.alloc(0)
  const bytes = ways[below(random, ways.length)]?.(content) ?? Buffer.alloc(0)
  const deflated = damage(bytes.subarray(10, -8), random)
  const trailer = Buffer.alloc(8)
  const unpacked = inflate(deflated) ?? content
  trailer.writeUInt32LE(unpacked.length === 0 ? 0 : crc32(unpacked))
  trailer.writeUInt32LE(unpacked.length, 4)
  return Buffer.concat([bytes.subarray(0, 10), deflated, trailer])
}

test('random and damaged streams have the same content as with zlib, or none', async () => {
  const random = seeded(SEED)
  await digester.compute(largeFile)
  const counts = { valid: 0, damaged: 0 }
  for (let n = 0; n < STREAMS; n++) {
    const bytes = randomGzip(random)
    writeFileSync(path, bytes)
    const found = await digester.compute({ path, offset: 0, size: bytes.length })
    const expected = await decodedDigestOf(bytes)
    expect({ n, content: found?.content }).toEqual({ n, content: expected })
    if (expected === undefined) counts.damaged++
    else counts.valid++
  }
  expect(Math.min(counts.valid, counts.damaged)).toBeGreaterThan(STREAMS / 10)
}, 600_000)
