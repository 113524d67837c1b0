import { describe, expect, test } from '@jest/globals'
import { loadTree } from '../../../src/command/inspect/tree.js'
import { renderTree } from '../../../src/command/inspect/tree-text.js'
import type { Blob, Descriptor } from '../../../src/oci/descriptor.js'
import { DOCKER_MANIFEST, OCI_INDEX, OCI_LAYER_GZIP } from '../../../src/oci/descriptor.js'
import { createBlob, type Image, makeImage } from '../../../src/oci/image.js'
import { encodeIndex, makeIndex } from '../../../src/oci/image-index.js'
import { parsePlatform } from '../../support/platform.js'

const layer = createBlob(Buffer.alloc(2000, 1), { mediaType: OCI_LAYER_GZIP })

function imageFor(platform: string): Image {
  const { os, architecture } = parsePlatform(platform)
  const config = {
    os,
    architecture,
    config: { Entrypoint: ['/bin/hello'], Cmd: ['world'] },
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  }
  return makeImage({
    platform: parsePlatform(platform),
    config: Buffer.from(JSON.stringify(config)),
    layers: [layer],
    annotations: { title: 'hello', only: platform },
  })
}

const readFrom = (blobs: readonly Blob[]) => async (descriptor: Descriptor) => {
  const blob = blobs.find(each => each.digest === descriptor.digest)
  if (!blob) throw new Error(`asked for ${descriptor.digest}`)
  return blob.open().read() as Buffer
}

const images = [imageFor('linux/amd64'), imageFor('linux/arm64')]
const blobs = images.flatMap(image => [image.manifest, image.config])

describe('an index', () => {
  const index = makeIndex(images, { title: 'hello' })

  test('is shown with its platforms, their layers, and annotations that differ from the index', async () => {
    const text = renderTree(await loadTree('hello.oci.tar', index.blob, readFrom([index.blob, ...blobs])))
    const plain = text.replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:…').split('\n')
    expect(plain).toEqual([
      'hello.oci.tar',
      'sha256:…  2 platforms, 2.4 kB',
      '├─ title = hello',
      '├─ linux/amd64  sha256:…  1 layer, 2.2 kB',
      '│  ├─ config  sha256:…  206 B  runs /bin/hello world',
      '│  ├─ layer   sha256:…  2.0 kB  gzip',
      '│  └─ only = linux/amd64',
      '└─ linux/arm64  sha256:…  1 layer, 2.2 kB',
      '   ├─ config  sha256:…  206 B  runs /bin/hello world',
      '   ├─ layer   sha256:…  2.0 kB  gzip',
      '   └─ only = linux/arm64',
      expect.stringMatching(/Use --paths to read the layers\.$/),
    ])
  })

  test('counts a shared blob once', async () => {
    const tree = await loadTree('x', index.blob, readFrom([index.blob, ...blobs]))
    expect(tree.size).toBe(2000 + 2 * (images[0]?.config.size ?? 0))
    expect(tree.platforms[0]?.layers[0]?.diffId).toBe(layer.digest)
  })

  test("omits BuildKit's attestations", async () => {
    const [image] = images as [Image]
    const attestation = { ...image.manifest, platform: { os: 'unknown', architecture: 'unknown' } }
    const self = createBlob(encodeIndex([image.manifest, attestation]), { mediaType: OCI_INDEX })
    expect((await loadTree('x', self, readFrom([self, ...blobs]))).platforms).toHaveLength(1)
  })
})

test("a single image can have Docker's media type", async () => {
  const [image] = images as [Image]
  const top = { ...image.manifest, mediaType: DOCKER_MANIFEST }
  const tree = await loadTree('x', top, readFrom(blobs))
  expect(tree.platforms.map(({ platform }) => platform)).toEqual(['linux/amd64'])
  expect(renderTree(tree)).toContain('a single image')
})

test('control characters in platforms, annotations and media types are quoted', async () => {
  const image = imageFor('linux/\x1b[2J\x9b31m')
  const strange = makeIndex([image], { '\x1b]0;title\x07': 'x' })
  const text = renderTree(
    await loadTree('x', strange.blob, readFrom([strange.blob, image.manifest, image.config])),
  )
  expect(text.split('\n').filter(line => /[\x00-\x1f\x7f-\x9f]/.test(line))).toEqual([])
  expect(text).toContain('"linux/\\u001b[2J?31m')
  const top = { ...layer, mediaType: 'text/\x1b[2J' }
  await expect(loadTree('x', top, readFrom([]))).rejects.toThrow('its media type is "text/\\u001b[2J"')
})

test('rejects a file that is not an image', async () => {
  const top = { ...layer, mediaType: 'text/plain' }
  await expect(loadTree('x', top, readFrom([]))).rejects.toThrow(
    'x is not an image: its media type is text/plain',
  )
})

test('rejects an artifact that is not a container image', async () => {
  const config = createBlob(Buffer.from('{}'), { mediaType: 'application/vnd.oci.empty.v1+json' })
  const { manifest } = makeImage({
    platform: parsePlatform('linux/amd64'),
    config: Buffer.from('{}'),
    layers: [],
  })
  const tree = loadTree('chart', manifest, readFrom([manifest, config]))
  await expect(tree).rejects.toThrow('chart is not a container image: rootfs is not an object but nothing')
})
