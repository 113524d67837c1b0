import dns from 'node:dns'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { type TestHost, testHost } from '../support/host.js'
import { startWebProxy, type WebProxyOptions, type WebProxyServer } from '../support/web-proxy.js'
import { KINDS, type Kind, readInterpreter } from './request-kinds.js'
import { createAuthority } from './self-signed.js'
import { HOSTS, type Services, startServices } from './services.js'

const AUTHORITY = createAuthority()
const TLS = AUTHORITY.issue(...Object.values(HOSTS))
/** The certificate of a proxy is not one for the servers behind it. */
const PROXY_TLS = AUTHORITY.issue()
const LOGIN = { user: 'me', password: 'proxy-word' }

jest.setTimeout(30_000)

let folder: string
let trusted: { readonly SSL_CERT_FILE: string }
const closers: (() => unknown)[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'every-request-'))
  trusted = { SSL_CERT_FILE: join(folder, 'ca.pem') }
  await writeFile(trusted.SSL_CERT_FILE, `A comment.\n${AUTHORITY.cert}`)
})
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
  jest.restoreAllMocks()
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function services(scheme: 'http' | 'https'): Promise<Services> {
  const started = await startServices(await readInterpreter(), scheme === 'https' ? TLS : undefined)
  closers.push(started.close)
  return started
}

async function proxyTo(
  { facts: { port } }: Services,
  options: WebProxyOptions = {},
): Promise<WebProxyServer> {
  const proxy = await startWebProxy(port, options)
  closers.push(proxy.close)
  return proxy
}

async function run(kind: Kind, of: Services, env: Record<string, string>): Promise<TestHost> {
  const host = testHost({ env })
  closers.push(host.remove)
  await kind.run(of.facts, host)
  return host
}

const failureOf = async (task: Promise<unknown>): Promise<string> => {
  const error: { message: string; hint?: string } = await task.then(
    () => expect('it succeeded').toBe('it failed') as never,
    reason => reason,
  )
  return `${error.message}. ${error.hint ?? ''}`
}

/** All host names are those of this machine. Without it, no name in this test exists. */
function resolveHere(): void {
  const lookup = (_: string, options: { all?: boolean }, done: (...results: unknown[]) => void): void => {
    const found = { address: '127.0.0.1', family: 4 }
    if (options.all) done(null, [found])
    else done(null, found.address, found.family)
  }
  jest.spyOn(dns, 'lookup').mockImplementation(lookup as never)
}

describe.each(KINDS)('$name', kind => {
  test.each<[string, WebProxyOptions]>([
    ['a proxy', {}],
    ['a proxy with TLS', { tls: PROXY_TLS }],
    ['a proxy that requires a login', { login: LOGIN }],
  ])('goes through %s and accepts a private authority of SSL_CERT_FILE', async (_, options) => {
    const of = await services('https')
    const { address, asked } = await proxyTo(of, options)
    const HTTPS_PROXY = `${options.tls ? 'https' : 'http'}://me:proxy-word@${address}`
    const host = await run(kind, of, { HTTPS_PROXY, ...trusted })
    expect(new Set(asked)).toEqual(new Set(kind.hosts.map(name => `CONNECT ${name}:${of.facts.port}`)))
    expect(of.hosts()).toEqual(new Set(kind.hosts))
    expect(of.violations).toEqual([])
    expect(host.logged.join('\n')).not.toContain('word')
  })

  test('does not use the proxy for hosts in NO_PROXY', async () => {
    const of = await services('https')
    const { address, asked } = await proxyTo(of)
    resolveHere()
    await run(kind, of, { HTTPS_PROXY: address, NO_PROXY: '.example', ...trusted })
    expect(asked).toEqual([])
    expect(of.hosts()).toEqual(new Set(kind.hosts))
  })

  test('refuses a private authority that is not trusted, and says what to set', async () => {
    const of = await services('https')
    const { address } = await proxyTo(of)
    const message = await failureOf(run(kind, of, { HTTPS_PROXY: address }))
    expect(message).toContain(`the certificate of ${kind.hosts[0]}:${of.facts.port} is not trusted`)
    expect(message).toMatch(/set SSL_CERT_FILE or NODE_EXTRA_CA_CERTS to the PEM file/)
    expect(of.hosts()).toEqual(new Set())
  })

  test.each([
    [
      'cannot be read',
      '/nowhere/ca.pem',
      'SSL_CERT_FILE names /nowhere/ca.pem, which cannot be read: ENOENT',
    ],
    [
      'contains no certificate',
      '/etc/passwd',
      'SSL_CERT_FILE names /etc/passwd, which contains no certificate',
    ],
  ])('names an SSL_CERT_FILE that %s', async (_, SSL_CERT_FILE, expected) => {
    const of = await services('https')
    const { address } = await proxyTo(of)
    const message = await failureOf(run(kind, of, { HTTPS_PROXY: address, SSL_CERT_FILE }))
    expect(message).toContain(expected)
    expect(message).toContain('is not trusted')
  })

  test('names a proxy that answers 407, without user and password', async () => {
    const of = await services('https')
    const { address } = await proxyTo(of, { login: LOGIN })
    const env = { HTTPS_PROXY: `http://somebody:wrong-word@${address}`, ...trusted }
    const message = await failureOf(run(kind, of, env))
    expect(message).toContain('the proxy of HTTPS_PROXY requires a login')
    expect(message).toContain(`the proxy http://${address} answers 407`)
    expect(message).toContain(`Set HTTPS_PROXY=http://user:password@${address}`)
    expect(message).not.toMatch(/somebody|wrong-word/)
    expect(of.hosts()).toEqual(new Set())
  })

  test.each<[string, WebProxyOptions]>([
    ['a proxy', {}],
    ['a proxy with TLS', { tls: PROXY_TLS }],
  ])(
    `sends plain HTTP to %s with the whole URL, or not at all: ${kind.isPlainAllowed}`,
    async (_, options) => {
      const of = await services('http')
      const { address, asked } = await proxyTo(of, options)
      const proxy = `${options.tls ? 'https' : 'http'}://${address}`
      const running = run(kind, of, { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, ...trusted })
      const whole = () =>
        asked.filter(each => !each.startsWith('CONNECT ')).map(each => each.split(' ')[1] ?? '')
      if (kind.isPlainAllowed) {
        await running
        expect(new Set(whole().map(url => new URL(url).hostname))).toEqual(new Set(kind.hosts))
        expect(of.violations).toEqual([])
      } else {
        await failureOf(running)
        expect(whole()).toEqual([])
      }
    },
  )
})
