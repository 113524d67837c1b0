import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { download, downloadText } from '../../src/http/download.js'
import {
  isProxyBypassed,
  listProxyPasswords,
  networkVariables,
  packageProxyVariables,
  proxyFor,
} from '../../src/http/proxy.js'
import { body, QUICK, serve, withFolder } from '../install/fixture.js'
import { rejection } from '../nix/fakes.js'
import { startWebProxy, type WebProxyOptions, type WebProxyServer } from '../support/web-proxy.js'

const SAFE = new URL('https://host.example/path')
const PLAIN = new URL('http://host.example/path')

describe('the proxy for a URL', () => {
  test.each([
    ['its own variable', SAFE, { HTTPS_PROXY: 'http://a:1', HTTP_PROXY: 'http://b:2' }, 'http://a:1'],
    [
      'its own variable, for plain HTTP',
      PLAIN,
      { HTTPS_PROXY: 'http://a:1', HTTP_PROXY: 'http://b:2' },
      'http://b:2',
    ],
    ['lower case first', SAFE, { HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:2' }, 'http://b:2'],
    ['an empty variable does not count', SAFE, { https_proxy: '', HTTPS_PROXY: 'http://a:1' }, 'http://a:1'],
    ['without a scheme', SAFE, { https_proxy: 'proxy:3128' }, 'http://proxy:3128'],
    ['one with TLS', SAFE, { https_proxy: 'https://proxy:3129/' }, 'https://proxy:3129'],
    ['none', SAFE, { HTTP_PROXY: 'http://b:2' }, undefined],
    ['the one for all', SAFE, { ALL_PROXY: 'http://a:1', HTTP_PROXY: 'http://b:2' }, 'http://a:1'],
    ['its own before the one for all', SAFE, { all_proxy: 'a:1', HTTPS_PROXY: 'b:2' }, 'http://b:2'],
    ['no SOCKS proxy for all', SAFE, { all_proxy: 'socks5://a:1' }, undefined],
    ['an exception', SAFE, { https_proxy: 'proxy:3128', NO_PROXY: 'example' }, undefined],
    [
      'NO_PROXY in lower case first',
      SAFE,
      { https_proxy: 'p:1', no_proxy: 'x', NO_PROXY: '*' },
      'http://p:1',
    ],
    ['this machine', new URL('http://localhost:5000/'), { http_proxy: 'p:1' }, undefined],
  ])('%s', (_, url, env, expected) => expect(proxyFor(url, env)?.url.origin).toBe(expected))

  test('the user and the password are separate from the URL', () => {
    const proxy = proxyFor(SAFE, { https_proxy: 'http://me:p%40ss%3A@proxy:1' })
    expect(proxy).toEqual({
      url: new URL('http://proxy:1'),
      authorization: `Basic ${Buffer.from('me:p@ss:').toString('base64')}`,
      variable: 'https_proxy',
    })
  })

  test.each([
    ['socks5://me:word@proxy:1', 'HTTPS_PROXY names a socks5:// proxy, which is not supported'],
    ['http://me:word@', 'HTTPS_PROXY does not contain the URL of a proxy'],
    ['me:word@proxy:port', 'HTTPS_PROXY does not contain the URL of a proxy'],
  ])('an invalid proxy: %s', (HTTPS_PROXY, message) =>
    expect(() => proxyFor(SAFE, { HTTPS_PROXY })).toThrow(
      expect.objectContaining({ name: 'UserError', message }),
    ),
  )

  test('passwords are listed encoded and decoded', () => {
    const env = { https_proxy: 'me:p%40ss@proxy:1', HTTP_PROXY: 'http://me:word@proxy:1', NO_PROXY: 'x' }
    expect(listProxyPasswords(env)).toEqual(['p%40ss', 'p@ss', 'word'])
  })
})

const options = { retry: { ...QUICK, attempts: 1 }, debug: () => {} }

async function withProxy(
  port: number,
  given: WebProxyOptions,
  task: (proxy: WebProxyServer) => Promise<void>,
): Promise<void> {
  const proxy = await startWebProxy(port, given)
  try {
    await task(proxy)
  } finally {
    await proxy.close()
  }
}

describe('a download', () => {
  test('uses the proxy, except for hosts in NO_PROXY', () =>
    serve([body('content')], (base, asked) =>
      withProxy(Number(new URL(base).port), { login: { user: 'me', password: 'word' } }, async proxy => {
        const env = { http_proxy: `http://me:word@${proxy.address}` }
        expect(await downloadText('http://host.invalid/file?x=1', { ...options, env })).toBe('content')
        expect(proxy.asked).toEqual(['GET http://host.invalid/file?x=1'])
        expect(await downloadText(`${base}/straight`, { ...options, env })).toBe('content')
        expect(proxy.asked).toHaveLength(1)
        expect(asked).toEqual(['/file?x=1', '/straight'])
      }),
    ))

  test('uses a tunnel for https; an error contains no password', () =>
    withFolder(folder =>
      serve([body('no TLS')], base =>
        withProxy(Number(new URL(base).port), {}, async ({ address, asked }) => {
          const given = { ...options, env: { https_proxy: `http://me:word@${address}` } }
          const error = await rejection(
            download('https://host.invalid/file', join(folder, 'file'), () => {}, given),
          )
          expect(asked).toEqual(['CONNECT host.invalid:443'])
          expect(error.message).toMatch(
            /^https:\/\/host\.invalid\/file cannot be downloaded: the connection to host\.invalid failed: /,
          )
          expect(error.message).not.toContain('word')
        }),
      ),
    ))

  test.each(['http', 'https'])(
    'of %s names the variable of a proxy that requires a login or cannot be reached',
    scheme =>
      withProxy(0, { login: { user: 'a', password: 'b' } }, async ({ address }) => {
        const from = (at: string) => {
          const proxy = `http://me:word@${at}`
          const env = { http_proxy: proxy, https_proxy: proxy }
          return rejection(downloadText(`${scheme}://host.invalid/file`, { ...options, env }))
        }
        expect((await from(address)).message).toBe(
          `${scheme}://host.invalid/file cannot be downloaded: the proxy of ${scheme}_proxy requires a login: the proxy http://${address} answers 407 Proxy Authentication Required`,
        )
        expect((await from('127.0.0.1:1')).message).toContain(
          'the proxy http://127.0.0.1:1 cannot be reached: connect ECONNREFUSED 127.0.0.1:1',
        )
      }),
  )

  test('fails if a proxy never responds', () =>
    withProxy(0, { silent: true }, async ({ address }) => {
      const env = { https_proxy: address }
      const error = await rejection(
        downloadText('https://host.invalid/', { ...options, env, idleTimeoutMs: 50 }),
      )
      expect(error.message).toContain('did not open a connection within 0.05 s')
    }))
})

test('a child process gets the proxy variables only', () => {
  const env = { https_proxy: 'a', HTTP_PROXY: 'b', no_proxy: 'c', all_proxy: '', GITHUB_TOKEN: 'd' }
  expect(networkVariables(env)).toEqual({ https_proxy: 'a', HTTP_PROXY: 'b', no_proxy: 'c' })
})

test.each([
  ['https://ghcr.io/', 'ghcr.io', true],
  ['https://ghcr.io/', 'other.io, GHCR.IO', true],
  ['https://ghcr.io/', 'other.io ghcr.io', true],
  ['https://pkg.ghcr.io/', 'ghcr.io', true],
  ['https://pkg.ghcr.io/', '.ghcr.io', true],
  ['https://pkg.ghcr.io/', '*.ghcr.io', true],
  ['https://ghcr.io/', '.ghcr.io', true],
  ['https://notghcr.io/', 'ghcr.io', false],
  ['https://ghcr.io.example/', 'ghcr.io', false],
  ['https://ghcr.io./', 'ghcr.io', true],
  ['https://ghcr.io/', '*', true],
  ['https://ghcr.io/', '', false],
  ['https://ghcr.io/', ', ,', false],
  ['https://ghcr.io/', '.', false],
  ['https://ghcr.io/', 'ghcr.io:443', true],
  ['http://ghcr.io/', 'ghcr.io:80', true],
  ['https://ghcr.io/', 'ghcr.io:5000', false],
  ['https://ghcr.io:5000/', 'ghcr.io:5000', true],
  ['https://ghcr.io:5000/', 'ghcr.io', true],
  ['http://10.1.2.3:5000/', '10.1.2.3', true],
  ['http://10.1.2.3:5000/', '10.1.2.3:5000', true],
  ['http://10.1.2.3/', '10.1.2.4', false],
  ['http://10.1.2.3/', '10.0.0.0/8', true],
  ['http://11.1.2.3/', '10.0.0.0/8', false],
  ['http://10.1.2.3/', '10.0.0.0/99', false],
  ['http://11.1.2.3/', '10.0.0.0/', false],
  ['http://host/', '10.0.0.0/8', false],
  ['http://[fd00::1]/', 'fd00::1', true],
  ['http://[fd00::1]/', 'FD00:0:0::1', true],
  ['http://[fd00::1]:5000/', '[fd00::1]:5000', true],
  ['http://[fd00::1]:5001/', '[fd00::1]:5000', false],
  ['http://[fd00::1]/', 'fd00::/8', true],
  ['http://[fe80::1]/', 'fd00::/8', false],
])('%s with NO_PROXY %j bypasses the proxy: %s', (url, list, expected) =>
  expect(isProxyBypassed(new URL(url), list)).toBe(expected),
)

test.each(['http://localhost:5000', 'http://127.0.0.1', 'https://127.9.9.9', 'http://[::1]:5000'])(
  '%s is this machine',
  url => expect(isProxyBypassed(new URL(url), '')).toBe(true),
)

/** The value of each variable in both letter cases; `undefined` if they differ. */
function bothCasesOf(variables: Record<string, string | undefined>): Record<string, string> {
  const pairs = ['https_proxy', 'http_proxy', 'all_proxy', 'no_proxy'].map(name => {
    expect(variables[name]).toBe(variables[name.toUpperCase()])
    return [name, variables[name]]
  })
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined))
}

test.each([
  ['nothing without variables', {}, {}],
  ['a proxy for all', { ALL_PROXY: 'a:1' }, { https_proxy: 'http://a:1', http_proxy: 'http://a:1' }],
  [
    'its own proxy before the one for all',
    { all_proxy: 'http://a:1', HTTP_PROXY: 'http://b:2' },
    { https_proxy: 'http://a:1', http_proxy: 'http://b:2' },
  ],
  ['no SOCKS proxy', { ALL_PROXY: 'socks5://a:1', https_proxy: 'b:2' }, { https_proxy: 'http://b:2' }],
  [
    'domains in both forms',
    { https_proxy: 'a:1', NO_PROXY: 'One.example  *.two.example,.three.example:80, .' },
    {
      https_proxy: 'http://a:1',
      no_proxy: 'one.example,.one.example,two.example,.two.example,three.example:80,.three.example:80',
    },
  ],
  ['no proxy if all hosts bypass it', { https_proxy: 'a:1', NO_PROXY: 'b *' }, { no_proxy: 'b,.b' }],
])('the variables for packages: %s', (_, env, expected) =>
  expect(bothCasesOf(packageProxyVariables(env))).toEqual(expected),
)
