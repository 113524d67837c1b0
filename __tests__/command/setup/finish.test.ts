import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { finish } from '../../../src/command/setup/finish.js'
import { leaveUnfinished, readUnfinished } from '../../../src/command/setup/unfinished.js'
import type { RunCache } from '../../../src/host/host.js'
import { type TestHost, testHost } from '../../support/host.js'

const hosts: TestHost[] = []
afterEach(() => {
  for (const host of hosts.splice(0)) host.remove()
})

function hostWith(save: RunCache['save'], readOnly = false): TestHost {
  const cache = { folder: '/x', readOnly, restore: async () => undefined, save }
  const host = testHost({ cache })
  hosts.push(host)
  return host
}

const never = (): Promise<never> => new Promise(() => {})
const one = { saves: [{ path: '/x/a', key: 'a' }] }

test('what several commands left is saved, and the private folder is gone before', async () => {
  const saved: string[] = []
  const host = hostWith(async (path, key) => {
    expect(existsSync(join(host.temp, 'kept'))).toBe(false)
    saved.push(`${path} ${key}`)
    return true
  })
  writeFileSync(join(host.kept.path, 'netrc'), 'machine a password planted')
  await leaveUnfinished(host.kept, one)
  await leaveUnfinished(host.kept, { saves: [{ path: '/x/b', key: 'b' }] })
  expect(await finish(host)).toBe(true)
  expect(saved).toEqual(['/x/a a', '/x/b b'])
  expect(host.said).toEqual([])
  expect(await readUnfinished(host.kept)).toEqual({ saves: [] })
})

test('nothing is saved where nothing may be written', async () => {
  const saved: string[] = []
  const host = hostWith(async path => saved.push(path) > 0, true)
  await leaveUnfinished(host.kept, one)
  await finish(host)
  expect(saved).toEqual([])
})

test('saving that hangs is left behind', async () => {
  const host = hostWith(never)
  await leaveUnfinished(host.kept, one)
  expect(await finish(host, 20)).toBe(false)
  expect(host.said).toEqual(['warning: The cache could not be saved: it took longer than 0.02 s'])
})

test('a daemon that has gone, and notes that cannot be read, are no failures', async () => {
  const host = hostWith(async () => true)
  await leaveUnfinished(host.kept, { daemon: { pid: 2 ** 22 + 1, startTime: '1', log: '/x' } as never })
  expect(await finish(host)).toBe(true)
  expect(host.said).toEqual([])
  writeFileSync(join(host.kept.path, 'unfinished.json'), 'no JSON')
  expect(await finish(host)).toBe(false)
  expect(host.said).toEqual([expect.stringMatching(/^warning: What is left to do cannot be read: /)])
  expect(host.kept.existing).toBeUndefined()
})
