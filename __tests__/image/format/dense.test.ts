import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { checkEncoding } from '../../../src/image/format/blocks.js'
import { hasZstd } from '../../../src/image/format/decode.js'
import { isDense, isWorthless } from '../../../src/image/format/dense.js'
import { digestOf } from '../../../src/oci/digest.js'
import { OCI_LAYER, OCI_LAYER_GZIP } from '../../../src/oci/media-type.js'
import { dockerArchive } from '../../support/docker-archive.js'
import { below, imageOf, layerOf, noise, seeded, tarOf, zstdStored } from '../../support/images.js'
import { listing, stagePath, useFolder } from '../fixture.js'

const folder = useFolder()
const random = seeded(99)
const MIB = 1 << 20

/** Bytes in which nothing repeats. */
function chaos(size: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, () => below(random, 256)))
}

describe('what is dense', () => {
  const block = chaos(MIB)

  test('random bytes are, and what programs look like is not', () => {
    expect(isDense(block)).toBe(true)
    expect(isDense(gzipSync(noise(random, 3 * MIB)).subarray(0, MIB))).toBe(true)
    expect(isDense(noise(random, MIB))).toBe(false)
    expect(isDense(Buffer.alloc(MIB))).toBe(false)
  })

  test('base64 is not, nor random bytes that repeat', () => {
    expect(isDense(Buffer.from(block.toString('base64')).subarray(0, MIB))).toBe(false)
    const repeated = Buffer.concat(Array.from({ length: 64 }, () => block.subarray(0, MIB / 64)))
    expect(isDense(repeated)).toBe(false)
  })

  test('a small block never is', () => {
    expect(isDense(block.subarray(0, (1 << 16) - 1))).toBe(false)
    expect(isWorthless(60_000, 60_000)).toBe(false)
    expect(isWorthless(97_000, 100_000)).toBe(true)
    expect(isWorthless(96_999, 100_000)).toBe(false)
  })
})

describe('a layer that does not compress', () => {
  const dense = layerOf(tarOf([{ name: '/nix/store/photo', body: chaos(3 * MIB) }]))
  const mixed = layerOf(
    tarOf([
      { name: '/nix/store/photo', body: chaos(2 * MIB) },
      { name: '/nix/store/text', body: Buffer.alloc(MIB, 'text ') },
    ]),
  )
  const small = layerOf(tarOf([{ name: '/nix/store/key', body: chaos(50_000) }]))
  const image = imageOf([dense, mixed, small])

  test.each([
    ['plain', dockerArchive(image)],
    ['gzip', gzipSync(dockerArchive(image))],
    ['with zstd layers', dockerArchive(image, { encode: zstdStored })],
  ])('is stored as it is, and others are not (%s)', async (_, bytes) => {
    const { layers } = await stagePath(await folder.write('image', bytes), folder.staged)
    expect(layers.map(({ mediaType }) => mediaType)).toEqual([OCI_LAYER, OCI_LAYER_GZIP, OCI_LAYER_GZIP])
    expect(layers[0]).toMatchObject({ digest: dense.diffId, size: dense.tar.length })
    expect((await readFile(join(folder.staged, dense.diffId.slice(7)))).equals(dense.tar)).toBe(true)
    const packed = await readFile(join(folder.staged, layers[1]?.digest.slice(7) ?? ''))
    expect(gunzipSync(packed).equals(mixed.tar)).toBe(true)
    expect(packed.length).toBeLessThan(2.1 * MIB)
    expect(await listing(folder.staged)).toHaveLength(3)
  })

  test('as zstd too', async () => {
    if (!hasZstd()) return
    const path = await folder.write('image', dockerArchive(image))
    const { layers } = await stagePath(path, folder.staged, { encoding: 'zstd' })
    expect(layers[0]).toMatchObject({ mediaType: OCI_LAYER, digest: dense.diffId })
    expect(layers[1]?.mediaType).toMatch(/zstd$/)
  })

  test('is the same when it is packed again', async () => {
    const path = await folder.write('image', dockerArchive(image))
    const { layers } = await stagePath(path, folder.staged)
    const again = await stagePath(path, join(folder.path, 'again'))
    expect(again.layers.map(({ digest }) => digest)).toEqual(layers.map(({ digest }) => digest))
    expect(digestOf(dense.tar)).toBe(layers[0]?.digest)
  })
})

describe('levels', () => {
  test('of an image', async () => {
    const path = await folder.write('image', dockerArchive(imageOf([layerOf(noise(random, 2 * MIB))])))
    const sizes: number[] = []
    for (const level of [1, 9]) {
      const { layers } = await stagePath(path, join(folder.path, `${level}`), { level })
      sizes.push(layers[0]?.size ?? 0)
    }
    expect(sizes[1]).toBeLessThan(sizes[0] as number)
  })

  test.each([0, 10, 2.5, -1, Number.NaN])('%p is none of gzip', level => {
    expect(() => checkEncoding('gzip', level)).toThrow(/gzip has no compression level/)
  })

  test('are checked before anything is read', async () => {
    const path = await folder.write('image', dockerArchive(imageOf([])))
    await expect(stagePath(path, folder.staged, { level: 12 })).rejects.toThrow(/no compression level 12/)
    for (const level of [1, 9, undefined]) expect(() => checkEncoding('gzip', level)).not.toThrow()
    if (hasZstd()) expect(() => checkEncoding('zstd', 19)).not.toThrow()
    if (hasZstd()) expect(() => checkEncoding('zstd', 20)).toThrow(/zstd has no compression level 20/)
  })
})
