import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { BuiltArchive } from '../src/command/shared/build-report.js'
import { type CachixStandIn, startCachix } from './support/cachix.js'
import { type Machine, type MachineOptions, openMachine, outputOf } from './support/machine.js'
import { leaksBelow, leaksIn } from './support/planted.js'
import { addFlake, makeSignedCache, type SignedCache } from './support/signed-cache.js'

const TOKEN = 'plantedTokenOfCachix'
const PASSWORD = 'plantedPasswordOfNetrc'
const OTHER_KEY = `e2e-cache-1:${Buffer.alloc(32, 7).toString('base64')}`

const CURRENT: MachineOptions = { nix: 'current' }
const TRUSTED: MachineOptions = { user: 'runner', daemon: true, conf: ['trusted-users = root runner'] }
const MACHINES: readonly (readonly [string, MachineOptions])[] = [
  ['current Nix', CURRENT],
  ['Nix 2.8', { nix: 'debian-12' }],
  ['a user without rights whom a daemon trusts', TRUSTED],
]

let cache: SignedCache
beforeAll(async () => {
  cache = await makeSignedCache()
})
afterAll(() => cache.remove())

let machine: Machine
let cachix: CachixStandIn
let said: string[]
beforeEach(async () => {
  const { folder, publicKey } = cache
  const signed = { folder, publicSigningKeys: [publicKey] }
  // Nix remembers what an address said, so each test has a port of its own.
  cachix = await startCachix({
    mine: signed,
    other: { folder, publicSigningKeys: [OTHER_KEY] },
    private: { ...signed, token: TOKEN },
    netrc: { ...signed, token: PASSWORD },
  })
  machine = openMachine()
  addFlake(machine)
  said = []
})
afterEach(async () => {
  await cachix.close()
  const planted = { token: TOKEN, password: PASSWORD }
  const leaks = [...leaksIn(said.join('\n'), planted), ...leaksBelow(machine.folder, planted)]
  machine.remove()
  expect(leaks).toEqual([])
})

interface Outcome {
  /** The image is the cache's own, and so was not built. */
  readonly isTaken: boolean
  readonly stderr: string
  readonly warnings: readonly string[]
}

async function build(flags: readonly string[], options: MachineOptions): Promise<Outcome> {
  const what = ['--flake', 'path:flake', '--containers', 'app', '--json', '--verbose']
  // Nix waits long between its five attempts.
  const result = await machine.cli(
    ['build', ...what, '--nix-conf', 'download-attempts = 2', ...flags],
    options,
  )
  said.push(result.stdout, result.stderr)
  const [built] = JSON.parse(outputOf(result)) as BuiltArchive[]
  const warnings = result.stderr.match(/^warning: .*/gm) ?? []
  return { isTaken: built?.digest === cache.digest, stderr: result.stderr, warnings }
}

const fromCachix = (names: string, options: MachineOptions): Promise<Outcome> =>
  build(['--cachix', names, '--cachix-host', cachix.host], options)

const contents = () => cachix.asked.filter(({ path }) => path.includes('/nar/'))

function expectBuilt({ isTaken, warnings }: Outcome, warning: string | RegExp): void {
  expect(isTaken).toBe(false)
  expect(warnings).toEqual([expect.stringMatching(warning)])
}

function expectTaken({ isTaken, stderr, warnings }: Outcome): void {
  expect(isTaken).toBe(true)
  expect(stderr).not.toMatch(/building '.*\.drv'/)
  expect(warnings).toEqual([])
}

describe.each(MACHINES)('%s', (_, options) => {
  test('what a Cachix cache has is taken and not built', async () => {
    expectTaken(await fromCachix('mine', options))
    expect(contents()).toHaveLength(1)
  })

  test('what is signed by another key than Cachix names is refused and built', async () => {
    const warning = `The cache ${cachix.uri('other')} was of no use: .* not signed by a key that is trusted`
    expectBuilt(await fromCachix('other', options), warning)
    expect(contents()).toEqual([])
  })

  test('a private Cachix cache without the token: a warning, and it is built', async () => {
    expectBuilt(await fromCachix('private', options), /Cachix cache private is not used: .*cachix-auth-token/)
  })

  test('a private Cachix cache with the token: it is taken from', async () => {
    expectTaken(await fromCachix('private', { ...options, env: { CACHIX_AUTH_TOKEN: TOKEN } }))
  })

  test('any other cache, with credentials of a netrc', async () => {
    const flags = [
      '--extra-substituters',
      cachix.uri('netrc'),
      '--extra-trusted-public-keys',
      cache.publicKey,
    ]
    const env = { NIX_MULTIARCH_NETRC: `machine 127.0.0.1 login me password ${PASSWORD}` }
    expectTaken(await build(flags, { ...options, env }))
  })

  test.each([
    ['breaks off', /\.narinfo$/, 'down'],
    ['answers 500', /\.narinfo$/, 500],
    ['answers 500 for what it says it has', /\/nar\//, 500],
    ['lacks what it says it has', /\/nar\//, 404],
  ] as const)('a cache that %s in the midst of a build: a warning, and it is built', async (...row) => {
    const [, troubled, trouble] = row
    Object.assign(cachix, { troubled, trouble })
    const { isTaken, warnings } = await fromCachix('mine', options)
    expect(isTaken).toBe(false)
    expect(warnings[0]).toContain(`The cache ${cachix.uri('mine')} was of no use`)
  })
})

test('Nix 2.8 crashes when a cache fails, so it builds again without that one, also behind a daemon', async () => {
  Object.assign(cachix, { troubled: /\/nar\//, trouble: 500 })
  const { isTaken, warnings } = await fromCachix('mine', { ...TRUSTED, nix: 'debian-12' })
  expect(isTaken).toBe(false)
  expect(warnings).toContain(`warning: app for x86_64-linux: built again without ${cachix.uri('mine')}`)
})

describe('found out before Nix is set up', () => {
  test.each([
    ['Cachix breaks off', /^\/api\//, 'down'],
    ['Cachix answers 500', /^\/api\//, 500],
    ['the cache breaks off', /^\/caches\//, 'down'],
    ['the cache answers 500', /^\/caches\//, 500],
  ] as const)('%s: a warning, and it is built', async (_, troubled, trouble) => {
    Object.assign(cachix, { troubled, trouble })
    expectBuilt(await fromCachix('mine', CURRENT), /cache (mine|http:\S+\/caches\/mine) is not used: /)
  })

  test('nobody listens there: a warning, and it is built', async () => {
    const nowhere = ['--cachix', 'mine', '--cachix-host', 'http://127.0.0.1:1']
    expectBuilt(await build(nowhere, CURRENT), /Cachix cache mine is not used: Cachix cannot be reached/)
  })

  test('Cachix does not know one name: it is named, and another cache is taken from', async () => {
    const { isTaken, warnings } = await fromCachix('unknown mine', CURRENT)
    expect(isTaken).toBe(true)
    expect(warnings).toEqual([
      expect.stringMatching(/Cachix cache unknown is not used: there is no such cache/),
    ])
  })

  test('a cache that wants credentials: a warning, and it is built', async () => {
    const flags = ['--extra-substituters', cachix.uri('netrc')]
    expectBuilt(await build(flags, CURRENT), /\/caches\/netrc is not used: it wants credentials/)
  })
})
