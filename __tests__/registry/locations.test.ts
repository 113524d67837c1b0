import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { RegistryClient } from '../../src/registry/client.js'
import { Repository } from '../../src/registry/repository.js'
import { selfSigned } from '../http/self-signed.js'
import { failureOf, layer, TestClock } from './fixture.js'

interface Answers {
  readonly post?: number
  readonly put?: number
  readonly location: string | undefined
  readonly tls?: boolean
}

/** Pushes one blob to a server with these responses. Returns the requests after HEAD and POST. */
async function push({ post = 202, put = 201, location, tls }: Answers): Promise<string[]> {
  const asked: string[] = []
  const answer = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    const address = location?.replace('HOST', request.headers.host ?? '')
    const headers = { 'content-length': 0, ...(address !== undefined && { location: address }) }
    request.resume().on('end', () => {
      if (request.method === 'PUT') asked.push(`${request.url}`)
      const status = { HEAD: 404, POST: post, PUT: put, GET: 200 }[request.method ?? ''] ?? 500
      response.writeHead(status, request.method === 'POST' ? headers : {}).end()
    })
  }
  const pair = selfSigned()
  const server = tls ? https.createServer(pair, answer) : http.createServer(answer)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const agents = { http: new http.Agent(), https: new https.Agent({ ca: pair.cert }) }
  const client = new RegistryClient({ clock: new TestClock(), agents, ...(tls && { insecure: true }) })
  const registry = `127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    await new Repository(client, { registry, repository: 'a/b' }).pushBlob(BLOB)
    return asked
  } finally {
    client.close()
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
}

const BLOB = layer('x')
const DIGEST = `digest=${encodeURIComponent(BLOB.digest)}`

describe('the URL of an upload session', () => {
  test.each([
    ['/up/1', `/up/1?${DIGEST}`],
    ['/up/1?state=a%2Fb%3D%3D&x=1', `/up/1?state=a%2Fb%3D%3D&x=1&${DIGEST}`],
    ['1?x=1', `/v2/a/b/blobs/uploads/1?x=1&${DIGEST}`],
    ['?x=1', `/v2/a/b/blobs/uploads/?x=1&${DIGEST}`],
    ['http://HOST/up', `/up?${DIGEST}`],
    ['//HOST/up', `/up?${DIGEST}`],
  ])('%s', async (location, asked) => expect(await push({ location })).toEqual([asked]))

  test('a registry behind TLS that returns plain HTTP URLs', async () => {
    expect(await push({ location: 'http://HOST/up', tls: true })).toEqual([`/up?${DIGEST}`])
  })

  test.each([
    [undefined, /the answer does not contain an upload URL$/],
    ['http://', /the answer does not contain an upload URL$/],
    ['http://storage.invalid/up?signature=secret', /^http:\/\/storage\.invalid\/up\?… is plain HTTP/],
  ])('%s is refused', async (location, message) =>
    expect((await failureOf(push({ location }))).message).toMatch(message),
  )

  test.each([
    [200, 200],
    [202, 201],
    [204, 202],
    [202, 204],
  ])('the statuses %d and %d are accepted', async (post, put) =>
    expect(await push({ location: '/up', post, put })).toHaveLength(1),
  )

  test('an unexpected status is an error', async () => {
    expect((await failureOf(push({ location: '/up', post: 201 }))).message).toMatch(
      /sent an unexpected answer: POST .*: 201 Created$/,
    )
  })
})
