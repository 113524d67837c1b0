import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import type { PackedImage } from '../../src/image/read.js'
import type { Blob } from '../../src/oci/descriptor.js'
import { dockerArchive, dockerMembers } from '../support/docker-archive.js'
import { imageOf, layerOf, noise, seeded, tarOf } from '../support/images.js'
import { bytesOf, expectImage, expectRefused, listing, stagePath, useFolder } from './fixture.js'

const folder = useFolder()
const random = seeded(31)

/** Large enough for its layers to be cut out. */
const sizes = [0, 1, 32_768, 1_600_000, 500, 1_300_000]
const image = imageOf(sizes.map(size => layerOf(tarOf([{ name: 'file', body: noise(random, size) }]))))
const good = gzipSync(dockerArchive(image))

/** Which share of the archive is found in the layers as it is. */
async function cutFrom(archive: Buffer, staged: PackedImage): Promise<number> {
  const places = Array.from({ length: 20 }, (_, n) => Math.floor((archive.length * (n + 0.5)) / 20))
  const layers = await Promise.all(staged.layers.map(layer => bytesOf(layer.open())))
  const found = places.filter(at => layers.some(layer => layer.includes(archive.subarray(at, at + 1000))))
  return found.length / places.length
}

describe('layers are cut out of a gzipped archive', () => {
  test.each(['first', 'last'] as const)('the manifest stands %s', async manifest => {
    const archive = gzipSync(dockerArchive(image, { manifest }))
    const staged = await stagePath(await folder.write('image', archive), folder.staged)
    await expectImage(staged, image)
    expect(await cutFrom(archive, staged)).toBeGreaterThan(0.8)
  })

  test.each([
    ['gzip', ['-1n']],
    ['gzip', ['-9']],
    ['pigz', ['-nTR', '-p2']],
  ])('as %s %j makes it', async (program, args) => {
    const { status, stdout } = spawnSync(program, args, { input: dockerArchive(image), maxBuffer: 1 << 26 })
    // Not every machine has pigz.
    if (status !== 0) return expect(program).toBe('pigz')
    const staged = await stagePath(await folder.write('image', stdout), folder.staged)
    await expectImage(staged, image)
    expect(await cutFrom(stdout, staged)).toBeGreaterThan(0.8)
  })

  test('two at once, and again, give the same bytes', async () => {
    const path = await folder.write('image', good)
    const digests = async () => (await stagePath(path, folder.staged)).layers.map(layer => layer.digest)
    const [one, two] = await Promise.all([digests(), digests()])
    expect(two).toEqual(one)
    expect(await digests()).toEqual(one)
  })

  test('a layer that is compressed by itself is taken as it is', async () => {
    const archive = dockerArchive(image, { encode: (tar, n) => (n === 3 ? gzipSync(tar) : tar) })
    const path = await folder.write('image', gzipSync(archive))
    const staged = await stagePath(path, folder.staged)
    await expectImage(staged, image)
    const given = gzipSync(image.layers[3]?.tar ?? Buffer.alloc(0))
    expect((await bytesOf((staged.layers[3] as Blob).open())).equals(given)).toBe(true)
  })

  test('but not when a level is asked for', async () => {
    const archive = good
    const path = await folder.write('image', archive)
    const staged = await stagePath(path, folder.staged, { level: 9 })
    await expectImage(staged, image)
    expect(await cutFrom(archive, staged)).toBeLessThan(0.2)
  })
})

describe('what cannot be cut is compressed again', () => {
  const halves = (bytes: Buffer): Buffer[] => [bytes.subarray(0, 1e6), bytes.subarray(1e6)]

  test.each<[string, (archive: Buffer) => Buffer]>([
    ['several members', archive => Buffer.concat(halves(archive).map(half => gzipSync(half)))],
    ['not compressed in earnest', archive => gzipSync(archive, { level: 0 })],
  ])('%s', async (_, compress) => {
    const staged = await stagePath(await folder.write('image', compress(dockerArchive(image))), folder.staged)
    await expectImage(staged, image)
    expect((await listing(folder.staged)).length).toBe(new Set(staged.layers.map(l => l.digest)).size)
  })

  test.each<[string, RegExp, (gzip: Buffer) => Buffer]>([
    [
      'garbage behind it',
      /goes on after its end|incorrect header/,
      gzip => Buffer.concat([gzip, Buffer.alloc(9, 1)]),
    ],
    ['cut off', /cut off/, gzip => gzip.subarray(0, gzip.length - 100)],
    ['a wrong checksum', /incorrect data check/, gzip => withFlip(gzip, gzip.length - 6)],
    ['a wrong size', /incorrect length check/, gzip => withFlip(gzip, gzip.length - 2)],
    ['a wrong bit', /damaged|tar|digest|holds/, gzip => withFlip(gzip, gzip.length >>> 1)],
  ])('%s: refused in the usual words', async (_, words, spoil) => {
    const path = await folder.write('image', spoil(good))
    await expectRefused(stagePath(path, folder.staged), folder, words)
  })

  test('it is read anew: nothing of the first try stays, and progress begins again', async () => {
    const bytes = Buffer.concat(halves(dockerArchive(image)).map(half => gzipSync(half)))
    const path = await folder.write('image', bytes)
    const seen: { count: number; files: number }[] = []
    const onProgress = (count: number): void => {
      seen.push({ count, files: existsSync(folder.staged) ? readdirSync(folder.staged).length : 0 })
    }
    await expectImage(await stagePath(path, folder.staged, { onProgress }), image)
    const again = seen.findIndex(({ count }, n) => count < (seen[n - 1]?.count ?? 0))
    expect(seen[again - 1]?.files).toBeGreaterThan(0)
    expect(seen[again]?.files).toBe(0)
    expect(seen.at(-1)?.count).toBe(bytes.length)
    expect(Math.max(...seen.map(({ count }) => count))).toBe(bytes.length)
  })

  test('a layer that is not what the config says is refused', async () => {
    const body = noise(random, 1_000_000)
    const members = dockerMembers(image).map((member, n) => (n === 5 ? { ...member, body } : member))
    const path = await folder.write('image', gzipSync(tarOf(members)))
    await expectRefused(stagePath(path, folder.staged), folder, /sha256:/)
  })
})

test('an abort ends it with its reason and leaves nothing', async () => {
  const path = await folder.write('image', good)
  const controller = new AbortController()
  const reason = new Error('enough')
  let times = 0
  const work = stagePath(path, folder.staged, {
    signal: controller.signal,
    onProgress: () => ++times === 3 && controller.abort(reason),
  })
  await expect(work).rejects.toBe(reason)
  expect(times).toBe(3)
  expect(await listing(folder.staged)).toEqual([])
})

test('a full disk is told of at once', async () => {
  const path = await folder.write('image', good)
  let times = 0
  const onProgress = (): void => {
    times++
    throw Object.assign(new Error('ENOSPC: no room'), { code: 'ENOSPC' })
  }
  await expectRefused(stagePath(path, folder.staged, { onProgress }), folder, /no room/)
  expect(times).toBe(1)
})

test('a mistake is not hidden by another try', async () => {
  const path = await folder.write('image', good)
  const mistake = new TypeError('it is not a function')
  let times = 0
  const onProgress = (): void => {
    times++
    throw mistake
  }
  await expect(stagePath(path, folder.staged, { onProgress })).rejects.toBe(mistake)
  expect(times).toBe(1)
  expect(await listing(folder.staged)).toEqual([])
})

function withFlip(bytes: Buffer, at: number): Buffer {
  const flipped = Buffer.from(bytes)
  flipped.writeUInt8(flipped.readUInt8(at) ^ 4, at)
  return flipped
}
