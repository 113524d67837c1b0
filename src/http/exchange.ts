import type { ClientRequest, IncomingMessage } from 'node:http'
import { codeOf } from '../util/error.js'
import type { Body, Method, Request, Response } from './message.js'
import { proxyFailure, proxyRefusal } from './proxy-error.js'
import { connectionFailure, RequestError } from './request-error.js'
import type { Route, Routes } from './route.js'
import { Sending } from './sending.js'
import { type Timeouts, watch } from './watch.js'

export interface Wire {
  readonly routes: Routes
  readonly timeouts: Timeouts
}

/**
 * Sends one request and gives the answer as soon as its head is there, whatever its status. A failed connection is
 * a `RequestError`; a failure of the body's source is thrown as it is; an abort throws the signal's reason.
 */
export async function exchange(request: Request, { routes, timeouts }: Wire): Promise<Response> {
  request.signal?.throwIfAborted()
  const route = routes.to(request.url)
  if (request.meter) request.meter.requests++
  return new Promise((resolve, reject) => {
    const call = start(request, route)
    const sending = new Sending(call, request)
    let message: IncomingMessage | undefined
    call.on('error', error => {
      const isStale = !message && call.reusedSocket && isBreak(error) && sending.isCheap
      reject(connectionFailure(request, told(error, call, route), isStale))
    })
    call.once('response', answer => {
      message = answer
      settle(call, answer)
      const { statusCode: status = 0, headers } = answer
      const refused = status === 407 && route.reader
      if (refused) call.destroy(proxyRefusal(refused, status))
      else resolve({ status, headers, request, body: answer })
    })
    onAbort(request.signal, call, reject)
    const { method, url } = request
    const late = (reason: string): void =>
      void (message ?? call).destroy(new RequestError({ method, url, code: 'TIMEOUT', reason }))
    watch(call, timeouts, () => message, late)
    sending.run().catch(error => {
      reject(error)
      call.destroy()
    })
  })
}

/** Node.js ends a request that waits for a proxy's tunnel only when there is one. */
function onAbort(
  signal: AbortSignal | undefined,
  call: ClientRequest,
  reject: (reason: unknown) => void,
): void {
  if (!signal) return
  const abort = (): void => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  call.once('close', () => signal.removeEventListener('abort', abort))
}

const BREAKS = new Set(['ECONNRESET', 'EPIPE'])

function isBreak(error: Error): boolean {
  return BREAKS.has(codeOf(error) ?? '')
}

/** A proxy that reads our requests is who we connect to. */
function told(error: Error, call: ClientRequest, { reader }: Route): Error {
  return reader && (call.socket?.connecting ?? true) ? proxyFailure(reader, error) : error
}

function start({ method, headers, body, signal }: Request, route: Route): ClientRequest {
  return route.request({
    ...route.options,
    method,
    headers: { ...headers, ...route.headers, ...contentLength(method, body) },
    ...(signal && { signal }),
  })
}

const WITH_BODY: ReadonlySet<Method> = new Set(['POST', 'PUT', 'PATCH'])

function contentLength(method: Method, body: Body | undefined): Record<string, string> {
  if (body) return { 'content-length': String(body.size) }
  return WITH_BODY.has(method) ? { 'content-length': '0' } : {}
}

/** An answer that came before the whole request was sent leaves the connection useless for another one. */
function settle(call: ClientRequest, message: IncomingMessage): void {
  message.on('error', () => {})
  const close = (): void => {
    if (!call.writableEnded) call.destroy()
  }
  message.once('end', close).once('close', close)
}
