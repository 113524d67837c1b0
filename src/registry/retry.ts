import { PASSING_STATUS } from '../http/passing-status.js'
import { RequestError } from '../http/request-error.js'
import type { Retry } from '../http/retry.js'

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

export function isTransient(failure: unknown): boolean {
  if (!(failure instanceof RequestError)) return false
  if (failure.code !== undefined) return TRANSIENT_CODES.has(failure.code)
  return failure.status !== undefined && PASSING_STATUS.has(failure.status)
}

/** Six tries over about half a minute: 1, 2, 4, 8 and 16 s, each less up to its half by chance. */
export const defaultRetry: Retry = {
  attempts: 6,
  isTransient,
  backoff: (attempt, random) => 1000 * 2 ** (attempt - 1) * (1 - random / 2),
  longestWait: 120_000,
}
