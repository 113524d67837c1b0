import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import { GrowingBuffer } from '../util/growing-buffer.js'
import { asArray, asObject, type JsonObject, parseJson } from '../util/json.js'
import { decodePercent } from '../util/text.js'
import { connectionError, type ErrorEntry, RequestError } from './request-error.js'
import { parseRetryAfter } from './retry.js'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** The body of a request. It is opened again each time the request is sent. */
export interface Body {
  /** In bytes; sent as Content-Length. */
  readonly size: number
  open(): Readable
  /** Called with the number of bytes each time a chunk is written to the connection. */
  onSent?(bytes: number): void
}

/** A text as the body of a request. */
export function textBody(text: string): Body {
  const bytes = Buffer.from(text)
  return { size: bytes.length, open: () => Readable.from([bytes], { objectMode: false }) }
}

/** Counts the requests for which there was a connection, and the bytes of their bodies. */
export interface Meter {
  requests: number
  bytesSent: number
}

export interface Request {
  readonly method: Method
  readonly url: URL
  /**
   * The server that named `url`; absent if the caller itself did. It is not sent. It is checked like a redirect: only a
   * server on this machine may name a URL on this machine, and an https server may not name a plain HTTP URL.
   */
  readonly referrer?: URL
  /** Only this server's own answer counts. A redirect to another origin is returned, and not followed. */
  readonly sameOriginOnly?: boolean
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Body
  readonly signal?: AbortSignal
  readonly meter?: Meter
}

export interface Response {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The last request, after all redirects. */
  readonly request: Request
  /** The receiver must read or discard it. */
  readonly body: Readable
  /** How long `readBytes` may take, in milliseconds; no limit if absent. A larger body is streamed, and has no such limit. */
  readonly timeLimitMs?: number
}

/** With these statuses, `Location` names another URL (RFC 9110, 15.4). */
export const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** In bytes. Reading a longer body costs more than opening another connection. */
const MAX_DISCARDED_BYTES = 64 * 1024
/** Waiting longer costs more than opening another connection. */
const MAX_DISCARD_MS = 2000

/** Drops a response's body and waits until its connection can be reused. Closes the connection if the body is long. */
export async function discardBody({ request, headers, body }: Response): Promise<void> {
  const size = request.method === 'HEAD' ? 0 : Number(headers['content-length'] ?? 0)
  if (size > MAX_DISCARDED_BYTES) body.destroy()
  if (body.readableEnded || body.destroyed) return
  let received = 0
  body.on('data', (chunk: Buffer) => {
    received += chunk.length
    if (received > MAX_DISCARDED_BYTES) body.destroy()
  })
  const timer = setTimeout(() => body.destroy(), MAX_DISCARD_MS)
  await new Promise<void>(resolve => body.once('end', resolve).once('close', resolve).resume())
  clearTimeout(timer)
}

/**
 * Reads the whole body. Throws `RequestError` if the connection breaks, if the body has more than `maxBytes` bytes, or if it did
 * not end within the response's time limit.
 */
export async function readBytes(response: Response, maxBytes: number): Promise<Buffer> {
  const bytes = new GrowingBuffer()
  const stopTimer = limitTime(response)
  try {
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      if (bytes.length + chunk.length > maxBytes)
        throw responseError(response, `the answer has more than ${maxBytes} bytes`)
      bytes.add(chunk)
    }
  } catch (error) {
    throw connectionError(response.request, error)
  } finally {
    stopTimer()
  }
  return bytes.read()
}

/** A server that sends a byte from time to time would otherwise never end. */
function limitTime({ request: { method, url }, body, timeLimitMs }: Response): () => void {
  if (timeLimitMs === undefined) return () => {}
  const reason = `the answer did not end within ${timeLimitMs / 1000} s`
  const giveUp = (): void => void body.destroy(new RequestError({ method, url, code: 'TIMEOUT', reason }))
  const timer = setTimeout(giveUp, timeLimitMs)
  return () => clearTimeout(timer)
}

/** A `RequestError` for a response whose status is expected but whose content is wrong. */
export function responseError(response: Response, reason: string): RequestError {
  const { method, url } = response.request
  return new RequestError({ method, url, status: response.status, reason })
}

/** The value of a header; repeated headers are joined with commas. */
export function getHeader(response: Response, name: string): string | undefined {
  const value = response.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

const MAX_ERROR_BODY_BYTES = 64 * 1024

/** Reads a response with an unexpected status as an error. `now` is in milliseconds since 1970. */
export async function readErrorResponse(response: Response, now: number): Promise<RequestError> {
  const { method, url } = response.request
  const text = await readBytes(response, MAX_ERROR_BODY_BYTES).then(String, () => '')
  response.body.destroy()
  const errorEntries = parseErrorEntries(text)
  return new RequestError({
    method,
    url,
    status: response.status,
    errorEntries,
    reason: errorEntries.length > 0 ? undefined : excerptOf(text),
    retryAfter: parseRetryAfter(getHeader(response, 'retry-after'), now),
  })
}

/**
 * `errors` of the OCI distribution-spec, or the fields that token servers send instead: `details`, `message` or those of OAuth2.
 */
function parseErrorEntries(text: string): ErrorEntry[] {
  try {
    const body = asObject(parseJson(text, 'the answer'), 'the answer')
    if (body.errors === undefined) return [parseErrorEntry(body)].filter(({ message }) => message !== '')
    return asArray(body.errors, 'errors').map(each => parseErrorEntry(asObject(each, 'an error')))
  } catch {
    return []
  }
}

function parseErrorEntry(entry: JsonObject): ErrorEntry {
  const code = entry.code ?? entry.error
  const message = entry.message ?? entry.error_description ?? entry.details
  return {
    code: typeof code === 'string' ? code.slice(0, 100) : '',
    message: typeof message === 'string' ? message.slice(0, 500) : '',
  }
}

/** The start of a plain text, or the title or message of an HTML or XML page. */
function excerptOf(text: string): string {
  const markup = /<(title|message)>([^<]*)</i.exec(text)
  if (markup) return (markup[2] ?? '').slice(0, 200)
  return /^\s*[<{]/.test(text) ? '' : text.slice(0, 200)
}

/** The value of an Authorization header for the user and password of a URL; `undefined` if it has neither. */
export function urlAuthorization({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined
  return basicAuthorization(decodePercent(username), decodePercent(password))
}

/** The value of an Authorization header (RFC 7617). */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}
