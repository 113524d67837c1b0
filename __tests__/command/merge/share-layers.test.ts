import { expect, test } from '@jest/globals'
import { shareLayers, wholeWith } from '../../../src/command/merge/share-layers.js'
import type { Piece, Whole } from '../../../src/command/shared/platform-image.js'
import type { Blob } from '../../../src/oci/descriptor.js'
import { type Digest, digestOf } from '../../../src/oci/digest.js'
import { bytesBlob, makeImage } from '../../../src/oci/image.js'
import { OCI_LAYER_GZIP, OCI_LAYER_ZSTD } from '../../../src/oci/media-type.js'
import type { System } from '../../../src/oci/system.js'

const diffId = (name: string): Digest => digestOf(Buffer.from(`plain ${name}`))
const layer = (bytes: string, mediaType = OCI_LAYER_GZIP): Blob =>
  bytesBlob(Buffer.from(bytes), { mediaType })

/** Each layer is what it unpacks to and what it is as a blob. */
function pieceOf(system: System, layers: readonly (readonly [string, Blob])[]): Piece {
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
    facts: {},
    image,
    config,
  }
}

const wholeOf = (container: string, ...pieces: Piece[]): Whole => ({
  container,
  imageName: container,
  pieces,
  unchanged: false,
})
const blobsOf = (wholes: readonly Whole[]): Blob[][] =>
  wholes.flatMap(({ pieces }) => pieces.map(({ image }) => [...image.layers]))

test('the first of several blobs with one content stands for all, across platforms and containers', () => {
  const [a, b, c, own] = [layer('a'), layer('b'), layer('c'), layer('own')]
  const wholes = [
    wholeOf('one', pieceOf('x86_64-linux', [['base', a]]), pieceOf('aarch64-linux', [['base', b]])),
    wholeOf(
      'two',
      pieceOf('x86_64-linux', [
        ['own', own],
        ['base', c],
      ]),
    ),
  ]
  expect(blobsOf(shareLayers(wholes))).toEqual([[a], [a], [own, a]])
})

test('what is compressed in another way is another blob', () => {
  const [gzip, zstd] = [layer('a'), layer('a', OCI_LAYER_ZSTD)]
  const wholes = [
    wholeOf('one', pieceOf('x86_64-linux', [['base', gzip]]), pieceOf('aarch64-linux', [['base', zstd]])),
  ]
  expect(blobsOf(shareLayers(wholes))).toEqual([[gzip], [zstd]])
})

test('a layer that is found takes the place of the own one, unless both are the same bytes', () => {
  const [here, there] = [layer('same'), layer('same')]
  const other = layer('other')
  const whole = wholeOf(
    'one',
    pieceOf('x86_64-linux', [
      ['same', here],
      ['base', layer('own')],
    ]),
  )
  const found = new Map([
    [diffId('same'), there],
    [diffId('base'), other],
  ])
  const [layers] = blobsOf([wholeWith(whole, id => found.get(id))])
  expect(layers?.[0]).toBe(here)
  expect(layers?.[1]).toBe(other)
})
