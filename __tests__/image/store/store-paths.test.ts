import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import {
  isStorePath,
  parseHistoryPaths,
  parseStoreName,
  readLayerContent,
  storePathOf,
} from '../../../src/image/store/store-paths.js'
import { tarOf, zstdStored } from '../../support/images.js'
import { storePath, storeTar } from '../../support/store-images.js'

const [one, two] = [storePath('one-1.0'), storePath('two')]
const tar = storeTar({ [one]: 3000, [two]: 70_000 })

/** Splits bytes into small chunks. */
async function* pieces(bytes: Buffer, size = 333): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

test.each([
  ['plain', tar],
  ['gzip', gzipSync(tar)],
  ['zstd', zstdStored(tar)],
])('readLayerContent returns the store paths of a %s layer with their sizes', async (_, stored) => {
  expect(await readLayerContent(pieces(stored))).toEqual({
    paths: [
      { path: one, size: 3000 },
      { path: two, size: 70_000 },
    ],
    size: tar.length,
  })
})

test('ignores files outside the store', async () => {
  const links = tarOf([
    { name: '/bin/it', link: { to: `${one}/bin/it` } },
    { name: './etc/passwd', body: Buffer.alloc(9) },
  ])
  expect(await readLayerContent(pieces(links))).toEqual({ paths: [], size: links.length })
})

test.each([
  ['truncated', gzipSync(tar).subarray(0, -40), 'the gzip stream is truncated'],
  ['truncated inside a file', tar.subarray(0, 4000), 'it is truncated'],
  ['not a tar', Buffer.alloc(2000, 'x'), 'there is no tar header at byte 0'],
  ['empty', Buffer.alloc(0), 'it is not a tar'],
])('rejects a layer that is %s', async (_, stored, why) => {
  await expect(readLayerContent(pieces(stored))).rejects.toThrow(why)
})

test('an error of the source is thrown unchanged, and the source is closed', async () => {
  let closed = false
  async function* failing(): AsyncGenerator<Buffer> {
    try {
      yield tar.subarray(0, 1500)
      throw new Error('the disk failed')
    } finally {
      closed = true
    }
  }
  await expect(readLayerContent(failing())).rejects.toThrow('the disk failed')
  expect(closed).toBe(true)
})

const HASH = '0123456789abcdfghijklmnpqrsvwxyz'
const FD = `/nix/store/${HASH}-fd-10.2.0`

test.each([
  ['fd-10.2.0', 'fd', '10.2.0'],
  ['glibc-2.40-66-bin', 'glibc', '2.40-66-bin'],
  ['python3.12-foo-1.0rc1', 'python3.12-foo', '1.0rc1'],
  ['hello', 'hello', ''],
  ['source-unstable-2024-01-02', 'source-unstable', '2024-01-02'],
  ['ends-', 'ends-', ''],
  ['a--b', 'a', '-b'],
])('parses %s: name %s, version %s', (full, name, version) => {
  expect(parseStoreName(`/nix/store/${HASH}-${full}`)).toEqual({ name, version })
})

test.each([
  [`${FD}/bin/fd`, FD],
  [`.${FD}`, FD],
  [`.${FD}/`, FD],
  [FD.slice(1), FD],
  ['/nix/store', undefined],
  [`/nix/store/.wh.${HASH}-fd`, undefined],
  [`/nix/store/.links/${HASH}`, undefined],
  [`/nix/store/${HASH.replace('b', 'e')}-fd`, undefined],
  [`/usr${FD}`, undefined],
])('%s belongs to %s', (file, path) => {
  expect(storePathOf(file)).toBe(path)
})

test('a file in a store path is not a store path', () => {
  expect([FD, `${FD}/bin`].map(isStorePath)).toEqual([true, false])
})

describe('the history of a config', () => {
  const entry = (comment: string, isEmpty = false) => ({ comment, isEmpty })

  test('returns the paths of each layer, without empty steps', () => {
    const history = [
      entry('store paths: []', true),
      entry(`store paths: ['${FD}', "${FD}-man"]`),
      entry(`store paths: ['/nix/store/${HASH}-fd-customisation-layer']`),
    ]
    expect(parseHistoryPaths(history, 2)).toEqual([[FD, `${FD}-man`], []])
  })

  test('omits the path of a customisation layer, which the layer does not contain', () => {
    const made = `/nix/store/${HASH}-fd-customisation-layer`
    const near = `/nix/store/${HASH}-customisation-layer-tools`
    expect(parseHistoryPaths([entry(`store paths: ['${FD}', '${made}', '${near}']`)], 1)).toEqual([
      [FD, near],
    ])
  })

  test.each([
    ['a layer of a base image', "store paths: ['0123/layer.tar']"],
    ['another tool', 'RUN make'],
    ['an empty comment', ''],
  ])('returns no paths for %s', (_, comment) => {
    expect(parseHistoryPaths([entry(comment)], 1)).toEqual([undefined])
  })

  test('is ignored if its number of layers differs', () => {
    expect(parseHistoryPaths([entry(`store paths: ['${FD}']`)], 2)).toEqual([undefined, undefined])
  })
})
