import http from 'node:http'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { systemClock } from '../../src/http/retry.js'
import { RegistryClient } from '../../src/registry/client.js'
import { Repository } from '../../src/registry/repository.js'
import { selfSigned } from '../http/self-signed.js'
import { pushIndex } from '../support/push.js'
import { failureOf, index, TestClock, withRegistry } from './fixture.js'

async function withServer(server: net.Server, use: (registry: string) => Promise<void>): Promise<void> {
  const sockets = new Set<net.Socket>()
  server.on('connection', socket => sockets.add(socket))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  try {
    await use(`127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    for (const socket of sockets) socket.destroy()
    await new Promise(resolve => server.close(resolve))
  }
}

describe('a registry is checked before a run', () => {
  test('a port where nothing answers is an error within about a second', async () => {
    let free = ''
    await withServer(net.createServer(), async registry => {
      free = registry
    })
    const logged: unknown[] = []
    const client = new RegistryClient({ clock: systemClock, onRetry: failure => logged.push(failure) })
    const started = performance.now()
    const failure = await failureOf(client.check({ registry: free }))
    client.close()
    expect(failure).toMatchObject({
      message: expect.stringMatching(/^nothing answers at 127\.0\.0\.1:\d+: GET .*ECONNREFUSED/),
      hint: 'Check the host and port, and that the registry is running.',
    })
    expect(performance.now() - started).toBeLessThan(2000)
    expect(logged).toEqual([])
  })

  test.each(['{}', '<html>Log in</html>'])(
    'a server that answers 200 to everything is an error: %s',
    async body => {
      const asked: string[] = []
      const server = http.createServer((request, response) => {
        asked.push(`${request.url}`)
        response.end(body)
      })
      await withServer(server, async registry => {
        const client = new RegistryClient({ clock: new TestClock() })
        const failure = await failureOf(client.check({ registry }))
        client.close()
        expect(failure).toMatchObject({
          name: 'UserError',
          message: expect.stringMatching(
            /^127\.0\.0\.1:\d+ is not a container registry: it answers 200 to a request/,
          ),
          hint: expect.stringContaining('A web server, or the login page of a proxy'),
        })
        expect(asked).toHaveLength(2)
      })
    },
  )

  test.each([
    [{}, ['GET /v2/ 200']],
    [{ auth: { kind: 'token', anonymous: 'pull' } as const }, ['GET /v2/ 401']],
  ])('a registry is asked once, and its challenge is known after that', (options, expected) =>
    withRegistry(options, async ({ registry, client, repository }) => {
      const { registry: name } = repository().reference
      await Promise.all([client.check({ registry: name }), client.check({ registry: name })])
      expect(registry.log.map(({ method, path, status }) => `${method} ${path} ${status}`)).toEqual(expected)
      registry.log.length = 0
      await repository().listTags()
      expect(registry.log.filter(({ status }) => status === 401)).toEqual([])
    }),
  )

  test.each([500, 503, 404, 403])('the status %d is left to the requests that need an answer', status =>
    withRegistry({}, async ({ registry, client, repository }) => {
      registry.fault({ times: 9, action: { kind: 'status', status } })
      await client.check(repository().reference)
      expect(registry.log).toHaveLength(1)
    }),
  )
})

describe('a registry on this machine with TLS', () => {
  const pair = selfSigned()
  const agents = { http: new http.Agent(), https: new https.Agent({ ca: pair.cert }) }

  test('is found although plain HTTP is tried first', () =>
    withRegistry(
      { tls: pair },
      async ({ registry, repository, clock }) => {
        await pushIndex(index('a'), repository(), ['latest'])
        expect(registry.tag('owner/app', 'latest')).toBeDefined()
        expect(clock.waits).toEqual([])
      },
      { agents },
    ))

  test('is found by the check', () =>
    withRegistry(
      { tls: pair },
      async ({ client, repository }) => {
        await client.check(repository().reference)
        expect(await repository().listTags()).toEqual([])
      },
      { agents },
    ))

  test('whose server says that it wants TLS is found', async () => {
    const secure = https.createServer(pair, (_, response) => response.writeHead(404).end())
    // As Go's servers: an answer in plain HTTP.
    const front = net.createServer(socket => {
      socket.on('error', () => {})
      socket.once('data', chunk => {
        if (chunk[0] !== 0x16) {
          socket.end('HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n')
          return
        }
        const { port } = secure.address() as AddressInfo
        const back = net.connect(port, '127.0.0.1', () => {
          back.write(chunk)
          socket.pipe(back).pipe(socket)
        })
        back.on('error', () => {})
      })
    })
    await withServer(secure, () =>
      withServer(front, async registry => {
        const client = new RegistryClient({ clock: new TestClock(), agents })
        expect(await new Repository(client, { registry, repository: 'a' }).listTags()).toEqual([])
        client.close()
      }),
    )
  })

  test('whose certificate is not trusted is an error about the certificate', () =>
    withRegistry({ tls: pair }, async ({ repository }) => {
      expect((await failureOf(repository().listTags())).message).toMatch(
        /the certificate of .* is not trusted/,
      )
    }))
})
