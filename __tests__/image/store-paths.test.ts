import { gzipSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { readLayerContent } from '../../src/image/layer-content.js'
import { tarOf, zstdStored } from '../support/images.js'
import { storePath, storeTar } from '../support/store-images.js'

const [one, two] = [storePath('one-1.0'), storePath('two')]
const tar = storeTar({ [one]: 3000, [two]: 70_000 })

/** In pieces that end anywhere. */
async function* pieces(bytes: Buffer, size = 333): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

test.each([
  ['as it is', tar],
  ['gzip', gzipSync(tar)],
  ['zstd', zstdStored(tar)],
])('a layer, %s: its store paths, and the bytes in them', async (_, stored) => {
  expect(await readLayerContent(pieces(stored))).toEqual({
    paths: [
      { path: one, size: 3000 },
      { path: two, size: 70_000 },
    ],
    size: tar.length,
  })
})

test('what stands beside the store is no store path', async () => {
  const links = tarOf([
    { name: '/bin/it', link: { to: `${one}/bin/it` } },
    { name: './etc/passwd', body: Buffer.alloc(9) },
  ])
  expect(await readLayerContent(pieces(links))).toEqual({ paths: [], size: links.length })
})

test.each([
  ['cut off', gzipSync(tar).subarray(0, -40), 'the gzip stream is cut off'],
  ['cut off inside a file', tar.subarray(0, 4000), 'it is cut off'],
  ['no tar', Buffer.alloc(2000, 'x'), 'there is no tar header at byte 0'],
  ['empty', Buffer.alloc(0), 'it is no tar'],
])('a layer that is %s', async (_, stored, why) => {
  await expect(readLayerContent(pieces(stored))).rejects.toThrow(why)
})

test('a source that fails is told in its own words, and let go of', async () => {
  let closed = false
  async function* failing(): AsyncGenerator<Buffer> {
    try {
      yield tar.subarray(0, 1500)
      throw new Error('the disk is gone')
    } finally {
      closed = true
    }
  }
  await expect(readLayerContent(failing())).rejects.toThrow('the disk is gone')
  expect(closed).toBe(true)
})
