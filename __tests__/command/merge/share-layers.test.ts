import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { replaceLayers, shareLayers } from '../../../src/command/merge/share-layers.js'
import type { ContainerImages, PlatformImage } from '../../../src/command/shared/platform-image.js'
import { type Blob, OCI_LAYER_GZIP, OCI_LAYER_ZSTD } from '../../../src/oci/descriptor.js'
import { type Digest, digestOf } from '../../../src/oci/digest.js'
import { createBlob, makeImage } from '../../../src/oci/image.js'
import type { System } from '../../../src/oci/platform.js'
import type { Repository } from '../../../src/registry/repository.js'

const contentOf = (name: string): Buffer => Buffer.from(`plain ${name} `.repeat(1000))
const diffId = (name: string): Digest => digestOf(contentOf(name))
/** A layer whose bytes are only compared. */
const layer = (bytes: string, mediaType = OCI_LAYER_GZIP): Blob =>
  createBlob(Buffer.from(bytes), { mediaType })
/** A layer that unpacks to the content. */
const gzipped = (name: string, level: number): Blob =>
  createBlob(gzipSync(contentOf(name), { level }), { mediaType: OCI_LAYER_GZIP })

/** @param layers the content and the blob of each layer */
function imageOf(system: System, layers: readonly (readonly [string, Blob])[]): PlatformImage {
  const platform = { os: 'linux', architecture: system === 'x86_64-linux' ? 'amd64' : 'arm64' }
  const rootfs = { type: 'layers', diff_ids: layers.map(([name]) => diffId(name)) }
  const config = Buffer.from(JSON.stringify({ ...platform, rootfs }))
  const image = makeImage({ platform, config, layers: layers.map(([, blob]) => blob) })
  return {
    path: system,
    container: 'one',
    system,
    imageName: 'one',
    derivation: undefined,
    annotations: {},
    image,
    config,
  }
}

function containerOf(name: string, ...images: PlatformImage[]): ContainerImages {
  return { name, imageName: name, images, tree: undefined, unchanged: false }
}

function layersOf(containers: readonly ContainerImages[]): Blob[][] {
  return containers.flatMap(({ images }) => images.map(({ image }) => [...image.layers]))
}

describe('shareLayers', () => {
  test('uses the first of several blobs with the same content for all platforms and containers', () => {
    const [a, b, c] = [1, 6, 9].map(level => gzipped('base', level)) as [Blob, Blob, Blob]
    const own = gzipped('own', 6)
    const containers = [
      containerOf('one', imageOf('x86_64-linux', [['base', a]]), imageOf('aarch64-linux', [['base', b]])),
      containerOf(
        'two',
        imageOf('x86_64-linux', [
          ['own', own],
          ['base', c],
        ]),
      ),
    ]
    expect(layersOf(shareLayers(containers))).toEqual([[a], [a], [own, a]])
  })

  test('does not replace a blob with another compression', () => {
    const [gzip, zstd] = [layer('a'), layer('a', OCI_LAYER_ZSTD)]
    const containers = [
      containerOf(
        'one',
        imageOf('x86_64-linux', [['base', gzip]]),
        imageOf('aarch64-linux', [['base', zstd]]),
      ),
    ]
    expect(layersOf(shareLayers(containers))).toEqual([[gzip], [zstd]])
  })

  test('neither replaces layers that an archive omits nor uses them for other archives', () => {
    const [a, b] = [gzipped('base', 1), gzipped('base', 9)]
    const repository = undefined as unknown as Repository
    const thin = {
      ...imageOf('x86_64-linux', [['base', a]]),
      externalLayers: { repository, layers: [a], areChecked: true },
    }
    const full = imageOf('aarch64-linux', [['base', b]])
    expect(layersOf(shareLayers([containerOf('one', thin, full)]))).toEqual([[a], [b]])
    expect(layersOf(shareLayers([containerOf('one', full, thin)]))).toEqual([[b], [a]])
  })
})

test('replaceLayers keeps a layer if the found one has the same bytes', () => {
  const [own, same] = [layer('same'), layer('same')]
  const other = layer('other')
  const container = containerOf(
    'one',
    imageOf('x86_64-linux', [
      ['same', own],
      ['base', layer('own')],
    ]),
  )
  const found = new Map([
    [diffId('same'), same],
    [diffId('base'), other],
  ])
  const [layers] = layersOf([replaceLayers(container, id => found.get(id))])
  expect(layers?.[0]).toBe(own)
  expect(layers?.[1]).toBe(other)
})
