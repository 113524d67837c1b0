import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { download, downloadText } from '../../src/util/download.js'
import { knowsProxies, proxyVariable } from '../../src/util/proxy.js'
import { body, QUICK, serve, withFolder } from '../install/fixture.js'
import { rejection } from '../nix/fakes.js'

test.each([
  ['20.20.2', false],
  ['22.20.0', false],
  ['22.21.0', true],
  ['23.11.1', false],
  ['24.4.1', false],
  ['24.5.0', true],
  ['25.0.0', true],
])('Node.js %s knows proxies: %s', (version, expected) => expect(knowsProxies(version)).toBe(expected))

test('the variable for an address', () => {
  const env = { HTTPS_PROXY: 'a', http_proxy: 'b', HTTP_PROXY: 'c' }
  expect(proxyVariable(new URL('https://host'), env)).toBe('HTTPS_PROXY')
  expect(proxyVariable(new URL('http://host'), env)).toBe('http_proxy')
  expect(proxyVariable(new URL('http://host'), { http_proxy: '' })).toBeUndefined()
})

/** A proxy that leads everything to one port of this machine, whichever host was meant; keeps what it was asked. */
async function withProxy(port: number, task: (address: string, asked: string[]) => Promise<void>) {
  const asked: string[] = []
  const keep = ({ method, url, headers }: IncomingMessage): void =>
    void asked.push([method, url, headers['proxy-authorization']].filter(Boolean).join(' '))
  const proxy = createServer((request, response) => {
    keep(request)
    response.end('through the proxy')
  })
  proxy.on('connect', (request, client) => {
    keep(request)
    const server = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      server.pipe(client).pipe(server)
    })
    server.on('error', () => client.destroy())
    client.on('error', () => server.destroy())
  })
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  try {
    await task(`127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked)
  } finally {
    proxy.closeAllConnections()
    await new Promise(resolve => proxy.close(resolve))
  }
}

const described = knowsProxies() ? describe : describe.skip
described('a download', () => {
  const options = { retry: { ...QUICK, attempts: 1 }, debug: () => {} }

  test('goes through the proxy that is set, but not to hosts that need none', () =>
    serve([body('straight')], async (base, straight) => {
      await withProxy(0, async (proxy, asked) => {
        const env = { http_proxy: `http://me:word@${proxy}`, NO_PROXY: '127.0.0.1' }
        const given = { ...options, env }
        expect(await downloadText('http://host.invalid/file', given)).toBe('through the proxy')
        expect(asked).toEqual([
          `GET http://host.invalid/file Basic ${Buffer.from('me:word').toString('base64')}`,
        ])
        expect(await downloadText(`${base}/file`, given)).toBe('straight')
        expect(await downloadText('http://other.invalid/', { ...options, env: { http_proxy: proxy } })).toBe(
          'through the proxy',
        )
        expect(asked).toHaveLength(2)
        expect(straight).toEqual(['/file'])
      })
    }))

  test('through a tunnel where it is encrypted; a failure names no password', () =>
    withFolder(folder =>
      serve([body('no TLS')], async base => {
        await withProxy(Number(new URL(base).port), async (proxy, asked) => {
          const given = { ...options, env: { https_proxy: `http://me:word@${proxy}` } }
          const error = await rejection(
            download('https://host.invalid/file', join(folder, 'file'), () => {}, given),
          )
          expect(asked[0]).toMatch(/^CONNECT host\.invalid:443 Basic /)
          expect(error.message).toMatch(/host\.invalid cannot be reached/)
          expect(error.message).not.toContain('word')
          const dead = { ...options, env: { https_proxy: 'http://me:word@127.0.0.1:1' } }
          const refused = await rejection(downloadText('https://host.invalid/file', dead))
          expect(refused.message).toContain('ECONNREFUSED 127.0.0.1:1')
        })
      }),
    ))
})
