import { AsyncLocalStorage } from 'node:async_hooks'

/** Decides if a text that the current task writes is printed. */
type ShouldPrint = (text: string) => boolean

const filters = new AsyncLocalStorage<ShouldPrint>()

let tasks = 0
let originalWrite: typeof process.stdout.write

/**
 * Runs a task that writes to standard output, and prints only the writes for which `shouldPrint` returns `true`. An exception of
 * `shouldPrint` is thrown in the task, by its write. What others write meanwhile is printed.
 */
export async function filterOutput<T>(shouldPrint: ShouldPrint, task: () => Promise<T>): Promise<T> {
  if (tasks++ === 0) {
    originalWrite = process.stdout.write
    process.stdout.write = writeFiltered
  }
  try {
    return await filters.run(shouldPrint, task)
  } finally {
    if (--tasks === 0) process.stdout.write = originalWrite
  }
}

function writeFiltered(this: typeof process.stdout, text: string | Uint8Array, ...rest: unknown[]): boolean {
  const shouldPrint = filters.getStore()
  if (!shouldPrint || shouldPrint(String(text)))
    return Reflect.apply(originalWrite, process.stdout, [text, ...rest])
  const onWritten = rest.at(-1)
  if (typeof onWritten === 'function') process.nextTick(onWritten)
  return true
}
