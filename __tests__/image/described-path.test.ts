import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { findInStore, locateDescribedFile, locateDescribedPath } from '../../src/image/described-path.js'

const pathOf = (letter: string) => `/nix/store/${letter.repeat(32)}-${letter}`

let root: string

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

describe('a description', () => {
  test.each([
    [pathOf('a')],
    [`${pathOf('a')}/bin`],
    [`${pathOf('a')}/to-file`],
    [`${pathOf('a')}/to-bin/tool`],
  ])('can name %s', async path => {
    expect(await locateDescribedPath(path, root)).toBe(root + path)
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
    await expect(locateDescribedPath(path, root)).rejects.toThrow('is not in the Nix store')
  })

  test.each([[`${pathOf('a')}/to-folder/secret`], [`${pathOf('a')}/to-store-path/bin`]])(
    'cannot name the file behind the link in %s',
    async path => {
      await expect(locateDescribedPath(path, root)).rejects.toThrow(
        `${JSON.stringify(path)}, which is behind a link to a file outside of ${pathOf('a')}`,
      )
    },
  )

  test('can name a file behind a link that stays in the store', async () => {
    const file = await locateDescribedFile(`${pathOf('a')}/to-tool`, root)
    expect(file).toBe(join(root, pathOf('a'), 'bin/tool'))
  })

  test.each([[`${pathOf('a')}/to-file`], [pathOf('e')]])('cannot name the file behind %s', async path => {
    await expect(locateDescribedFile(path, root)).rejects.toThrow('is not in the Nix store')
  })

  test('that is not in a store is a file of the user, and can name any file', async () => {
    expect(await locateDescribedPath(root, undefined)).toBe(root)
    const link = join(root, pathOf('a'), 'to-file')
    expect(await locateDescribedFile(link, undefined)).toBe(join(root, 'secret'))
  })

  test('cannot name a file that does not exist', async () => {
    const path = `${pathOf('a')}/missing`
    const problem = `it names ${JSON.stringify(path)}, which does not exist`
    await expect(locateDescribedFile(path, root)).rejects.toThrow(problem)
    await expect(locateDescribedPath(path, root)).rejects.toThrow(problem)
    const other = JSON.stringify(pathOf('f'))
    await expect(locateDescribedPath(pathOf('f'), root)).rejects.toThrow(
      `it names ${other}, which does not exist`,
    )
  })
})
