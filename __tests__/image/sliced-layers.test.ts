import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import type { PackedImage } from '../../src/image/read-image.js'
import type { Blob } from '../../src/oci/descriptor.js'
import { dockerArchive, dockerMembers } from '../support/docker-archive.js'
import { imageOf, layerOf, noise, seeded, tarOf } from '../support/images.js'
import { bytesOf, expectImage, expectUserError, listFolder, packPath, useFolder } from './fixture.js'

const folder = useFolder()
const random = seeded(31)

/** An image that is large enough for slicing. */
const sizes = [0, 1, 32_768, 1_600_000, 500, 1_300_000]
const image = imageOf(sizes.map(size => layerOf(tarOf([{ name: 'file', body: noise(random, size) }]))))
const good = gzipSync(dockerArchive(image))

/** The share of the archive that the layers contain unchanged. */
async function cutFrom(archive: Buffer, packedImage: PackedImage): Promise<number> {
  const places = Array.from({ length: 20 }, (_, n) => Math.floor((archive.length * (n + 0.5)) / 20))
  const layers = await Promise.all(packedImage.layers.map(layer => bytesOf(layer.open())))
  const found = places.filter(at => layers.some(layer => layer.includes(archive.subarray(at, at + 1000))))
  return found.length / places.length
}

describe('layers are sliced from a gzipped archive', () => {
  test.each(['first', 'last'] as const)('with the manifest %s', async manifest => {
    const archive = gzipSync(dockerArchive(image, { manifest }))
    const packedImage = await packPath(await folder.write('image', archive), folder.layers)
    await expectImage(packedImage, image)
    expect(await cutFrom(archive, packedImage)).toBeGreaterThan(0.8)
  })

  test.each([
    ['gzip', ['-1n']],
    ['gzip', ['-9']],
    ['pigz', ['-nTR', '-p2']],
  ])('compressed by %s %j', async (program, args) => {
    const { status, stdout } = spawnSync(program, args, { input: dockerArchive(image), maxBuffer: 1 << 26 })
    // pigz is optional.
    if (status !== 0) return expect(program).toBe('pigz')
    const packedImage = await packPath(await folder.write('image', stdout), folder.layers)
    await expectImage(packedImage, image)
    expect(await cutFrom(stdout, packedImage)).toBeGreaterThan(0.8)
  })

  test('with the same bytes in parallel and repeated runs', async () => {
    const path = await folder.write('image', good)
    const digests = async () => (await packPath(path, folder.layers)).layers.map(layer => layer.digest)
    const [one, two] = await Promise.all([digests(), digests()])
    expect(two).toEqual(one)
    expect(await digests()).toEqual(one)
  })

  test('except a compressed layer, which is copied', async () => {
    const archive = dockerArchive(image, { encode: (tar, n) => (n === 3 ? gzipSync(tar) : tar) })
    const path = await folder.write('image', gzipSync(archive))
    const packedImage = await packPath(path, folder.layers)
    await expectImage(packedImage, image)
    const given = gzipSync(image.layers[3]?.tar ?? Buffer.alloc(0))
    expect((await bytesOf((packedImage.layers[3] as Blob).open())).equals(given)).toBe(true)
  })

  test('except if a compression level is set', async () => {
    const archive = good
    const path = await folder.write('image', archive)
    const packedImage = await packPath(path, folder.layers, { level: 9 })
    await expectImage(packedImage, image)
    expect(await cutFrom(archive, packedImage)).toBeLessThan(0.2)
  })
})

describe('an archive that cannot be sliced is compressed again', () => {
  const halves = (bytes: Buffer): Buffer[] => [bytes.subarray(0, 1e6), bytes.subarray(1e6)]

  test.each<[string, (archive: Buffer) => Buffer]>([
    ['several members', archive => Buffer.concat(halves(archive).map(half => gzipSync(half)))],
    ['hardly compressed', archive => gzipSync(archive, { level: 0 })],
  ])('%s', async (_, compress) => {
    const packedImage = await packPath(
      await folder.write('image', compress(dockerArchive(image))),
      folder.layers,
    )
    await expectImage(packedImage, image)
    expect((await listFolder(folder.layers)).length).toBe(new Set(packedImage.layers.map(l => l.digest)).size)
  })

  test.each<[string, RegExp, (gzip: Buffer) => Buffer]>([
    [
      'garbage after the end',
      /continues after its end|incorrect header/,
      gzip => Buffer.concat([gzip, Buffer.alloc(9, 1)]),
    ],
    ['truncated', /truncated/, gzip => gzip.subarray(0, gzip.length - 100)],
    ['a wrong checksum', /incorrect data check/, gzip => withFlip(gzip, gzip.length - 6)],
    ['a wrong size', /incorrect length check/, gzip => withFlip(gzip, gzip.length - 2)],
    ['a wrong bit', /damaged|tar|digest/, gzip => withFlip(gzip, gzip.length >>> 1)],
  ])('%s: is rejected with the message of plain decoding', async (_, words, damage) => {
    const path = await folder.write('image', damage(good))
    await expectUserError(packPath(path, folder.layers), folder, words)
  })

  test('files of the first attempt are removed, and progress starts at 0 again', async () => {
    const bytes = Buffer.concat(halves(dockerArchive(image)).map(half => gzipSync(half)))
    const path = await folder.write('image', bytes)
    const seen: { count: number; files: number }[] = []
    const onProgress = (count: number): void => {
      seen.push({ count, files: existsSync(folder.layers) ? readdirSync(folder.layers).length : 0 })
    }
    await expectImage(await packPath(path, folder.layers, { onProgress }), image)
    const again = seen.findIndex(({ count }, n) => count < (seen[n - 1]?.count ?? 0))
    expect(seen[again - 1]?.files).toBeGreaterThan(0)
    expect(seen[again]?.files).toBe(0)
    expect(seen.at(-1)?.count).toBe(bytes.length)
    expect(Math.max(...seen.map(({ count }) => count))).toBe(bytes.length)
  })

  test('a layer with the wrong diff_id is rejected', async () => {
    const body = noise(random, 1_000_000)
    const members = dockerMembers(image).map((member, n) => (n === 5 ? { ...member, body } : member))
    const path = await folder.write('image', gzipSync(tarOf(members)))
    await expectUserError(packPath(path, folder.layers), folder, /sha256:/)
  })
})

test('an abort throws its reason and leaves no files', async () => {
  const path = await folder.write('image', good)
  const controller = new AbortController()
  const reason = new Error('enough')
  let times = 0
  const work = packPath(path, folder.layers, {
    signal: controller.signal,
    onProgress: () => ++times === 3 && controller.abort(reason),
  })
  await expect(work).rejects.toBe(reason)
  expect(times).toBe(3)
  expect(await listFolder(folder.layers)).toEqual([])
})

test('a full disk is reported without a second attempt', async () => {
  const path = await folder.write('image', good)
  let times = 0
  const onProgress = (): void => {
    times++
    throw Object.assign(new Error('ENOSPC: no room'), { code: 'ENOSPC' })
  }
  await expectUserError(packPath(path, folder.layers, { onProgress }), folder, /no room/)
  expect(times).toBe(1)
})

test('a programming error is thrown without a second attempt', async () => {
  const path = await folder.write('image', good)
  const mistake = new TypeError('it is not a function')
  let times = 0
  const onProgress = (): void => {
    times++
    throw mistake
  }
  await expect(packPath(path, folder.layers, { onProgress })).rejects.toBe(mistake)
  expect(times).toBe(1)
  expect(await listFolder(folder.layers)).toEqual([])
})

function withFlip(bytes: Buffer, at: number): Buffer {
  const flipped = Buffer.from(bytes)
  flipped.writeUInt8(flipped.readUInt8(at) ^ 4, at)
  return flipped
}
