import { STATUS_CODES } from 'node:http'
import { codeOf, messageOf } from '../util/error.js'
import { redactUrl } from './address.js'
import { TRANSIENT_STATUSES } from './retry.js'

/** One of `errors` in a registry's response (OCI distribution-spec, "Error codes"). */
export interface ErrorEntry {
  readonly code: string
  readonly message: string
}

interface RequestErrorDetails {
  readonly method: string
  readonly url: URL
  /** The HTTP status; absent if there was no response. */
  readonly status?: number | undefined
  /** A system error's code (`ECONNRESET`), or `TIMEOUT` for one of our own timeouts. */
  readonly code?: string | undefined
  readonly errorEntries?: readonly ErrorEntry[]
  /** What went wrong, if neither the status nor the error entries say it. */
  readonly reason?: string | undefined
  /** The `Retry-After` of the server, in milliseconds. */
  readonly retryAfter?: number | undefined
  /** The server had closed a reused connection: no response came, and little of the body was sent. */
  readonly retryImmediately?: boolean
  readonly cause?: unknown
}

/** A request without a response, or with an unexpected one. The message contains no secrets: queries are left out. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly method: string
  /** Without its query's content. */
  readonly url: string
  readonly status: number | undefined
  readonly code: string | undefined
  readonly errorEntries: readonly ErrorEntry[]
  readonly retryAfter: number | undefined
  /** The server had closed a reused connection, so a retry needs no wait. `retryTask` reads it. */
  readonly retryImmediately: boolean
  /** What went wrong, without method and URL: `503 Service Unavailable`, `connect ECONNREFUSED 127.0.0.1:443`. */
  readonly problem: string

  constructor(details: RequestErrorDetails) {
    const { method, url, cause } = details
    const problem = stripControlCharacters(describeProblem(details))
    super(`${method} ${redactUrl(url)}: ${problem}`, cause === undefined ? undefined : { cause })
    this.method = method
    this.url = redactUrl(url)
    this.problem = problem
    this.status = details.status
    this.code = details.code
    this.errorEntries = details.errorEntries ?? []
    this.retryAfter = details.retryAfter
    this.retryImmediately = details.retryImmediately ?? false
  }

  /** Whether the response contains one of these error codes. */
  hasErrorCode(...codes: readonly string[]): boolean {
    return this.errorEntries.some(({ code }) => codes.includes(code))
  }
}

function describeProblem({ status, errorEntries = [], reason }: RequestErrorDetails): string {
  const statusLine = status === undefined ? undefined : `${status} ${STATUS_CODES[status] ?? ''}`.trim()
  const entries = errorEntries.map(({ code, message }) => [code, message].filter(Boolean).join(': '))
  return [statusLine, [...new Set(entries)].join('; '), reason].filter(Boolean).join(': ')
}

/** Returns one line without control characters: a server's text must not control a terminal or a log. */
function stripControlCharacters(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/**
 * The error to throw for a failed connection: the signal's reason after an abort, a `RequestError` unchanged, and any other error
 * as a `RequestError`.
 */
export function connectionError(
  request: { readonly method: string; readonly url: URL; readonly signal?: AbortSignal },
  error: unknown,
  retryImmediately = false,
): unknown {
  if (request.signal?.aborted) return request.signal.reason
  if (error instanceof RequestError) return error
  const { method, url } = request
  return new RequestError({
    method,
    url,
    code: codeOf(error),
    reason: describeCause(error),
    retryImmediately,
    cause: error,
  })
}

/** Node.js 24 adds it. The system's certificates are trusted already, and a user does not start Node.js. */
const NODE_CERTIFICATE_ADVICE = /; if the root CA is installed locally, .*$/

/** Node.js tries every address of a host and throws an `AggregateError` with an empty message if all of them fail. */
export function describeCause(error: unknown): string {
  const { errors, message } = Object(error) as { errors?: unknown; message?: unknown }
  if (Array.isArray(errors)) return errors.map(describeCause).join(', ')
  // An error of another realm is no `Error` of this one.
  const text = typeof message === 'string' ? message : messageOf(error)
  return text.replace(NODE_CERTIFICATE_ADVICE, '') || codeOf(error) || ''
}

const TRANSIENT_CODES = new Set([
  'TIMEOUT',
  'PROXY_BUSY',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
  'HPE_INVALID_EOF_STATE',
])

/** Whether another try may succeed, to judge by a `RequestError`'s code or status. */
export function isTransient(failure: unknown): boolean {
  if (!(failure instanceof RequestError)) return false
  if (failure.code !== undefined) return TRANSIENT_CODES.has(failure.code)
  return failure.status !== undefined && TRANSIENT_STATUSES.has(failure.status)
}

/** Whether the server or proxy supports TLS, but its certificate is not trusted. */
export function isCertificateProblem(error: unknown): boolean {
  return error instanceof RequestError && /CERT|UNABLE_TO_|_SIGNATURE$|ISSUER/.test(error.code ?? '')
}

const UNKNOWN_ISSUER_CODES: ReadonlySet<string> = new Set([
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** Whether a certificate is refused only because its issuer is unknown (X509_verify_cert_error_string of OpenSSL). */
export function isUnknownIssuer(error: unknown): error is RequestError {
  return error instanceof RequestError && UNKNOWN_ISSUER_CODES.has(error.code ?? '')
}
