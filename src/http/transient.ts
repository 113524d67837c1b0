import { messageOf } from '../util/error.js'
import { systemClock } from './clock.js'
import { type Retry, retryTask } from './retry.js'

/** How often to try, and how long to wait before each further try: doubling, and up to half as much again at random. */
export interface RetryPolicy {
  readonly attempts: number
  readonly firstWaitMs: number
}

/** A failure that may be gone on the next try. */
export class Transient extends Error {
  override readonly name = 'Transient'
  /** Milliseconds for which the other side asked to be left alone. */
  readonly retryAfter: number | undefined

  constructor(message: string, options: { cause?: unknown; retryAfter?: number | undefined } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.retryAfter = options.retryAfter
  }
}

/** Runs `task` again while it throws `Transient`, and throws its last failure. */
export function retryTransient<T>(
  { attempts, firstWaitMs }: RetryPolicy,
  debug: (message: string) => void,
  task: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const retry: Retry = {
    attempts,
    isTransient: failure => failure instanceof Transient,
    backoff: (attempt, random) => firstWaitMs * 2 ** (attempt - 1) * (1 + random / 2),
    longestWait: Number.POSITIVE_INFINITY,
  }
  const onRetry = (failure: unknown, delay: number): void =>
    debug(`${messageOf(failure)}; trying again in ${Math.round(delay)} ms`)
  return retryTask({ retry, clock: systemClock, onRetry, signal }, task)
}
