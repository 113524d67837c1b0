import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'

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
  readonly registry?: URL
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
