/** Runs at most `max` tasks at once; the others wait in order. */
export type Limit = <T>(task: () => Promise<T>) => Promise<T>

export function limitConcurrency(max: number): Limit {
  let running = 0
  const waiting: (() => void)[] = []
  return async task => {
    // A freed place is handed to the next in line without being given up, so that a newcomer cannot overtake.
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
 * Like `Promise.all(items.map(task))`, at most `max` at once. After a failure no further item is started, what
 * runs is waited for (so that nothing still writes when the caller cleans up), and the first failure is thrown.
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

/** Like `Promise.all`, but after a failure what runs is waited for, as `mapLimit` does it. */
export async function waitForAll<const T extends readonly Promise<unknown>[]>(
  tasks: T,
): Promise<{ -readonly [N in keyof T]: Awaited<T[N]> }> {
  await Promise.allSettled(tasks)
  return Promise.all(tasks)
}

/**
 * What a task gives, or the error of `late` once so many milliseconds have passed. The task is not ended then: it is for those
 * that cannot be, and whoever waits must be able to go on without it.
 */
export async function withTimeout<T>(milliseconds: number, task: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds)
  })
  return Promise.race([task, tooLong]).finally(() => clearTimeout(timer))
}
