import { type IncomingHttpHeaders, STATUS_CODES } from 'node:http'
import type { Readable } from 'node:stream'
import { codeOf, messageOf } from '../util/error.js'
import { asArray, asObject, type JsonObject } from '../util/json.js'
import { parseRetryAfter } from './retry.js'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH'

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
  /** Whose word leads to `url`; that is its own when absent. Only one on this machine may lead to plain HTTP on this machine. */
  readonly referrer?: URL
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

/** In bytes. What is longer costs more than another connection. */
const MAX_DISCARDED_BYTES = 64 * 1024

/** Drops an answer's body and waits until its connection is free again; where a long one follows, that goes too. */
export async function discardBody({ request, headers, body }: Response): Promise<void> {
  const size = request.method === 'HEAD' ? 0 : Number(headers['content-length'] ?? 0)
  if (size > MAX_DISCARDED_BYTES) body.destroy()
  if (body.readableEnded || body.destroyed) return
  let seen = 0
  body.on('data', (chunk: Buffer) => {
    seen += chunk.length
    if (seen > MAX_DISCARDED_BYTES) body.destroy()
  })
  await new Promise<void>(resolve => body.once('end', resolve).once('close', resolve).resume())
}

/** The whole body. Throws `RequestError` when the connection breaks or the body has more than `max` bytes. */
export async function readBytes(response: Response, max: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      size += chunk.length
      if (size > max) throw responseError(response, `the answer has more than ${max} bytes`)
    }
  } catch (error) {
    throw connectionError(response.request, error)
  }
  return Buffer.concat(chunks)
}

/** A `RequestError` for an answer that is wrong although its status is not. */
export function responseError(response: Response, reason: string): RequestError {
  const { method, url } = response.request
  return new RequestError({ method, url, status: response.status, reason })
}

/** One header as text, where it is there. */
export function getHeader(response: Response, name: string): string | undefined {
  const value = response.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

const MAX_ERROR_BODY_BYTES = 64 * 1024

/** Reads what the server has to say for a status that was not hoped for. */
export async function readErrorResponse(response: Response, now: number): Promise<RequestError> {
  const { method, url } = response.request
  const text = await readBytes(response, MAX_ERROR_BODY_BYTES).then(String, () => '')
  response.body.destroy()
  const complaints = parseErrorEntries(text)
  return new RequestError({
    method,
    url,
    status: response.status,
    errorEntries,
    reason: complaints.length > 0 ? undefined : excerptOf(text),
    retryAfter: parseRetryAfter(getHeader(response, 'retry-after'), now),
  })
}

/** `errors` of the distribution-spec, or the `details` and `message` that token servers give instead. */
function parseErrorEntries(text: string): ErrorEntry[] {
  try {
    const body = asObject(JSON.parse(text), 'the answer')
    if (body.errors === undefined) return [parseErrorEntry(body)].filter(({ message }) => message !== '')
    return asArray(body.errors, 'errors').map(each => parseErrorEntry(asObject(each, 'an error')))
  } catch {
    return []
  }
}

function parseErrorEntry(of: JsonObject): ErrorEntry {
  const [code, message] = [of.code ?? of.error, of.message ?? of.error_description ?? of.details]
  return {
    code: typeof code === 'string' ? code.slice(0, 100) : '',
    message: typeof message === 'string' ? message.slice(0, 500) : '',
  }
}

/** The start of a plain text, or what a page of markup says about itself. */
function excerptOf(text: string): string {
  const markup = /<(title|message)>([^<]*)</i.exec(text)
  if (markup) return (markup[2] ?? '').slice(0, 200)
  return /^\s*[<{]/.test(text) ? '' : text.slice(0, 200)
}

/** One of `errors` in a registry's answer (OCI distribution-spec, "Error codes"). */
export interface ErrorEntry {
  readonly code: string
  readonly message: string
}

/** What a `RequestError` is about. */
interface RequestErrorDetails {
  readonly method: string
  readonly url: URL
  /** The HTTP status; absent when there was no answer. */
  readonly status?: number | undefined
  /** A system error's code (`ECONNRESET`), or `TIMEOUT` for one of our own timeouts. */
  readonly code?: string | undefined
  readonly errorEntries?: readonly ErrorEntry[]
  /** What went wrong, where neither status nor complaints say it. */
  readonly reason?: string | undefined
  /** Milliseconds that the server asks to wait. */
  readonly retryAfter?: number | undefined
  /** A kept connection turned out to be closed, before anything came back and with little lost. */
  readonly retryImmediately?: boolean
  readonly cause?: unknown
}

/** A request that was not answered, or not as hoped. The message holds no secret: queries are left out. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly method: string
  /** Without its query. */
  readonly url: string
  readonly status: number | undefined
  readonly code: string | undefined
  readonly errorEntries: readonly ErrorEntry[]
  readonly retryAfter: number | undefined
  /** Nothing needs to be waited for, since only a connection was too old. */
  readonly retryImmediately: boolean

  constructor(of: RequestErrorDetails) {
    super(messageFor(of), of.cause === undefined ? undefined : { cause: of.cause })
    this.method = of.method
    this.url = redactUrl(of.url)
    this.status = of.status
    this.code = of.code
    this.errorEntries = of.errorEntries ?? []
    this.retryAfter = of.retryAfter
    this.retryImmediately = of.retryImmediately ?? false
  }

  /** Whether the registry gave one of these error codes. */
  hasErrorCode(...codes: readonly string[]): boolean {
    return this.errorEntries.some(complaint => codes.includes(complaint.code))
  }
}

function messageFor(of: RequestErrorDetails): string {
  const status = of.status === undefined ? undefined : `${of.status} ${STATUS_CODES[of.status] ?? ''}`.trim()
  const said = (of.errorEntries ?? []).map(({ code, message }) => [code, message].filter(Boolean).join(': '))
  const parts = [status, [...new Set(said)].join('; '), of.reason].filter(Boolean)
  return stripControlCharacters(`${of.method} ${redactUrl(of.url)}: ${parts.join(': ')}`)
}

/** One line without control characters: what a server says must not steer a terminal or a log. */
function stripControlCharacters(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/**
 * What to throw for a connection that failed: the signal's reason after an abort, a `RequestError` as it is, and
 * any other error as a `RequestError`.
 */
export function connectionError(
  request: { readonly method: string; readonly url: URL; readonly signal?: AbortSignal },
  error: unknown,
  atOnce = false,
): unknown {
  if (request.signal?.aborted) return request.signal.reason
  if (error instanceof RequestError) return error
  const { method, url } = request
  return new RequestError({
    method,
    url,
    code: codeOf(error),
    reason: aggregateMessageOf(error),
    retryImmediately,
    cause: error,
  })
}

/** Node.js tries every address of a host and joins the failures in an `AggregateError` without words of its own. */
function aggregateMessageOf(error: unknown): string {
  const { errors } = Object(error) as { errors?: unknown }
  return Array.isArray(errors) ? errors.map(messageOf).join(', ') : messageOf(error)
}

/** Whether a URL's host is this machine: `localhost`, 127/8 or `::1`. */
export function isLoopback(url: URL): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
}

export function isSameOrigin(a: URL, b: URL): boolean {
  return a.origin === b.origin
}

/** The address without what may hold secrets: user, password, the query's content and the fragment. */
export function redactUrl(url: URL): string {
  return `${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`
}

/** Docker Hub's names for itself, as found in references and in credential files, to the one in references. */
const DOCKER_HUB = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io'])

/** One name for each registry: `index.docker.io` is `docker.io`. */
export function canonicalRegistry(registry: string): string {
  const name = registry.toLowerCase()
  return DOCKER_HUB.has(name) ? 'docker.io' : name
}

/** Where a registry's API answers: `https://ghcr.io/`, and Docker Hub's under its other name. */
export function registryUrl(registry: string, protocol: 'https:' | 'http:'): URL {
  const name = canonicalRegistry(registry)
  return new URL(`${protocol}//${name === 'docker.io' ? 'registry-1.docker.io' : name}/`)
}
