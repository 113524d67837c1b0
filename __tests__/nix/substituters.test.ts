import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type CachixStandIn, startCachix } from '../../e2e/support/cachix.js'
import { chooseSubstituters, type SubstituterInputs } from '../../src/nix/substituters.js'
import { rejection, withFolder } from './fakes.js'

const KEY = 'test-1:igzpJBtavxJ/d88Xnpmrv9BYclmhOvRCifxM9XM6GW0='
const OTHER = 'cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY='
const clock = { now: Date.now, random: () => 0, sleep: async () => {} }

let servers: CachixStandIn[] = []
beforeEach(() => {
  servers = []
})
afterEach(() => Promise.all(servers.map(server => server.close())))

/** Serves a cache for each name. `info` is the text of its `nix-cache-info`. A cache with a token is private. */
const serve = async (folder: string, caches: Record<string, { info?: string; token?: string }>) => {
  const all = Object.entries(caches).map(async ([name, { info, token }]) => {
    await mkdir(join(folder, name), { recursive: true })
    if (info !== undefined) await writeFile(join(folder, name, 'nix-cache-info'), info)
    return [name, { folder: join(folder, name), publicSigningKeys: [KEY], ...(token && { token }) }] as const
  })
  const server = await startCachix(Object.fromEntries(await Promise.all(all)))
  servers.push(server)
  return server
}

const INFO = 'StoreDir: /nix/store\n'
const choose = (inputs: Partial<SubstituterInputs>, timeout = 5000) =>
  chooseSubstituters({ substituters: [], publicKeys: [], cachix: [], ...inputs }, { clock, timeout })

describe('choosing substituters', () => {
  test('uses the caches that respond, in order and once each', () =>
    withFolder(async folder => {
      const server = await serve(folder, { a: { info: INFO }, b: { info: INFO } })
      const [a, b] = [`${server.uri('a')}/?priority=3`, server.uri('b')]
      const chosen = await choose({ substituters: [b, a, b, 's3://bucket'], publicKeys: [KEY, KEY] })
      expect(chosen).toEqual({
        substituters: [b, a, 's3://bucket'],
        publicKeys: [KEY],
        netrc: '',
        warnings: [],
      })
      expect(server.requests.map(({ path }) => path).sort()).toEqual([
        '/caches/a/nix-cache-info',
        '/caches/b/nix-cache-info',
      ])
    }))

  test.each<[string, { info?: string; token?: string }, string]>([
    ['does not exist', {}, 'it does not exist; check the URL'],
    ['is a web page', { info: '<html>' }, 'it is not a binary cache; check the URL'],
    ['has another store', { info: 'StoreDir: /home/nix\n' }, 'its store is /home/nix, not /nix/store'],
    ['is private', { info: INFO, token: 'secret' }, 'it requires credentials; set `netrc`'],
  ])('skips a cache that %s, with a warning', (_, cache, why) =>
    withFolder(async folder => {
      const server = await serve(folder, { a: { info: INFO }, b: cache })
      const chosen = await choose({ substituters: [server.uri('a'), server.uri('b')] })
      expect(chosen.substituters).toEqual([server.uri('a')])
      expect(chosen.warnings).toEqual([`The cache ${server.uri('b')} is not used: ${why}`])
    }),
  )

  test('skips a cache that is down, busy or silent after a short time', () =>
    withFolder(async folder => {
      const server = await serve(folder, { a: { info: INFO } })
      const warnings = []
      for (const trouble of ['down', 500, 'silent'] as const) {
        server.fault = trouble
        const chosen = await choose({ substituters: [server.uri('a')] }, 50)
        expect(chosen.substituters).toEqual([])
        warnings.push(...chosen.warnings)
      }
      expect(warnings).toEqual([
        expect.stringMatching(/is not used: the connection to 127\.0\.0\.1:\d+ failed: \S+/),
        expect.stringContaining('it responded with status 500'),
        expect.stringContaining('did not answer within 0.05 s'),
      ])
    }))

  test('sends a cache only the credentials for its machine', () =>
    withFolder(async folder => {
      const server = await serve(folder, { a: { info: INFO, token: 'secret' } })
      const substituters = [server.uri('a')]
      const right = await choose({ substituters, netrc: 'machine 127.0.0.1 login x password secret' })
      expect(right).toMatchObject({ substituters, warnings: [] })
      const wrong = await choose({ substituters, netrc: 'machine 127.0.0.1 password other' })
      expect(wrong.warnings).toEqual([expect.stringContaining('does not accept the credentials in `netrc`')])
      const none = await choose({ substituters, netrc: 'machine localhost password secret' })
      expect(none.warnings).toEqual([expect.stringContaining('it requires credentials')])
      expect(server.requests.at(-1)).not.toHaveProperty('authorization')
    }))

  test('does not send credentials to a cache with plain HTTP on another machine', async () => {
    const netrc = 'machine cache.invalid login x password secret'
    const { substituters, warnings } = await choose({ substituters: ['http://cache.invalid'], netrc })
    expect(substituters).toEqual([])
    expect(warnings).toEqual([
      'The cache http://cache.invalid is not used: http://cache.invalid/nix-cache-info is plain HTTP, so the password ' +
        'for it would not be encrypted. Use an https URL, or remove the password.',
    ])
  })

  test.each(['file:/%', 'file:///%zz', 'file:/%00', 'file://%41/x'])(
    'a folder that does not exist, %s, is not used',
    async address => {
      const { substituters, warnings } = await choose({ substituters: [address] })
      expect(substituters).toEqual([])
      expect(warnings).toEqual([expect.stringMatching(/is not used: there is no folder \//)])
    },
  )

  test('uses the existing netrc and does not write another', () =>
    withFolder(async folder => {
      const server = await serve(folder, { a: { info: INFO, token: 'secret' } })
      const existingNetrc = 'machine 127.0.0.1 password secret\n'
      const chosen = await choose({ substituters: [server.uri('a')], existingNetrc })
      expect(chosen).toMatchObject({ substituters: [server.uri('a')], netrc: '', warnings: [] })
    }))

  test('adds the keys of Cachix caches, and netrc entries for private caches', () =>
    withFolder(async folder => {
      const server = await serve(folder, { open: { info: INFO }, closed: { info: INFO, token: 'secret' } })
      const cachix = [
        { name: 'open', uri: server.uri('open'), publicSigningKeys: [KEY], isPublic: true },
        { name: 'closed', uri: server.uri('closed'), publicSigningKeys: [OTHER], isPublic: false },
      ]
      const chosen = await choose({ cachix, cachixToken: 'secret' })
      expect(chosen).toEqual({
        substituters: [server.uri('open'), server.uri('closed')],
        publicKeys: [KEY, OTHER],
        netrc: 'machine 127.0.0.1 login "" password secret\n',
        warnings: [],
      })
      const without = await choose({ cachix, cachixToken: 'wrong' })
      expect(without).toMatchObject({ substituters: [server.uri('open')], publicKeys: [KEY] })
    }))

  test('checks that the folder of a cache exists', () =>
    withFolder(async folder => {
      const existing = `${pathToFileURL(folder)}?trusted=1`
      const missing = pathToFileURL(join(folder, 'missing')).href
      const chosen = await choose({ substituters: [existing, missing] })
      expect(chosen.substituters).toEqual([existing])
      expect(chosen.warnings).toEqual([
        `The cache ${missing} is not used: there is no folder ${join(folder, 'missing')}`,
      ])
    }))
})

describe('rejects malformed values', () => {
  test.each([
    ['cache.example.org', '"cache.example.org" is not the URL of a Nix store or binary cache'],
    ['https://a#b', '"https://a#b" is not the URL of a Nix store or binary cache'],
    ['https://me:secret@example.org/x', 'The URL of the cache example.org contains a password'],
  ])('the URL %s', async (address, message) => {
    const error = await rejection(choose({ substituters: [address] }))
    expect(error.message).toBe(message)
    expect(`${error.message} ${error.hint}`).not.toContain('secret')
  })

  test.each(['cache', 'cache:', 'cache:short=', `cache${KEY.slice(6).slice(0, -2)}=`])(
    'the key %s',
    async key => {
      expect((await rejection(choose({ publicKeys: [key] }))).message).toBe(
        `${JSON.stringify(key)} is not the public key of a binary cache`,
      )
    },
  )

  test('a secret key instead of a public key, without quoting it', async () => {
    const secret = `mine-1:${Buffer.alloc(64, 7).toString('base64')}`
    const error = await rejection(choose({ publicKeys: [secret] }))
    expect(error.message).toBe('The key mine-1 is a secret key, not a public one')
  })
})
