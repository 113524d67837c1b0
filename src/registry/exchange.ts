import http, { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { connectionFailure, RequestError } from './request-error.js'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT'

/** What a request carries; opened anew each time it is sent. */
export interface Body {
  /** In bytes; sent as Content-Length. */
  readonly size: number
  open(): Readable
  /** Called with the number of bytes each time some are handed to the connection. */
  onSent?(bytes: number): void
}

/** Counts what went over the wire. */
export interface Meter {
  requests: number
  bytesSent: number
}

export interface Request {
  readonly method: Method
  readonly url: URL
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Body
  readonly signal?: AbortSignal
  readonly meter?: Meter
}

export interface Response {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** What was asked in the end, after redirects. */
  readonly request: Request
  /** To be read or discarded by the receiver. */
  readonly body: Readable
}

/** In milliseconds. */
export interface Timeouts {
  /** Until there is a connection, TLS included. */
  readonly connect: number
  /** Without a byte in either direction. A body's source or reader that is slow on our side does not count. */
  readonly idle: number
}

export interface Wire {
  readonly agents: { readonly http: http.Agent; readonly https: https.Agent }
  readonly timeouts: Timeouts
}

/**
 * Sends one request and gives the answer as soon as its head is there, whatever its status. A failed connection is
 * a `RequestError`; a failure of the body's source is thrown as it is; an abort throws the signal's reason.
 */
export function exchange(request: Request, wire: Wire): Promise<Response> {
  request.signal?.throwIfAborted()
  if (request.meter) request.meter.requests++
  return new Promise((resolve, reject) => {
    const call = start(request, wire)
    let message: IncomingMessage | undefined
    call.on('error', error => reject(connectionFailure(request, error)))
    call.once('response', answer => {
      message = answer
      settle(call, answer)
      const { statusCode: status = 0, headers } = answer
      resolve({ status, headers, request, body: answer })
    })
    watch(call, wire.timeouts, reason => {
      if (reason === 'idle' && isOurTurn(call, message)) return
      const { method, url } = request
      const failure = new RequestError({
        method,
        url,
        code: 'TIMEOUT',
        reason: TIMED_OUT[reason](wire.timeouts),
      })
      const broken = message ?? call
      broken.destroy(failure)
    })
    if (!request.body) call.end()
    else
      send(request.body, call, request.meter).catch(error => {
        reject(error)
        call.destroy()
      })
  })
}

/** The URL is taken apart by hand: Node.js would turn a user and password in it into an Authorization header. */
function start(request: Request, { agents }: Wire): ClientRequest {
  const { method, url, headers, body, signal } = request
  const secure = url.protocol === 'https:'
  const options = {
    method,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port || (secure ? 443 : 80),
    path: url.pathname + url.search,
    headers: { ...headers, ...contentLength(method, body) },
    ...(signal && { signal }),
  }
  return secure
    ? https.request({ ...options, agent: agents.https })
    : http.request({ ...options, agent: agents.http })
}

function contentLength(method: Method, body: Body | undefined): Record<string, string> {
  if (body) return { 'content-length': String(body.size) }
  return method === 'POST' || method === 'PUT' ? { 'content-length': '0' } : {}
}

/** An answer that came before the whole request was sent leaves the connection useless for another one. */
function settle(call: ClientRequest, message: IncomingMessage): void {
  message.on('error', () => {})
  const close = (): void => {
    if (!call.writableEnded) call.destroy()
  }
  message.once('end', close).once('close', close)
}

async function send(body: Body, call: ClientRequest, meter: Meter | undefined): Promise<void> {
  const source = body.open()
  let sent = 0
  let over = false
  const stop = (): void => {
    over = true
    source.destroy()
  }
  call.once('close', stop).once('response', () => sent < body.size && stop())
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      sent += chunk.length
      if (sent > body.size) throw new Error(`the body is longer than its ${body.size} bytes`)
      if (meter) meter.bytesSent += chunk.length
      body.onSent?.(chunk.length)
      if (!call.write(chunk)) await drained(call)
    }
    if (sent < body.size) throw new Error(`the body ended after ${sent} of its ${body.size} bytes`)
    call.end()
  } catch (error) {
    // Stopping the source makes reading it fail; the reason is told elsewhere.
    if (!over) throw error
  }
}

const DRAINED = ['drain', 'close', 'response']

/** Until the connection takes more, or will never. */
function drained(call: ClientRequest): Promise<void> {
  if (call.destroyed) return Promise.resolve()
  return new Promise(resolve => {
    const done = (): void => {
      for (const event of DRAINED) call.off(event, done)
      resolve()
    }
    for (const event of DRAINED) call.on(event, done)
  })
}

const TIMED_OUT: Readonly<Record<keyof Timeouts, (timeouts: Timeouts) => string>> = {
  connect: ({ connect }) => `no connection within ${connect / 1000} s`,
  idle: ({ idle }) => `nothing was sent or received for ${idle / 1000} s`,
}

function watch(call: ClientRequest, timeouts: Timeouts, onTimeout: (reason: keyof Timeouts) => void): void {
  call.once('socket', (socket: Socket) => {
    const stopConnecting = socket.connecting
      ? watchConnecting(socket, timeouts.connect, () => onTimeout('connect'))
      : undefined
    const onIdle = (): void => {
      socket.setTimeout(timeouts.idle)
      onTimeout('idle')
    }
    socket.setTimeout(timeouts.idle).on('timeout', onIdle)
    call.once('close', () => {
      stopConnecting?.()
      socket.setTimeout(0).off('timeout', onIdle)
    })
  })
}

function watchConnecting(socket: Socket, ms: number, onTimeout: () => void): () => void {
  const timer = setTimeout(onTimeout, ms)
  const stop = (): void => clearTimeout(timer)
  socket.once('encrypted' in socket ? 'secureConnect' : 'connect', stop)
  return stop
}

/** Whether the connection is idle because our own side has not written or read what it could. */
function isOurTurn(call: ClientRequest, message: IncomingMessage | undefined): boolean {
  if (message) return message.readableLength > 0
  return !call.writableEnded && call.writableLength === 0
}
