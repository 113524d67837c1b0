/** Measures the phases of a task, in milliseconds. A phase that fails is not counted. */
export interface Stopwatch<Phase extends string> {
  time<T>(phase: Phase, task: () => Promise<T>): Promise<T>
  read(): Measured<Phase>
}

export interface Measured<Phase extends string> {
  /** In milliseconds since 1970. */
  readonly began: number
  readonly times: Readonly<Partial<Record<Phase, number>>>
}

export function stopwatch<Phase extends string>(now: () => number = Date.now): Stopwatch<Phase> {
  const began = now()
  const times: Partial<Record<Phase, number>> = {}
  return {
    async time(phase, task) {
      const from = now()
      const result = await task()
      times[phase] = (times[phase] ?? 0) + now() - from
      return result
    },
    read: () => ({ began, times: { ...times } }),
  }
}
