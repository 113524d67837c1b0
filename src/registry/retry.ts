import type { Clock } from './clock.js'
import { RequestError } from './request-error.js'

/** When and how often to try again. */
export interface Retry {
  /** How often at most, the first time included. */
  readonly attempts: number
  /** Whether trying again may help. */
  readonly isTransient: (failure: unknown) => boolean
  /** Milliseconds to wait after the `attempt`th try (from 1); `random` is from 0 up to 1. */
  readonly backoff: (attempt: number, random: number) => number
  /** Milliseconds; a server that asks for more patience than this is not waited for. */
  readonly longestWait: number
}

const TRANSIENT_STATUS = new Set([408, 425, 429, 500, 502, 503, 504])

const TRANSIENT_CODES = new Set([
  'TIMEOUT',
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
  return failure.status !== undefined && TRANSIENT_STATUS.has(failure.status)
}

/** Six tries over about half a minute: 1, 2, 4, 8 and 16 s, each less up to its half by chance. */
export const defaultRetry: Retry = {
  attempts: 6,
  isTransient,
  backoff: (attempt, random) => 1000 * 2 ** (attempt - 1) * (1 - random / 2),
  longestWait: 120_000,
}

export interface Retrying {
  readonly retry: Retry
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
  /** Told before each wait, in milliseconds. */
  readonly onRetry?: ((failure: RequestError, delay: number) => void) | undefined
}

/** Runs a task until it succeeds, fails for good, or has failed too often; then throws its last failure. */
export async function retrying<T>(of: Retrying, task: (attempt: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task(attempt)
    } catch (failure) {
      const delay = waitFor(of, attempt, failure)
      if (delay === undefined) throw failure
      if (failure instanceof RequestError) of.onRetry?.(failure, delay)
      await of.clock.sleep(delay, of.signal)
    }
  }
}

/** Milliseconds, never less than the server asked for; `undefined` when it is no use to go on. */
function waitFor({ retry, clock }: Retrying, attempt: number, failure: unknown): number | undefined {
  if (attempt >= retry.attempts || !retry.isTransient(failure)) return undefined
  const asked = (failure instanceof RequestError && failure.retryAfter) || 0
  return asked > retry.longestWait ? undefined : Math.max(asked, retry.backoff(attempt, clock.random()))
}
