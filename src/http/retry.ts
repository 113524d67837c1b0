import type { Budget } from './budget.js'
import type { Clock } from './clock.js'

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

export interface Retrying {
  readonly retry: Retry
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
  /** Told before each wait, in milliseconds. */
  readonly onRetry?: ((failure: unknown, delay: number) => void) | undefined
  /** No wait is begun that would end after it. */
  readonly budget?: Budget | undefined
}

/**
 * Runs a task until it succeeds, fails for good, or has failed too often; then throws its last failure, or `OutOfTime`
 * where another try would come too late. A failure may say as `retryAfter` for how many milliseconds the other side asks
 * to be left alone, or as `atOnce` that there is nothing to wait for.
 */
export async function retryTask<T>(of: Retrying, task: (attempt: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task(attempt)
    } catch (failure) {
      const delay = waitFor(of, attempt, failure)
      if (delay === undefined) throw failure
      if (of.budget && delay >= of.budget.left()) throw of.budget.over(failure)
      of.budget?.saw(failure)
      if (delay === 0) continue
      of.onRetry?.(failure, delay)
      await of.clock.sleep(delay, of.signal)
    }
  }
}

/** Milliseconds, never less than was asked for; `undefined` when it is no use to go on. */
function waitFor({ retry, clock }: Retrying, attempt: number, failure: unknown): number | undefined {
  if (attempt >= retry.attempts || !retry.isTransient(failure)) return undefined
  const { retryAfter, atOnce } = Object(failure) as { retryAfter?: unknown; atOnce?: unknown }
  if (atOnce === true) return 0
  const asked = typeof retryAfter === 'number' ? retryAfter : 0
  return asked > retry.longestWait ? undefined : Math.max(asked, retry.backoff(attempt, clock.random()))
}

/** Reads `Retry-After` (RFC 9110, 10.2.3), seconds or a date, as milliseconds from now. */
export function retryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
