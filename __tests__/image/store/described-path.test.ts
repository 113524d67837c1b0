import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  findInStore,
  followInStore,
  isInStore,
  locateDescribedFile,
  locateDescribedPath,
} from '../../../src/image/store/described-path.js'

const pathOf = (letter: string) => `/nix/store/${letter.repeat(32)}-${letter}`

let root: string
let description: string

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'store-')))
  for (const letter of ['a', 'd']) mkdirSync(join(root, pathOf(letter), 'bin'), { recursive: true })
  writeFileSync(join(root, pathOf('a'), 'bin/tool'), 'tool')
  writeFileSync(join(root, 'secret'), 'secret')
  symlinkSync(join(root, 'secret'), join(root, pathOf('a'), 'to-file'))
  symlinkSync(root, join(root, pathOf('a'), 'to-folder'))
  symlinkSync(join(root, pathOf('d')), join(root, pathOf('a'), 'to-store-path'))
  symlinkSync('bin', join(root, pathOf('a'), 'to-bin'))
  symlinkSync('bin/tool', join(root, pathOf('a'), 'to-tool'))
  symlinkSync(join(root, 'secret'), join(root, pathOf('e')))
  description = join(root, pathOf('d'), 'image.json')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

test('the place in a store', () => {
  expect(findInStore(`${pathOf('a')}/bin`)).toEqual({ root: '', storePath: pathOf('a') })
  expect(findInStore(`/home/me${pathOf('a')}`)).toEqual({ root: '/home/me', storePath: pathOf('a') })
  expect(findInStore(`/nix/store/nothing${pathOf('a')}`)).toEqual({
    root: '/nix/store/nothing',
    storePath: pathOf('a'),
  })
  expect(findInStore('/nix/store/nothing')).toBeUndefined()
  expect(findInStore('/home/me/image.json')).toBeUndefined()
})

test('the place in a store path that contains folders with the names of another store', () => {
  expect(findInStore(`${pathOf('a')}${pathOf('b')}/image.json`)).toEqual({ root: '', storePath: pathOf('a') })
  expect(findInStore(`/home/me${pathOf('a')}${pathOf('b')}`)).toEqual({
    root: '/home/me',
    storePath: pathOf('a'),
  })
})

test.each([
  [pathOf('a'), true],
  [`${pathOf('a')}/bin`, true],
  [`${pathOf('a')}/../x`, false],
  [`/${pathOf('a')}`, false],
  [`/home${pathOf('a')}`, false],
  [pathOf('a').slice(1), false],
  ['/nix/store', false],
  ['/nix/store/x', false],
])('%s is in the store: %j', (path, expected) => {
  expect(isInStore(path)).toBe(expected)
})

test('links of a file are followed, but not out of the store', async () => {
  expect(await followInStore(`${pathOf('a')}/to-tool`, root)).toBe(join(root, pathOf('a'), 'bin/tool'))
  expect(await followInStore(`${pathOf('a')}/to-store-path`, root)).toBe(join(root, pathOf('d')))
  expect(await followInStore(`${pathOf('a')}/to-file`, root)).toBeUndefined()
  await expect(followInStore(`${pathOf('a')}/none`, root)).rejects.toThrow('which does not exist')
})

describe('a description', () => {
  test.each([
    [pathOf('a')],
    [`${pathOf('a')}/bin`],
    [`${pathOf('a')}/to-file`],
    [`${pathOf('a')}/to-bin/tool`],
  ])('can name %s', async path => {
    expect(await locateDescribedPath(path, description)).toBe(root + path)
  })

  test.each([
    ['/etc/passwd'],
    ['/root/.docker/config.json'],
    ['/nix/store'],
    [`${pathOf('a')}/../../../secret`],
    [`/nix/store/../store/${'a'.repeat(32)}-a`],
    [pathOf('a').slice(1)],
    [`/etc${pathOf('a')}`],
    [''],
  ])('cannot name %s', async path => {
    await expect(locateDescribedPath(path, description)).rejects.toThrow('is not in the Nix store')
  })

  test.each([[`${pathOf('a')}/to-folder/secret`], [`${pathOf('a')}/to-store-path/bin`]])(
    'cannot name the file behind the link in %s',
    async path => {
      await expect(locateDescribedPath(path, description)).rejects.toThrow(
        `${JSON.stringify(path)}, which is behind a link to a file outside of ${pathOf('a')}`,
      )
    },
  )

  test('can name a file behind a link that stays in the store', async () => {
    const file = await locateDescribedFile(`${pathOf('a')}/to-tool`, description)
    expect(file).toBe(join(root, pathOf('a'), 'bin/tool'))
  })

  test.each([[`${pathOf('a')}/to-file`], [pathOf('e')]])('cannot name the file behind %s', async path => {
    await expect(locateDescribedFile(path, description)).rejects.toThrow('is not in the Nix store')
  })

  test('that is not in a store can name store paths, and files in its own folder', async () => {
    const own = join(root, 'mine/image.json')
    mkdirSync(join(root, 'mine/tree'), { recursive: true })
    writeFileSync(join(root, 'mine/layer.tar'), 'tar')
    expect(await locateDescribedPath(join(root, 'mine/tree'), own)).toBe(join(root, 'mine/tree'))
    expect(await locateDescribedFile(join(root, 'mine/layer.tar'), own)).toBe(join(root, 'mine/layer.tar'))
    symlinkSync(root, join(root, 'mine/link'))
    for (const path of [
      '/etc/passwd',
      join(root, 'secret'),
      join(root, 'mine/link/secret'),
      `${root}/mine/../secret`,
    ]) {
      const problem = `it names ${JSON.stringify(path)}, which is neither in the Nix store nor in the folder`
      await expect(locateDescribedPath(path, own)).rejects.toThrow(problem)
      await expect(locateDescribedFile(path, own)).rejects.toThrow(problem)
    }
    await expect(locateDescribedPath(pathOf('a'), own)).rejects.toThrow('does not exist')
  })

  test('cannot name a file that does not exist', async () => {
    const path = `${pathOf('a')}/missing`
    const problem = `it names ${JSON.stringify(path)}, which does not exist`
    await expect(locateDescribedFile(path, description)).rejects.toThrow(problem)
    await expect(locateDescribedPath(path, description)).rejects.toThrow(problem)
    const other = JSON.stringify(pathOf('f'))
    await expect(locateDescribedPath(pathOf('f'), description)).rejects.toThrow(
      `it names ${other}, which does not exist`,
    )
  })
})
