import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { CLI } from './machine.js'

/** The result of a run of the CLI. */
export interface ProgramResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderr: string
  /** Duration from the start. */
  readonly ms: number
  /** Milliseconds from the signal to the end; `undefined` if it ended before the signal. */
  readonly msAfterSignal: number | undefined
}

export interface RunOptions {
  readonly env: Readonly<Record<string, string>>
  /** The signal to send, and after how many milliseconds. */
  readonly end?: { readonly signal: NodeJS.Signals; readonly after: number }
}

/** Runs the bundled CLI in a clean environment, and optionally ends it with a signal. */
export function runCli(args: readonly string[], options: RunOptions): Promise<ProgramResult> {
  return runProgram([process.execPath, CLI, ...args], options)
}

/** Does the same for any program. */
export async function runProgram(
  [program = '', ...args]: readonly string[],
  { env, end }: RunOptions,
): Promise<ProgramResult> {
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
  return { code, signal, stderr, ms: now - began, msAfterSignal: killed && now - killed }
}
