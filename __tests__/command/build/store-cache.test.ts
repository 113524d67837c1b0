import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { openStoreCache } from '../../../src/command/build/store-cache.js'
import type { RunCache } from '../../../src/host/host.js'
import type { Container } from '../../../src/nix/container.js'
import type { Nix } from '../../../src/nix/nix.js'
import { startProgram } from '../../../src/util/exec.js'
import { fakeNix } from '../../nix/fakes.js'
import { containerOf } from '../../support/archives.js'
import { type TestHost, testHost } from '../../support/host.js'

let host: TestHost
/** The saved entries and their copies, oldest first. */
let saved: { key: string; copy: string }[]
let asked: (readonly string[])[]
beforeEach(() => {
  host = testHost()
  saved = []
  asked = []
})
afterEach(() => host.remove())

/** Returns a cache that restores saved entries. */
const cacheAt = (folder: string): RunCache => ({
  folder,
  readOnly: false,
  async restore(path, key, prefixes = []) {
    asked.push([key, ...prefixes])
    const newest = [...saved].reverse()
    const found = prefixes.flatMap(prefix => newest.filter(each => each.key.startsWith(prefix)))[0]
    if (found) cpSync(found.copy, path, { recursive: true, preserveTimestamps: true })
    return found?.key
  },
  async save(path, key) {
    const copy = mkdtempSync(join(host.temp, 'saved-'))
    cpSync(path, copy, { recursive: true, preserveTimestamps: true })
    saved.push({ key, copy })
    return true
  },
})

const HELLO = containerOf('hello', 'x86_64-linux')
const OTHER = containerOf('other', 'x86_64-linux')
const pathOf = (name: string): string => `/nix/store/${createHash('md5').update(name).digest('hex')}-${name}`

/** Returns a fake Nix that has built these names and the images of the containers. The content of a path is its name. */
function createNix(containers: readonly Container[], names: readonly string[]): Nix {
  const infoOf = (name: string, deriver?: string) => [
    pathOf(name),
    {
      narHash: `sha256-${createHash('sha256')
        .update(`${pathOf(name)}\n`)
        .digest('base64')}`,
      narSize: pathOf(name).length + 1,
      references: [],
      signatures: [],
      ultimate: true,
      ...(deriver && { deriver }),
    },
  ]
  const infos = [
    ...names.map(name => infoOf(name)),
    ...containers.map(({ name, derivation }) => infoOf(`image-${name}`, derivation)),
  ]
  const bin = join(host.temp, 'bin-nix')
  writeFileSync(bin, '#!/bin/sh\necho "$3"\n')
  writeFileSync(join(host.temp, 'nix-store'), `#!/bin/sh\nprintf '%s\\n' ${names.map(pathOf).join(' ')}\n`)
  for (const file of [bin, join(host.temp, 'nix-store')]) chmodSync(file, 0o755)
  const answer = () => ({ stdout: JSON.stringify(Object.fromEntries(infos)) })
  const nix = fakeNix({ version: 'nix (Nix) 2.18.0', storeRoot: join(host.temp, 'none'), answer })
  return { ...nix, command: bin, start: (args, options) => startProgram(bin, args, options) }
}

interface Run {
  readonly job?: string
  readonly containers?: readonly Container[]
  readonly built?: readonly string[]
}

/** Runs a job on a new machine: restores the cache, builds and saves. */
async function run({ job = 'build', containers = [HELLO], built = [] }: Run) {
  const folder = join(host.temp, 'cache')
  rmSync(folder, { recursive: true, force: true })
  const cache = cacheAt(folder)
  const store = await openStoreCache(cache, { ...host, env: { GITHUB_JOB: job } }, containers)
  const has = () => readdirSync(join(folder, 'store')).filter(name => name.endsWith('.narinfo')).length
  const restored = has()
  const save = await store?.prepareSave(createNix(containers, built), containers)
  if (save) await cache.save(save.path, save.key)
  return { uri: store?.uri, restored, has: has(), key: save?.key }
}

test('creates the folder before Nix uses it, because the daemon would create it as root', async () => {
  const folder = join(host.temp, 'cache')
  const opened = await openStoreCache(cacheAt(folder), host, [HELLO])
  expect(existsSync(join(folder, 'store/nix-cache-info'))).toBe(true)
  expect(opened).toBeDefined()
  expect(host.logged).toEqual([])
})

test('logs a warning and returns no cache if the folder cannot be created', async () => {
  const file = join(host.temp, 'file')
  writeFileSync(file, '')
  expect(await openStoreCache(cacheAt(file), host, [HELLO])).toBeUndefined()
  expect(host.logged).toEqual([expect.stringMatching(/^warning: Cannot use the store cache: E/)])
})

test('returns a URI if the cache has content, and does not save an unchanged cache', async () => {
  expect(await run({ built: [] })).toEqual({ uri: undefined, restored: 0, has: 0, key: undefined })
  const first = await run({ built: ['tool'] })
  expect(first).toMatchObject({ uri: undefined, has: 1, key: expect.stringMatching(/^nix-multiarch-store-/) })
  const second = await run({ built: [] })
  expect(second).toMatchObject({ restored: 1, key: undefined })
  expect(second.uri).toMatch(/\/cache\/store\?trusted=1/)
  expect(host.logged.filter(line => !line.startsWith('debug'))).toEqual([])
})

test("parallel jobs do not overwrite each other, and a new job starts with another job's content", async () => {
  await run({ job: 'a', built: ['tool-of-a'] })
  // Job b starts before the entry of job a is saved.
  const [first] = saved.splice(0)
  await run({ job: 'b', built: ['tool-of-b'] })
  if (first) saved.push(first)
  expect(await run({ job: 'a' })).toMatchObject({ restored: 1, key: undefined })
  expect(await run({ job: 'b', built: ['more'] })).toMatchObject({ restored: 1, has: 2 })
  expect(await run({ job: 'a' })).toMatchObject({ restored: 1 })
  expect(await run({ job: 'c' })).toMatchObject({ restored: 2, key: undefined })
  // Another job of the same matrix, which builds other containers.
  expect(await run({ job: 'a', containers: [OTHER], built: ['tool-of-other'] })).toMatchObject({ has: 3 })
  expect(await run({ job: 'a' })).toMatchObject({ restored: 1 })
  const prefixes = asked.map(([, own]) => own)
  expect(new Set(prefixes).size).toBe(4)
  expect(new Set(asked.map(([, , all]) => all)).size).toBe(1)
})

test('removes damaged paths, and saves the repaired cache under a new key', async () => {
  const { key } = await run({ built: ['tool'] })
  const nars = join(saved[0]?.copy ?? '', 'nar')
  truncateSync(join(nars, readdirSync(nars)[0] ?? ''), 3)
  const repaired = await run({ built: ['tool'] })
  expect(repaired).toMatchObject({ uri: undefined, restored: 0, has: 1 })
  expect(repaired.key).toMatch(new RegExp(`^${key}-`))
  expect(await run({ built: ['tool'] })).toMatchObject({ restored: 1, key: undefined })
})
