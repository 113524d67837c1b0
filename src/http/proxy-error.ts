import { STATUS_CODES } from 'node:http'
import { codeOf } from '../util/error.js'
import { PASSING_STATUS } from './passing-status.js'
import type { WebProxy } from './proxy.js'

/** A proxy that cannot be reached, or that does not lead to where we want. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError'
  readonly proxy: WebProxy
  /** The system's own where there was no connection; else `PROXY_BUSY`, which may pass, or `PROXY_REFUSED`. */
  readonly code: string | undefined
  /** What the proxy answered. */
  readonly status: number | undefined

  constructor(
    proxy: WebProxy,
    says: string,
    of: { code?: string | undefined; status?: number; cause?: unknown },
  ) {
    super(`the proxy ${proxy.url.origin} ${says}`, of.cause === undefined ? undefined : { cause: of.cause })
    this.proxy = proxy
    this.code = of.code
    this.status = of.status
  }
}

export function proxyRefusal(proxy: WebProxy, status: number): ProxyError {
  const code = PASSING_STATUS.has(status) ? 'PROXY_BUSY' : 'PROXY_REFUSED'
  const words = `${status} ${STATUS_CODES[status] ?? ''}`.trim()
  return new ProxyError(proxy, `answers ${words}`, { code, status })
}

export function proxyFailure(proxy: WebProxy, error: Error): ProxyError {
  if (error instanceof ProxyError) return error
  const code = codeOf(error)
  // Where several addresses were tried, the message is empty.
  const reason = error.message || code
  return new ProxyError(proxy, `cannot be reached: ${reason}`, { code, cause: error })
}
