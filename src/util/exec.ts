import { type ChildProcess, spawn } from 'node:child_process'
import { StringDecoder } from 'node:string_decoder'
import { codeOf, UserError } from './error.js'

export interface ExecOptions {
  /** Added to this process's environment; `undefined` takes a variable away. */
  env?: Readonly<Record<string, string | undefined>>
  cwd?: string
  /** Written to standard input, which is else empty. The way for secrets: never through arguments. */
  input?: string
  /** Called with each whole line of standard error as it comes. */
  onErrorLine?: (line: string) => void
  signal?: AbortSignal
}

export interface ExecResult {
  code: number
  stdout: string
  stderr: string
}

/** Runs a program to its end and gives its output whatever its exit code is. Throws `UserError` when it cannot be started. */
export type Exec = (command: string, args: readonly string[], options?: ExecOptions) => Promise<ExecResult>

export const exec: Exec = async (command, args, options = {}) => {
  const child = start(command, args, options)
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  const lines = lineSplitter(options.onErrorLine)
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr.push(chunk)
    lines.push(chunk)
  })
  const code = await exitOf(child, command)
  lines.end()
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }
}

/** Starts a program with piped output, for those who read it as it is written. */
export function start(command: string, args: readonly string[], options: ExecOptions = {}): ChildProcess {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(options.signal ? { signal: options.signal } : {}),
  })
  // A program that ends without reading its input is not our failure: its exit code tells.
  child.stdin?.on('error', () => {})
  child.stdin?.end(options.input)
  return child
}

/** Waits for a started program; a program ended by a signal counts as 128, as in a shell. */
export function exitOf(child: ChildProcess, command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', error => reject(notStarted(command, error)))
    child.once('close', code => resolve(code ?? 128))
  })
}

function notStarted(command: string, error: Error): Error {
  if (error.name === 'AbortError') return error
  if (codeOf(error) === 'ENOENT') return new UserError(`${command} was not found`, { cause: error })
  return new UserError(`${command} could not be started: ${error.message}`, { cause: error })
}

function lineSplitter(onLine: ((line: string) => void) | undefined) {
  const decoder = new StringDecoder()
  let rest = ''
  return {
    push(chunk: Buffer): void {
      if (!onLine) return
      const lines = (rest + decoder.write(chunk)).split(/\r?\n|\r/)
      rest = lines.pop() ?? ''
      for (const line of lines) onLine(line)
    },
    end(): void {
      if (onLine && rest !== '') onLine(rest)
    },
  }
}
