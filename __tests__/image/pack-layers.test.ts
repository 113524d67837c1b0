import { truncateSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { addMachines } from '../../src/image/programs/layer-contents.js'
import type { PackedImage, PackImageOptions } from '../../src/image/read-image.js'
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
import { bytesOf, expectImage, expectUserError, listFolder, packPath, useFolder } from './fixture.js'

const folder = useFolder()
const random = seeded(77)

/** A layer that exists elsewhere. Opening it is an error. */
function unreadableBlob(name: string): Blob {
  return {
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    digest: digestOf(Buffer.from(name)),
    size: 1234,
    open: () => {
      throw new Error('it was read')
    },
  }
}

/** Makes a `findKnown` that finds some layers of an image, and records the requests. */
function knownLayersOf(image: TestImage, which: readonly number[]) {
  const blobs = new Map(which.map(n => [image.layers[n]?.diffId as Digest, unreadableBlob(`${n}`)]))
  const requested = new Set<Digest>()
  const findKnown = (diffId: Digest): Blob | undefined => {
    requested.add(diffId)
    return blobs.get(diffId)
  }
  return { blobs, requested, findKnown }
}

async function writeScript(archive: Buffer): Promise<string> {
  const path = await folder.write('archive', archive)
  return folder.write('stream', `#!/bin/sh\ncat ${path}\n`, 0o755)
}

async function writeOciArchive(image: TestImage): Promise<string> {
  const path = await folder.write('source', dockerArchive(image))
  const { config, layers } = await packPath(path, join(folder.path, 'before'))
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
  'a stream script': image => writeScript(dockerArchive(image)),
  'an OCI archive': writeOciArchive,
}

async function expectOnlyPacked(
  packedImage: PackedImage,
  image: TestImage,
  which: readonly number[],
): Promise<void> {
  const { blobs } = knownLayersOf(image, which)
  for (const [n, layer] of packedImage.layers.entries()) {
    const known = blobs.get(image.layers[n]?.diffId as Digest)
    if (known) expect(layer.digest).toBe(known.digest)
    else expect(digestOf(await bytesOf(layer.open()))).toBe(layer.digest)
  }
  const packed = packedImage.layers.filter((_, n) => !which.includes(n)).map(({ digest }) => digest)
  expect(packedImage.packedLayers.map(({ digest }) => digest)).toEqual(packed)
  expect((await listFolder(folder.layers)).sort()).toEqual(packed.map(hexOf).sort())
}

describe.each(Object.entries(FORMS))('known layers of %s', (_, form) => {
  const pack = async (image: TestImage, more: Partial<PackImageOptions>) =>
    packPath(await form(image), folder.layers, more)

  test.each([[[1]], [[0, 3]], [[0, 1, 2, 3]]])('are used unchanged: %p', async which => {
    const image = randomImage(random, { layers: 4 })
    const { findKnown, blobs, requested } = knownLayersOf(image, which)
    const packedImage = await pack(image, { findKnown })
    await expectOnlyPacked(packedImage, image, which)
    for (const n of which) expect(packedImage.layers[n]).toBe(blobs.get(image.layers[n]?.diffId as Digest))
    expect([...requested].sort()).toEqual(image.layers.map(({ diffId }) => diffId).sort())
    expect(addMachines(packedImage.contents)).toBeUndefined()
    expect(packedImage.config.equals(image.config)).toBe(true)
  })

  test('do not exist: all layers are packed', async () => {
    const image = randomImage(random, { layers: 3 })
    const packedImage = await pack(image, { findKnown: () => undefined })
    await expectImage(packedImage, image)
    expect(packedImage.packedLayers).toHaveLength(3)
    expect(addMachines(packedImage.contents)).toBeInstanceOf(Map)
  })

  test('are included in the final progress', async () => {
    const image = randomImage(random, { layers: 3 })
    const seen: number[] = []
    const { findKnown } = knownLayersOf(image, [0, 2])
    const path = await form(image)
    await packPath(path, folder.layers, { findKnown, onProgress: bytes => seen.push(bytes) })
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    if (path.endsWith('/image')) expect(seen.at(-1)).toBe((await stat(path)).size)
  })
})

describe('a layer that is not read', () => {
  const layers = [randomLayer(random, 3_000_000), randomLayer(random, 3_000_000)]
  const image = imageOf(layers)
  const { findKnown } = knownLayersOf(image, [0])

  test('can be damaged or missing in a plain archive', async () => {
    const [first, ...others] = dockerMembers(image)
    const body = Buffer.alloc(first?.body?.length ?? 0)
    for (const members of [[{ ...first, name: first?.name ?? '', body }, ...others], others]) {
      const packedImage = await packPath(await folder.write('image', tarOf(members)), folder.layers, {
        findKnown,
      })
      await expectOnlyPacked(packedImage, image, [0])
    }
  })

  test('can be damaged in a stream whose layer names contain diff_ids', async () => {
    const members = dockerMembers(image).map((member, n) =>
      n === 0 ? { ...member, body: Buffer.alloc(2048) } : member,
    )
    const packedImage = await packPath(await writeScript(tarOf(members)), folder.layers, { findKnown })
    await expectOnlyPacked(packedImage, image, [0])
  })

  test('is verified if it is read', async () => {
    const members = dockerMembers(image).map((member, n) =>
      n === 1 ? { ...member, body: tarOf([{ name: 'other' }]) } : member,
    )
    for (const bytes of [tarOf(members), gzipSync(tarOf(members))])
      await expectUserError(
        packPath(await folder.write('image', bytes), folder.layers, { findKnown }),
        folder,
        /layer 2 of 2.*should have the diff_id/,
      )
  })
})

describe('names that look like diff_ids but are not', () => {
  const image = imageOf([randomLayer(random, 50_000), randomLayer(random, 50_000)])
  const names = ['a'.repeat(64), 'b'.repeat(64)]

  /** Older tools named layers by 64 hex digits that are not a diff_id. */
  function makeMisnamedArchive(): Buffer {
    const { config, layers } = image
    const paths = names.map(name => `${name}/layer.tar`)
    return tarOf([
      ...layers.map(({ tar }, n) => ({ name: paths[n] as string, body: tar })),
      { name: 'config.json', body: config },
      manifestMember('config.json', null, paths),
    ])
  }

  test('cause a second read of a stream', async () => {
    const findKnown = (diffId: Digest): Blob | undefined =>
      diffId === `sha256:${names[0]}` ? unreadableBlob('another image') : undefined
    for (const path of [
      await writeScript(makeMisnamedArchive()),
      await folder.write('gz', gzipSync(makeMisnamedArchive())),
    ]) {
      const packedImage = await packPath(path, folder.layers, { findKnown })
      await expectImage(packedImage, image)
      expect(addMachines(packedImage.contents)).toBeInstanceOf(Map)
    }
  })

  test('do not affect the known layers of the config', async () => {
    const blob = unreadableBlob('0')
    const findKnown = (diffId: Digest): Blob | undefined =>
      diffId === image.layers[0]?.diffId ? blob : undefined
    const packedImage = await packPath(await writeScript(makeMisnamedArchive()), folder.layers, { findKnown })
    expect(packedImage.layers[0]).toBe(blob)
    expect(packedImage.packedLayers).toHaveLength(1)
  })
})

describe('a layer that is listed twice', () => {
  const layer = randomLayer(random, 50_000)
  const image = imageOf([layer, randomLayer(random, 50_000), layer])

  test.each(Object.entries(FORMS))('is packed once: %s', async (_, form) => {
    const packedImage = await packPath(await form(image), folder.layers)
    await expectImage(packedImage, image)
    expect(packedImage.packedLayers).toHaveLength(2)
    expect(await listFolder(folder.layers)).toHaveLength(2)
  })

  test('can be known', async () => {
    const { findKnown, blobs } = knownLayersOf(image, [0])
    const path = await folder.write('image', dockerArchive(image))
    const packedImage = await packPath(path, folder.layers, { findKnown })
    const blob = blobs.get(layer.diffId)
    expect([packedImage.layers[0], packedImage.layers[2]]).toEqual([blob, blob])
    expect(packedImage.packedLayers.map(({ digest }) => digest)).toEqual([packedImage.layers[1]?.digest])
  })
})

describe('a plain archive', () => {
  test('is read through links, and the last of two members with the same name is used', async () => {
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
    await expectImage(await packPath(path, folder.layers), image)
  })

  test('that is truncated while it is read is reported', async () => {
    const image = randomImage(random, { layers: 2, size: 4_000_000 })
    const bytes = dockerArchive(image)
    const path = await folder.write('image', bytes)
    const findKnown = (): undefined => {
      // This happens after the members are listed and before the first layer is read.
      truncateSync(path, 4096)
      return undefined
    }
    await expectUserError(
      packPath(path, folder.layers, { findKnown }),
      folder,
      /truncated: \d+ bytes are missing/,
    )
    expect((await readFile(path)).length).toBe(4096)
  })
})
