import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { UserError } from '../../src/util/error.js'
import { firstWritable, notWritten } from '../../src/util/writable.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'writable-test-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('the first folder that can be made', async () => {
  await writeFile(join(folder, 'file'), '')
  const [closed, first, second] = ['file/below', 'a/b', 'c'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ]
  expect(await firstWritable(closed, first, second)).toBe(first)
  expect(await firstWritable(closed, closed)).toBe(closed)
  expect((await readdir(folder)).sort()).toEqual(['a', 'file'])
})

test('a folder that is there and cannot be written', async () => {
  expect(await firstWritable('/proc/self', folder)).toBe(folder)
})

test('a full disk, and any other failure', () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  expect(notWritten('Nix', '/tools', full)).toEqual(
    new UserError('There is no room for Nix in /tools: ENOSPC: no space left on device'),
  )
  const other = new Error('other')
  expect(notWritten('Nix', '/tools', other)).toBe(other)
})
