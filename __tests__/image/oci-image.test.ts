import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { hasZstd } from '../../src/image/format/decompress.js'
import { selectImage } from '../../src/image/oci-image.js'
import type { PackedImage } from '../../src/image/read-image.js'
import {
  type Descriptor,
  DOCKER_INDEX,
  DOCKER_MANIFEST,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../src/oci/descriptor.js'
import { digestOf } from '../../src/oci/digest.js'
import { createBlob } from '../../src/oci/image.js'
import {
  imageOf,
  randomImage,
  randomLayer,
  seeded,
  type TestMember,
  tarOf,
  zstdStored,
} from '../support/images.js'
import { LayoutBuilder } from '../support/layout.js'
import { expectImage, expectUserError, listFolder, packPath, useFolder } from './fixture.js'

const folder = useFolder()

type Form = (members: TestMember[]) => Promise<string>

const FORMS: Record<string, Form> = {
  archive: members => folder.write('image', tarOf(members)),
  'gzip archive': members => folder.write('image', gzipSync(tarOf(members))),
  'zstd archive': members => folder.write('image', zstdStored(tarOf(members))),
  folder: async members => {
    const root = join(folder.path, 'layout')
    await rm(root, { recursive: true, force: true })
    await mkdir(join(root, 'blobs/sha256'), { recursive: true })
    for (const { name, body } of members) await writeFile(join(root, name), body as Buffer)
    return root
  },
}

const amd64 = { os: 'linux', architecture: 'amd64' }
const arm64 = { os: 'linux', architecture: 'arm64' }

describe.each(Object.entries(FORMS))('an OCI %s', (_, form) => {
  const random = seeded(11)
  const pack = async (members: TestMember[], platform?: typeof amd64): Promise<PackedImage> =>
    packPath(await form(members), folder.layers, platform && { platform })

  test('with one image, whose layers are plain, gzip or zstd', async () => {
    const image = randomImage(random, { layers: 4 })
    const encodings = [gzipSync, zstdStored, (tar: Buffer) => tar]
    const builder = new LayoutBuilder()
    const annotations = { 'org.opencontainers.image.ref.name': 'app:1' }
    const top = builder.image(image, { annotations }, (tar, n) => encodings[n % 3]?.(tar) as Buffer)
    const packedImage = await pack(builder.members([top]))
    await expectImage(packedImage, image)
  })

  test("with Docker's media types", async () => {
    const image = randomImage(random)
    const builder = new LayoutBuilder()
    const top = builder.image(image, { mediaType: DOCKER_MANIFEST })
    await expectImage(await pack(builder.members([builder.index([top], { mediaType: DOCKER_INDEX })])), image)
  })

  test('with the same layer twice', async () => {
    const layer = randomLayer(random, 1000)
    const image = imageOf([layer, layer])
    const builder = new LayoutBuilder()
    const top = builder.image(image)
    const members = builder.members([top])
    await expectImage(
      await pack(members.filter((each, n) => members.findIndex(it => it.name === each.name) === n)),
      image,
    )
  })

  test('with a nested index, attestations and several platforms', async () => {
    const images = [randomImage(random), { ...randomImage(random) }] as const
    const other = imageOf(images[1].layers, 'arm64')
    const builder = new LayoutBuilder()
    const attestation = builder.add(Buffer.from('{}'), {
      mediaType: OCI_MANIFEST,
      platform: { os: 'unknown', architecture: 'unknown' },
    })
    const inner = builder.index([
      builder.image(images[0], { platform: amd64 }),
      attestation,
      // The descriptor has no platform, but the config has one.
      builder.image(other),
    ])
    const members = builder.members([inner])
    await expectImage(await pack(members, amd64), images[0])
    await expectImage(await pack(members, { ...arm64, variant: 'v8' } as typeof arm64), other)
    const failures = {
      undefined: /2 images \(linux\/amd64, linux\/arm64\), and no platform/,
      riscv64: /none of them for linux\/riscv64/,
    }
    await expect(pack(members)).rejects.toThrow(failures.undefined)
    await expect(pack(members, { os: 'linux', architecture: 'riscv64' })).rejects.toThrow(failures.riscv64)
  })

  test('with artifacts beside the image', async () => {
    const image = randomImage(random)
    const builder = new LayoutBuilder()
    const subject = builder.image(image)
    const signature = builder.add(Buffer.from('payload'), {
      mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
    })
    const imageConfig = builder.add(Buffer.from('{"rootfs":{}}'), { mediaType: OCI_CONFIG })
    const artifacts = [
      // An SBOM with a type in its manifest only, or in its descriptor only.
      builder.artifact({ artifactType: 'application/spdx+json', subject }),
      builder.artifact({ annotations: { a: 'b' } }, { artifactType: 'application/vnd.cyclonedx+json' }),
      builder.artifact({
        config: builder.add(Buffer.from('x'), { mediaType: 'application/vnd.cncf.helm.config.v1+json' }),
      }),
      builder.artifact({ config: imageConfig, layers: [signature] }),
      builder.artifact({}, { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } }),
      builder.artifact({ artifactType: 'application/spdx+json' }, { platform: amd64 }),
      builder.add(Buffer.from('{}'), { mediaType: 'application/json' }),
    ]
    const members = builder.members([
      artifacts[0] as Descriptor,
      { ...subject, platform: amd64 },
      ...artifacts.slice(1),
    ])
    await expectImage(await pack(members, amd64), image)
    await expectImage(await pack(builder.members([...artifacts.slice(0, 5), subject])), image)
    await expect(pack(builder.members(artifacts.slice(0, 5)))).rejects.toThrow(
      'its index does not list an image, only 5 artifacts such as an SBOM or a signature',
    )
    await expect(pack(builder.members(artifacts.slice(0, 1)))).rejects.toThrow(
      'it is not an image but an artifact: application/spdx+json',
    )
  })

  test('with the type of its config as artifactType, as in a list of referrers', async () => {
    const image = randomImage(random)
    const builder = new LayoutBuilder()
    await expectImage(
      await pack(builder.members([builder.image(image, { artifactType: OCI_CONFIG })])),
      image,
    )
  })

  test('for several platforms, of which only one is in the layout', async () => {
    const image = randomImage(random)
    const builder = new LayoutBuilder()
    const missing = { ...new LayoutBuilder().image(randomImage(random)), platform: arm64 }
    const members = builder.members([builder.index([missing, builder.image(image, { platform: amd64 })])])
    await expectImage(await pack(members, amd64), image)
  })

  test.each(hasZstd() ? (['gzip', 'zstd'] as const) : (['gzip'] as const))(
    'whose layers have annotations: what is about the bytes is kept with the bytes only, packed as %s',
    async encoding => {
      const image = randomImage(random, { layers: 3 })
      const tarOfZstd = image.layers[1]?.tar as Buffer
      const encodings = [gzipSync, zstdStored, gzipSync]
      const note = { 'org.example.note': 'kept' }
      const toc = { 'containerd.io/snapshot/stargz/toc.digest': `sha256:${'1'.repeat(64)}` }
      const chunked = {
        'io.github.containers.zstd-chunked.manifest-position': '1:2:3:1',
        'io.containers.estargz.uncompressed-size': '4',
        'containerd.io/snapshot/nydus-blob': 'true',
      }
      const builder = new LayoutBuilder()
      const top = builder.image(image, {}, (tar, n) => encodings[n]?.(tar) as Buffer, [
        { annotations: { ...toc, ...note } },
        { annotations: { ...chunked, ...note } },
      ])
      const path = await form(builder.members([top]))
      const { layers } = await packPath(path, folder.layers, { encoding })
      const kept = { gzip: [{ ...toc, ...note }, note], zstd: [note, { ...chunked, ...note }] }[encoding]
      expect(layers.map(({ annotations }) => annotations)).toEqual([...kept, undefined])
      const isKept = layers[1]?.digest === digestOf(zstdStored(tarOfZstd))
      expect(isKept).toBe(encoding === 'zstd')
    },
  )

  test('whose manifest has annotations, which are kept', async () => {
    const image = randomImage(random)
    const builder = new LayoutBuilder()
    const annotations = { 'org.example.base': 'a', z: '' }
    const top = builder.image(image, {}, undefined, [], { annotations })
    expect((await pack(builder.members([top]))).annotations).toEqual(annotations)
    const plain = new LayoutBuilder()
    expect((await pack(plain.members([plain.image(image)]))).annotations).toEqual({})
  })

  test('is packed only after a look at its config and its names', async () => {
    const image = randomImage(random)
    const builder = new LayoutBuilder()
    const top = builder.image(image, { annotations: { 'org.opencontainers.image.ref.name': 'app:1' } })
    const heads: unknown[] = []
    const onHead = async (head: object): Promise<void> => {
      heads.push({ head, packed: await listFolder(folder.layers) })
      throw new Error('not this one')
    }
    const path = await form(builder.members([top]))
    await expect(packPath(path, folder.layers, { onHead })).rejects.toThrow('not this one')
    expect(heads).toMatchObject([{ head: { names: ['app:1'], config: image.config } }])
    expect(await listFolder(folder.layers)).toEqual([])
  })

  test('with a foreign layer: its content is packed, or the error says where it is', async () => {
    const image = randomImage(random, { layers: 2 })
    const foreign = {
      mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
      urls: ['https://user:secret@example.com/layer'],
    }
    const builder = new LayoutBuilder()
    const members = builder.members([builder.image(image, {}, tar => gzipSync(tar), [foreign])])
    const packed = await pack(members)
    await expectImage(packed, image)
    expect(packed.layers[0]?.urls).toBeUndefined()
    const failed = pack(members.slice(1)).catch(error => error)
    expect((await failed).message).toMatch(
      /the content of sha256:\w+ is not in the image, but at https:\/\/\S*example\.com\/layer \(a foreign layer\)/,
    )
    expect((await failed).message).not.toContain('secret')
  })

  test.each([
    ['null', { layers: null }, { diff_ids: null }],
    ['missing', {}, {}],
    ['empty', { layers: [] }, { diff_ids: [] }],
  ])('with an image from scratch, whose lists are %s', async (__, lists, rootfs) => {
    const builder = new LayoutBuilder()
    const config = Buffer.from(JSON.stringify({ ...amd64, rootfs, history: null }))
    const manifest = { schemaVersion: 2, config: builder.add(config, { mediaType: OCI_CONFIG }), ...lists }
    const top = builder.add(Buffer.from(JSON.stringify(manifest)), { mediaType: OCI_MANIFEST })
    const packed = await pack(builder.members([top]))
    expect(packed.layers).toEqual([])
    expect(packed.config.equals(config)).toBe(true)
  })

  test('with two images for one platform', async () => {
    const builder = new LayoutBuilder()
    const tops = [
      builder.image(randomImage(random), { platform: amd64 }),
      builder.image(randomImage(random), { platform: amd64 }),
    ]
    await expectUserError(pack(builder.members(tops), amd64), folder, /2 of them for linux\/amd64/)
  })

  test('without an image', async () => {
    await expectUserError(pack(new LayoutBuilder().members([])), folder, /its index does not list an image/)
  })

  test('with a missing layer', async () => {
    const image = randomImage(random, { layers: 2 })
    const builder = new LayoutBuilder()
    const members = builder.members([builder.image(image)])
    await expectUserError(pack(members.slice(1)), folder, /missing|not in the archive/)
  })

  test('with a layer that has another digest', async () => {
    const image = randomImage(random, { layers: 2 })
    const builder = new LayoutBuilder()
    const members = builder.members([builder.image(image, {}, tar => tar)])
    const changed = Buffer.from(members[0]?.body as Buffer)
    changed[600] = (changed[600] as number) ^ 1
    await expectUserError(
      pack([{ name: members[0]?.name as string, body: changed }, ...members.slice(1)]),
      folder,
      /: the content of (the layer )?sha256:\w+ (\(\d+ bytes\) )?has the digest sha256:/,
    )
  })

  test('with a layer that has another diff_id', async () => {
    const image = randomImage(random, { layers: 2 })
    const other = imageOf([...image.layers].reverse())
    const builder = new LayoutBuilder()
    const top = builder.image({ config: other.config, layers: image.layers })
    await expectUserError(
      pack(builder.members([top])),
      folder,
      /layer 1 of 2, sha256:\w+, should have the diff_id/,
    )
  })

  test('with a config that has another digest', async () => {
    const image = randomImage(random)
    const builder = new LayoutBuilder()
    const members = builder.members([builder.image(image)])
    const config = members.find(each => each.body === image.config) as TestMember
    const same = Buffer.from(image.config.toString().replace('amd64', 'arm64'))
    await expectUserError(
      pack(members.map(each => (each === config ? { ...each, body: same } : each))),
      folder,
      /the content of sha256:\w+ has the digest sha256:/,
    )
  })
})

test('control characters in platforms are escaped in messages', async () => {
  const manifests = ['arm64', '\x1b[2J\x9b31m'].map(architecture => ({
    ...createBlob(Buffer.from(architecture), { mediaType: OCI_MANIFEST }),
    platform: { os: 'linux', architecture },
  }))
  const selected = selectImage({ mediaType: OCI_INDEX, manifests }, async () => Buffer.alloc(0), undefined)
  await expect(selected).rejects.toThrow('it contains 2 images ("linux/\\u001b[2J?31m, linux/arm64"), and no')
})
