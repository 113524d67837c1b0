import { mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { scanTar } from '../../src/image/format/tar.js'
import { openLayout } from '../../src/image/layout.js'
import { writeArchive } from '../../src/image/write-archive.js'
import {
  type Blob,
  type Descriptor,
  descriptorOf,
  OCI_CONFIG,
  OCI_LAYER_GZIP,
  OCI_MANIFEST,
} from '../../src/oci/descriptor.js'
import { digestOf } from '../../src/oci/digest.js'
import { blobsOf, createBlob, type Image, makeImage } from '../../src/oci/image.js'
import { encodeIndex } from '../../src/oci/image-index.js'
import { DigestMismatch } from '../../src/oci/verify.js'
import { UserError } from '../../src/util/error.js'
import { dockerArchive } from '../support/docker-archive.js'
import { below, randomImage, seeded, type TestImage, tarOf } from '../support/images.js'
import { bytesOf, listFolder, packPath, useFolder } from './fixture.js'

const folder = useFolder()
const platform = { os: 'linux', architecture: 'amd64' }

/** Packs a random image and writes it as an archive. */
async function writeImage(seed: number): Promise<{ path: string; test: TestImage; image: Image }> {
  const test = randomImage(seeded(seed))
  const source = await folder.write('source', dockerArchive(test))
  const packedImage = await packPath(source, folder.layers)
  const image = makeImage({ platform, config: packedImage.config, layers: packedImage.layers })
  const path = join(folder.path, 'out', 'image.oci.tar')
  await writeArchive(path, contentOf(image))
  return { path, test, image }
}

function contentOf(image: Image): { index: Descriptor[]; blobs: Blob[] } {
  return { index: [descriptorOf(image.manifest)], blobs: [image.manifest, ...blobsOf([image])] }
}

describe('an archive that is written and read again', () => {
  test('contains the same image', async () => {
    for (let seed = 0; seed < 8; seed++) {
      const { path, test, image } = await writeImage(seed)
      const layout = await openLayout(path)
      expect(layout.index.manifests).toEqual([descriptorOf(image.manifest)])
      const again = await layout.readImage(layout.index.manifests[0] as Descriptor)
      expect(again.platform).toEqual(platform)
      expect(descriptorOf(again.manifest)).toEqual(descriptorOf(image.manifest))
      expect(await bytesOf(again.manifest.open())).toEqual(await bytesOf(image.manifest.open()))
      expect((await layout.readBlob(again.config)).equals(test.config)).toBe(true)
      const tars = await Promise.all(again.layers.map(async layer => gunzipSync(await bytesOf(layer.open()))))
      expect(tars.map(digestOf)).toEqual(test.layers.map(layer => layer.diffId))
      for (const blob of [again.manifest, ...blobsOf([again])]) await layout.verifyBlob(blob)
    }
  })

  test('has its entries in a fixed order, and the same bytes each time', async () => {
    const { path, image } = await writeImage(1)
    const other = join(folder.path, 'other.tar')
    const { blobs, index } = contentOf(image)
    const { size } = await writeArchive(other, { index, blobs: [...blobs].reverse() })
    expect(size).toBe((await stat(other)).size)
    expect((await readFile(other)).equals(await readFile(path))).toBe(true)
    const names = (await scanTar(path)).map(entry => entry.name)
    expect(names.slice(0, 4)).toEqual(['oci-layout', 'index.json', 'blobs/', 'blobs/sha256/'])
    expect(names.slice(4)).toEqual([...names.slice(4)].sort())
  })

  test('can open its blobs more than once', async () => {
    const { path } = await writeImage(2)
    const layout = await openLayout(path)
    const { layers } = await layout.readImage(layout.index.manifests[0] as Descriptor)
    const both = await Promise.all(layers.flatMap(layer => [bytesOf(layer.open()), bytesOf(layer.open())]))
    expect(both.filter((_, n) => n % 2 === 0)).toEqual(both.filter((_, n) => n % 2 === 1))
  })
})

describe('writing', () => {
  test('a blob with the wrong digest is an error, and the existing file is not changed', async () => {
    const path = await folder.write('image.tar', 'before')
    const blob = { ...createBlob(Buffer.from('right'), { mediaType: OCI_LAYER_GZIP }) }
    const wrong = { ...blob, open: createBlob(Buffer.from('wrong'), { mediaType: OCI_LAYER_GZIP }).open }
    const work = writeArchive(path, { index: [], blobs: [wrong] })
    await expect(work).rejects.toBeInstanceOf(DigestMismatch)
    expect(await listFolder(folder.path)).toEqual(['image.tar'])
    expect(await readFile(path, 'utf8')).toBe('before')
  })
})

describe('rejects an invalid layout and reports its path', () => {
  const layoutFile = { name: 'oci-layout', body: Buffer.from('{"imageLayoutVersion":"1.0.0"}') }
  const indexFile = { name: 'index.json', body: encodeIndex([]) }
  const blob = { name: `blobs/sha256/${'a'.repeat(64)}`, body: Buffer.from('x') }

  test.each([
    ['text', Buffer.from('text'.repeat(500)), /is not an OCI image layout: there is no tar header at byte 0/],
    ['an empty file', Buffer.alloc(0), /it is not a tar: it has only 0 bytes/],
    [
      'a name outside the archive',
      tarOf([layoutFile, indexFile, { name: '../x' }]),
      /unsafe path: "\.\.\/x"/,
    ],
    ['an absolute name', tarOf([{ name: '/oci-layout' }]), /unsafe path: "\/oci-layout"/],
    ['no oci-layout', tarOf([indexFile]), /it has no oci-layout/],
    ['no index.json', tarOf([layoutFile]), /it has no index.json/],
    [
      'a member twice',
      tarOf([layoutFile, indexFile, blob, blob]),
      /it contains blobs\/sha256\/a+ more than once/,
    ],
    [
      'another version',
      tarOf([{ ...layoutFile, body: Buffer.from('{"imageLayoutVersion":"2.0"}') }, indexFile]),
      /its layout version is 2.0/,
    ],
    [
      'an index that is no JSON',
      tarOf([layoutFile, { name: 'index.json', body: Buffer.from('{') }]),
      /index.json is not JSON/,
    ],
    ['gzip', Buffer.from('1f8b0800', 'hex'), /compressed with gzip/],
    ['zstd', Buffer.from('28b52ffd', 'hex'), /compressed with zstd/],
  ])('%s', async (_, bytes, words) => {
    const path = await folder.write('image.tar', bytes)
    const work = openLayout(path)
    await expect(work).rejects.toBeInstanceOf(UserError)
    await expect(work).rejects.toThrow(words)
    await expect(work).rejects.toThrow(path)
  })

  test('a missing path', async () => {
    await expect(openLayout(join(folder.path, 'none'))).rejects.toThrow(/none does not exist/)
  })

  test('a blob that is missing, or has the wrong size or content', async () => {
    const right = createBlob(Buffer.from('right'), { mediaType: OCI_MANIFEST })
    const wrong = { name: `blobs/sha256/${right.digest.slice(7)}`, body: Buffer.from('wrong') }
    const path = await folder.write('image.tar', tarOf([layoutFile, indexFile, wrong]))
    const layout = await openLayout(path)
    const missing = createBlob(Buffer.from('missing'), { mediaType: OCI_MANIFEST })
    expect(() => layout.getBlob(missing)).toThrow(`${path}: ${missing.digest} is missing`)
    expect(() => layout.getBlob({ ...right, size: 6 })).toThrow(/has 5 bytes, not 6/)
    await expect(layout.readBlob(right)).rejects.toThrow(
      `${path}: the content of ${right.digest} has the digest sha256:`,
    )
    await expect(layout.verifyBlob(right)).rejects.toThrow(UserError)
    await expect(layout.readBlob({ ...right, size: 17 << 20 })).rejects.toThrow(/too large/)
  })

  test('a config whose number of layers differs from the manifest', async () => {
    const image = randomImage(seeded(3), { layers: 2 })
    const made = makeImage({ platform, config: image.config, layers: [] })
    const path = join(folder.path, 'image.tar')
    await writeArchive(path, contentOf(made))
    const layout = await openLayout(path)
    await expect(layout.readImage(made.manifest)).rejects.toThrow(/lists 0 layers, the config 2/)
  })

  test('a layout that is truncated at any byte', async () => {
    const { path } = await writeImage(4)
    const whole = await readFile(path)
    const random = seeded(5)
    for (let n = 0; n < 30; n++) {
      const cut = await folder.write('cut.tar', whole.subarray(0, below(random, whole.length - 1023)))
      await expect(openLayout(cut)).rejects.toThrow(/cut.tar is not an OCI image layout: .*truncated/)
    }
  })

  test('a change of any byte of a blob', async () => {
    const { path, image } = await writeImage(6)
    const whole = await readFile(path)
    const random = seeded(7)
    const bodies = (await scanTar(path)).filter(
      entry => entry.name.startsWith('blobs/sha256/') && entry.size > 0,
    )
    for (const body of bodies) {
      const bytes = Buffer.from(whole)
      const at = body.offset + below(random, body.size)
      bytes[at] = (bytes[at] as number) ^ 1
      const layout = await openLayout(await folder.write('changed.tar', bytes))
      const checks = [image.manifest, ...blobsOf([image])].map(each => layout.verifyBlob(each))
      const failed = (await Promise.allSettled(checks)).filter(each => each.status === 'rejected')
      expect(failed).toHaveLength(1)
    }
  })
})

describe('folders', () => {
  test('a layout folder is read like an archive, also if its blobs are symbolic links', async () => {
    const { path, image } = await writeImage(8)
    const root = join(folder.path, 'layout')
    await mkdir(join(root, 'blobs/sha256'), { recursive: true })
    const whole = await readFile(path)
    for (const entry of await scanTar(path)) {
      if (entry.kind !== 'file') continue
      const body = whole.subarray(entry.offset, entry.offset + entry.size)
      const real = join(folder.path, 'real', entry.name)
      await mkdir(dirname(real), { recursive: true })
      await writeFile(real, body)
      await symlink(real, join(root, entry.name))
    }
    const layout = await openLayout(root)
    const again = await layout.readImage(layout.index.manifests[0] as Descriptor)
    expect(blobsOf([again]).map(descriptorOf)).toEqual(blobsOf([image]).map(descriptorOf))
    for (const each of blobsOf([again])) await layout.verifyBlob(each)
  })

  test('the platform of the config is normalized, and the descriptor is not changed', async () => {
    const config = Buffer.from(
      JSON.stringify({ os: 'linux', architecture: 'arm64', variant: 'v8', rootfs: { diff_ids: [] } }),
    )
    const made = makeImage({ platform, config, layers: [] })
    const path = join(folder.path, 'image.tar')
    const bare = { mediaType: OCI_MANIFEST, digest: made.manifest.digest, size: made.manifest.size }
    await writeArchive(path, { index: [bare], blobs: [made.manifest, made.config] })
    const layout = await openLayout(path)
    expect(await layout.readImage(bare)).toMatchObject({
      platform: { os: 'linux', architecture: 'arm64' },
      manifest: { platform: { os: 'linux', architecture: 'arm64' } },
      config: { mediaType: OCI_CONFIG },
    })
    expect((await layout.readImage(made.manifest)).manifest.platform).toEqual(platform)
  })
})
