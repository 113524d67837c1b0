import {
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http'
import type { Socket } from 'node:net'
import { pause } from './fault-end.js'

/** A complete answer in memory. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders | OutgoingHttpHeaders
  readonly body: Buffer
}

/** Headers that apply only to one connection and must not be forwarded. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length'])

function headersOf(answer: Answer, toHead: boolean): OutgoingHttpHeaders {
  const forwarded = Object.entries(answer.headers).filter(([name]) => !HOP_BY_HOP.has(name))
  const length = toHead ? answer.headers['content-length'] : answer.body.length
  return Object.fromEntries([...forwarded, ['content-length', length ?? 0]])
}

export function isToHead({ req }: ServerResponse): boolean {
  return req.method === 'HEAD'
}

/** Sends an answer unchanged. */
export function deliver(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, headersOf(answer, isToHead(response)))
  response.end(isToHead(response) ? undefined : answer.body)
}

const PIECES = 8

/** Sends an answer in pieces over `ms` milliseconds. */
export async function deliverSlowly(
  response: ServerResponse,
  answer: Answer,
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  const body = isToHead(response) ? Buffer.alloc(0) : answer.body
  await pause(ms / (PIECES + 1), signal)
  response.writeHead(answer.status, headersOf(answer, isToHead(response)))
  response.flushHeaders()
  const step = Math.ceil(body.length / PIECES)
  for (let at = 0; at < body.length && !response.destroyed; at += step) {
    response.write(body.subarray(at, at + step))
    await pause(ms / (PIECES + 1), signal)
  }
  response.end()
}

/** Sends the first `part` (0 to 1) of an answer, then resets or closes the connection. */
export async function deliverPart(
  response: ServerResponse,
  answer: Answer,
  part: number,
  end: 'reset' | 'close',
): Promise<void> {
  const { socket } = response
  if (!socket) return
  const head = Object.entries(headersOf(answer, isToHead(response)))
    .flatMap(([name, value]) => [value].flat().map(each => `${name}: ${each}\r\n`))
    .join('')
  const text = `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}\r\n${head}\r\n`
  const fullAnswer = Buffer.concat([Buffer.from(text), isToHead(response) ? Buffer.alloc(0) : answer.body])
  const bytes = fullAnswer.subarray(0, Math.min(fullAnswer.length - 1, Math.floor(fullAnswer.length * part)))
  if (bytes.length > 0) await new Promise<void>(resolve => socket.write(bytes, () => resolve()))
  if (end === 'close') socket.end()
  else reset(socket)
}

/** Sends a TCP RST, as happens when a router drops the connection. */
export function reset(socket: Socket | null): void {
  socket?.resetAndDestroy()
}
