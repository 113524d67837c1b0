import { truncateSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import type { PackedImage, PackImageOptions } from '../../src/image/read.js'
import { writeArchive } from '../../src/image/write-archive.js'
import { type Blob, descriptorOf } from '../../src/oci/descriptor.js'
import { type Digest, digestOf, hexOf } from '../../src/oci/digest.js'
import { blobsOf, makeImage } from '../../src/oci/image.js'
import { dockerArchive, dockerMembers, manifestMember } from '../support/docker-archive.js'
import {
  imageOf,
  randomImage,
  randomLayer,
  seeded,
  type TestImage,
  tarOf,
  zstdStored,
} from '../support/images.js'
import { bytesOf, expectImage, expectRefused, listing, stagePath, useFolder } from './fixture.js'

const folder = useFolder()
const random = seeded(77)

/** A layer that lies elsewhere; to open it is an error. */
function elsewhere(name: string): Blob {
  return {
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    digest: digestOf(Buffer.from(name)),
    size: 1234,
    open: () => {
      throw new Error('it was read')
    },
  }
}

/** Knows some layers of an image, and notes what it was asked for. */
function knowing(image: TestImage, which: readonly number[]) {
  const blobs = new Map(which.map(n => [image.layers[n]?.diffId as Digest, elsewhere(`${n}`)]))
  const requested = new Set<Digest>()
  const findKnown = (diffId: Digest): Blob | undefined => {
    requested.add(diffId)
    return blobs.get(diffId)
  }
  return { blobs, requested, findKnown }
}

async function script(archive: Buffer): Promise<string> {
  const path = await folder.write('archive', archive)
  return folder.write('stream', `#!/bin/sh\ncat ${path}\n`, 0o755)
}

async function ociArchive(image: TestImage): Promise<string> {
  const path = await folder.write('source', dockerArchive(image))
  const { config, layers } = await stagePath(path, join(folder.path, 'before'))
  const made = makeImage({ platform: { os: 'linux', architecture: 'amd64' }, config, layers })
  const blobs = [made.manifest, ...blobsOf([made])]
  await writeArchive(join(folder.path, 'oci.tar'), { index: [descriptorOf(made.manifest)], blobs })
  return join(folder.path, 'oci.tar')
}

const FORMS: Record<string, (image: TestImage) => Promise<string>> = {
  'a plain docker-archive': image => folder.write('image', dockerArchive(image)),
  'a plain docker-archive, its list first': image =>
    folder.write('image', dockerArchive(image, { manifest: 'first', naming: 'blobs' })),
  'a docker-archive of gzipped layers': image =>
    folder.write('image', dockerArchive(image, { encode: tar => gzipSync(tar) })),
  'a gzipped docker-archive': image => folder.write('image', gzipSync(dockerArchive(image))),
  'a zstd docker-archive, its layers not named after their diff_ids': image =>
    folder.write('image', zstdStored(dockerArchive(image, { naming: 'blobs' }))),
  'a stream script': image => script(dockerArchive(image)),
  'an OCI archive': ociArchive,
}

async function expectOnly(staged: PackedImage, image: TestImage, which: readonly number[]): Promise<void> {
  const { blobs } = knowing(image, which)
  for (const [n, layer] of staged.layers.entries()) {
    const known = blobs.get(image.layers[n]?.diffId as Digest)
    if (known) expect(layer.digest).toBe(known.digest)
    else expect(digestOf(await bytesOf(layer.open()))).toBe(layer.digest)
  }
  const packed = staged.layers.filter((_, n) => !which.includes(n)).map(({ digest }) => digest)
  expect(staged.packedLayers.map(({ digest }) => digest)).toEqual(packed)
  expect((await listing(folder.staged)).sort()).toEqual(packed.map(hexOf).sort())
}

describe.each(Object.entries(FORMS))('known layers of %s', (_, form) => {
  const stage = async (image: TestImage, more: Partial<PackImageOptions>) =>
    stagePath(await form(image), folder.staged, more)

  test.each([[[1]], [[0, 3]], [[0, 1, 2, 3]]])('are taken as they are: %p', async which => {
    const image = randomImage(random, { layers: 4 })
    const { findKnown, blobs, requested } = knowing(image, which)
    const staged = await stage(image, { findKnown })
    await expectOnly(staged, image, which)
    for (const n of which) expect(staged.layers[n]).toBe(blobs.get(image.layers[n]?.diffId as Digest))
    expect([...requested].sort()).toEqual(image.layers.map(({ diffId }) => diffId).sort())
    expect(staged.machines).toBeUndefined()
    expect(staged.config.equals(image.config)).toBe(true)
  })

  test('none: all are packed', async () => {
    const image = randomImage(random, { layers: 3 })
    const staged = await stage(image, { findKnown: () => undefined })
    await expectImage(staged, image)
    expect(staged.packedLayers).toHaveLength(3)
    expect(staged.machines).toBeInstanceOf(Map)
  })

  test('progress ends with all of it', async () => {
    const image = randomImage(random, { layers: 3 })
    const seen: number[] = []
    const { findKnown } = knowing(image, [0, 2])
    const path = await form(image)
    await stagePath(path, folder.staged, { findKnown, onProgress: bytes => seen.push(bytes) })
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    if (path.endsWith('/image')) expect(seen.at(-1)).toBe((await stat(path)).size)
  })
})

describe('what is not read', () => {
  const layers = [randomLayer(random, 3_000_000), randomLayer(random, 3_000_000)]
  const image = imageOf(layers)
  const { findKnown } = knowing(image, [0])

  test('may be damaged or missing in a plain archive', async () => {
    const [first, ...others] = dockerMembers(image)
    const body = Buffer.alloc(first?.body?.length ?? 0)
    for (const members of [[{ ...first, name: first?.name ?? '', body }, ...others], others]) {
      const staged = await stagePath(await folder.write('image', tarOf(members)), folder.staged, {
        findKnown,
      })
      await expectOnly(staged, image, [0])
    }
  })

  test('may be damaged in a stream that names its layers', async () => {
    const members = dockerMembers(image).map((member, n) =>
      n === 0 ? { ...member, body: Buffer.alloc(2048) } : member,
    )
    const staged = await stagePath(await script(tarOf(members)), folder.staged, { findKnown })
    await expectOnly(staged, image, [0])
  })

  test('is held against its digest when it is read after all', async () => {
    const members = dockerMembers(image).map((member, n) =>
      n === 1 ? { ...member, body: tarOf([{ name: 'other' }]) } : member,
    )
    for (const bytes of [tarOf(members), gzipSync(tarOf(members))])
      await expectRefused(
        stagePath(await folder.write('image', bytes), folder.staged, { findKnown }),
        folder,
        /layer 2 of 2.*should have the diff_id/,
      )
  })
})

describe('names that are not what they say', () => {
  const image = imageOf([randomLayer(random, 50_000), randomLayer(random, 50_000)])
  const names = ['a'.repeat(64), 'b'.repeat(64)]

  /** As older tools named layers: by 64 digits that are no diff_id. */
  function misnamed(): Buffer {
    const { config, layers } = image
    const paths = names.map(name => `${name}/layer.tar`)
    return tarOf([
      ...layers.map(({ tar }, n) => ({ name: paths[n] as string, body: tar })),
      { name: 'config.json', body: config },
      manifestMember('config.json', null, paths),
    ])
  }

  test('a stream is read again without them', async () => {
    const findKnown = (diffId: Digest): Blob | undefined =>
      diffId === `sha256:${names[0]}` ? elsewhere('another image') : undefined
    for (const path of [await script(misnamed()), await folder.write('gz', gzipSync(misnamed()))]) {
      const staged = await stagePath(path, folder.staged, { findKnown })
      await expectImage(staged, image)
      expect(staged.machines).toBeInstanceOf(Map)
    }
  })

  test('and what the config names is still found', async () => {
    const blob = elsewhere('0')
    const findKnown = (diffId: Digest): Blob | undefined =>
      diffId === image.layers[0]?.diffId ? blob : undefined
    const staged = await stagePath(await script(misnamed()), folder.staged, { findKnown })
    expect(staged.layers[0]).toBe(blob)
    expect(staged.packedLayers).toHaveLength(1)
  })
})

describe('a layer that stands twice', () => {
  const layer = randomLayer(random, 50_000)
  const image = imageOf([layer, randomLayer(random, 50_000), layer])

  test.each(Object.entries(FORMS))('is packed once: %s', async (_, form) => {
    const staged = await stagePath(await form(image), folder.staged)
    await expectImage(staged, image)
    expect(staged.packedLayers).toHaveLength(2)
    expect(await listing(folder.staged)).toHaveLength(2)
  })

  test('is known twice', async () => {
    const { findKnown, blobs } = knowing(image, [0])
    const path = await folder.write('image', dockerArchive(image))
    const staged = await stagePath(path, folder.staged, { findKnown })
    const blob = blobs.get(layer.diffId)
    expect([staged.layers[0], staged.layers[2]]).toEqual([blob, blob])
    expect(staged.packedLayers.map(({ digest }) => digest)).toEqual([staged.layers[1]?.digest])
  })
})

describe('a plain archive', () => {
  test('is read through links, and of two members with one name the later counts', async () => {
    const image = randomImage(random, { layers: 2 })
    const [first, second, ...rest] = dockerMembers(image)
    if (!first || !second) throw new Error('two layers')
    const members = [
      { name: first.name, body: tarOf([{ name: 'an older one' }]) },
      { name: 'real', body: first.body as Buffer },
      second,
      { name: first.name, link: { to: '../real' } },
      ...rest,
    ]
    const path = await folder.write('image', tarOf(members))
    await expectImage(await stagePath(path, folder.staged), image)
  })

  test('that gets shorter while it is read is told to be cut off', async () => {
    const image = randomImage(random, { layers: 2, size: 4_000_000 })
    const bytes = dockerArchive(image)
    const path = await folder.write('image', bytes)
    const findKnown = (): undefined => {
      // Between the list of members and the first layer.
      truncateSync(path, 4096)
      return undefined
    }
    await expectRefused(
      stagePath(path, folder.staged, { findKnown }),
      folder,
      /cut off: \d+ bytes are missing/,
    )
    expect((await readFile(path)).length).toBe(4096)
  })
})
