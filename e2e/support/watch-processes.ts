import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { ROOT } from './machine.js'

export interface WatchResult {
  /** How many times all processes were inspected. */
  readonly looks: number
  /** The names of the processes seen on machines. For Node.js, the path of the script. */
  readonly programs: readonly string[]
  readonly found: readonly {
    /** The name of the value. */
    readonly name: string
    readonly where: 'cmdline' | 'environ'
    readonly program: string
  }[]
}

/** Searches the arguments and variables of all processes on machines for values, until the task has finished. */
export async function watchProcesses<T>(
  planted: Readonly<Record<string, string>>,
  task: () => Promise<T>,
): Promise<[T, WatchResult]> {
  const child = spawn(process.execPath, [join(ROOT, 'e2e/support/watch.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const output = text(child.stdout)
  const ended = once(child, 'exit')
  child.stdin.write(`${JSON.stringify(planted)}\n`)
  try {
    const result = await task()
    child.stdin.end()
    return [result, JSON.parse(await output) as WatchResult]
  } finally {
    child.stdin.end()
    await ended
  }
}
