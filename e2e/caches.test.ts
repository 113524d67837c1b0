import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { parseResult } from '../__tests__/support/output.js'
import type { CacheCheck } from '../src/command/cache.js'
import type { BuiltArchive } from '../src/command/shared/build-report.js'
import { type CachixStandIn, startCachix } from './support/cachix.js'
import { type Machine, type MachineOptions, openMachine, outputOf, resultOf } from './support/machine.js'
import { leaksBelow, leaksIn } from './support/planted.js'
import { addFlake, makeSignedCache, nix, type SignedCache } from './support/signed-cache.js'

const TOKEN = 'plantedTokenOfCachix'
const PASSWORD = 'plantedPasswordOfNetrc'
const OTHER_KEY = `e2e-cache-1:${Buffer.alloc(32, 7).toString('base64')}`

const CURRENT: MachineOptions = { nix: 'current' }
const TRUSTED: MachineOptions = { user: 'runner', daemon: true, conf: ['trusted-users = root runner'] }
const MACHINES: readonly (readonly [string, MachineOptions])[] = [
  ['current Nix', CURRENT],
  ['Nix 2.8', { nix: 'debian-12' }],
  ['a user without privileges who is a trusted user of a daemon', TRUSTED],
]

let cache: SignedCache
beforeAll(async () => {
  cache = await makeSignedCache()
})
afterAll(() => cache.remove())

let machine: Machine
let cachix: CachixStandIn
let outputs: string[]
beforeEach(async () => {
  const { folder, publicKey } = cache
  const signed = { folder, publicSigningKeys: [publicKey] }
  // Nix caches answers by URL, so each test needs another port.
  cachix = await startCachix({
    mine: signed,
    other: { folder, publicSigningKeys: [OTHER_KEY] },
    private: { ...signed, token: TOKEN },
    netrc: { ...signed, token: PASSWORD },
  })
  machine = openMachine()
  addFlake(machine)
  outputs = []
})
afterEach(async () => {
  await cachix.close()
  const planted = { token: TOKEN, password: PASSWORD }
  const leaks = [...leaksIn(outputs.join('\n'), planted), ...leaksBelow(machine.folder, planted)]
  machine.remove()
  expect(leaks).toEqual([])
})

interface Outcome {
  /** Whether the image is the one from the cache. */
  readonly isFromCache: boolean
  readonly stderr: string
  readonly warnings: readonly string[]
}

async function build(flags: readonly string[], options: MachineOptions): Promise<Outcome> {
  const what = ['--flake', 'path:flake', '--containers', 'app', '--json', '--verbose']
  // By default, Nix makes five attempts with long pauses.
  const result = await machine.cli(
    ['build', ...what, '--nix-conf', 'download-attempts = 2', ...flags],
    options,
  )
  outputs.push(result.stdout, result.stderr)
  const [built] = resultOf<BuiltArchive[]>(result)
  const warnings = result.stderr.match(/^warning: .*/gm) ?? []
  return { isFromCache: built?.digest === cache.digest, stderr: result.stderr, warnings }
}

const fromCachix = (names: string, options: MachineOptions): Promise<Outcome> =>
  build(['--cachix', names, '--cachix-host', cachix.host], options)

const contents = () => cachix.requests.filter(({ path }) => path.includes('/nar/'))

function expectBuilt({ isFromCache, warnings }: Outcome, warning: string | RegExp): void {
  expect(isFromCache).toBe(false)
  expect(warnings).toEqual([expect.stringMatching(warning)])
}

function expectFromCache({ isFromCache, stderr, warnings }: Outcome): void {
  expect(isFromCache).toBe(true)
  expect(stderr).not.toMatch(/building '.*\.drv'/)
  expect(warnings).toEqual([])
}

describe.each(MACHINES)('%s', (_, options) => {
  test('paths in a Cachix cache are downloaded instead of built', async () => {
    expectFromCache(await fromCachix('mine', options))
    expect(contents()).toHaveLength(1)
  })

  test('a path that is not signed with the key from Cachix is refused and built', async () => {
    const warning = `Problem with the cache ${cachix.uri('other')}: .* not signed by a trusted key`
    expectBuilt(await fromCachix('other', options), warning)
    expect(contents()).toEqual([])
  })

  test('a private Cachix cache without a token: a warning, and the image is built', async () => {
    expectBuilt(await fromCachix('private', options), /Cachix cache private is not used: .*CACHIX_AUTH_TOKEN/)
  })

  test('a private Cachix cache with a token: the image is downloaded', async () => {
    expectFromCache(await fromCachix('private', { ...options, env: { CACHIX_AUTH_TOKEN: TOKEN } }))
  })

  test('another cache with credentials from a netrc: the image is downloaded', async () => {
    const flags = [
      '--extra-substituters',
      cachix.uri('netrc'),
      '--extra-trusted-public-keys',
      cache.publicKey,
    ]
    const env = { NIX_MULTIARCH_NETRC: `machine 127.0.0.1 login me password ${PASSWORD}` }
    expectFromCache(await build(flags, { ...options, env }))
  })

  test.each([
    ['breaks off', /\.narinfo$/, 'down'],
    ['answers 500', /\.narinfo$/, 500],
    ['answers 500 for a file that it lists', /\/nar\//, 500],
    ['answers 404 for a file that it lists', /\/nar\//, 404],
  ] as const)('a cache that %s during a build: a warning, and the image is built', async (...row) => {
    const [, faultPaths, fault] = row
    Object.assign(cachix, { faultPaths, fault })
    const { isFromCache, warnings } = await fromCachix('mine', options)
    expect(isFromCache).toBe(false)
    expect(warnings[0]).toContain(`Problem with the cache ${cachix.uri('mine')}: `)
  })
})

test.each(MACHINES)(
  '%s: a cache that answers 500 for an image with a stream: the stream is built',
  async (_, options) => {
    Object.assign(cachix, { faultPaths: /\.narinfo$/, fault: 500 })
    const flags = [
      '--flake',
      'path:flake',
      '--containers',
      'streaming',
      '--nix-conf',
      'download-attempts = 2',
    ]
    const from = ['--cachix', 'mine', '--cachix-host', cachix.host]
    const result = await machine.cli(['build', ...flags, ...from, '--json', '--verbose'], options)
    outputs.push(result.stdout, result.stderr)
    expect(resultOf<BuiltArchive[]>(result)).toHaveLength(1)
    expect(result.stderr).toMatch(/building '\S+-streaming-stream\.tar\.drv'/)
    expect(result.stderr).not.toMatch(/building '\S+-streaming\.tar\.drv'/)
    expect(result.stderr).toContain(`warning: Problem with the cache ${cachix.uri('mine')}: `)
  },
)

test('Nix 2.8 with a daemon: it crashes if a cache fails, so the build is repeated without this cache', async () => {
  Object.assign(cachix, { faultPaths: /\/nar\//, fault: 500 })
  const { isFromCache, warnings } = await fromCachix('mine', { ...TRUSTED, nix: 'debian-12' })
  expect(isFromCache).toBe(false)
  expect(warnings).toContain(
    `warning: app for x86_64-linux: the build failed, retrying without ${cachix.uri('mine')}`,
  )
})

describe('caches that are checked before Nix is configured', () => {
  test.each([
    ['Cachix breaks off', /^\/api\//, 'down'],
    ['Cachix answers 500', /^\/api\//, 500],
    ['the cache breaks off', /^\/caches\//, 'down'],
    ['the cache answers 500', /^\/caches\//, 500],
  ] as const)('%s: a warning, and the image is built', async (_, faultPaths, fault) => {
    Object.assign(cachix, { faultPaths, fault })
    expectBuilt(await fromCachix('mine', CURRENT), /cache (mine|http:\S+\/caches\/mine) is not used: /)
  })

  test('Cachix cannot be reached: a warning, and the image is built', async () => {
    const nowhere = ['--cachix', 'mine', '--cachix-host', 'http://127.0.0.1:1']
    expectBuilt(await build(nowhere, CURRENT), /Cachix cache mine is not used: the connection to \S+ failed/)
  })

  test('a cache is unknown to Cachix: a warning with its name, and the other cache is used', async () => {
    const { isFromCache, warnings } = await fromCachix('unknown mine', CURRENT)
    expect(isFromCache).toBe(true)
    expect(warnings).toEqual([expect.stringMatching(/Cachix cache unknown is not used: it does not exist/)])
  })

  test('a cache needs credentials: a warning, and the image is built', async () => {
    const flags = ['--extra-substituters', cachix.uri('netrc')]
    expectBuilt(await build(flags, CURRENT), /\/caches\/netrc is not used: it requires credentials/)
  })
})

describe.each([
  ['current Nix', CURRENT],
  ['Nix 2.8', { nix: 'debian-12' }],
] as const)('an image with a stream and %s: `build` and `cache check` agree', (_, options) => {
  // Nix itself, unlike the command line, does not build as root without build users by default.
  const asRoot = { ...options, conf: ['build-users-group ='] }

  /** Builds the attributes on another machine, and copies them to a new binary cache without signatures. */
  async function cacheOf(...attributes: string[]): Promise<string> {
    const folder = join(machine.work, 'with-some')
    mkdirSync(folder)
    writeFileSync(join(folder, 'nix-cache-info'), 'StoreDir: /nix/store\n')
    const other = openMachine(asRoot)
    addFlake(other)
    for (const attribute of attributes) {
      const store = `file://${other.work}/cache`
      outputOf(await nix(other, ['copy', '--to', store, `path:flake#streaming${attribute}`]))
      cpSync(join(other.work, 'cache'), folder, { recursive: true })
    }
    other.remove()
    return `file://${folder}?trusted=1`
  }

  async function buildAndCheck(
    store: string,
  ): Promise<{ built: string[]; copied: string[]; check: CacheCheck }> {
    const flags = ['--flake', 'path:flake', '--containers', 'streaming', '--json']
    const checked = await machine.cli(['cache', 'check', ...flags, '--store', store], options)
    const [check] = parseResult<CacheCheck[]>(checked.stdout)
    const extra = ['--extra-substituters', store, '--verbose']
    const result = await machine.cli(['build', ...flags, ...extra], options)
    expect(resultOf<BuiltArchive[]>(result)).toHaveLength(1)
    const namesAfter = (pattern: RegExp): string[] =>
      [...result.stderr.matchAll(pattern)].map(([, name = '']) => name).sort()
    return {
      built: namesAfter(/building '\/nix\/store\/\w{32}-(\S+)\.drv'/g),
      copied: namesAfter(/copying path '\/nix\/store\/\w{32}-(\S+)' from/g),
      check: check as CacheCheck,
    }
  }

  test('only the image is in the cache: it is downloaded, and nothing is built', async () => {
    const { built, copied, check } = await buildAndCheck(await cacheOf(''))
    expect(check).toMatchObject({ cached: true, lacking: [] })
    expect(built).toEqual([])
    expect(copied).toContain('streaming.tar')
  })

  test('only the stream script is in the cache: it is downloaded, and nothing is built', async () => {
    const { built, copied, check } = await buildAndCheck(await cacheOf('.stream'))
    expect(check).toMatchObject({ cached: true, lacking: [] })
    expect(built).toEqual([])
    expect(copied).toContain('streaming-stream.tar')
    expect(copied).not.toContain('streaming.tar')
  })

  test('both are in the cache: the stream script is used', async () => {
    const { built, copied, check } = await buildAndCheck(await cacheOf('', '.stream'))
    expect(check).toMatchObject({ cached: true, lacking: [] })
    expect(built).toEqual([])
    expect(copied).not.toContain('streaming.tar')
  })

  test('neither is in the cache: the stream script is built', async () => {
    const { built, check } = await buildAndCheck(await cacheOf())
    expect(check.lacking.map(name => name.slice(33))).toEqual(['tool.drv', 'streaming-stream.tar.drv'])
    expect(built).toEqual(['streaming-stream.tar', 'tool'])
  })

  test('the image is in the store of this machine: it is used, although the script could be downloaded', async () => {
    const store = await cacheOf('.stream')
    outputOf(await nix(machine, ['build', '--no-link', 'path:flake#streaming'], asRoot))
    const { built, copied } = await buildAndCheck(store)
    expect([built, copied]).toEqual([[], []])
  })
})
