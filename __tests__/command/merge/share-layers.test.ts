import { expect, test } from '@jest/globals'
import { replaceLayers, shareLayers } from '../../../src/command/merge/share-layers.js'
import type { ContainerImages, PlatformImage } from '../../../src/command/shared/platform-image.js'
import { type Blob, OCI_LAYER_GZIP, OCI_LAYER_ZSTD } from '../../../src/oci/descriptor.js'
import { type Digest, digestOf } from '../../../src/oci/digest.js'
import { createBlob, makeImage } from '../../../src/oci/image.js'
import type { System } from '../../../src/oci/platform.js'

const diffId = (name: string): Digest => digestOf(Buffer.from(`plain ${name}`))
const layer = (bytes: string, mediaType = OCI_LAYER_GZIP): Blob =>
  createBlob(Buffer.from(bytes), { mediaType })

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

test('shareLayers uses the first of several blobs with the same content for all platforms and containers', () => {
  const [a, b, c, own] = [layer('a'), layer('b'), layer('c'), layer('own')]
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

test('shareLayers does not replace a blob with another compression', () => {
  const [gzip, zstd] = [layer('a'), layer('a', OCI_LAYER_ZSTD)]
  const containers = [
    containerOf('one', imageOf('x86_64-linux', [['base', gzip]]), imageOf('aarch64-linux', [['base', zstd]])),
  ]
  expect(layersOf(shareLayers(containers))).toEqual([[gzip], [zstd]])
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
