import { setTimeout as sleep } from 'node:timers/promises'

/** How often to try, and how long to wait before each further try: doubling, and up to half as much again at random. */
export interface RetryPolicy {
  readonly attempts: number
  readonly firstWaitMs: number
}

/** A failure that may be gone on the next try. */
export class Transient extends Error {
  override readonly name = 'Transient'
  /** What the other side asked for. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, options: { cause?: unknown; retryAfterMs?: number | undefined } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.retryAfterMs = options.retryAfterMs
  }
}

/** Runs `task` again while it throws `Transient`, and throws its last failure. */
export async function retrying<T>(
  policy: RetryPolicy,
  debug: (message: string) => void,
  task: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task()
    } catch (error) {
      if (!(error instanceof Transient) || attempt >= policy.attempts) throw error
      const wait = error.retryAfterMs ?? policy.firstWaitMs * 2 ** (attempt - 1) * (1 + Math.random() / 2)
      debug(`${error.message}; trying again in ${Math.round(wait)} ms`)
      await sleep(wait)
    }
  }
}
