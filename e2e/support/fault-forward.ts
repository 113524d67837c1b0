import http, { type IncomingMessage } from 'node:http'
import type { Answer } from './fault-answer.js'
import { Gone, pause, sentBy } from './fault-end.js'

/** Where requests are passed on to. */
export interface Target {
  /** `host:port` */
  readonly registry: string
  readonly agent: http.Agent
  /** Bytes of a body in a second; as fast as it goes if absent. */
  readonly rate?: number
  /** Ends all waits. */
  readonly signal: AbortSignal
}

/** Passes a request on and gives the answer; with `ms` the body goes as slowly as that. */
export async function forward(request: IncomingMessage, to: Target, ms = 0): Promise<Answer> {
  const call = callOf(request, to)
  const answer = answerOf(call)
  answer.catch(() => {})
  const size = sizeOf(request)
  const { rate = Number.POSITIVE_INFINITY } = to
  try {
    for await (const chunk of sentBy(request)) {
      // Without a length in the request nobody knows its share.
      const slowness = (size > 0 ? ms * (chunk.length / size) : 0) + (1000 * chunk.length) / rate
      if (slowness > 0) await pause(slowness, to.signal)
      if (!call.write(chunk)) await Promise.race([new Promise(done => call.once('drain', done)), answer])
    }
  } catch (error) {
    call.destroy()
    throw error
  }
  call.end()
  return answer
}

/** Passes on a share of a request's body, and then the connection to the registry breaks. */
export async function forwardPart(request: IncomingMessage, to: Target, part: number): Promise<void> {
  const call = callOf(request, to)
  answerOf(call).catch(() => {})
  const most = Math.floor(sizeOf(request) * part)
  let sent = 0
  // Who breaks off reading this way leaves the connection as it is.
  const chunks = sentBy(request.iterator({ destroyOnReturn: false }))
  try {
    for await (const chunk of chunks) {
      const piece = chunk.subarray(0, most - sent)
      sent += piece.length
      await new Promise(done => call.write(piece, done))
      if (sent >= most) break
    }
  } finally {
    call.destroy()
  }
}

function sizeOf({ headers }: IncomingMessage): number {
  return Number(headers['content-length'] ?? 0)
}

/** Tokens are between the client and the proxy. */
function callOf(
  { method, url, headers: all }: IncomingMessage,
  { registry, agent }: Target,
): http.ClientRequest {
  const [hostname, port] = registry.split(':')
  const { authorization: _, connection: __, ...headers } = all
  return http.request({ hostname, port, method, path: url, headers, agent })
}

function answerOf(call: http.ClientRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    call.on('error', () => reject(new Gone()))
    call.on('response', async message => {
      const chunks: Buffer[] = []
      try {
        for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk)
        resolve({ status: message.statusCode ?? 0, headers: message.headers, body: Buffer.concat(chunks) })
      } catch {
        reject(new Gone())
      }
    })
  })
}
