import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { codeOf } from '../util/error.js'
import { MIB } from '../util/text.js'
import {
  type Body,
  connectionError,
  type Method,
  type Request,
  RequestError,
  type Response,
} from './message.js'
import { proxyConnectionError, proxyStatusError } from './proxy.js'
import type { ProxyRoutes, Route } from './tunnel.js'

export interface Wire {
  readonly routes: ProxyRoutes
  readonly timeouts: Timeouts
}

/**
 * Sends one request and gives the answer as soon as its head is there, whatever its status. A failed connection is
 * a `RequestError`; a failure of the body's source is thrown as it is; an abort throws the signal's reason.
 */
export async function sendRequest(request: Request, { routes, timeouts }: Wire): Promise<Response> {
  request.signal?.throwIfAborted()
  const route = routes.routeTo(request.url)
  if (request.meter) request.meter.requests++
  return new Promise((resolve, reject) => {
    const call = createRequest(request, route)
    const sending = new RequestBody(call, request)
    let message: IncomingMessage | undefined
    call.on('error', error => {
      const isStale = !message && call.reusedSocket && isConnectionReset(error) && sending.isCheapToResend
      reject(connectionError(request, wrapProxyFailure(error, call, route), isStale))
    })
    call.once('response', answer => {
      message = answer
      closeAfterEarlyResponse(call, answer)
      const { statusCode: status = 0, headers } = answer
      const refused = status === 407 && route.forwardProxy
      if (refused) call.destroy(proxyStatusError(refused, status))
      else resolve({ status, headers, request, body: answer })
    })
    rejectOnAbort(request.signal, call, reject)
    const { method, url } = request
    const late = (reason: string): void =>
      void (message ?? call).destroy(new RequestError({ method, url, code: 'TIMEOUT', reason }))
    watchTimeouts(call, timeouts, () => message, late)
    sending.run().catch(error => {
      reject(error)
      call.destroy()
    })
  })
}

/** Node.js ends a request that waits for a proxy's tunnel only when there is one. */
function rejectOnAbort(
  signal: AbortSignal | undefined,
  call: ClientRequest,
  reject: (reason: unknown) => void,
): void {
  if (!signal) return
  const abort = (): void => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  call.once('close', () => signal.removeEventListener('abort', abort))
}

const CONNECTION_RESET_CODES = new Set(['ECONNRESET', 'EPIPE'])

function isConnectionReset(error: Error): boolean {
  return CONNECTION_RESET_CODES.has(codeOf(error) ?? '')
}

/** A proxy that reads our requests is who we connect to. */
function wrapProxyFailure(error: Error, call: ClientRequest, { forwardProxy }: Route): Error {
  return forwardProxy && (call.socket?.connecting ?? true) ? proxyConnectionError(forwardProxy, error) : error
}

function createRequest({ method, headers, body, signal }: Request, route: Route): ClientRequest {
  return route.request({
    ...route.options,
    method,
    headers: { ...headers, ...route.headers, ...contentLengthHeader(method, body) },
    ...(signal && { signal }),
  })
}

const METHODS_WITH_BODY: ReadonlySet<Method> = new Set(['POST', 'PUT', 'PATCH'])

function contentLengthHeader(method: Method, body: Body | undefined): Record<string, string> {
  if (body) return { 'content-length': String(body.size) }
  return METHODS_WITH_BODY.has(method) ? { 'content-length': '0' } : {}
}

/** An answer that came before the whole request was sent leaves the connection useless for another one. */
function closeAfterEarlyResponse(call: ClientRequest, message: IncomingMessage): void {
  message.on('error', () => {})
  const close = (): void => {
    if (!call.writableEnded) call.destroy()
  }
  message.once('end', close).once('close', close)
}

/** In bytes. */
const MAX_CHEAP_BYTES = MIB

/** A request's body on its way out, no faster than the connection takes it. */
export class RequestBody {
  readonly #call: ClientRequest
  readonly #request: Request
  #sent = 0

  constructor(call: ClientRequest, request: Request) {
    this.#call = call
    this.#request = request
  }

  /** Whether so little was sent that doing it again costs nothing. */
  get isCheapToResend(): boolean {
    return this.#sent <= MAX_CHEAP_BYTES
  }

  /** Ends when all is handed over, or the answer has come before that. Throws what the body's source throws. */
  async run(): Promise<void> {
    const { body } = this.#request
    if (body) await this.#send(body)
    else this.#call.end()
  }

  async #send(body: Body): Promise<void> {
    const call = this.#call
    const source = body.open()
    let over = false
    const stop = (): void => {
      over = true
      source.destroy()
    }
    call.once('close', stop).once('response', () => this.#sent < body.size && stop())
    try {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        if (call.destroyed) return
        this.#count(chunk.length, body)
        if (!call.write(chunk)) await waitForDrain(call)
      }
      if (this.#sent < body.size)
        throw new Error(`the body ended after ${this.#sent} of its ${body.size} bytes`)
      call.end()
    } catch (error) {
      // Stopping the source makes reading it fail; the reason is told elsewhere.
      if (!over) throw error
    }
  }

  #count(bytes: number, body: Body): void {
    this.#sent += bytes
    if (this.#sent > body.size) throw new Error(`the body is longer than its ${body.size} bytes`)
    if (this.#request.meter) this.#request.meter.bytesSent += bytes
    body.onSent?.(bytes)
  }
}

const DRAIN_EVENTS = ['drain', 'close', 'response']

/** Until the connection takes more, or will never. */
function waitForDrain(call: ClientRequest): Promise<void> {
  if (call.destroyed) return Promise.resolve()
  return new Promise(resolve => {
    const done = (): void => {
      for (const event of DRAIN_EVENTS) call.off(event, done)
      resolve()
    }
    for (const event of DRAIN_EVENTS) call.on(event, done)
  })
}

/** In milliseconds. */
export interface Timeouts {
  /** Until there is a connection, TLS included; for a proxy, until it has given its tunnel, and then as long again. */
  readonly connect: number
  /** Without a byte in either direction. A body's source or reader that is slow on our side does not count. */
  readonly idle: number
}

const TIMEOUT_REASONS: Readonly<Record<keyof Timeouts, (timeouts: Timeouts) => string>> = {
  connect: ({ connect }) => `no connection within ${connect / 1000} s`,
  idle: ({ idle }) => `nothing was sent or received for ${idle / 1000} s`,
}

/** Says in words, once, when a request takes longer than it may; `answer` tells what has come of it so far. */
function watchTimeouts(
  call: ClientRequest,
  timeouts: Timeouts,
  answer: () => IncomingMessage | undefined,
  onTimeout: (reason: string) => void,
): void {
  call.once('socket', (socket: Socket) => {
    const stopConnecting = watchConnect(call, socket, timeouts.connect, () =>
      onTimeout(TIMEOUT_REASONS.connect(timeouts)),
    )
    const onIdle = (): void => {
      socket.setTimeout(timeouts.idle)
      if (!isWaitingForUs(call, answer())) onTimeout(TIMEOUT_REASONS.idle(timeouts))
    }
    socket.setTimeout(timeouts.idle).on('timeout', onIdle)
    call.once('close', () => {
      stopConnecting()
      socket.setTimeout(0).off('timeout', onIdle)
    })
  })
}

/** TLS begins anew on each connection, also on one through a proxy, which is there already. */
function watchConnect(call: ClientRequest, socket: Socket, ms: number, onTimeout: () => void): () => void {
  const isSafe = 'encrypted' in socket
  if (call.reusedSocket || !(isSafe || socket.connecting)) return () => {}
  const timer = setTimeout(onTimeout, ms)
  const stop = (): void => clearTimeout(timer)
  socket.once(isSafe ? 'secureConnect' : 'connect', stop)
  return stop
}

/** Whether the connection is idle because our own side has not written or read what it could. */
function isWaitingForUs(call: ClientRequest, message: IncomingMessage | undefined): boolean {
  if (message) return message.readableLength > 0
  return !call.writableEnded && call.writableLength === 0
}
