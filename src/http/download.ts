import { createHash } from 'node:crypto'
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { dirname } from 'node:path'
import { codeOf, messageOf, UserError } from '../util/error.js'
import { PartFile } from '../util/files.js'
import { ProxyError, proxyFailure, proxyFor, proxyRefusal } from './proxy.js'
import { type RetryPolicy, retryAfter, retryTransient, Transient } from './retry.js'
import { Routes } from './tunnel.js'

export interface DownloadOptions {
  readonly retry: RetryPolicy
  readonly signal?: AbortSignal | undefined
  readonly debug: (message: string) => void
  /** Milliseconds after which a server that sends nothing is given up; half a minute where it is not said. */
  readonly patience?: number | undefined
  /** Names the proxies; the process's own environment where it is not said. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
}

/** The server could not be reached, or did not deliver, however often it was tried. */
export class OutOfReach extends UserError {
  override readonly name = 'OutOfReach'
}

/** A server answered with a failure that trying again does not mend. */
export class Refused extends UserError {
  override readonly name = 'Refused'
  readonly status: number

  constructor(url: string, status: number, hint?: string) {
    super(`${withoutSecrets(url)} cannot be downloaded: the server answered ${status}`, { hint })
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
  await trying(url, options, async signal => {
    const part = await PartFile.create(dirname(path))
    try {
      const hash = createHash('sha256')
      for await (const chunk of bodyOf(url, options, signal)) {
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
  return trying(url, options, async signal => {
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of bodyOf(url, options, signal)) {
      size += chunk.length
      if (size > 65_536) throw new UserError(`${withoutSecrets(url)} is longer than was to be expected`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString()
  })
}

async function trying<T>(
  url: string,
  { retry, debug, signal }: DownloadOptions,
  task: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  try {
    return await retryTransient(retry, debug, () => task(signal), signal)
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof Transient)) throw error
    const message = `${withoutSecrets(url)} cannot be downloaded: ${messageOf(error)}`
    throw new OutOfReach(message, { cause: error })
  }
}

/** The body of the answer. Breaks with `Transient` where it is cut, stalls, or the server is only out of sorts. */
async function* bodyOf(
  url: string,
  { patience = 30_000, env = process.env }: DownloadOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const watch = watchdog(patience, signal)
  try {
    const response = await follow(url, watch.signal, env)
    watch.alive()
    for await (const chunk of response) {
      watch.alive()
      yield chunk
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (watch.signal.aborted) throw watch.signal.reason
    throw error instanceof UserError || error instanceof Transient ? error : broken(error)
  } finally {
    watch.end()
  }
}

function broken(error: unknown): Transient {
  return new Transient(`the connection broke: ${messageOf(error)}`, { cause: error })
}

const MOST_REDIRECTS = 10

/** The answer behind all redirects, which may not lead from https to http. */
async function follow(url: string, signal: AbortSignal, env: NodeJS.ProcessEnv): Promise<IncomingMessage> {
  let at = new URL(url)
  for (let count = 0; count <= MOST_REDIRECTS; count++) {
    const response = await get(at, signal, env)
    const { statusCode: status = 0, headers } = response
    if (status === 200) return response
    response.destroy()
    if (status < 300 || status > 399 || headers.location === undefined) throw problemOf(at, status, headers)
    const next = new URL(headers.location, at)
    if (next.protocol !== 'https:' && (at.protocol === 'https:' || next.protocol !== 'http:'))
      throw new UserError(
        `${withoutSecrets(at.href)} leads to ${next.origin}, which is not safe: not followed`,
      )
    at = next
  }
  throw new UserError(`${withoutSecrets(url)} leads to more than ${MOST_REDIRECTS} other places`)
}

function problemOf({ href, host }: URL, status: number, headers: IncomingHttpHeaders): Error {
  if (status !== 408 && status !== 429 && status < 500) return new Refused(href, status)
  return new Transient(`${host} answered ${status}`, { retryAfter: askedPatience(headers['retry-after']) })
}

/** An address without what may be a password or a signature in it. */
export function withoutSecrets(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}

/** A signal that comes when nothing was alive for so many milliseconds, or with the one given. */
function watchdog(patience: number, signal: AbortSignal | undefined) {
  const abort = new AbortController()
  const give = (): void => abort.abort(new Transient(`nothing came for ${patience / 1000} s`))
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
export async function get(url: URL, signal: AbortSignal, env: NodeJS.ProcessEnv): Promise<IncomingMessage> {
  const routes = new Routes({ http: http.globalAgent, https: https.globalAgent }, address =>
    proxyFor(address, env),
  )
  const { request, options, headers, reader } = routes.to(url)
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(unreachable(url, error))
    const all = {
      ...options,
      signal,
      headers: { 'accept-encoding': 'identity', ...loginOf(url), ...headers },
    }
    const call = request(all, response => {
      if (!reader || response.statusCode !== 407) return resolve(response)
      response.destroy()
      fail(proxyRefusal(reader, 407))
    })
    call.on('error', error => fail(reader ? proxyFailure(reader, error) : error))
    // Node.js ends a request for which there is no connection yet only when there is one.
    const close = (): void => routes.close()
    signal.addEventListener('abort', close, { once: true })
    call.once('close', () => {
      signal.removeEventListener('abort', close)
      close()
    })
    call.end()
  })
}

/** A name and password that stand in the address are for its server. */
function loginOf({ username, password }: URL): Record<string, string> {
  if (username === '') return {}
  const login = [username, password].map(decodeURIComponent).join(':')
  return { authorization: `Basic ${Buffer.from(login).toString('base64')}` }
}

function unreachable({ host }: URL, error: Error): Transient {
  // Where several addresses were tried, the message is empty.
  const reason = error.message || codeOf(error)
  const variable = error instanceof ProxyError ? ` (${error.proxy.variable} names it)` : ''
  return new Transient(`${host} cannot be reached: ${reason}${variable}`, { cause: error })
}

/** `fetch` whose failure is `Transient` and says why and which host, without the address's secrets. */
export async function reach(url: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    throw new Transient(`${new URL(url).host} cannot be reached: ${reasonOf(error)}`, { cause: error })
  }
}

/** `fetch` says only "fetch failed" or "terminated"; the reason lies in its cause. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return (cause === undefined ? '' : messageOf(cause)) || messageOf(error)
}

const LONGEST_WAIT_MS = 60_000

/** For how many milliseconds a server asks to be left alone; at most a minute. */
export function retryAfterOf({ headers }: Response): number | undefined {
  return askedPatience(headers.get('retry-after') ?? undefined)
}

/** The same of the header's value. */
export function askedPatience(value: string | undefined): number | undefined {
  const asked = retryAfter(value, Date.now())
  return asked === undefined ? undefined : Math.min(asked, LONGEST_WAIT_MS)
}
