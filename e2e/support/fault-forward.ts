import http, { type IncomingMessage } from 'node:http'
import type { Answer } from './fault-answer.js'
import { Disconnected, pause, requestChunks } from './fault-end.js'

/** The registry to which requests are forwarded. */
export interface Target {
  /** `host:port` */
  readonly registry: string
  readonly agent: http.Agent
  /** Bytes per second of a request body. Default: no limit. */
  readonly rate?: number
  /** Aborts all waits. */
  readonly signal: AbortSignal
}

/** Forwards a request and returns the answer. With `ms`, sending the body takes this many milliseconds. */
export async function forward(request: IncomingMessage, to: Target, ms = 0): Promise<Answer> {
  const call = callOf(request, to)
  const answer = answerOf(call)
  answer.catch(() => {})
  const size = sizeOf(request)
  const { rate = Number.POSITIVE_INFINITY } = to
  try {
    for await (const chunk of requestChunks(request)) {
      // Without Content-Length, the chunk's share of the body is unknown.
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

/** Forwards the first `part` (0 to 1) of a request body, then breaks the connection to the registry. */
export async function forwardPart(request: IncomingMessage, to: Target, part: number): Promise<void> {
  const call = callOf(request, to)
  answerOf(call).catch(() => {})
  const most = Math.floor(sizeOf(request) * part)
  let sent = 0
  // Without destroyOnReturn, leaving the loop does not close the client's connection.
  const chunks = requestChunks(request.iterator({ destroyOnReturn: false }))
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

/** Opens the request to the registry, without the Authorization header, because the proxy issues the tokens. */
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
    call.on('error', () => reject(new Disconnected()))
    call.on('response', async message => {
      const chunks: Buffer[] = []
      try {
        for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk)
        resolve({ status: message.statusCode ?? 0, headers: message.headers, body: Buffer.concat(chunks) })
      } catch {
        reject(new Disconnected())
      }
    })
  })
}
