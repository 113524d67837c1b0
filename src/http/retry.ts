import { setTimeout as wait } from 'node:timers/promises'
import { messageOf, UserError } from '../util/error.js'
import { openToAll } from '../util/signal.js'
import { formatSeconds } from '../util/text.js'

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

interface RetryContext {
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
export async function retryTask<T>(context: RetryContext, task: (attempt: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task(attempt)
    } catch (failure) {
      const delay = retryDelay(context, attempt, failure)
      if (delay === undefined) throw failure
      if (context.budget && delay >= context.budget.remainingMs()) throw context.budget.over(failure)
      context.budget?.recordFailure(failure)
      if (delay === 0) continue
      context.onRetry?.(failure, delay)
      await context.clock.sleep(delay, context.signal)
    }
  }
}

/** Milliseconds, never less than was asked for; `undefined` when it is no use to go on. */
function retryDelay({ retry, clock }: RetryContext, attempt: number, failure: unknown): number | undefined {
  if (attempt >= retry.attempts || !retry.isTransient(failure)) return undefined
  const { retryAfter, atOnce } = Object(failure) as { retryAfter?: unknown; atOnce?: unknown }
  if (atOnce === true) return 0
  const requested = typeof retryAfter === 'number' ? retryAfter : 0
  return requested > retry.longestWait
    ? undefined
    : Math.max(requested, retry.backoff(attempt, clock.random()))
}

/** Reads `Retry-After` (RFC 9110, 10.2.3), seconds or a date, as milliseconds from now. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\d+$/.test(value.trim())) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** How often to try, and how long to wait before each further try: doubling, and up to half as much again at random. */
export interface RetryPolicy {
  readonly attempts: number
  readonly firstWaitMs: number
}

/** A failure that may be gone on the next try. */
export class TransientError extends Error {
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
    isTransient: failure => failure instanceof TransientError,
    backoff: (attempt, random) => firstWaitMs * 2 ** (attempt - 1) * (1 + random / 2),
    longestWait: Number.POSITIVE_INFINITY,
  }
  const onRetry = (failure: unknown, delay: number): void =>
    debug(`${messageOf(failure)}; trying again in ${Math.round(delay)} ms`)
  return retryTask({ retry, clock: systemClock, onRetry, signal }, task)
}

/** HTTP statuses that tell of a trouble which may be gone on the next try. */
export const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

/** Time and chance, passed in so that tests need not wait. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** From 0 up to 1. */
  random(): number
  /** Waits `ms` milliseconds; throws the signal's reason when it is aborted meanwhile. */
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

/** Something has used up the time that it was given. */
export class TimeLimitExceeded extends UserError {
  override readonly name = 'OutOfTime'
}

interface BudgetDescription {
  /** What has to be done in this time: `the push`. */
  readonly task: string
  readonly hint?: string
}

/** In milliseconds; a timer of Node.js takes no more. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** Time for something that is made of many requests, waits and tries. Until it begins, there is no end to it. */
export class Budget {
  readonly #ms: number
  readonly #description: BudgetDescription
  readonly #clock: Clock
  readonly #over = new AbortController()
  #end = Number.POSITIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #trouble: unknown

  constructor(ms: number, words: BudgetDescription, clock = systemClock) {
    this.#ms = ms
    this.#description = words
    this.#clock = clock
    openToAll(this.#over.signal)
  }

  /** Comes when the time is used up; its reason is an `OutOfTime` that tells the last trouble. */
  get signal(): AbortSignal {
    return this.#over.signal
  }

  begin(): void {
    this.#end = this.#clock.now() + this.#ms
    const giveUp = (): void => this.#over.abort(this.over(this.#trouble))
    this.#timer = setTimeout(giveUp, Math.min(this.#ms, MAX_TIMER_MS)).unref()
  }

  /** What comes after has no end again. */
  end(): void {
    clearTimeout(this.#timer)
    this.#end = Number.POSITIVE_INFINITY
  }

  /** In milliseconds. */
  remainingMs(): number {
    return this.#end - this.#clock.now()
  }

  /** Keeps a failure, in case that there will be no time to mend it. */
  recordFailure(trouble: unknown): void {
    this.#trouble = trouble
  }

  /** What to throw where a wait would end too late. */
  over(trouble: unknown): TimeLimitExceeded {
    const last = trouble === undefined ? '' : `; the last trouble was: ${messageOf(trouble)}`
    const message = `${this.#description.task} did not end within ${formatSeconds(this.#ms)}${last}`
    return new TimeLimitExceeded(message, { hint: this.#description.hint, cause: trouble })
  }
}
