import { setTimeout as sleep } from 'node:timers/promises'

/** How often to try, and how long to wait before each further try: doubling, up to half as much again at random. */
export interface RetryPolicy {
  readonly attempts: number
  readonly firstWaitMs: number
}

/** A failure that may be gone on the next try. */
export class Transient extends Error {
  override readonly name = 'Transient'

  constructor(
    message: string,
    readonly options: { cause?: unknown; retryAfterMs?: number | undefined } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
  }
}

/** Runs `task` again while it throws `Transient`, and gives its last failure. */
export async function retrying<T>(
  policy: RetryPolicy,
  onRetry: (failure: Transient, waitMs: number) => void,
  task: () => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task()
    } catch (error) {
      if (!(error instanceof Transient) || attempt >= policy.attempts) throw error
      const wait = error.options.retryAfterMs ?? policy.firstWaitMs * 2 ** (attempt - 1) * (1 + Math.random() / 2)
      onRetry(error, wait)
      await sleep(wait)
    }
  }
}
