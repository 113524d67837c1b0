import { Readable } from 'node:stream'
import { expect, test } from '@jest/globals'
import { collectImageContents } from '../../../src/command/build/collect-contents.js'
import type { PackedImage } from '../../../src/image/read-image.js'
import { type Blob, OCI_LAYER } from '../../../src/oci/descriptor.js'
import { digestOf } from '../../../src/oci/digest.js'
import { fakeNix } from '../../nix/fakes.js'
import { tarOf } from '../../support/images.js'

const store = (digit: string, name: string): string => `/nix/store/${digit.repeat(32)}-${name}`
const [APP, LIB, DOC] = [store('1', 'app-1.0'), store('2', 'openssl-3.0.1-bin'), store('3', 'doc')] as const
const narHash = `sha256-${'A'.repeat(43)}=`

let opened = 0

/** A layer with files. Counts how often it is read. */
function layer(...files: readonly string[]): Blob {
  const bytes = tarOf(files.map(name => ({ name, body: Buffer.from('x') })))
  const open = (): Readable => {
    opened++
    return Readable.from([bytes], { objectMode: false })
  }
  return { mediaType: OCI_LAYER, digest: digestOf(bytes), size: bytes.length, open }
}

function imageOf(
  layers: readonly Blob[],
  more: Partial<PackedImage> = {},
  comments: readonly string[] = [],
): PackedImage {
  const config = {
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
    history: comments.map(comment => ({ comment })),
  }
  const empty = { names: [], annotations: {}, packedLayers: [], contents: layers.map(() => ({})) }
  return { config: Buffer.from(JSON.stringify(config)), layers, ...empty, ...more }
}

/** Knows APP, which refers to itself, to LIB, and to a path that is not in the image; and the derivation of LIB. */
const nix = fakeNix({
  answer: () => ({
    stdout: JSON.stringify({
      [APP]: { narHash, narSize: 7, references: [APP, LIB, store('9', 'elsewhere')], signatures: [] },
      [LIB]: {
        narHash,
        narSize: 3,
        references: [],
        deriver: store('8', 'openssl-3.0.1.drv'),
        signatures: [],
      },
      [DOC]: null,
    }),
  }),
})

const collect = (packed: PackedImage, packages: readonly unknown[] = []) =>
  collectImageContents(packed, { nix, packages, signal: new AbortController().signal })

test('Nix gives hashes, sizes and references in the image, and the flake gives the package', async () => {
  const about = {
    description: 'The app',
    licenses: 'MIT',
    homepage: null,
    cpe: null,
    purl: null,
    sources: [],
    patches: [],
  }
  const image = imageOf([layer()], { layerPaths: [[LIB, APP]] })
  const contents = await collect(image, [{ paths: [APP], name: 'the-app', version: '1.0.0', ...about }])
  expect(contents).toEqual({
    components: [
      {
        path: APP,
        name: 'the-app',
        version: '1.0.0',
        narHash,
        narSize: 7,
        references: [LIB],
        package: { description: 'The app', licenses: 'MIT', sources: [], patches: [] },
      },
      // The output is not a part of the version.
      { path: LIB, name: 'openssl', version: '3.0.1', narHash, narSize: 3, references: [] },
    ],
    otherLayers: [],
  })
})

test('a layer is read only if nothing else names its store paths', async () => {
  opened = 0
  const layers = [layer('a'), layer('b'), layer('c'), layer(`.${DOC}/x`, 'etc/passwd')]
  const image = imageOf(
    layers,
    { layerPaths: [[APP], undefined, undefined, undefined], contents: [{}, { storePaths: [LIB] }, {}, {}] },
    ['', '', `store paths: ['${APP}']`, `store paths: ['${store('4', 'x-customisation-layer')}']`],
  )
  const { components } = await collect(image)
  expect(components.map(({ path }) => path)).toEqual([APP, LIB, DOC])
  expect(opened).toBe(1)
  // Nix does not know the path.
  expect(components[2]).toEqual({ path: DOC, name: 'doc', version: '', references: [] })
})

test('a binary cache knows the store paths of an image that was downloaded', async () => {
  const cached = fakeNix({
    settings: { substituters: ['https://broken', 'https://cache', 'https://unused'] },
    answer: args => {
      const store = args[args.indexOf('--store') + 1]
      if (store === 'https://broken') return { code: 1, stderr: 'error: no such host' }
      const known = args.includes('--store') ? LIB : APP
      return { stdout: JSON.stringify({ [known]: { narHash, narSize: 1, references: [], signatures: [] } }) }
    },
  })
  const image = imageOf([layer()], { layerPaths: [[APP, LIB]] })
  const options = { nix: cached, packages: [], signal: new AbortController().signal }
  const { components } = await collectImageContents(image, options)
  expect(components).toMatchObject([{ narHash }, { narHash }])
  const asked = cached.asked.map(args =>
    args.includes('--store') ? args.slice(args.indexOf('--store') + 1) : [],
  )
  expect(new Set(asked.map(each => each.join()))).toEqual(
    new Set(['', `https://broken,${LIB}`, `https://cache,${LIB}`]),
  )
})

test('without Nix, the store paths and their names are known', async () => {
  const image = imageOf([layer()], { layerPaths: [[APP]] })
  const options = { nix: undefined, packages: [], signal: new AbortController().signal }
  expect((await collectImageContents(image, options)).components).toEqual([
    { path: APP, name: 'app', version: '1.0', references: [] },
  ])
})

test('layers of a base image without store paths are listed apart', async () => {
  const base = layer('usr/bin/program')
  const image = imageOf([base, layer(`nix/store/${APP.slice(11)}/bin/app`), layer('etc/passwd')])
  const contents = await collect(image)
  expect(contents.components.map(({ path }) => path)).toEqual([APP])
  expect(contents.otherLayers).toEqual([{ diffId: base.digest }])
  expect((await collect(imageOf([base]))).otherLayers).toEqual([{ diffId: base.digest }])
  const named = await collect({ ...image, base: { name: 'debian:12', count: 1 } })
  expect(named.otherLayers).toEqual([{ diffId: base.digest, from: 'debian:12' }])
})
