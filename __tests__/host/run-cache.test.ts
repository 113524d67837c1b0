import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type CacheClient, runCache } from '../../src/host/run-cache.js'
import { type TestHost, testHost } from '../support/host.js'

let host: TestHost
beforeEach(() => {
  host = testHost()
})
afterEach(() => host.remove())

const open = (client: Partial<CacheClient>) =>
  runCache({
    folder: join(host.temp, 'cache'),
    readOnly: false,
    log: host.log,
    client: async () => ({
      isFeatureAvailable: () => true,
      restoreCache: async () => undefined,
      saveCache: async () => 1,
      ...client,
    }),
  })

test('looks for the key, then for what begins with the prefix', async () => {
  const asked: unknown[] = []
  const cache = open({
    async restoreCache(paths, key, prefixes) {
      asked.push(paths, key, prefixes)
      return 'store-1'
    },
  })
  expect(await cache.restore('/x/store', 'store-none', 'store-')).toBe('store-1')
  expect(asked).toEqual([['/x/store'], 'store-none', ['store-']])
})

test('tells whether something was saved', async () => {
  expect(await open({}).save('/x', 'k')).toBe(true)
  expect(await open({ saveCache: async () => -1 }).save('/x', 'k')).toBe(false)
})

test('a failure is a warning, and a service that is not there is nothing at all', async () => {
  const fails = async (): Promise<never> => {
    throw new Error('the service is down')
  }
  const broken = open({ restoreCache: fails, saveCache: fails })
  expect(await broken.restore('/x', 'k')).toBeUndefined()
  expect(await broken.save('/x', 'k')).toBe(false)
  expect(host.said).toEqual([
    'warning: Cache: look for k: the service is down',
    'warning: Cache: save k: the service is down',
  ])
  const absent = open({ isFeatureAvailable: () => false, saveCache: fails })
  expect(await absent.save('/x', 'k')).toBe(false)
  expect(host.said).toHaveLength(2)
})
