import { createHash } from 'node:crypto'
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { dirname } from 'node:path'
import { codeOf, messageOf, UserError } from '../util/error.js'
import { PartFile } from '../util/files.js'
import { ProxyError, proxyConnectionError, proxyFor, proxyStatusError } from './proxy.js'
import { parseRetryAfter, type RetryPolicy, retryTransient, TransientError } from './retry.js'
import { ProxyRoutes } from './tunnel.js'

export interface DownloadOptions {
  readonly retry: RetryPolicy
  readonly signal?: AbortSignal | undefined
  readonly debug: (message: string) => void
  /** Milliseconds after which a server that sends nothing is given up; half a minute where it is not said. */
  readonly idleTimeoutMs?: number | undefined
  /** Names the proxies; the process's own environment where it is not said. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}

/** The server could not be reached, or did not deliver, however often it was tried. */
export class ServerUnreachable extends UserError {
  override readonly name = 'OutOfReach'
}

/** A server answered with a failure that trying again does not mend. */
export class DownloadRefused extends UserError {
  override readonly name = 'Refused'
  readonly status: number

  constructor(url: string, status: number, hint?: string) {
    super(`${stripSecrets(url)} cannot be downloaded: the server answered ${status}`, { hint })
    this.status = status
  }
}

/**
 * Puts what lies at a URL into a file, which appears only when it is whole and `accept` has let its SHA-256 (hex) pass; what
 * `accept` throws, is thrown. Throws `OutOfReach` or `Refused` when it cannot be had.
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

/** A short text from a URL, at most 64 KiB. Fails like `download`. */
export async function downloadText(url: string, options: DownloadOptions): Promise<string> {
  return retryDownload(url, options, async signal => {
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of streamBody(url, options, signal)) {
      size += chunk.length
      if (size > 65_536) throw new UserError(`${stripSecrets(url)} is longer than was to be expected`)
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

/** The body of the answer. Breaks with `Transient` where it is cut, stalls, or the server is only out of sorts. */
async function* streamBody(
  url: string,
  { idleTimeoutMs = 30_000, env = process.env }: DownloadOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const idleTimer = startIdleTimer(idleTimeoutMs, signal)
  try {
    const response = await followRedirects(url, idleTimer.signal, env)
    idleTimer.alive()
    for await (const chunk of response) {
      idleTimer.alive()
      yield chunk
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (idleTimer.signal.aborted) throw idleTimer.signal.reason
    throw error instanceof UserError || error instanceof TransientError ? error : connectionBroken(error)
  } finally {
    idleTimer.end()
  }
}

function connectionBroken(error: unknown): TransientError {
  return new TransientError(`the connection broke: ${messageOf(error)}`, { cause: error })
}

const MAX_REDIRECTS = 10

/** The answer behind all redirects, which may not lead from https to http. */
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

/** An address without what may be a password or a signature in it. */
export function stripSecrets(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

/** A signal that comes when nothing was alive for so many milliseconds, or with the one given. */
function startIdleTimer(patience: number, signal: AbortSignal | undefined) {
  const abort = new AbortController()
  const give = (): void => abort.abort(new TransientError(`nothing came for ${patience / 1000} s`))
  const timer = setTimeout(give, patience)
  return {
    signal: AbortSignal.any([abort.signal, ...(signal ? [signal] : [])]),
    alive: (): void => void timer.refresh(),
    end: (): void => clearTimeout(timer),
  }
}

/**
 * The answer to a GET, as it comes and redirected nowhere, through the proxy that the environment names. Throws `Transient`
 * where the host cannot be reached, and `UserError` for a proxy that is none. For large files: `fetch` takes about twice the
 * processor's time for them.
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
    // Node.js ends a request for which there is no connection yet only when there is one.
    const close = (): void => routes.close()
    signal.addEventListener('abort', close, { once: true })
    clientRequest.once('close', () => {
      signal.removeEventListener('abort', close)
      close()
    })
    clientRequest.end()
  })
}

/** A name and password that stand in the address are for its server. */
function authorizationHeader({ username, password }: URL): Record<string, string> {
  if (username === '') return {}
  const login = [username, password].map(decodeURIComponent).join(':')
  return { authorization: `Basic ${Buffer.from(login).toString('base64')}` }
}

function unreachableError({ host }: URL, error: Error): TransientError {
  // Where several addresses were tried, the message is empty.
  const reason = error.message || codeOf(error)
  const variable = error instanceof ProxyError ? ` (${error.proxy.variable} names it)` : ''
  return new TransientError(`${host} cannot be reached: ${reason}${variable}`, { cause: error })
}

/** `fetch` whose failure is `Transient` and says why and which host, without the address's secrets. */
export async function fetchResponse(url: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    throw new TransientError(`${new URL(url).host} cannot be reached: ${fetchFailureReason(error)}`, {
      cause: error,
    })
  }
}

/** `fetch` says only "fetch failed" or "terminated"; the reason lies in its cause. */
export function fetchFailureReason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return (cause === undefined ? '' : messageOf(cause)) || messageOf(error)
}

const MAX_RETRY_AFTER_MS = 60_000

/** For how many milliseconds a server asks to be left alone; at most a minute. */
export function retryAfterOf({ headers }: Response): number | undefined {
  return limitRetryAfter(headers.get('retry-after') ?? undefined)
}

/** The same of the header's value. */
function limitRetryAfter(value: string | undefined): number | undefined {
  const asked = parseRetryAfter(value, Date.now())
  return asked === undefined ? undefined : Math.min(asked, MAX_RETRY_AFTER_MS)
}
