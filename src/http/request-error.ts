import { STATUS_CODES } from 'node:http'
import { codeOf, messageOf } from '../util/error.js'
import { redacted } from './origin.js'

/** One of `errors` in a registry's answer (OCI distribution-spec, "Error codes"). */
export interface Complaint {
  readonly code: string
  readonly message: string
}

/** What a `RequestError` is about. */
interface Details {
  readonly method: string
  readonly url: URL
  /** The HTTP status; absent when there was no answer. */
  readonly status?: number | undefined
  /** A system error's code (`ECONNRESET`), or `TIMEOUT` for one of our own timeouts. */
  readonly code?: string | undefined
  readonly complaints?: readonly Complaint[]
  /** What went wrong, where neither status nor complaints say it. */
  readonly reason?: string | undefined
  /** Milliseconds that the server asks to wait. */
  readonly retryAfter?: number | undefined
  /** A kept connection turned out to be closed, before anything came back and with little lost. */
  readonly atOnce?: boolean
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
  readonly complaints: readonly Complaint[]
  readonly retryAfter: number | undefined
  /** Nothing needs to be waited for, since only a connection was too old. */
  readonly atOnce: boolean

  constructor(of: Details) {
    super(describe(of), of.cause === undefined ? undefined : { cause: of.cause })
    this.method = of.method
    this.url = redacted(of.url)
    this.status = of.status
    this.code = of.code
    this.complaints = of.complaints ?? []
    this.retryAfter = of.retryAfter
    this.atOnce = of.atOnce ?? false
  }

  /** Whether the registry gave one of these error codes. */
  complains(...codes: readonly string[]): boolean {
    return this.complaints.some(complaint => codes.includes(complaint.code))
  }
}

function describe(of: Details): string {
  const status = of.status === undefined ? undefined : `${of.status} ${STATUS_CODES[of.status] ?? ''}`.trim()
  const said = (of.complaints ?? []).map(({ code, message }) => [code, message].filter(Boolean).join(': '))
  const parts = [status, [...new Set(said)].join('; '), of.reason].filter(Boolean)
  return printable(`${of.method} ${redacted(of.url)}: ${parts.join(': ')}`)
}

/** One line without control characters: what a server says must not steer a terminal or a log. */
function printable(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
}

/**
 * What to throw for a connection that failed: the signal's reason after an abort, a `RequestError` as it is, and
 * any other error as a `RequestError`.
 */
export function connectionFailure(
  request: { readonly method: string; readonly url: URL; readonly signal?: AbortSignal },
  error: unknown,
  atOnce = false,
): unknown {
  if (request.signal?.aborted) return request.signal.reason
  if (error instanceof RequestError) return error
  const { method, url } = request
  return new RequestError({ method, url, code: codeOf(error), reason: wordsOf(error), atOnce, cause: error })
}

/** Node.js tries every address of a host and joins the failures in an `AggregateError` without words of its own. */
function wordsOf(error: unknown): string {
  const { errors } = Object(error) as { errors?: unknown }
  return Array.isArray(errors) ? errors.map(messageOf).join(', ') : messageOf(error)
}
