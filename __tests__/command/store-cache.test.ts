import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { openStoreCache } from '../../src/command/store-cache.js'
import type { RunCache } from '../../src/host/host.js'
import { type TestHost, testHost } from '../support/host.js'

let host: TestHost
beforeEach(() => {
  host = testHost()
})
afterEach(() => host.remove())

const cacheAt = (folder: string): RunCache => ({
  folder,
  readOnly: false,
  restore: async () => undefined,
  save: async () => true,
})

test("the folder is this user's before Nix is told of it, since its daemon would make it as root", async () => {
  const folder = join(host.temp, 'cache')
  const opened = await openStoreCache(cacheAt(folder), host)
  expect(opened?.uri).toMatch(/\/cache\/store\?trusted=1/)
  expect(existsSync(join(folder, 'store/nix-cache-info'))).toBe(true)
  expect(host.said).toEqual([])
})

test('where no folder can be made, the run goes without, with a warning', async () => {
  const file = join(host.temp, 'file')
  writeFileSync(file, '')
  expect(await openStoreCache(cacheAt(file), host)).toBeUndefined()
  expect(host.said).toEqual([expect.stringMatching(/^warning: There is no store cache in this run: E/)])
})
