/** Runs at most `max` tasks at once; the others wait in order. */
export type Limit = <T>(task: () => Promise<T>) => Promise<T>

export function limitConcurrency(max: number): Limit {
  let running = 0
  const waiting: (() => void)[] = []
  return async task => {
    // A task that ends starts the next waiting one without a change of `running`, so that a new task cannot overtake it.
    if (running >= max) await new Promise<void>(resolve => waiting.push(resolve))
    else running++
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}

/**
 * Like `Promise.all(items.map(task))`, with at most `max` tasks at once. After an error, no more tasks are started. The error is
 * thrown when all running tasks have ended, so that none still writes when the caller cleans up.
 */
export async function mapLimit<T, R>(
  items: readonly T[],
  max: number,
  task: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length)
  let next = 0
  let failure: { error: unknown } | undefined
  const worker = async (): Promise<void> => {
    while (next < items.length && !failure) {
      const index = next++
      try {
        results[index] = await task(items[index] as T, index)
      } catch (error) {
        failure ??= { error }
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(max, items.length) }, worker))
  if (failure) throw failure.error
  return results
}

/** Like `Promise.all`, but an error is thrown when all tasks have ended, as in `mapLimit`. */
export async function waitForAll<const T extends readonly Promise<unknown>[]>(
  tasks: T,
): Promise<{ -readonly [N in keyof T]: Awaited<T[N]> }> {
  await Promise.allSettled(tasks)
  return Promise.all(tasks)
}

/**
 * Returns the result of a task, or throws `createError()` after the timeout. The task itself is not aborted: this is for tasks
 * that have no abort signal.
 */
export async function withTimeout<T>(
  timeoutMs: number,
  task: Promise<T>,
  createError: () => Error,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(createError()), timeoutMs)
  })
  return Promise.race([task, timeout]).finally(() => clearTimeout(timer))
}
