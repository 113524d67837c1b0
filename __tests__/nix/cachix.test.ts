import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type CachixStandIn, startCachix } from '../../e2e/support/cachix.js'
import { readCachixCaches } from '../../src/nix/cachix.js'
import { selfSigned } from '../http/self-signed.js'
import { rejection, withFolder } from './fakes.js'

const KEY = 'test-1:igzpJBtavxJ/d88Xnpmrv9BYclmhOvRCifxM9XM6GW0='
const folder = '/nowhere'
const NOT_TRUSTED = 'its URL is not a valid https:// URL without credentials'
/** Does not wait. */
const clock = { now: Date.now, random: () => 0, sleep: async () => {} }

let cachix: CachixStandIn
beforeEach(async () => {
  cachix = await startCachix({
    open: { folder, publicSigningKeys: [KEY] },
    closed: { folder, publicSigningKeys: [KEY], token: 'secret' },
    unsigned: { folder, publicSigningKeys: [] },
    odd: { folder, publicSigningKeys: ['test-1:short='] },
  })
})
afterEach(() => cachix.close())

const ask = (names: string[], more: { token?: string; timeout?: number; signal?: AbortSignal } = {}) =>
  readCachixCaches(names, { host: cachix.host, clock, ...more })

describe('reading Cachix caches', () => {
  test('returns URLs and keys, and requests each cache once', async () => {
    const { caches, warnings } = await ask(['open', 'closed', 'open'], { token: 'secret' })
    expect(caches).toEqual([
      { name: 'open', uri: cachix.uri('open'), publicSigningKeys: [KEY], isPublic: true },
      { name: 'closed', uri: cachix.uri('closed'), publicSigningKeys: [KEY], isPublic: false },
    ])
    expect(warnings).toEqual([])
    expect(cachix.requests).toHaveLength(2)
    expect(cachix.requests.every(({ authorization }) => authorization === 'Bearer secret')).toBe(true)
  })

  test.each([
    [
      'unknown',
      undefined,
      'it does not exist; check the name, and set `cachix-auth-token` if the cache is private',
    ],
    [
      'closed',
      undefined,
      'it is not public; check the name, and set `cachix-auth-token` if the cache is private',
    ],
    ['closed', 'wrong', '`cachix-auth-token` has no access to it; check the token'],
    ['unsigned', undefined, 'it has no public key, so its paths cannot be verified'],
    ['odd', undefined, 'one of its public keys is malformed'],
  ])('skips %s with the token %s, and uses the other cache', async (name, token, why) => {
    const { caches, warnings } = await ask([name, 'open'], token === undefined ? {} : { token })
    expect(caches.map(cache => cache.name)).toEqual(['open'])
    const { host } = new URL(cachix.host)
    expect(warnings).toEqual([`The Cachix cache ${name} is not used: ${why} (server: ${host})`])
  })

  test('retries if the server is busy, and then skips the cache', async () => {
    cachix.fault = 503
    const { warnings } = await ask(['open'])
    expect(warnings).toEqual([expect.stringContaining('open is not used: Cachix answered with status 503')])
    expect(cachix.requests.map(({ status }) => status)).toEqual([503, 503, 503])
  })

  test('skips the cache if the connection fails or times out', async () => {
    cachix.fault = 'down'
    expect((await ask(['open'])).warnings[0]).toMatch(
      /open is not used: the connection to 127\.0\.0\.1:\d+ failed: \S+/,
    )
    cachix.fault = 'silent'
    const { warnings } = await ask(['open'], { timeout: 50 })
    expect(warnings).toEqual([expect.stringContaining('did not answer within 0.05 s')])
  })

  test('throws if it is aborted', async () => {
    cachix.fault = 'silent'
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 50)
    expect((await rejection(ask(['open'], { signal: stop.signal }))).name).toBe('AbortError')
  })

  test.each(['', 'a/b', '../x', 'a b', '-a', 'x?y', 'my-cache.cachix.org'])(
    'rejects the name %j',
    async name => {
      const error = await rejection(ask([name]))
      expect(error.message).toBe(`${JSON.stringify(name)} is not the name of a Cachix cache`)
      expect(cachix.requests).toEqual([])
    },
  )

  test.each([
    ['cachix.org', undefined],
    ['ftp://cachix.org', undefined],
    ['http://cachix.example.org', 'secret'],
  ])('rejects the server %s with the token %s', async (host, token) => {
    const error = await rejection(readCachixCaches(['open'], { host, clock, ...(token && { token }) }))
    expect(error.message).toBe(`${JSON.stringify(host)} is not the URL of a Cachix server`)
  })

  test('sends no request if there are no names', async () => {
    expect(await readCachixCaches([], { host: 'nonsense' })).toEqual({ caches: [], warnings: [] })
  })

  const readFrom = async (answer: unknown, location?: string) => {
    const seen: (string | undefined)[] = []
    const server = createServer(({ headers }, response) => {
      seen.push(headers.authorization)
      response.writeHead(location ? 302 : 200, location ? { location } : {})
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const { caches, warnings } = await readCachixCaches(['x'], { host, clock, token: 'secret' })
    server.close()
    return { caches, warnings, seen }
  }

  test('does not follow a redirect to another origin, which would get the token', async () => {
    const { warnings } = await readFrom('', `${cachix.host}/api/v1/cache/open`)
    expect(warnings).toEqual([expect.stringContaining('Cachix answered with status 302')])
    expect(cachix.requests).toEqual([])
  })

  test.each<[string, unknown, string]>([
    ['a page', '<html>', 'Cachix sent an invalid response'],
    ['a list', [], 'Cachix sent an invalid response'],
    ['no keys', { uri: 'http://x' }, 'Cachix sent an invalid response'],
    ['a file', { uri: 'file:///etc', publicSigningKeys: [KEY] }, NOT_TRUSTED],
    ['two words', { uri: 'http://a b', publicSigningKeys: [KEY] }, NOT_TRUSTED],
    ['a password', { uri: 'http://a:b@c', publicSigningKeys: [KEY] }, NOT_TRUSTED],
  ])('rejects a response with %s', async (_, answer, why) => {
    const { caches, warnings } = await readFrom(answer)
    expect(caches).toEqual([])
    expect(warnings).toEqual([expect.stringContaining(why)])
  })

  test('rejects a cache over HTTP from an API over HTTPS', () =>
    withFolder(async folder => {
      const answer = { uri: 'http://x.cachix.org', publicSigningKeys: [KEY], isPublic: true }
      const tls = selfSigned()
      const server = createSecureServer(tls, (_, response) => response.end(JSON.stringify(answer)))
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
      const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
      const env = { SSL_CERT_FILE: join(folder, 'ca.pem') }
      await writeFile(env.SSL_CERT_FILE, tls.cert)
      const { warnings } = await readCachixCaches(['x'], { host: `https://${host}`, env, clock })
      server.close()
      expect(warnings).toEqual([`The Cachix cache x is not used: ${NOT_TRUSTED} (server: ${host})`])
    }))
})
