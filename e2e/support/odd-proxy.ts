import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import type { KeyPair } from '../../__tests__/http/self-signed.js'
import { type Answer, deliver } from './fault-answer.js'
import { forward, type Target } from './fault-forward.js'

/** The answers of the proxy that differ from those of the registry behind it. */
export interface OddAnswers {
  /** The answer to each HEAD. */
  readonly headStatus: number
  /** The answer to requests without a token. It has no challenge: only the root of the API has one. */
  readonly anonymousStatus: number
  /** The realm of the challenge. `HOST` is the host and port of the proxy. */
  readonly realm: string
  /** The location of an upload, from the location that the registry named. */
  readonly location: (named: URL) => string
  /** The proxy ends TLS. The registry does not know about it. */
  readonly tls?: KeyPair
}

/** A proxy in front of a registry. Its first answer is often not the final one. */
export interface OddProxy {
  /** `127.0.0.1:PORT` */
  readonly address: string
  /** The requests with the statuses of their answers: `GET /v2/ 401`. */
  readonly log: readonly string[]
  stop(): Promise<void>
}

export const ODD_LOGIN = { username: 'me', password: 'hush' }
const BASIC = `Basic ${Buffer.from(`${ODD_LOGIN.username}:${ODD_LOGIN.password}`).toString('base64')}`
const TOKEN = 'a-token-of-the-proxy'

export async function startOddProxy(registry: string, odd: OddAnswers): Promise<OddProxy> {
  const log: string[] = []
  const stopped = new AbortController()
  const agent = new http.Agent({ keepAlive: true })
  const target: Target = { registry, agent, signal: stopped.signal }
  const server = odd.tls ? https.createServer({ ...odd.tls }) : http.createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`
  server.on('request', async (request: IncomingMessage, response: http.ServerResponse) => {
    try {
      const own = ownAnswer(request, address, odd)
      const answer = own ?? withLocation(await forward(request, target), address, odd)
      if (own) request.resume()
      log.push(`${request.method} ${request.url} ${answer.status}`)
      deliver(response, answer)
    } catch {
      response.destroy()
    }
  })
  return {
    address,
    log,
    async stop() {
      stopped.abort()
      agent.destroy()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

/** The answer of the proxy itself; `undefined` if the registry answers. */
function ownAnswer(
  { method, url: path = '', headers }: IncomingMessage,
  address: string,
  { anonymousStatus, headStatus, realm }: OddAnswers,
): Answer | undefined {
  const url = new URL(path, `http://${address}`)
  if (url.pathname === '/token')
    return headers.authorization === BASIC
      ? createAnswer(200, JSON.stringify({ token: TOKEN }))
      : createAnswer(401)
  if (headers.authorization !== `Bearer ${TOKEN}`) {
    if (url.pathname !== '/v2/') return createAnswer(anonymousStatus)
    const challenge = `Bearer realm="${realm.replace('HOST', address)}",service="odd"`
    return createAnswer(401, '', { 'www-authenticate': challenge })
  }
  if (method === 'HEAD') return createAnswer(headStatus)
  return url.searchParams.has('n') ? createAnswer(400, '{"errors":[{"code":"PAGINATION"}]}') : undefined
}

function withLocation(answer: Answer, address: string, { location }: OddAnswers): Answer {
  const named = answer.headers.location
  if (typeof named !== 'string') return answer
  return {
    ...answer,
    headers: { ...answer.headers, location: location(new URL(named, `http://${address}`)) },
  }
}

function createAnswer(status: number, body = '', headers: Answer['headers'] = {}): Answer {
  return { status, headers, body: Buffer.from(body) }
}
