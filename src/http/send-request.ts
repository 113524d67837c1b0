import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { codeOf } from '../util/error.js'
import { MIB } from '../util/text.js'
import type { Body, Method, Request, Response } from './message.js'
import { proxyConnectionError, proxyStatusError } from './proxy.js'
import { connectionError, RequestError } from './request-error.js'
import type { Agents, ProxyRoutes, Route } from './tunnel.js'

/** Connections to servers, and the routes and timeouts of requests on them. */
export interface ConnectionPool {
  readonly agents: Agents
  readonly routes: ProxyRoutes
  readonly timeouts: Timeouts
}

/** In milliseconds. */
export interface Timeouts {
  /**
   * Until the connection is open, TLS included. A proxy has this long to open its tunnel; TLS to the server then has as long
   * again.
   */
  readonly connect: number
  /** Without a byte in either direction. Waiting for the body's source or for the response's reader does not count. */
  readonly idle: number
  /**
   * From the end of the request to the headers of the response; then as long again for a body that is read into memory. A server
   * that sends a byte from time to time is never idle.
   */
  readonly answer: number
}

/**
 * Sends one request and returns the response as soon as its headers arrive, whatever its status. Throws a `RequestError` if the
 * connection fails, the error of the body's source if that fails, and the signal's reason after an abort.
 */
export async function sendRequest(request: Request, { routes, timeouts }: ConnectionPool): Promise<Response> {
  request.signal?.throwIfAborted()
  const route = routes.routeTo(request.url)
  return new Promise((resolve, reject) => {
    const call = createRequest(request, route)
    const requestBody = new RequestBody(call, request)
    let message: IncomingMessage | undefined
    call.on('error', error => {
      const isStale = !message && call.reusedSocket && isConnectionReset(error) && requestBody.isCheapToResend
      reject(connectionError(request, wrapProxyFailure(error, call, route), isStale))
    })
    call.once('response', received => {
      message = received
      closeAfterEarlyResponse(call, received)
      const { statusCode: status = 0, headers } = received
      const refusingProxy = status === 407 && route.forwardProxy
      if (refusingProxy) call.destroy(proxyStatusError(refusingProxy, status))
      else resolve({ status, headers, request, body: received, timeLimitMs: timeouts.answer })
    })
    rejectOnAbort(request.signal, call, reject)
    const { method, url } = request
    const onTimeout = (reason: string): void =>
      void (message ?? call).destroy(new RequestError({ method, url, code: 'TIMEOUT', reason }))
    watchTimeouts(call, timeouts, () => message, onTimeout)
    limitInterimResponses(call, reason => void call.destroy(new RequestError({ method, url, reason })))
    requestBody.send().catch(error => {
      reject(error)
      call.destroy()
    })
  })
}

/** Rejects at once: Node.js ends an aborted request that waits for a proxy's tunnel only when the tunnel is open. */
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

/** Without a tunnel, a failure to connect is the proxy's. */
function wrapProxyFailure(error: Error, call: ClientRequest, { forwardProxy }: Route): Error {
  return forwardProxy && isConnectFailure(error, call) ? proxyConnectionError(forwardProxy, error) : error
}

/** Whether there was no connection yet, TLS included. */
function isConnectFailure(error: Error, call: ClientRequest): boolean {
  const { syscall, errors } = error as NodeJS.ErrnoException & { errors?: readonly NodeJS.ErrnoException[] }
  const failedCall = syscall ?? errors?.[0]?.syscall
  if (failedCall === 'connect' || failedCall === 'getaddrinfo') return true
  const socket = call.socket as TLSSocket | null
  return !socket || socket.connecting || Boolean(socket.authorizationError)
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

/** If a response ends before the whole request was sent, the connection cannot be reused. */
function closeAfterEarlyResponse(call: ClientRequest, message: IncomingMessage): void {
  message.on('error', () => {})
  const close = (): void => {
    if (!call.writableEnded) call.destroy()
  }
  message.once('end', close).once('close', close)
}

const MAX_CHEAP_BYTES = MIB

/** Sends a request's body, no faster than the connection accepts it. */
export class RequestBody {
  readonly #call: ClientRequest
  readonly #request: Request
  #sent = 0

  constructor(call: ClientRequest, request: Request) {
    this.#call = call
    this.#request = request
  }

  /** Whether so few bytes were sent that sending them again costs almost nothing. */
  get isCheapToResend(): boolean {
    return this.#sent <= MAX_CHEAP_BYTES
  }

  /**
   * Returns when the whole body is written or an early response has arrived. Throws the error of the body's source. Without a
   * connection, nothing is counted, and the body is not opened: it may be sent again.
   */
  async send(): Promise<void> {
    const { body, meter } = this.#request
    if (!body) this.#call.end()
    await waitForConnection(this.#call)
    if (this.#call.destroyed) return
    if (meter) meter.requests++
    if (body) await this.#write(body)
  }

  async #write(body: Body): Promise<void> {
    const call = this.#call
    const source = body.open()
    let isStopped = false
    const stop = (): void => {
      isStopped = true
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
      // Destroying the source makes reading fail; the reason for that is reported elsewhere.
      if (!isStopped) throw error
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

/** Waits until the connection accepts more bytes or never will. */
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

/** Waits until the connection is open, TLS included, or never will be. */
function waitForConnection(call: ClientRequest): Promise<void> {
  return new Promise(resolve => {
    call.once('close', resolve).once('socket', (socket: Socket) => {
      const event = connectEventOf(call, socket)
      if (event) socket.once(event, () => resolve())
      else resolve()
    })
  })
}

/**
 * The event of a connection that is not open yet. Every new connection starts TLS, also one through a proxy's tunnel, which is
 * connected already.
 */
function connectEventOf(call: ClientRequest, socket: Socket): 'secureConnect' | 'connect' | undefined {
  if (call.reusedSocket) return undefined
  if ('encrypted' in socket) return 'secureConnect'
  return socket.connecting ? 'connect' : undefined
}

const TIMEOUT_REASONS: Readonly<Record<keyof Timeouts | 'progress', (timeouts: Timeouts) => string>> = {
  connect: ({ connect }) => `no connection within ${connect / 1000} s`,
  idle: ({ idle }) => `nothing was sent or received for ${idle / 1000} s`,
  answer: ({ answer }) => `no response within ${answer / 1000} s`,
  progress: ({ idle }) =>
    `less than ${MIN_PROGRESS_BYTES / 1024} KiB was sent or received in ${(2 * idle) / 1000} s`,
}

/**
 * Calls `onTimeout` with the reason if a request exceeds one of its timeouts. `response` returns the response received so far.
 */
function watchTimeouts(
  call: ClientRequest,
  timeouts: Timeouts,
  response: () => IncomingMessage | undefined,
  onTimeout: (reason: string) => void,
): void {
  call.once('socket', (socket: Socket) => {
    const stopConnecting = watchConnect(call, socket, timeouts.connect, () =>
      onTimeout(TIMEOUT_REASONS.connect(timeouts)),
    )
    const onIdle = (): void => {
      socket.setTimeout(timeouts.idle)
      if (!isWaitingForUs(call, response())) onTimeout(TIMEOUT_REASONS.idle(timeouts))
    }
    socket.setTimeout(timeouts.idle).on('timeout', onIdle)
    const stopMeasuring = watchProgress(
      socket,
      2 * timeouts.idle,
      () => isWaitingForUs(call, response()),
      () => onTimeout(TIMEOUT_REASONS.progress(timeouts)),
    )
    const stopWaiting = watchAnswer(call, timeouts.answer, () => onTimeout(TIMEOUT_REASONS.answer(timeouts)))
    call.once('close', () => {
      stopConnecting()
      stopMeasuring()
      stopWaiting()
      socket.setTimeout(0).off('timeout', onIdle)
    })
  })
}

function watchConnect(call: ClientRequest, socket: Socket, ms: number, onTimeout: () => void): () => void {
  const event = connectEventOf(call, socket)
  if (event === undefined) return () => {}
  const timer = setTimeout(onTimeout, ms)
  const stop = (): void => clearTimeout(timer)
  socket.once(event, stop)
  return stop
}

/** From the moment when the whole request was sent. */
function watchAnswer(call: ClientRequest, ms: number, onTimeout: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  const start = (): void => {
    timer = setTimeout(onTimeout, ms)
  }
  // A response may arrive before the request is sent.
  const stop = (): void => {
    clearTimeout(timer)
    call.off('finish', start)
  }
  call.once('finish', start).once('response', stop)
  return stop
}

/**
 * A request whose phases are all within the idle timeout ends within two of them, or transfers more than this. Without this
 * limit, a server that sends or takes one byte from time to time would keep a large transfer alive for years.
 */
const MIN_PROGRESS_BYTES = 16 * 1024

/** Calls `onTimeout` if almost nothing was transferred within `ms` milliseconds, and not because of our own side. */
function watchProgress(
  socket: Socket,
  ms: number,
  isOwnFault: () => boolean,
  onTimeout: () => void,
): () => void {
  // `bytesWritten` also counts bytes that are still buffered.
  const transferred = (): number => socket.bytesRead + socket.bytesWritten - socket.writableLength
  let before = transferred()
  const timer = setInterval(() => {
    const now = transferred()
    if (now - before < MIN_PROGRESS_BYTES && !isOwnFault()) onTimeout()
    before = now
  }, ms)
  return () => clearInterval(timer)
}

/** A server needs one or two (100, 102 or 103) for one request. */
const MAX_INTERIM_RESPONSES = 100

function limitInterimResponses(call: ClientRequest, onExcess: (reason: string) => void): void {
  let count = 0
  call.on('information', () => {
    if (++count > MAX_INTERIM_RESPONSES) onExcess(`more than ${MAX_INTERIM_RESPONSES} interim responses`)
  })
}

/** Whether the connection is idle because our own side has not written or read what it could. */
function isWaitingForUs(call: ClientRequest, message: IncomingMessage | undefined): boolean {
  if (message) return message.readableLength > 0
  return !call.writableEnded && call.writableLength === 0
}
