import { setTimeout as wait } from 'node:timers/promises'
import { removeListenerLimit } from '../util/abort-signal.js'
import { messageOf, UserError } from '../util/error.js'
import { formatSeconds } from '../util/text.js'

/** How often to try, and how long to wait between tries. */
export interface Retry {
  /** The maximum number of tries, including the first. */
  readonly attempts: number
  /** Whether another try may succeed. */
  readonly isTransient: (failure: unknown) => boolean
  /** Milliseconds to wait after try number `attempt` (from 1). `random` is at least 0 and less than 1. */
  readonly backoff: (attempt: number, random: number) => number
  /** In milliseconds. If a server's `Retry-After` is longer, there is no further try. */
  readonly longestWait: number
}

interface RetryContext {
  readonly retry: Retry
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
  /** Called before each wait; `delay` is in milliseconds. */
  readonly onRetry?: ((failure: unknown, delay: number) => void) | undefined
  /** No wait starts if it would end after the budget's end. */
  readonly budget?: Budget | undefined
}

/**
 * Runs a task until it succeeds, fails with a failure that is not transient, or has used all attempts. Throws the last failure,
 * or `TimeLimitExceeded` if the next try would start after the budget's end. A failure may have the fields `retryAfter`, the
 * milliseconds that the server asks to wait, and `retryImmediately`, which means that no wait is needed.
 */
export async function retryTask<T>(context: RetryContext, task: (attempt: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task(attempt)
    } catch (failure) {
      const delay = retryDelay(context, attempt, failure)
      if (delay === undefined) throw failure
      if (context.budget && delay >= context.budget.remainingMs()) throw context.budget.createError(failure)
      context.budget?.recordFailure(failure)
      if (delay === 0) continue
      context.onRetry?.(failure, delay)
      await context.clock.sleep(delay, context.signal)
    }
  }
}

/** In milliseconds, at least the failure's `retryAfter`; `undefined` if there is no further try. */
function retryDelay({ retry, clock }: RetryContext, attempt: number, failure: unknown): number | undefined {
  if (attempt >= retry.attempts || !retry.isTransient(failure)) return undefined
  const { retryAfter, retryImmediately } = Object(failure) as {
    retryAfter?: unknown
    retryImmediately?: unknown
  }
  if (retryImmediately === true) return 0
  const requested = typeof retryAfter === 'number' ? retryAfter : 0
  return requested > retry.longestWait
    ? undefined
    : Math.max(requested, retry.backoff(attempt, clock.random()))
}

/** Reads `Retry-After` (RFC 9110, 10.2.3), seconds or a date, as milliseconds from `now`, which is in milliseconds since 1970. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** How often to try, and the first wait. Each other wait is twice the one before. All are reduced by up to half at random. */
export interface RetryPolicy {
  readonly attempts: number
  readonly firstWaitMs: number
}

/** @param longestWait in milliseconds; by default a `Retry-After` of any length is respected */
export function retryOf(
  { attempts, firstWaitMs }: RetryPolicy,
  isTransient: Retry['isTransient'],
  longestWait = Number.POSITIVE_INFINITY,
): Retry {
  const backoff = (attempt: number, random: number): number =>
    firstWaitMs * 2 ** (attempt - 1) * (1 - random / 2)
  return { attempts, isTransient, backoff, longestWait }
}

/** Returns a callback that logs each failure and the wait after it, so that a long wait is explained. */
export function logRetry(log: (message: string) => void): (failure: unknown, delayMs: number) => void {
  return (failure, delayMs) => log(`${messageOf(failure)}; trying again in ${formatSeconds(delayMs)}`)
}

/** In milliseconds. */
const REPEATED_FAILURE_INTERVAL = 10_000

/**
 * Like `logRetry`, for requests that run at the same time and fail for one reason, as in an outage. Logs the first failure for a
 * reason, and then at most one line in ten seconds, with the number of failures so far.
 */
export function logRepeatedRetries<Failure>(
  log: (message: string) => void,
  reasonOf: (failure: Failure) => string,
  { now }: Pick<Clock, 'now'> = systemClock,
): (failure: Failure, delayMs: number) => void {
  const failures = new Map<string, { count: number; loggedAt: number }>()
  return (failure, delayMs) => {
    const reason = reasonOf(failure)
    const { count, loggedAt } = failures.get(reason) ?? { count: 0, loggedAt: Number.NEGATIVE_INFINITY }
    const isDue = now() - loggedAt >= REPEATED_FAILURE_INTERVAL
    failures.set(reason, { count: count + 1, loggedAt: isDue ? now() : loggedAt })
    if (isDue)
      logRetry(message => log(count === 0 ? message : `${message} (${count + 1} failures)`))(failure, delayMs)
  }
}

/** A failure that another try may fix. */
export class TransientError extends Error {
  override readonly name = 'TransientError'
  /** The milliseconds that the server asks to wait. */
  readonly retryAfter: number | undefined

  constructor(message: string, options: { cause?: unknown; retryAfter?: number | undefined } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.retryAfter = options.retryAfter
  }
}

/** Runs `task` again while it throws `TransientError`. Throws its last failure. */
export function retryTransient<T>(
  policy: RetryPolicy,
  debug: (message: string) => void,
  task: () => Promise<T>,
): Promise<T> {
  const retry = retryOf(policy, failure => failure instanceof TransientError)
  return retryTask({ retry, clock: systemClock, onRetry: logRetry(debug) }, task)
}

/** HTTP statuses of failures that another try may fix. 520 to 524 are Cloudflare's, for a server that it cannot reach. */
export const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([
  408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524,
])

/** Time and random numbers. Tests pass their own, so that they need not wait. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** At least 0 and less than 1. */
  random(): number
  /** Waits `ms` milliseconds. Throws the signal's reason if it is aborted meanwhile. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: Date.now,
  random: Math.random,
  async sleep(ms, signal) {
    signal?.throwIfAborted()
    await wait(ms, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted())
  },
}

/** A task did not end within its time limit. */
export class TimeLimitExceeded extends UserError {
  override readonly name = 'TimeLimitExceeded'
}

interface BudgetDescription {
  /** The subject of the message: `the push`. */
  readonly task: string
  readonly hint?: string
}

/** In milliseconds. The maximum delay of a timer in Node.js. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** A time limit for a task of many requests, waits and tries. There is no limit before `begin` and after `end`. */
export class Budget {
  readonly #limitMs: number
  readonly #description: BudgetDescription
  readonly #clock: Clock
  readonly #controller = new AbortController()
  #end = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #lastFailure: unknown

  constructor(limitMs: number, description: BudgetDescription, clock = systemClock) {
    this.#limitMs = limitMs
    this.#description = description
    this.#clock = clock
    removeListenerLimit(this.#controller.signal)
  }

  /** Is aborted at the end of the time; its reason is a `TimeLimitExceeded` that quotes the last failure. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** A second call starts the time again. */
  begin(): void {
    this.end()
    this.#end = this.#clock.now() + this.#limitMs
    const giveUp = (): void => this.#controller.abort(this.createError(this.#lastFailure))
    this.#timer = setTimeout(giveUp, Math.min(this.#limitMs, MAX_TIMER_MS)).unref()
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#end = Number.POSITIVE_INFINITY
  }

  /** Infinity if there is no limit. */
  remainingMs(): number {
    return this.#end - this.#clock.now()
  }

  /** Records a failure, which the error quotes if the time ends before another try. */
  recordFailure(failure: unknown): void {
    this.#lastFailure = failure
  }

  /** The error to throw if a wait would end too late. */
  createError(lastFailure: unknown): TimeLimitExceeded {
    const last = lastFailure === undefined ? '' : `; the last error was: ${messageOf(lastFailure)}`
    const message = `${this.#description.task} did not end within ${formatSeconds(this.#limitMs)}${last}`
    return new TimeLimitExceeded(message, { hint: this.#description.hint, cause: lastFailure })
  }
}
