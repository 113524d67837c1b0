import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import {
  createImageFiles,
  readImageFiles,
  removeImageFiles,
} from '../../../src/image/sandbox/unpack-image.js'
import { OCI_LAYER, OCI_LAYER_GZIP } from '../../../src/oci/descriptor.js'
import { createBlob } from '../../../src/oci/image.js'
import { memberOf, rawHeader, type TestMember, tarOf, withChecksum } from '../../support/images.js'
import { useFolder } from '../fixture.js'

const folder = useFolder()
const { signal } = new AbortController()

const layer = (tar: Buffer) => createBlob(tar, { mediaType: OCI_LAYER })

async function unpack(...tars: readonly Buffer[]): Promise<string> {
  const image = await readImageFiles(tars.map(layer), join(folder.path, 'contents'), signal)
  const root = join(folder.path, 'root')
  createImageFiles(image, root)
  expect(readdirSync(join(folder.path, 'contents')).length).toBeLessThan(3)
  return root
}

const body = (text: string): Pick<TestMember, 'body'> => ({ body: Buffer.from(text) })

/** A member with a mode. */
function withMode(name: string, type: string, mode: number): Buffer {
  const header = rawHeader(name, 0, type)
  header.write(`${mode.toString(8).padStart(7, '0')}\0`, 100, 'latin1')
  return memberOf(withChecksum(header))
}

const END = Buffer.alloc(1024)

test('the files of all layers, with hard links and symbolic links', async () => {
  const lower = tarOf([
    { name: 'a/one', ...body('1') },
    { name: 'a/old', ...body('x') },
    { name: 'link', link: { to: '/a' } },
  ])
  const upper = tarOf([
    { name: 'a/.wh.old' },
    { name: 'link/two', ...body('22') },
    { name: 'same', link: { to: 'a/one', hard: true } },
  ])
  const root = await unpack(lower, upper)
  expect(readdirSync(root).sort()).toEqual(['a', 'link', 'same'])
  expect(readdirSync(join(root, 'a')).sort()).toEqual(['one', 'two'])
  expect(readFileSync(join(root, 'a/two'), 'utf8')).toBe('22')
  expect(readlinkSync(join(root, 'link'))).toBe('/a')
  expect(statSync(join(root, 'same')).ino).toBe(statSync(join(root, 'a/one')).ino)
})

test('nothing is written through a link, to whatever it points', async () => {
  const outside = join(folder.path, 'outside')
  mkdirSync(outside)
  writeFileSync(join(outside, 'file'), 'untouched')
  const root = await unpack(
    tarOf([
      { name: 'd', link: { to: outside } },
      { name: 'f', link: { to: join(outside, 'file') } },
    ]),
    tarOf([
      { name: 'd/new', ...body('x') },
      { name: 'f', ...body('written') },
    ]),
  )
  expect(readdirSync(outside)).toEqual(['file'])
  expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('untouched')
  expect(readFileSync(join(root, 'f'), 'utf8')).toBe('written')
  // The link is absolute, so the file is in the folder of that name in the image.
  expect(existsSync(join(root, outside, 'new'))).toBe(true)
})

test('modes are kept without set-user-id bits, and folders can be removed', async () => {
  const root = await unpack(
    Buffer.concat([
      withMode('tmp/', '5', 0o1777),
      withMode('locked/', '5', 0o555),
      withMode('program', '0', 0o6755),
      withMode('secret', '0', 0o000),
      END,
    ]),
  )
  const modeOf = (name: string): number => lstatSync(join(root, name)).mode & 0o7777
  expect(modeOf('tmp')).toBe(0o1777)
  expect(modeOf('locked')).toBe(0o755)
  expect(modeOf('program')).toBe(0o755)
  expect(modeOf('secret')).toBe(0)
  await removeImageFiles(folder.path)
  expect(existsSync(folder.path)).toBe(false)
})

test('compressed layers are read, and a layer with another digest is refused', async () => {
  const tar = tarOf([{ name: 'a', ...body('1') }])
  const gzip = createBlob(gzipSync(tar), { mediaType: OCI_LAYER_GZIP })
  const { tree } = await readImageFiles([gzip], join(folder.path, 'one'), signal)
  expect(tree.find('a')?.kind).toBe('file')
  const { digest } = layer(tarOf([]))
  await expect(readImageFiles([{ ...gzip, digest }], join(folder.path, 'two'), signal)).rejects.toThrow(
    /digest/,
  )
})

test('a truncated layer is an error', async () => {
  const tar = tarOf([{ name: 'a', body: Buffer.alloc(2000) }]).subarray(0, 1500)
  await expect(readImageFiles([layer(tar)], join(folder.path, 'one'), signal)).rejects.toThrow(/truncated/)
})
