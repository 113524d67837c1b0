import { createHash } from 'node:crypto'
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { dirname } from 'node:path'
import { codeOf, messageOf, UserError } from '../util/error.js'
import { PartFile } from '../util/files.js'
import { basicAuthorization } from './message.js'
import { ProxyError, proxyConnectionError, proxyFor, proxyStatusError } from './proxy.js'
import { parseRetryAfter, type RetryPolicy, retryTransient, TransientError } from './retry.js'
import { ProxyRoutes } from './tunnel.js'

export interface DownloadOptions {
  readonly retry: RetryPolicy
  readonly signal?: AbortSignal | undefined
  readonly debug: (message: string) => void
  /** Milliseconds without a byte from the server after which a try fails; 30 000 by default. */
  readonly idleTimeoutMs?: number | undefined
  /** Contains the proxy variables; by default the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}

/** The server cannot be reached, or all tries to download from it failed. */
export class ServerUnreachable extends UserError {
  override readonly name = 'ServerUnreachable'
}

/** The server responded with a status that another try does not change. */
export class DownloadRefused extends UserError {
  override readonly name = 'DownloadRefused'
  readonly status: number

  constructor(url: string, status: number, hint?: string) {
    super(`${stripSecrets(url)} cannot be downloaded: the server answered ${status}`, { hint })
    this.status = status
  }
}

/**
 * Downloads a URL to a file. The file appears only when it is complete and `accept` has returned for its SHA-256 (hex). Throws
 * `ServerUnreachable` or `DownloadRefused` if the download fails, and whatever `accept` throws.
 */
export async function download(
  url: string,
  path: string,
  accept: (sha256: string) => void,
  options: DownloadOptions,
): Promise<void> {
  await retryDownload(url, options, async signal => {
    const part = await PartFile.create(dirname(path))
    try {
      const hash = createHash('sha256')
      for await (const chunk of streamBody(url, options, signal)) {
        const written = part.write(chunk)
        hash.update(chunk)
        await written
      }
      accept(hash.digest('hex'))
      await part.close()
      await part.rename(path)
    } finally {
      await part.discard()
    }
  })
}

const MAX_TEXT_BYTES = 64 * 1024

/** Downloads a text of at most 64 KiB. Throws like `download`. */
export async function downloadText(url: string, options: DownloadOptions): Promise<string> {
  return retryDownload(url, options, async signal => {
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of streamBody(url, options, signal)) {
      size += chunk.length
      if (size > MAX_TEXT_BYTES) throw new UserError(`${stripSecrets(url)} is longer than was to be expected`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString()
  })
}

async function retryDownload<T>(
  url: string,
  { retry, debug, signal }: DownloadOptions,
  task: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  try {
    return await retryTransient(retry, debug, () => task(signal), signal)
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof TransientError)) throw error
    const message = `${stripSecrets(url)} cannot be downloaded: ${messageOf(error)}`
    throw new ServerUnreachable(message, { cause: error })
  }
}

/** Streams the body of the response. Throws `TransientError` if the connection breaks or stalls, or for a transient status. */
async function* streamBody(
  url: string,
  { idleTimeoutMs = 30_000, env = process.env }: DownloadOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const idleTimer = startIdleTimer(idleTimeoutMs, signal)
  try {
    const response = await followRedirects(url, idleTimer.signal, env)
    idleTimer.restart()
    for await (const chunk of response) {
      idleTimer.restart()
      yield chunk
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (idleTimer.signal.aborted) throw idleTimer.signal.reason
    throw error instanceof UserError || error instanceof TransientError ? error : connectionBroken(error)
  } finally {
    idleTimer.stop()
  }
}

function connectionBroken(error: unknown): TransientError {
  return new TransientError(`the connection broke: ${messageOf(error)}`, { cause: error })
}

const MAX_REDIRECTS = 10

/** Returns the response after all redirects. A redirect from https to http is not followed. */
async function followRedirects(
  url: string,
  signal: AbortSignal,
  env: NodeJS.ProcessEnv,
): Promise<IncomingMessage> {
  let current = new URL(url)
  for (let count = 0; count <= MAX_REDIRECTS; count++) {
    const response = await sendGet(current, signal, env)
    const { statusCode: status = 0, headers } = response
    if (status === 200) return response
    response.destroy()
    if (status < 300 || status > 399 || headers.location === undefined)
      throw statusError(current, status, headers)
    const next = new URL(headers.location, current)
    if (next.protocol !== 'https:' && (current.protocol === 'https:' || next.protocol !== 'http:'))
      throw new UserError(
        `${stripSecrets(current.href)} leads to ${next.origin}, which is not safe: not followed`,
      )
    current = next
  }
  throw new UserError(`${stripSecrets(url)} leads to more than ${MAX_REDIRECTS} other places`)
}

function statusError({ href, host }: URL, status: number, headers: IncomingHttpHeaders): Error {
  if (status !== 408 && status !== 429 && status < 500) return new DownloadRefused(href, status)
  return new TransientError(`${host} answered ${status}`, {
    retryAfter: limitRetryAfter(headers['retry-after']),
  })
}

/** The URL without its user, password and query, which may contain a signature. */
export function stripSecrets(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

/**
 * Starts a timer. Its signal is aborted with a `TransientError` after `timeoutMs` without `restart`, or together with `signal`.
 */
function startIdleTimer(timeoutMs: number, signal: AbortSignal | undefined) {
  const controller = new AbortController()
  const onTimeout = (): void => controller.abort(new TransientError(`nothing came for ${timeoutMs / 1000} s`))
  const timer = setTimeout(onTimeout, timeoutMs)
  return {
    signal: AbortSignal.any([controller.signal, ...(signal ? [signal] : [])]),
    restart: (): void => void timer.refresh(),
    stop: (): void => clearTimeout(timer),
  }
}

/**
 * Sends a GET through the proxy that the environment names, and returns the response without following redirects. Throws
 * `TransientError` if the host cannot be reached, and `UserError` if the proxy variable is invalid. `fetch` needs about twice the
 * CPU time for large files.
 */
export async function sendGet(
  url: URL,
  signal: AbortSignal,
  env: NodeJS.ProcessEnv,
): Promise<IncomingMessage> {
  const routes = new ProxyRoutes({ http: http.globalAgent, https: https.globalAgent }, address =>
    proxyFor(address, env),
  )
  const { request, options, headers, forwardProxy } = routes.routeTo(url)
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(unreachableError(url, error))
    const requestOptions = {
      ...options,
      signal,
      headers: { 'accept-encoding': 'identity', ...authorizationHeader(url), ...headers },
    }
    const clientRequest = request(requestOptions, response => {
      if (!forwardProxy || response.statusCode !== 407) return resolve(response)
      response.destroy()
      fail(proxyStatusError(forwardProxy, 407))
    })
    clientRequest.on('error', error => fail(forwardProxy ? proxyConnectionError(forwardProxy, error) : error))
    // Node.js ends an aborted request only when it has a connection, so the pending tunnels are closed here.
    const close = (): void => routes.close()
    signal.addEventListener('abort', close, { once: true })
    clientRequest.once('close', () => {
      signal.removeEventListener('abort', close)
      close()
    })
    clientRequest.end()
  })
}

/** The user and password of a URL are sent to its server. */
function authorizationHeader({ username, password }: URL): Record<string, string> {
  if (username === '') return {}
  return { authorization: basicAuthorization(decodeURIComponent(username), decodeURIComponent(password)) }
}

function unreachableError({ host }: URL, error: Error): TransientError {
  // The message of an `AggregateError` is empty: Node.js throws one if a host has several addresses.
  const reason = error.message || codeOf(error)
  const variable = error instanceof ProxyError ? ` (${error.proxy.variable} names it)` : ''
  return new TransientError(`${host} cannot be reached: ${reason}${variable}`, { cause: error })
}

/** `fetch` that throws a `TransientError` with the host and the reason, without secrets of the URL. */
export async function fetchResponse(url: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    throw new TransientError(`${new URL(url).host} cannot be reached: ${fetchFailureReason(error)}`, {
      cause: error,
    })
  }
}

/** The message of `fetch` is only "fetch failed" or "terminated"; its cause contains the reason. */
export function fetchFailureReason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return (cause === undefined ? '' : messageOf(cause)) || messageOf(error)
}

const MAX_RETRY_AFTER_MS = 60_000

/** The `Retry-After` of a response in milliseconds, at most one minute. */
export function retryAfterOf({ headers }: Response): number | undefined {
  return limitRetryAfter(headers.get('retry-after') ?? undefined)
}

function limitRetryAfter(value: string | undefined): number | undefined {
  const requested = parseRetryAfter(value, Date.now())
  return requested === undefined ? undefined : Math.min(requested, MAX_RETRY_AFTER_MS)
}
