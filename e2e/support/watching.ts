import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { ROOT } from './machine.js'

export interface Watched {
  /** How often all processes were looked at. */
  readonly looks: number
  /** The names of those that were seen on machines; of Node.js', the script. */
  readonly programs: readonly string[]
  readonly found: readonly {
    /** Of the value. */
    readonly name: string
    readonly where: 'cmdline' | 'environ'
    readonly program: string
  }[]
}

/** Watches the arguments and variables of all processes on machines for values, until the given task is over. */
export async function watching<T>(
  planted: Readonly<Record<string, string>>,
  task: () => Promise<T>,
): Promise<[T, Watched]> {
  const child = spawn(process.execPath, [join(ROOT, 'e2e/support/watch.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const said = text(child.stdout)
  const ended = once(child, 'exit')
  child.stdin.write(`${JSON.stringify(planted)}\n`)
  try {
    const result = await task()
    child.stdin.end()
    return [result, JSON.parse(await said) as Watched]
  } finally {
    child.stdin.end()
    await ended
  }
}
