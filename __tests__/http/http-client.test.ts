import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, test } from '@jest/globals'
import { HttpClient } from '../../src/http/http-client.js'
import type { Request } from '../../src/http/message.js'
import { discardBody, readBytes } from '../../src/http/message.js'
import { networkOf } from '../../src/http/network.js'
import { failureOf } from '../registry/fixture.js'
import { createAuthority, selfSigned } from './self-signed.js'

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function listening(server: net.Server): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function serve(handler: Handler): Promise<URL> {
  const server = http.createServer(handler)
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return new URL(`http://127.0.0.1:${await listening(server)}/`)
}

/** A TCP server. */
async function serveRaw(handler: (socket: net.Socket) => void): Promise<URL> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer(socket => {
    sockets.add(socket.on('error', () => {}))
    handler(socket)
  })
  closers.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return new URL(`http://127.0.0.1:${await listening(server)}/`)
}

function transport(options: ConstructorParameters<typeof HttpClient>[0] = {}): HttpClient {
  const made = new HttpClient(options)
  closers.push(() => made.close())
  return made
}

const get = (url: URL, more: Partial<Request> = {}): Request => ({ method: 'GET', url, headers: {}, ...more })

function put(url: URL, open: () => Readable, size: number): Request {
  return { method: 'PUT', url, headers: {}, body: { size, open } }
}

/** Endless bytes, as fast as they are read. */
function zeros(size: number): () => Readable {
  const chunk = Buffer.alloc(64 * 1024)
  return () =>
    Readable.from(
      (function* () {
        for (let left = size; left > 0; left -= chunk.length)
          yield chunk.subarray(0, Math.min(left, chunk.length))
      })(),
      { objectMode: false },
    )
}

async function text(sent: ReturnType<HttpClient['send']>): Promise<string> {
  return String(await readBytes(await sent, 1_000_000))
}

describe('one request', () => {
  test('sends User-Agent and Content-Length', async () => {
    const url = await serve((request, response) => response.end(JSON.stringify(request.headers)))
    const headers = JSON.parse(await text(transport().send(put(url, zeros(100_000), 100_000))))
    expect(headers).toMatchObject({ 'user-agent': 'nix-multiarch', 'content-length': '100000' })
    expect(headers).not.toHaveProperty('transfer-encoding')
  })

  test('sends Content-Length with an empty POST', async () => {
    const url = await serve((request, response) => response.end(request.headers['content-length']))
    expect(await text(transport().send(get(url, { method: 'POST' })))).toBe('0')
  })

  test('keeps its connection for the next request', async () => {
    const ports = new Set<number | undefined>()
    const url = await serve((request, response) => {
      ports.add(request.socket.remotePort)
      request.resume().on('end', () => response.end('done'))
    })
    const { send } = bound(transport())
    for (let n = 0; n < 20; n++) await text(send(n % 2 ? get(url) : put(url, zeros(1000), 1000)))
    expect(ports.size).toBe(1)
  })

  test('never sends the user of a URL as Authorization', async () => {
    const url = await serve((request, response) => response.end(String(request.headers.authorization)))
    url.username = 'user'
    url.password = 'secret'
    expect(await text(transport().send(get(url)))).toBe('undefined')
  })

  test('reaches ::1', async () => {
    const server = http.createServer((_, response) => response.end('six'))
    const up = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false)).listen(0, '::1', () => resolve(true))
    })
    closers.push(() => server.close())
    if (!up) return expect(up).toBe(false)
    const url = new URL(`http://[::1]:${(server.address() as AddressInfo).port}/`)
    expect(await text(transport().send(get(url)))).toBe('six')
  })
})

describe('a reused connection that the server closes', () => {
  /** Responds to the first request on each connection, and closes it at the second. */
  function fickle(asked: string[]): Promise<URL> {
    return serveRaw(socket => {
      socket.once('data', data => {
        asked.push(String(data).split(' ')[0] ?? '')
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
        socket.once('data', () => socket.resetAndDestroy())
      })
    })
  }

  test('is replaced at once', async () => {
    const asked: string[] = []
    const url = await fickle(asked)
    const meter = { requests: 0, bytesSent: 0 }
    const { send } = bound(transport())
    for (const method of ['GET', 'HEAD', 'POST'] as const)
      expect((await send(get(url, { method, meter }))).status).toBe(200)
    expect(asked).toEqual(['GET', 'HEAD', 'POST'])
  })

  test('is an error for a request with a body, since the caller must start again', async () => {
    const url = await fickle([])
    const { send } = bound(transport())
    expect(await text(send(get(url)))).toBe('ok')
    const failure = await failureOf(send(put(url, zeros(100), 100)))
    expect(failure).toMatchObject({ code: 'ECONNRESET', retryImmediately: true })
    expect(await text(send(put(url, zeros(100), 100)))).toBe('ok')
  })

  test('repeatedly makes requests with a body use new connections', async () => {
    const url = await fickle([])
    const { send } = bound(transport())
    for (const works of [false, false, true, true]) {
      expect(await text(send(get(url)))).toBe('ok')
      const sent = send(put(url, zeros(100), 100))
      if (works) expect(await text(sent)).toBe('ok')
      else expect(await failureOf(sent)).toMatchObject({ retryImmediately: true })
    }
  })

  test('is an ordinary failure if it was new or if many bytes were sent', async () => {
    const fresh = await serveRaw(socket => socket.once('data', () => socket.resetAndDestroy()))
    expect(await failureOf(transport().send(get(fresh)))).toMatchObject({ retryImmediately: false })
    let size = 0
    const late = await serveRaw(socket => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
        socket.on('data', data => {
          size += data.length
          if (size > 3_000_000) socket.resetAndDestroy()
        })
      })
    })
    const { send } = bound(transport())
    expect(await text(send(get(late)))).toBe('ok')
    expect(await failureOf(send(put(late, zeros(1e8), 1e8)))).toMatchObject({ retryImmediately: false })
  })
})

describe('bodies', () => {
  test('are counted once if the certificate is trusted only after a retry', async () => {
    const authority = createAuthority()
    const folder = await mkdtemp(join(tmpdir(), 'counted-'))
    closers.push(() => rm(folder, { recursive: true }))
    const SSL_CERT_FILE = join(folder, 'ca.pem')
    await writeFile(SSL_CERT_FILE, authority.cert)
    const server = https.createServer(authority.issue(), (request, response) => {
      request.resume().on('end', () => response.end('done'))
    })
    closers.push(() => {
      server.closeAllConnections()
      server.close()
    })
    const url = new URL(`https://127.0.0.1:${await listening(server)}/`)
    const meter = { requests: 0, bytesSent: 0 }
    let [opened, reported] = [0, 0]
    const body = {
      size: 200_000,
      open: () => {
        opened++
        return zeros(200_000)()
      },
      onSent: (bytes: number) => {
        reported += bytes
      },
    }
    const client = transport(networkOf({ SSL_CERT_FILE }))
    expect(await text(client.send({ ...get(url, { method: 'PUT', meter }), body }))).toBe('done')
    expect({ ...meter, opened, reported }).toEqual({
      requests: 1,
      bytesSent: 200_000,
      opened: 1,
      reported: 200_000,
    })
  })

  test('are not opened if there is no connection', async () => {
    const meter = { requests: 0, bytesSent: 0 }
    const open = (): Readable => {
      throw new Error('it was opened')
    }
    const request = { ...put(new URL('http://127.0.0.1:1/'), open, 10), meter }
    expect(await failureOf(transport().send(request))).toMatchObject({ code: 'ECONNREFUSED' })
    expect(meter).toEqual({ requests: 0, bytesSent: 0 })
  })

  test('back pressure reaches the source', async () => {
    const url = await serve(request => request.pause())
    let produced = 0
    const body = { size: 1e9, open: zeros(1e9), onSent: (bytes: number) => (produced += bytes) }
    const stop = new AbortController()
    const sent = failureOf(transport().send({ method: 'PUT', url, headers: {}, body, signal: stop.signal }))
    await wait(300)
    stop.abort()
    await sent
    expect(produced).toBeLessThan(50_000_000)
  })

  test('an early refusal is read, and the source is closed', async () => {
    const url = await serve((_, response) => {
      response.writeHead(413)
      response.end('too large')
    })
    let source: Readable | undefined
    const open = (): Readable => {
      source = zeros(1e9)()
      return source
    }
    const response = await transport().send(put(url, open, 1e9))
    expect(response.status).toBe(413)
    expect(String(await readBytes(response, 100))).toBe('too large')
    expect(source?.destroyed).toBe(true)
  })

  test("a source's failure is thrown unchanged, and the request never completes", async () => {
    let completed = false
    const url = await serve(request => {
      request.on('error', () => {})
      request.resume().on('end', () => {
        completed = request.complete
      })
    })
    const broken = new Error('the disk is gone')
    const open = (): Readable =>
      Readable.from(
        (async function* () {
          yield Buffer.alloc(1000)
          throw broken
        })(),
      )
    expect(await failureOf(transport().send(put(url, open, 2000)))).toBe(broken)
    await wait(30)
    expect(completed).toBe(false)
  })

  test.each([
    [500, 'the body is longer than its 500 bytes'],
    [2000, 'the body ended after 1000 of its 2000 bytes'],
  ])('a source that does not have %d bytes fails', async (size, message) => {
    const url = await serve((request, response) => request.resume().on('end', () => response.end()))
    expect((await failureOf(transport().send(put(url, zeros(1000), size)))).message).toBe(message)
  })

  test('a truncated response fails', async () => {
    const url = await serveRaw(socket => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'))
    })
    const response = await transport().send(get(url))
    expect(await failureOf(readBytes(response, 1000))).toMatchObject({
      name: 'RequestError',
      code: 'ECONNRESET',
    })
  })

  test('an endless response is closed after 64 KiB', async () => {
    let wrote = 0
    const url = await serve((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(10_000))) wrote += 10_000
      }
      response.on('drain', more)
      more()
    })
    const response = await transport().send(get(url))
    await discardBody(response)
    expect(response.body.destroyed).toBe(true)
    expect(wrote).toBeLessThan(50_000_000)
  })

  test('a response that is too long fails', async () => {
    const url = await serve((_, response) => response.end(Buffer.alloc(1000)))
    const response = await transport().send(get(url))
    expect((await failureOf(readBytes(response, 999))).message).toContain('has more than 999 bytes')
  })
})

test('a closed client sends no requests', async () => {
  let count = 0
  const url = await serve((_, response) => void response.end(String(++count)))
  const closed = transport()
  await text(closed.send(get(url)))
  closed.close()
  expect((await failureOf(closed.send(get(url)))).message).toMatch(/was requested from a closed client$/)
  expect(count).toBe(1)
})

describe('timeouts and aborts', () => {
  const timeouts = { connect: 5000, idle: 120 }

  test('no response', async () => {
    const url = await serve(() => {})
    const failure = await failureOf(transport({ timeouts }).send(get(url)))
    expect(failure).toMatchObject({ code: 'TIMEOUT' })
    expect(failure.message).toContain('nothing was sent or received for 0.12 s')
  })

  test('a response that stalls', async () => {
    const url = await serve((_, response) => response.writeHead(200).write('start'))
    const response = await transport({ timeouts }).send(get(url))
    expect(await failureOf(readBytes(response, 100))).toMatchObject({ code: 'TIMEOUT' })
  })

  test('an upload that the server does not read', async () => {
    const url = await serve(request => request.pause())
    expect(await failureOf(transport({ timeouts }).send(put(url, zeros(1e8), 1e8)))).toMatchObject({
      code: 'TIMEOUT',
    })
  })

  test('a TLS handshake that never ends', async () => {
    const url = await serveRaw(() => {})
    url.protocol = 'https:'
    const failure = await failureOf(transport({ timeouts: { connect: 60, idle: 5000 } }).send(get(url)))
    expect(failure.message).toContain('no connection within 0.06 s')
  })

  test('a TLS handshake behind a proxy that never ends', async () => {
    const url = await serveRaw(socket => {
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    })
    const proxies = () => ({ url, authorization: undefined, variable: 'HTTPS_PROXY' })
    const sent = transport({ proxies, timeouts: { connect: 60, idle: 5000 } }).send(
      get(new URL('https://registry.example/')),
    )
    expect((await failureOf(sent)).message).toContain('no connection within 0.06 s')
  })

  test('a slow reader on our side is not a timeout', async () => {
    const url = await serve((_, response) => response.end(Buffer.alloc(3_000_000)))
    const { body } = await transport({ timeouts }).send(get(url))
    let size = 0
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (size === 0) await wait(300)
      size += chunk.length
    }
    expect(size).toBe(3_000_000)
  })

  test('a slow source on our side is not a timeout', async () => {
    const url = await serve((request, response) => request.resume().on('end', () => response.end('all')))
    const open = (): Readable =>
      Readable.from(
        (async function* () {
          yield Buffer.alloc(10)
          await wait(300)
          yield Buffer.alloc(10)
        })(),
      )
    expect(await text(transport({ timeouts }).send(put(url, open, 20)))).toBe('all')
  })

  test('an abort throws its reason, before and during the request', async () => {
    const url = await serve(() => {})
    const stop = new AbortController()
    const sent = failureOf(transport().send(get(url, { signal: stop.signal })))
    setTimeout(() => stop.abort(new Error('interrupted')), 20)
    expect((await sent).message).toBe('interrupted')
    expect((await failureOf(transport().send(get(url, { signal: stop.signal })))).message).toBe('interrupted')
  })

  test('a broken connection', async () => {
    const url = await serveRaw(socket => socket.once('data', () => socket.resetAndDestroy()))
    expect(await failureOf(transport().send(get(url)))).toMatchObject({
      name: 'RequestError',
      code: 'ECONNRESET',
    })
  })

  test('a port without a server', async () => {
    const server = net.createServer()
    const port = await listening(server)
    await new Promise(resolve => server.close(resolve))
    const failure = await failureOf(transport().send(get(new URL(`http://localhost:${port}/`))))
    expect(failure).toMatchObject({ code: 'ECONNREFUSED' })
    expect(failure.message).toMatch(/^GET http:\/\/localhost:\d+\/: .*connect ECONNREFUSED/)
  })
})

describe('redirects', () => {
  const authorization = 'Bearer secret'

  test('keep Authorization within an origin', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/') response.writeHead(307, { location: '/there?x=1' }).end()
      else response.end(`${request.url} ${request.headers.authorization}`)
    })
    expect(await text(transport().send(get(url, { headers: { authorization } })))).toBe(
      '/there?x=1 Bearer secret',
    )
  })

  test('drop Authorization for another port, also after a redirect back', async () => {
    const seen: string[] = []
    const second = await serve((request, response) => {
      seen.push(`second ${request.headers.authorization}`)
      response.writeHead(302, { location: `${first}back` }).end()
    })
    const first: URL = await serve((request, response) => {
      seen.push(`first ${request.headers.authorization}`)
      if (request.url === '/back') response.end()
      else response.writeHead(307, { location: second.href }).end()
    })
    await text(transport().send(get(first, { headers: { authorization } })))
    expect(seen).toEqual(['first Bearer secret', 'second undefined', 'first undefined'])
  })

  test('end after ten', async () => {
    let count = 0
    const url = await serve((_, response) => response.writeHead(302, { location: `/${++count}` }).end())
    expect((await failureOf(transport().send(get(url)))).message).toContain('more than 10 redirects')
    expect(count).toBe(11)
  })

  test('are followed with a body only within an origin', async () => {
    const other = await serve((_, response) => response.end('elsewhere'))
    const url = await serve((request, response) => {
      request.resume()
      if (request.url === '/in') response.writeHead(307, { location: '/done' }).end()
      else if (request.url === '/done') request.on('end', () => response.end('done'))
      else response.writeHead(307, { location: other.href }).end()
    })
    expect((await transport().send(put(url, zeros(10), 10))).status).toBe(307)
    expect(await text(transport().send(put(new URL('in', url), zeros(10), 10)))).toBe('done')
  })

  test('are not followed to plain HTTP on another machine', async () => {
    const url = await serve((_, response) =>
      response.writeHead(307, { location: 'http://storage.invalid/blob?signature=secret' }).end(),
    )
    const failure = await failureOf(transport().send(get(url)))
    expect(failure).toMatchObject({ name: 'UserError', hint: expect.stringContaining('`insecure: true`') })
    expect(failure.message).toBe('http://storage.invalid/blob?… is plain HTTP, so nothing would be encrypted')
  })

  test('from https to http are not followed, unless any plain HTTP is allowed', async () => {
    const seen: (string | undefined)[] = []
    const plain = await serve((request, response) => {
      seen.push(request.headers.authorization)
      response.end('plain')
    })
    const tls = selfSigned()
    const server = https.createServer(tls, (_, response) =>
      response.writeHead(307, { location: plain.href }).end(),
    )
    closers.push(() => {
      server.closeAllConnections()
      server.close()
    })
    const url = new URL(`https://127.0.0.1:${await listening(server)}/`)
    const agents = () => ({ http: new http.Agent(), https: new https.Agent({ ca: tls.cert }) })
    const request = get(url, { headers: { authorization } })
    for (const plainHttp of ['local', 'given'] as const) {
      const { message } = await failureOf(transport({ agents: agents(), plainHttp }).send(request))
      expect(message).toBe(`${url.host} redirects from https to plain HTTP, ${plain.href}: not followed`)
    }
    expect(seen).toEqual([])
    expect(await text(transport({ agents: agents(), plainHttp: 'any' }).send(request))).toBe('plain')
    expect(seen).toEqual([undefined])
  })

  test('to another origin keep only headers without secrets', async () => {
    const other = await serve((request, response) => response.end(JSON.stringify(request.headers)))
    const url = await serve((_, response) => response.writeHead(302, { location: other.href }).end())
    const headers = { authorization, cookie: 'secret', 'x-token': 'secret', accept: 'text/plain' }
    const seen = JSON.parse(await text(transport().send(get(url, { headers }))))
    expect(seen).toEqual({
      accept: 'text/plain',
      connection: 'keep-alive',
      host: other.host,
      'user-agent': 'nix-multiarch',
    })
  })

  test('to another origin are returned if only the own origin counts', async () => {
    let count = 0
    const other = await serve((_, response) => response.end(String(++count)))
    const url = await serve((_, response) => response.writeHead(302, { location: other.href }).end())
    expect((await transport().send(get(url, { sameOriginOnly: true }))).status).toBe(302)
    expect(count).toBe(0)
  })

  test.each([301, 302, 307, 308])('with status %d repeat a POST within an origin', async status => {
    const url = await serve((request, response) => {
      request.resume()
      if (request.url === '/done') request.on('end', () => response.end(request.method))
      else response.writeHead(status, { location: '/done' }).end()
    })
    const request = { ...put(url, zeros(10), 10), method: 'POST' as const }
    expect(await text(transport().send(request))).toBe('POST')
  })

  test('with status 303 do not repeat a POST', async () => {
    const url = await serve((request, response) => {
      request.resume()
      response.writeHead(303, { location: '/done' }).end()
    })
    expect((await transport().send(get(url, { method: 'POST' }))).status).toBe(303)
  })
})

describe('plain HTTP', () => {
  test.each([
    'http://registry.example/',
    'http://127.0.0.1.example/',
    'http://10.0.0.1/',
    'ftp://127.0.0.1/',
  ])('is refused for %s', async url => {
    expect(await failureOf(transport().send(get(new URL(url))))).toMatchObject({ name: 'UserError' })
  })
})

describe('plain HTTP to a URL that the caller names', () => {
  test('is allowed with `given`, but not after a redirect from another machine to this one', async () => {
    const url = await serve((_, response) => response.end('secret'))
    const client = transport({
      plainHttp: 'given',
      proxies: () => ({ url, authorization: undefined, variable: 'HTTP_PROXY' }),
    })
    expect(await text(client.send(get(new URL('http://mirror.example/file'))))).toBe('secret')
    const referrer = new URL('http://mirror.example/')
    const { message, hint } = (await failureOf(client.send(get(url, { referrer })))) as Error & {
      hint: string
    }
    expect(message).toBe(`mirror.example redirects to ${url} on this machine: not followed`)
    expect(hint).not.toContain('`insecure: true`')
  })

  test('is refused with `given` if a password would be sent, except to this machine', async () => {
    const url = await serve((request, response) => response.end(request.headers.authorization))
    const proxies = () => ({ url, authorization: undefined, variable: 'HTTP_PROXY' })
    const headers = { authorization: 'Basic secret' }
    const failure = await failureOf(
      transport({ plainHttp: 'given', proxies }).send(get(new URL('http://mirror.example/x?y'), { headers })),
    )
    expect(failure).toMatchObject({ name: 'UserError', hint: expect.stringContaining('https URL') })
    expect(failure.message).toBe(
      'http://mirror.example/x?… is plain HTTP, so the password for it would not be encrypted',
    )
    expect(await text(transport({ plainHttp: 'given' }).send(get(url, { headers })))).toBe('Basic secret')
  })

  test.each([
    'http://0.0.0.0/',
    'http://[::]/',
    'http://[::ffff:127.0.0.1]/',
    'https://localhost./',
    'http://127.1/',
  ])('a redirect to %s is one to this machine', async url => {
    const referrer = new URL('https://mirror.example/')
    const failure = await failureOf(transport().send(get(new URL(url), { referrer })))
    expect(failure.message).toContain('on this machine: not followed')
  })
})

describe('a registry on another machine', () => {
  const referrer = new URL('https://registry.example/')

  test('may not redirect to a service on this machine', async () => {
    const url = await serve((_, response) => response.end('secret'))
    const failure = await failureOf(transport().send(get(url, { referrer })))
    expect(failure).toMatchObject({ name: 'UserError', hint: expect.stringContaining('`insecure: true`') })
    expect(failure.message).toBe(`registry.example redirects to ${url} on this machine: not followed`)
  })

  test('may redirect to this machine if any plain HTTP is allowed', async () => {
    const url = await serve((_, response) => response.end('known'))
    expect(await text(transport({ plainHttp: 'any' }).send(get(url, { referrer })))).toBe('known')
  })
})

function bound(of: HttpClient): Pick<HttpClient, 'send'> {
  return { send: request => of.send(request) }
}
