import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { encodeDockerManifest } from '../../src/image/docker-archive.js'
import { OCI_LAYER_GZIP } from '../../src/oci/descriptor.js'
import { createBlob, makeImage } from '../../src/oci/image.js'
import { type ArchiveShape, dockerArchive, dockerMembers, manifestMember } from '../support/docker-archive.js'
import {
  hexSum,
  imageOf,
  layerOf,
  noise,
  randomImage,
  randomLayer,
  seeded,
  tarOf,
  zstdStored,
} from '../support/images.js'
import { parsePlatform } from '../support/platform.js'
import { expectImage, listFolder, packPath, useFolder } from './fixture.js'

const folder = useFolder()

describe('docker-archives', () => {
  const random = seeded(1)
  const wrappers = { plain: (b: Buffer) => b, gzip: (b: Buffer) => gzipSync(b), zstd: zstdStored }
  const encoders: Record<string, NonNullable<ArchiveShape['encode']>> = {
    plain: tar => tar,
    gzip: tar => gzipSync(tar),
    zstd: tar => zstdStored(tar),
    mixed: (tar, n) => (n % 2 ? gzipSync(tar) : tar),
  }

  for (const naming of ['folder', 'blobs', 'flat'] as const) {
    for (const manifest of ['first', 'last'] as const) {
      for (const [encoding, encode] of Object.entries(encoders)) {
        for (const [wrapping, wrap] of Object.entries(wrappers)) {
          test(`${naming}, manifest ${manifest}, ${encoding} layers, ${wrapping} archive`, async () => {
            const image = randomImage(random)
            const path = await folder.write('image', wrap(dockerArchive(image, { naming, manifest, encode })))
            const packedImage = await packPath(path, folder.layers)
            await expectImage(packedImage, image)
            const files = new Set(packedImage.layers.map(layer => layer.digest.slice(7)))
            expect((await listFolder(folder.layers)).sort()).toEqual([...files].sort())
          })
        }
      }
    }
  }

  test('a layer that already has the wanted encoding is not changed', async () => {
    const image = randomImage(random, { layers: 2 })
    const stored = image.layers.map(layer => gzipSync(layer.tar, { level: 9 }))
    const path = await folder.write('image', dockerArchive(image, { encode: (_, n) => stored[n] as Buffer }))
    const { layers } = await packPath(path, folder.layers)
    expect(layers.map(layer => layer.digest)).toEqual(stored.map(bytes => `sha256:${hexSum(bytes)}`))
  })

  test('no layers, an empty tar as a layer, and a layer of 0 bytes', async () => {
    for (const layers of [[], [layerOf(tarOf([]))], [layerOf(Buffer.alloc(0)), layerOf(tarOf([]))]]) {
      const image = imageOf(layers)
      await expectImage(
        await packPath(await folder.write('image', dockerArchive(image)), folder.layers),
        image,
      )
    }
  })

  test.each([
    ['null', { RepoTags: null, Layers: null }],
    ['missing', {}],
    ['empty', { RepoTags: [], Layers: [] }],
  ])('an image from scratch without a name, whose lists are %s', async (_, lists) => {
    const document = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: null } }
    const config = Buffer.from(JSON.stringify({ ...document, history: null, config: null, created: null }))
    const members = [
      { name: 'c.json', body: config },
      { name: 'manifest.json', body: Buffer.from(JSON.stringify([{ Config: 'c.json', ...lists }])) },
    ]
    const packed = await packPath(await folder.write('image', tarOf(members)), folder.layers)
    expect([packed.layers, packed.names]).toEqual([[], []])
    expect(packed.config.equals(config)).toBe(true)
  })

  test('layers slightly smaller and larger than a block', async () => {
    const block = 1 << 20
    const sizes = [block - 513, block - 512, block - 511, block, 2 * block - 512]
    const image = imageOf(
      sizes.map(size => layerOf(tarOf([{ name: 'a', body: noise(random, size) }]).subarray(0, size + 512))),
    )
    await expectImage(await packPath(await folder.write('image', dockerArchive(image)), folder.layers), image)
  })

  test('a layer that is listed twice, stored twice or once', async () => {
    const layer = randomLayer(random, 5000)
    const image = imageOf([layer, layer, randomLayer(random, 5000)])
    await expectImage(await packPath(await folder.write('twice', dockerArchive(image)), folder.layers), image)
    const members = dockerMembers(image)
    const once = await folder.write('once', tarOf(members.slice(1)))
    await expectImage(await packPath(once, folder.layers), image)
    expect(await listFolder(folder.layers)).toHaveLength(2)
  })

  test('layers that are links: symbolic and hard, to earlier and later members, over several links', async () => {
    const image = randomImage(random, { layers: 3 })
    const [a, b, c, config] = dockerMembers(image) as [
      { name: string },
      { name: string },
      { name: string },
      { name: string },
    ]
    const path = await folder.write(
      'image',
      tarOf([
        { name: '1/layer.tar', link: { to: `../${a.name}` } },
        a,
        b,
        { name: './2/layer.tar', link: { to: b.name, hard: true } },
        { name: '3/layer.tar', link: { to: '../4/layer.tar' } },
        { name: '4/layer.tar', link: { to: '../5/layer.tar' } },
        { name: '5/layer.tar', link: { to: c.name, hard: true } },
        c,
        { name: 'config', link: { to: config.name } },
        config,
        manifestMember('config', null, ['1/layer.tar', '2/layer.tar', './3/layer.tar']),
      ]),
    )
    const packedImage = await packPath(path, folder.layers)
    await expectImage(packedImage, image)
  })

  test('an archive of docker save, with legacy files and an OCI layout', async () => {
    const image = randomImage(random)
    const extra = [
      { name: 'repositories', body: Buffer.from('{"app":{"1":"0"}}') },
      { name: 'abc/VERSION', body: Buffer.from('1.0') },
      { name: 'abc/json', body: Buffer.from('{}') },
      { name: 'oci-layout', body: Buffer.from('{"imageLayoutVersion":"1.0.0"}') },
      { name: 'index.json', body: Buffer.from('{"schemaVersion":2,"manifests":[]}') },
    ]
    const path = await folder.write('image', dockerArchive(image, { naming: 'blobs', extra }))
    await expectImage(await packPath(path, folder.layers), image)
  })

  test('all header formats of GNU tar', async () => {
    const image = imageOf([randomLayer(random, 3000)])
    const deep = join(folder.path, 'd'.repeat(120), 'e'.repeat(120))
    const name = `${'d'.repeat(120)}/${'e'.repeat(120)}/layer.tar`
    await mkdir(deep, { recursive: true })
    await writeFile(join(deep, 'layer.tar'), image.layers[0]?.tar as Buffer)
    await writeFile(join(folder.path, 'config.json'), image.config)
    await writeFile(
      join(folder.path, 'manifest.json'),
      manifestMember('config.json', [], [name]).body as Buffer,
    )
    for (const format of ['gnu', 'pax']) {
      const file = join(folder.path, `${format}.tar`)
      execFileSync('tar', [
        '-C',
        folder.path,
        `--format=${format}`,
        '-cf',
        file,
        `./${'d'.repeat(120)}`,
        './config.json',
        './manifest.json',
      ])
      await expectImage(await packPath(file, folder.layers), image)
    }
  })
})

const layers = [createBlob(Buffer.from('layer'), { mediaType: OCI_LAYER_GZIP })]
const imageFor = (platform: string) =>
  makeImage({ platform: parsePlatform(platform), config: Buffer.from(platform), layers })
const images = ['linux/386', 'linux/amd64', 'linux/arm/v7'].map(imageFor)

const decodeManifest = (...names: string[]) =>
  JSON.parse(encodeDockerManifest(images, names).toString()) as {
    Config: string
    RepoTags: string[]
    Layers: string[]
  }[]

test('manifest.json adds the machine to the tag of each image except amd64', () => {
  expect(decodeManifest('hello:1').map(({ RepoTags }) => RepoTags)).toEqual([
    ['hello:1'],
    ['hello:1-386'],
    ['hello:1-armv7'],
  ])
})

test('manifest.json has all names', () => {
  expect(decodeManifest('hello:1', 'hello:latest').map(({ RepoTags }) => RepoTags)).toEqual([
    ['hello:1', 'hello:latest'],
    ['hello:1-386', 'hello:latest-386'],
    ['hello:1-armv7', 'hello:latest-armv7'],
  ])
})

test('manifest.json contains the paths of the config and the layers in the archive', () => {
  const [first] = decodeManifest('hello:1')
  const path = (digest = '') => `blobs/sha256/${digest.slice('sha256:'.length)}`
  expect(first?.Config).toBe(path(images[1]?.config.digest))
  expect(first?.Layers).toEqual([path(layers[0]?.digest)])
})

test('manifest.json has no tags if the image has no name', () => {
  expect(decodeManifest().map(({ RepoTags }) => RepoTags)).toEqual([[], [], []])
})
