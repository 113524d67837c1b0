/**
 * What a task gives, or the error of `late` once so many milliseconds have passed. The task is not ended then: it is for those
 * that cannot be, and whoever waits must be able to go on without it.
 */
export async function within<T>(milliseconds: number, task: Promise<T>, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds)
  })
  return Promise.race([task, tooLong]).finally(() => clearTimeout(timer))
}
