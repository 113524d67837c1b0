import dns from 'node:dns'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { fetchImageQemu } from '../../src/command/emulation/qemu-from-image.js'
import { findAvailableCaches } from '../../src/command/setup/caches.js'
import { githubOf } from '../../src/command/shared/git.js'
import { createAnonymousClient, createRegistryClient } from '../../src/command/shared/registry-client.js'
import { fetchRelease } from '../../src/install/fetch-release.js'
import { detectSystem } from '../../src/nix/detect-system.js'
import { Repository } from '../../src/registry/repository.js'
import { type TestHost, testHost } from '../support/host.js'
import { startWebProxy, type WebProxyOptions, type WebProxyServer } from '../support/web-proxy.js'
import { createAuthority } from './self-signed.js'
import { HOSTS, type Services, startServices } from './services.js'

/** A kind of request that this program sends, as its commands send it. */
interface Kind {
  readonly name: string
  /** The servers that it contacts. */
  readonly hosts: readonly string[]
  /** Throws the message that a user would see if a request fails. */
  run(services: Services, host: TestHost): Promise<void>
  /** Whether plain HTTP is allowed. */
  readonly isPlainAllowed: boolean
}

const hello = (): Promise<Buffer> => readFile(join(process.cwd(), 'examples/hello/bin', detectSystem()))

async function checkCaches(host: TestHost, inputs: { cachix?: string[]; extraSubstituters?: string[] }) {
  const all = { cachixHost: '', cachix: [], extraSubstituters: [], extraTrustedPublicKeys: [], nixConf: [] }
  await findAvailableCaches({ ...all, ...inputs } as never, host, '/nowhere/netrc')
  const warnings = host.said.filter(line => line.startsWith('warning: '))
  if (warnings.length > 0) throw new Error(warnings.join('\n'))
}

const KINDS: readonly Kind[] = [
  {
    name: 'a registry: token, blob and the redirect to its storage',
    hosts: [HOSTS.registry, HOSTS.token, HOSTS.storage],
    isPlainAllowed: true,
    async run({ origin, authority, blob, scheme }, host) {
      const insecure = scheme === 'http'
      const inputs = { username: 'me', password: 'registry-word', insecure, githubToken: undefined }
      const reference = { registry: authority('registry'), repository: 'owner/app' }
      const client = createRegistryClient(inputs, [reference], host, { attempts: 1 })
      try {
        const stream = await new Repository(client, reference).getBlob(blob)
        expect(Buffer.concat(await stream.toArray()).length).toBe(blob.size)
        expect(origin('storage')).toContain(HOSTS.storage)
      } finally {
        client.close()
      }
    },
  },
  {
    name: 'the image with QEMU',
    hosts: [HOSTS.registry, HOSTS.token, HOSTS.storage],
    isPlainAllowed: false,
    async run({ authority, image }, host) {
      const path = await fetchImageQemu('aarch64-linux', {
        image: `${authority('registry')}/owner/qemu@${image.digest}`,
        openClient: () => createAnonymousClient(host, 1),
        machine: detectSystem(),
        tools: host.tools,
        temp: host.temp,
        arch: process.arch,
        log: host.log,
      })
      expect(await readFile(path)).toEqual(await hello())
    },
  },
  {
    name: "GitHub's API",
    hosts: [HOSTS.github],
    isPlainAllowed: true,
    async run({ origin }, host) {
      Object.assign(host.env, { GITHUB_REPOSITORY: 'owner/name', GITHUB_API_URL: origin('github') })
      const github = await githubOf({ githubToken: 'github-token' }, { ...host, kind: 'github' })
      expect(await github?.repository.listReleases()).toEqual([])
    },
  },
  {
    name: 'the Cachix API and a cache of Cachix',
    hosts: [HOSTS.cachix, HOSTS.cache],
    isPlainAllowed: true,
    run: ({ origin }, host) => checkCaches(host, { cachix: ['mine'], cachixHost: origin('cachix') } as never),
  },
  {
    name: 'a binary cache',
    hosts: [HOSTS.cache],
    isPlainAllowed: true,
    run: ({ origin }, host) => checkCaches(host, { extraSubstituters: [origin('cache')] }),
  },
  {
    name: 'the release of Nix and its SHA-256',
    hosts: [HOSTS.releases, HOSTS.storage],
    isPlainAllowed: true,
    async run({ origin, release }, { env, log, tools, temp, signal }) {
      const options = {
        env,
        log,
        tools,
        temp,
        signal,
        arch: process.arch,
        version: '2.35.2',
        debug: log.debug,
      }
      const retry = { attempts: 1, firstWaitMs: 1 }
      const url = `${origin('releases')}/nix.tar.xz`
      const path = await fetchRelease({ url, sha256: undefined, isCustom: true }, { ...options, retry })
      expect(await readFile(path)).toEqual(release)
    },
  },
]

const AUTHORITY = createAuthority()
const TLS = AUTHORITY.issue(...Object.values(HOSTS))
const LOGIN = { user: 'me', password: 'proxy-word' }

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
  const program = await hello()
  const started = await startServices(program, scheme === 'https' ? TLS : undefined)
  closers.push(started.close)
  return started
}

async function proxyTo({ port }: Services, options: WebProxyOptions = {}): Promise<WebProxyServer> {
  const proxy = await startWebProxy(port, options)
  closers.push(proxy.close)
  return proxy
}

async function run(kind: Kind, of: Services, env: Record<string, string>): Promise<TestHost> {
  const host = testHost({ env })
  closers.push(host.remove)
  await mkdir(host.temp, { recursive: true })
  await kind.run(of, host)
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
    ['a proxy with TLS', { tls: TLS }],
    ['a proxy that requires a login', { login: LOGIN }],
  ])('goes through %s and accepts a private authority of SSL_CERT_FILE', async (_, options) => {
    const of = await services('https')
    const { address, asked } = await proxyTo(of, options)
    const HTTPS_PROXY = `${options.tls ? 'https' : 'http'}://me:proxy-word@${address}`
    const host = await run(kind, of, { HTTPS_PROXY, ...trusted })
    expect(new Set(asked)).toEqual(new Set(kind.hosts.map(name => `CONNECT ${name}:${of.port}`)))
    expect(of.hosts()).toEqual(new Set(kind.hosts))
    expect(of.violations).toEqual([])
    expect(host.said.join('\n')).not.toContain('word')
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
    expect(message).toContain(`the certificate of ${kind.hosts[0]}:${of.port} is not trusted`)
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

  test(`sends plain HTTP to the proxy with the whole URL, or not at all: ${kind.isPlainAllowed}`, async () => {
    const of = await services('http')
    const { address, asked } = await proxyTo(of)
    const running = run(kind, of, { HTTP_PROXY: address, HTTPS_PROXY: address })
    if (kind.isPlainAllowed) {
      await running
      const urls = asked.filter(each => !each.startsWith('CONNECT '))
      expect(new Set(urls.map(each => new URL(each.replace(/^\w+ /, '')).hostname))).toEqual(
        new Set(kind.hosts),
      )
      expect(of.violations).toEqual([])
    } else {
      await failureOf(running)
      expect(asked.filter(each => !each.startsWith('CONNECT '))).toEqual([])
    }
  })
})
