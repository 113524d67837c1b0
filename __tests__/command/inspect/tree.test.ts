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

test('control characters in annotations, commands and media types are quoted', async () => {
  const image = imageFor('linux/amd64')
  const strange = makeIndex([image], { '\x1b]0;title\x07': 'x', name: 'a\u202eb', line: '\u2028::error::x' })
  const text = renderTree(
    await loadTree('x', strange.blob, readFrom([strange.blob, image.manifest, image.config])),
  )
  expect(text.split('\n').filter(line => /[\x00-\x1f\x7f-\x9f\u2028\u202e]/.test(line))).toEqual([])
  expect(text).toContain('"name = a\\u202eb"')
  const top = { ...layer, mediaType: 'text/\x1b[2J' }
  await expect(loadTree('x', top, readFrom([]))).rejects.toThrow('its media type is "text/\\u001b[2J"')
})

test.each(['linux/\x1b[2J', 'linux/amd64/v2 | <img src=x>', 'linux/arm/v7\n::set-output name=a::b'])(
  'an index with the platform %j is refused',
  async platform => {
    const image = imageFor(platform)
    const strange = makeIndex([image])
    const tree = loadTree('x', strange.blob, readFrom([strange.blob, image.manifest, image.config]))
    await expect(tree).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringMatching(
        /^x is not a container image: manifests\[0\]\.platform\.\w+ is not the name of a platform: "/,
      ),
    })
  },
)

describe('a hostile image', () => {
  const image = images[0] as Image
  const load = (top: Descriptor, readBlob: (descriptor: Descriptor) => Promise<Buffer>) =>
    loadTree('x', top, readBlob)

  test('an index of 20,000 manifests is read in parts, and at most 500 are shown', async () => {
    let open = 0
    let maximum = 0
    const manifests = Array.from({ length: 20_000 }, () => image.manifest)
    const index = createBlob(encodeIndex(manifests), { mediaType: OCI_INDEX })
    const tree = await load(index, async descriptor => {
      maximum = Math.max(maximum, ++open)
      await new Promise(setImmediate)
      open--
      return readFrom([index, ...blobs])(descriptor)
    })
    expect(maximum).toBeLessThanOrEqual(8)
    expect(tree).toMatchObject({ omitted: 19_500 })
    const lines = renderTree(tree).split('\n')
    expect(lines[1]).toContain('  20000 platforms, ')
    expect(lines.at(-2)).toBe('└─ … and 19500 more platforms')
  })

  test('an index that contains itself and other indexes ends', async () => {
    const inner = createBlob(encodeIndex([image.manifest]), { mediaType: OCI_INDEX })
    const outer = createBlob(encodeIndex([inner, { ...inner, size: 1 }]), { mediaType: OCI_INDEX })
    expect(await load(outer, async () => outer.open().read() as Buffer)).toMatchObject({ platforms: [] })
  })

  test.each([
    ['deep lists', '['.repeat(100_000), /nested more than 100 levels deep$/],
    [
      'a deep annotation',
      `{"manifests":[],"annotations":{"a":${'['.repeat(100_000)}`,
      /more than 100 levels/,
    ],
    ['a long string', JSON.stringify({ manifests: 'x'.repeat(5_000_000) }), /is not a list but "x{59}…$/],
    [
      'a long digest',
      JSON.stringify({ manifests: [{ mediaType: 'x', digest: 'y'.repeat(5_000_000) }] }),
      /y…$/,
    ],
    [
      'a long key',
      JSON.stringify({ annotations: { ['k'.repeat(5_000_000)]: 1 }, manifests: [] }),
      /not a string but 1$/,
    ],
    ['two keys', '{"manifests": 1, "manifests": 2}', /manifests is not a list but 2$/],
    ['a prototype', '{"__proto__": {"manifests": []}}', /manifests is not a list but nothing$/],
    ['nothing', '', /is not JSON/],
  ])('an index with %s is a short error', async (_what, text, message) => {
    const index = createBlob(Buffer.from(text), { mediaType: OCI_INDEX })
    const error = await load(index, async () => Buffer.from(text)).catch(failure => failure)
    expect(error).toMatchObject({ name: 'UserError', message: expect.stringMatching(message) })
    expect(error.message.length).toBeLessThan(400)
  })
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
  await expect(tree).rejects.toThrow(
    'chart is not a container image: architecture is not a string but nothing',
  )
})
