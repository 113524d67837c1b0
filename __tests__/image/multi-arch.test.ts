import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { encodeDockerManifest } from '../../src/image/docker-archive.js'
import { writeArchive } from '../../src/image/write-archive.js'
import { descriptorOf } from '../../src/oci/descriptor.js'
import { blobsOf, makeImage } from '../../src/oci/image.js'
import { makeIndex } from '../../src/oci/image-index.js'
import { dockerArchive } from '../support/docker-archive.js'
import { imageOf, randomLayer, seeded, type TestImage, zstdStored } from '../support/images.js'
import { expectImage, expectUserError, listFolder, packPath, useFolder } from './fixture.js'

const folder = useFolder()
const MACHINES = ['amd64', 'arm64', 'riscv64']
const platformOf = (architecture: string) => ({ os: 'linux', architecture })

/** Writes an archive as `merge` does, with images that share a layer. */
async function writeMergedArchive(): Promise<{ path: string; images: TestImage[] }> {
  const random = seeded(81)
  const shared = randomLayer(random, 30_000)
  const images = MACHINES.map(machine => imageOf([shared, randomLayer(random, 30_000)], machine))
  const made = []
  for (const [n, image] of images.entries()) {
    const packedImage = await packPath(
      await folder.write('source', dockerArchive(image)),
      join(folder.path, 'parts'),
    )
    made.push(makeImage({ platform: platformOf(MACHINES[n] ?? ''), ...packedImage }))
  }
  const index = makeIndex(made)
  const path = join(folder.path, 'merged.oci.tar')
  await writeArchive(path, {
    index: [descriptorOf(index.blob)],
    blobs: [index.blob, ...index.images.map(image => image.manifest), ...blobsOf(index.images)],
    dockerManifest: encodeDockerManifest(index.images, ['app:1']),
  })
  return { path, images }
}

const FORMS: Record<string, (path: string) => Promise<string>> = {
  plain: async path => path,
  gzip: async path => folder.write('image', gzipSync(await readFile(path))),
  zstd: async path => folder.write('image', zstdStored(await readFile(path))),
  streamed: path => folder.write('image', `#!/bin/sh\ncat ${path}\n`, 0o755),
}

describe.each(Object.entries(FORMS))('a multi-arch archive written by this project, %s', (_, form) => {
  test('returns the image for each platform', async () => {
    const { path, images } = await writeMergedArchive()
    const given = await form(path)
    for (const [n, image] of images.entries()) {
      const directory = join(folder.layers, `${n}`)
      const packedImage = await packPath(given, directory, { platform: platformOf(MACHINES[n] ?? '') })
      await expectImage(packedImage, image)
      expect(await listFolder(directory)).toHaveLength(2)
    }
  })

  test('is rejected if the platform is missing or not selected', async () => {
    const given = await form((await writeMergedArchive()).path)
    const found = '3 images \\(linux/amd64, linux/arm64, linux/riscv64\\)'
    await expectUserError(packPath(given, folder.layers), folder, new RegExp(`${found}, and no platform`))
    await expectUserError(
      packPath(given, folder.layers, { platform: platformOf('s390x') }),
      folder,
      new RegExp(`${found}, none of them for linux/s390x`),
    )
  })
})
