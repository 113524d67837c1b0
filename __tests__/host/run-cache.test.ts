import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type CacheClient, createRunCache } from '../../src/host/run-cache.js'
import { type TestHost, testHost } from '../support/host.js'

let host: TestHost
beforeEach(() => {
  host = testHost()
})
afterEach(() => host.remove())

const open = (client: Partial<CacheClient>, timeoutMs?: number) =>
  createRunCache({
    ...(timeoutMs !== undefined && { timeoutMs }),
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

test('looks up the key, then the prefixes in order', async () => {
  const asked: unknown[] = []
  const cache = open({
    async restoreCache(paths, key, prefixes, options) {
      asked.push([options?.lookupOnly === true, paths, key, prefixes])
      return 'store-1'
    },
  })
  expect(await cache.restore('/x/store', 'store-none', ['store-a-', 'store-'])).toBe('store-1')
  expect(asked).toEqual([
    [true, ['/x/store'], 'store-none', ['store-a-', 'store-']],
    [false, ['/x/store'], 'store-none', ['store-a-', 'store-']],
  ])
})

test('returns if something was saved', async () => {
  expect(await open({}).save('/x', 'k')).toBe(true)
  expect(await open({ saveCache: async () => -1 }).save('/x', 'k')).toBe(false)
})

test('an error is a warning, and a missing service is not', async () => {
  const fails = async (): Promise<never> => {
    throw new Error('the service is down')
  }
  const broken = open({ restoreCache: fails, saveCache: fails })
  expect(await broken.restore('/x', 'k')).toBeUndefined()
  expect(await broken.save('/x', 'k')).toBe(false)
  expect(host.logged).toEqual([
    'warning: Cache: look for k: the service is down',
    'warning: Cache: save k: the service is down',
  ])
  const absent = open({ isFeatureAvailable: () => false, saveCache: fails })
  expect(await absent.save('/x', 'k')).toBe(false)
  expect(host.logged).toHaveLength(2)
})

test('an existing key is not packed again', async () => {
  const saved: string[] = []
  const cache = open({
    restoreCache: async (_, key) => (key === 'taken' ? key : undefined),
    saveCache: async (_, key) => saved.push(key),
  })
  expect(await cache.save('/x', 'taken')).toBe(false)
  expect(await cache.save('/x', 'free')).toBe(true)
  expect(saved).toEqual(['free'])
})

test('the cache is not used any more after a timeout', async () => {
  let asked = 0
  const never = (): Promise<never> => {
    asked++
    return new Promise(() => {})
  }
  const cache = open({ restoreCache: never, saveCache: never }, 20)
  expect(await Promise.all(['a', 'b', 'c'].map(key => cache.restore('/x', key)))).toEqual(Array(3))
  expect(await cache.restore('/x', 'd')).toBeUndefined()
  expect(await cache.save('/x', 'e')).toBe(false)
  expect(asked).toBe(3)
  expect(host.logged).toEqual([
    expect.stringMatching(
      /^warning: Cache: look for [abc]: the cache has not answered for 0\.02 s, so it is not used$/,
    ),
  ])
})

test('the client finds the proxy of ALL_PROXY in the variables that it knows', async () => {
  const before = process.env
  process.env = { ALL_PROXY: 'http://proxy:3128', NO_PROXY: 'one.example two.example' }
  const seen: (string | undefined)[][] = []
  const saveCache = async (): Promise<number> => {
    seen.push([process.env.HTTPS_PROXY, process.env.https_proxy, process.env.no_proxy])
    return 1
  }
  try {
    await open({ saveCache }).save('/x', 'k')
    expect(process.env).toEqual({ ALL_PROXY: 'http://proxy:3128', NO_PROXY: 'one.example two.example' })
  } finally {
    process.env = before
  }
  const noProxy = 'one.example,.one.example,two.example,.two.example'
  expect(seen).toEqual([['http://proxy:3128', 'http://proxy:3128', noProxy]])
})
