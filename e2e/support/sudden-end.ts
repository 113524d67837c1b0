import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { CLI } from './machine.js'

/** How a run of the command line ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderr: string
  /** From its start. */
  readonly ms: number
  /** From the signal to the end; `undefined` when it was over before. */
  readonly dying: number | undefined
}

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>
  /** Sent after so many milliseconds. */
  readonly end?: { readonly signal: NodeJS.Signals; readonly after: number }
}

/** Runs the command line from its bundle in a clean environment, and may end it early. */
export function runCli(args: readonly string[], options: RunOptions): Promise<Ended> {
  return runProgram([process.execPath, CLI, ...args], options)
}

/** The same with any program. */
export async function runProgram(
  [program = '', ...args]: readonly string[],
  { env, end }: RunOptions,
): Promise<Ended> {
  const began = performance.now()
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr += text
  })
  const closed = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  let killed: number | undefined
  if (end) {
    const over = new AbortController()
    closed.finally(() => over.abort())
    await wait(end.after, undefined, over).catch(() => {})
    if (child.exitCode === null && child.signalCode === null) {
      killed = performance.now()
      child.kill(end.signal)
    }
  }
  const [code, signal] = await closed
  const now = performance.now()
  return { code, signal, stderr, ms: now - began, dying: killed && now - killed }
}
