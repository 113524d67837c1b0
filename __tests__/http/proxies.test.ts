import http from 'node:http'
import https from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { networkOf } from '../../src/http/network.js'
import { type ClientOptions, RegistryClient } from '../../src/registry/client.js'
import { Repository } from '../../src/registry/repository.js'
import { failureOf, index, TestClock } from '../registry/fixture.js'
import { pushIndex } from '../support/push.js'
import { startRegistry, type TestRegistry } from '../support/registry.js'
import { startWebProxy, type WebProxyOptions, type WebProxyServer } from '../support/web-proxy.js'
import { selfSigned } from './self-signed.js'

const HOST = 'registry.example'
const LOGIN = { user: 'me', password: 'word' }
const TLS = selfSigned(HOST)

interface Rig {
  readonly registry: TestRegistry
  readonly proxy: WebProxyServer
  /** The repository through the proxy. `login` is the start of the proxy's address: `me:word@`. */
  repository(login?: string, options?: ClientOptions): Repository
  readonly clock: TestClock
}

/** A registry with TLS whose name only the proxy can resolve. */
async function withProxy(options: WebProxyOptions, task: (rig: Rig) => Promise<void>): Promise<void> {
  const registry = await startRegistry({ tls: TLS })
  const proxy = await startWebProxy(Number(new URL(registry.url).port), options)
  const clock = new TestClock()
  const clients: RegistryClient[] = []
  const repository = (login = '', more: ClientOptions = {}): Repository => {
    const scheme = options.tls ? 'https' : 'http'
    const agents = {
      http: new http.Agent({ keepAlive: true }),
      https: new https.Agent({ keepAlive: true, ca: TLS.cert }),
    }
    const { proxies } = networkOf({ HTTPS_PROXY: `${scheme}://${login}${proxy.address}` })
    const client = new RegistryClient({ clock, agents, proxies, ...more })
    clients.push(client)
    return new Repository(client, { registry: HOST, repository: 'owner/app' })
  }
  try {
    await task({ registry, proxy, repository, clock })
  } finally {
    for (const client of clients) client.close()
    await proxy.close()
    await registry.close()
  }
}

describe('a push through a proxy', () => {
  test.each<[string, WebProxyOptions]>([
    ['without TLS', {}],
    ['with TLS', { tls: TLS }],
    ['with a login', { login: LOGIN }],
  ])('%s opens few tunnels', (_, options) =>
    withProxy(options, async ({ registry, proxy, repository }) => {
      await pushIndex(index('a', 200_000), repository('me:word@'), ['latest'])
      expect(registry.tag('owner/app', 'latest')).toBe(index('a', 200_000).blob.digest)
      expect(new Set(proxy.asked)).toEqual(new Set([`CONNECT ${HOST}:443`]))
      expect(registry.log.length).toBeGreaterThan(15)
      expect(proxy.asked.length).toBeLessThan(10)
    }),
  )

  test('sends plain HTTP requests with absolute URLs over reused connections', async () => {
    const registry = await startRegistry()
    const proxy = await startWebProxy(Number(new URL(registry.url).port), { login: LOGIN })
    const address = `http://me:word@${proxy.address}`
    const { proxies } = networkOf({ http_proxy: address, https_proxy: address })
    const client = new RegistryClient({ clock: new TestClock(), proxies, insecure: true })
    try {
      const to = new Repository(client, { registry: `${HOST}:5000`, repository: 'owner/app' })
      await pushIndex(index('a', 200_000), to, ['latest'])
      expect(registry.tag('owner/app', 'latest')).toBe(index('a', 200_000).blob.digest)
      expect(registry.log[0]?.headers.host).toBe(`${HOST}:5000`)
      expect(registry.log.some(({ headers }) => 'proxy-authorization' in headers)).toBe(false)
      const [first, ...others] = proxy.asked
      expect(first).toBe(`CONNECT ${HOST}:5000`)
      expect(others.filter(asked => !asked.includes(` http://${HOST}:5000/v2/owner/app/`))).toEqual([])
      expect(proxy.connections()).toBeLessThan(others.length / 2)
    } finally {
      client.close()
      await proxy.close()
      await registry.close()
    }
  })

  test('is not used for a registry on this machine', async () => {
    const registry = await startRegistry()
    const { proxies } = networkOf({ http_proxy: 'http://127.0.0.1:1' })
    const client = new RegistryClient({ clock: new TestClock(), proxies })
    try {
      expect(await new Repository(client, registry.reference('owner/app')).listTags()).toEqual([])
    } finally {
      client.close()
      await registry.close()
    }
  })
})

describe('a proxy that', () => {
  test('requires a login is reported at once, without the wrong password', () =>
    withProxy({ login: LOGIN }, async ({ proxy, repository, clock, registry }) => {
      const failure = await failureOf(repository('me:wrong@').listTags())
      expect(failure).toMatchObject({
        name: 'RegistryError',
        message: expect.stringMatching(
          /^the proxy of HTTPS_PROXY requires a login: GET https:\/\/registry\.example\/v2\/owner\/app\/tags\/list.*: the proxy http:\/\/127\.0\.0\.1:\d+ answers 407/,
        ),
        hint: expect.stringContaining(`HTTPS_PROXY=http://user:password@${proxy.address}`),
      })
      expect(failure.message).not.toContain('wrong')
      expect(clock.waits).toEqual([])
      expect(registry.log).toEqual([])
    }))

  test('refuses the connection is reported', () =>
    withProxy({ refuse: 403 }, async ({ repository, clock }) => {
      expect(await failureOf(repository().listTags())).toMatchObject({
        message: expect.stringContaining(
          'the proxy of HTTPS_PROXY does not allow a connection to registry.example',
        ),
        hint: expect.stringContaining('NO_PROXY'),
      })
      expect(clock.waits).toEqual([])
    }))

  test('fails temporarily is retried', () =>
    withProxy({ refuse: 502 }, async ({ repository, clock }) => {
      const { message } = await failureOf(repository().listTags())
      expect(message).toContain('answers 502 Bad Gateway')
      expect(clock.waits).toHaveLength(5)
    }))

  test('cannot be reached is retried', () =>
    withProxy({}, async ({ proxy, repository, clock }) => {
      await proxy.close()
      const { message } = await failureOf(repository().listTags())
      expect(message).toMatch(
        /^the proxy of HTTPS_PROXY cannot be used: .* cannot be reached: connect ECONNREFUSED/,
      )
      expect(clock.waits).toHaveLength(5)
    }))

  test('never responds fails after the connect timeout', () =>
    withProxy({ silent: true }, async ({ repository, clock, proxy }) => {
      const given = { timeouts: { connect: 40, idle: 60_000 } }
      const { message } = await failureOf(repository('', given).listTags())
      expect(message).toMatch(/the proxy http:\/\/127\.0\.0\.1:\d+ did not open a connection within 0\.04 s$/)
      expect(clock.waits).toHaveLength(5)
      expect(proxy.asked).toHaveLength(6)
    }))

  test('does not respond does not delay an abort', () =>
    withProxy({ silent: true }, async ({ repository, proxy }) => {
      const stop = new AbortController()
      const failed = failureOf(repository().withOptions({ signal: stop.signal }).listTags())
      while (proxy.asked.length === 0) await wait(5)
      stop.abort(new Error('interrupted'))
      expect((await failed).message).toBe('interrupted')
    }))

  test('has an open request is disconnected when the client is closed', () =>
    withProxy({ silent: true }, async ({ repository, proxy }) => {
      const of = repository('', {
        retry: { attempts: 1, isTransient: () => false, backoff: () => 0, longestWait: 0 },
      })
      const failed = failureOf(of.listTags())
      while (proxy.asked.length === 0) await wait(5)
      of.client.close()
      expect((await failed).message).toContain('cannot be used')
    }))

  test('has an untrusted certificate is reported', () =>
    withProxy({ tls: selfSigned() }, async ({ repository }) => {
      const { message } = await failureOf(repository().listTags())
      expect(message).toMatch(
        /^the certificate of the proxy of HTTPS_PROXY is not trusted: .*self-signed certificate/,
      )
    }))
})
