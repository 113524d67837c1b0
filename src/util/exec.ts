import { type ChildProcess, spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { codeOf, UserError } from './error.js'
import { isExecutable } from './files.js'

export interface ExecOptions {
  /** Added to the environment; `undefined` takes a variable away. */
  env?: Readonly<Record<string, string | undefined>>
  /** Starts from a handful of this process's variables, for programs that nothing here is meant for. */
  clean?: boolean
  cwd?: string
  /** Written to standard input, which is else empty. The way for secrets: never through arguments. */
  input?: string
  /** Called with each whole line of standard error as it comes; one of more than 64 KiB comes in pieces. */
  onErrorLine?: (line: string) => void
  /** Told the process's number, for those who must end it in a way of their own. */
  onStart?: (pid: number) => void
  signal?: AbortSignal
}

export interface ExecResult {
  code: number
  stdout: string
  /** Its end: whole lines, at most 256 KiB. */
  stderr: string
}

/** In bytes. Programs may say a lot about their work; an answer is small. */
const MAX_STDOUT_BYTES = 64 * 1024 * 1024
const MAX_STDERR_BYTES = 256 * 1024

/** How long an aborted program may take to leave in order; less than a command itself has after a signal. */
const KILL_DELAY_MS = 700

/**
 * Runs a program to its end and gives its output whatever its exit code is. Throws `UserError` when it cannot be started
 * and when its standard output passes 64 MiB. With a signal, the program has ended before the abort is thrown.
 */
export type Exec = (command: string, args: readonly string[], options?: ExecOptions) => Promise<ExecResult>

export const exec: Exec = async (command, args, options = {}) => {
  const child = startProgram(command, args, options)
  if (child.pid !== undefined) options.onStart?.(child.pid)
  const stdout: Buffer[] = []
  let written = 0
  const stderr = keepTail(MAX_STDERR_BYTES)
  const lines = createLineSplitter(options.onErrorLine)
  child.stdout?.on('data', (chunk: Buffer) => {
    written += chunk.length
    if (written <= MAX_STDOUT_BYTES) stdout.push(chunk)
    else child.kill('SIGKILL')
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr.push(chunk)
    lines.push(chunk)
  })
  const code = await waitForExit(child, command)
  lines.end()
  if (written > MAX_STDOUT_BYTES) throw new UserError(`${command} wrote more than 64 MiB to standard output`)
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: stderr.text() }
}

/** Starts a program with piped output, for those who read it as it is written. */
export function startProgram(
  command: string,
  args: readonly string[],
  options: ExecOptions = {},
): ChildProcess {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...inheritEnvironment(options.clean ?? false), ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(options.signal ? { signal: options.signal } : {}),
  })
  // A program that ends without reading its input is not our failure: its exit code tells.
  child.stdin?.on('error', () => {})
  child.stdin?.end(options.input)
  return child
}

/** What a runner hands to an action alone: inputs, and tokens that act in the workflow's name. */
const RUNNER_VARIABLES = /^(INPUT|ACTIONS)_/
const BASIC_VARIABLES = /^(PATH|HOME|TMPDIR|LANG|LC_.*|TERM|USER)$/

function inheritEnvironment(clean: boolean): NodeJS.ProcessEnv {
  const kept = (name: string): boolean => (clean ? BASIC_VARIABLES.test(name) : !RUNNER_VARIABLES.test(name))
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => kept(name)))
}

/**
 * Waits for a started program; a program ended by a signal counts as 128, as in a shell. When it is aborted, the error
 * comes when the program has ended, which it is made to where it does not leave by itself.
 */
function waitForExit(child: ChildProcess, command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', error => {
      const fail = (): void => reject(describeStartError(command, error))
      if (isRunning(child)) killThen(child, fail)
      else fail()
    })
    child.once('close', code => resolve(code ?? 128))
  })
}

function isRunning({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null
}

/** Nix in a long evaluation, for one, hears no signal. */
function killThen(child: ChildProcess, then: () => void): void {
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_DELAY_MS)
  child.once('exit', () => {
    clearTimeout(timer)
    then()
  })
}

/**
 * What a started program writes to standard output. Ends only when the program has ended well: throws what `failure` makes of its
 * exit code when it failed. The program is ended when the reader stops early. It must be read from the moment that the program is
 * started, since its end is not heard before.
 */
export async function* readOutput(
  child: ChildProcess,
  command: string,
  failure: (code: number) => Error,
): AsyncGenerator<Buffer> {
  const { stdout, stderr } = child as ChildProcess & { stdout: Readable; stderr: Readable }
  const exited = waitForExit(child, command)
  exited.catch(() => {})
  try {
    yield* stdout
    const code = await exited
    if (code !== 0) throw failure(code)
  } finally {
    child.kill('SIGKILL')
    stdout.destroy()
    stderr.destroy()
  }
}

/** There is no such program, or none that this user can reach. */
export class ProgramNotFound extends UserError {
  override readonly name = 'ProgramNotFound'

  constructor(command: string, cause: Error) {
    super(`${command} was not found`, { cause })
  }
}

function describeStartError(command: string, error: Error): Error {
  if (error.name === 'AbortError') return error
  // Where a folder of PATH is closed to this user, the search for a bare name ends with that, and not with its absence.
  const isHidden = codeOf(error) === 'EACCES' && !command.includes('/')
  if (codeOf(error) === 'ENOENT' || isHidden) return new ProgramNotFound(command, error)
  return new UserError(`${command} could not be started: ${error.message}`, { cause: error })
}

const MAX_LINE_LENGTH = 64 * 1024

/** Keeps the last `limit` bytes of what comes; where something was left out, from the start of a line on. */
function keepTail(limit: number) {
  let kept: Buffer[] = []
  let size = 0
  let cut = false
  const shorten = (): void => {
    kept = [Buffer.from(Buffer.concat(kept).subarray(-limit))]
    size = limit
    cut = true
  }
  return {
    push(chunk: Buffer): void {
      kept.push(chunk)
      size += chunk.length
      // Twice as much is let in, so that it is not copied for every chunk.
      if (size > 2 * limit) shorten()
    },
    text(): string {
      if (size > limit) shorten()
      const all = Buffer.concat(kept)
      return all.subarray(cut ? all.indexOf('\n') + 1 : 0).toString()
    },
  }
}

/** Divides what comes into lines. One of more than 64 KiB is given in pieces; `end` gives the last. */
export function createLineSplitter(onLine: ((line: string) => void) | undefined) {
  const decoder = new StringDecoder()
  let rest = ''
  let afterReturn = false
  /** Without the line feed of a line that ended with the last chunk. */
  const textOf = (chunk: Buffer): string => {
    const text = decoder.write(chunk)
    if (text === '') return ''
    const own = afterReturn && text.startsWith('\n') ? text.slice(1) : text
    afterReturn = text.endsWith('\r')
    return own
  }
  return {
    push(chunk: Buffer): void {
      if (!onLine) return
      const lines = (rest + textOf(chunk)).split(/\r?\n|\r/)
      rest = lines.pop() ?? ''
      for (const line of lines) onLine(line)
      if (rest.length <= MAX_LINE_LENGTH) return
      onLine(rest)
      rest = ''
    },
    end(): void {
      const last = rest + decoder.end()
      if (onLine && last !== '') onLine(last)
    },
  }
}

/** The last lines of what is said, within bounds. */
interface LastLines {
  push(line: string): void
  /** Where lines were left out, the first one says how many. */
  lines(): string[]
}

/** @param characters in all, the line ends not counted */
export function keepLastLines({ count, characters }: { count: number; characters: number }): LastLines {
  const kept: string[] = []
  let size = 0
  let left = 0
  return {
    push(line) {
      kept.push(line)
      size += line.length
      while (kept.length > count || (size > characters && kept.length > 1)) {
        size -= kept.shift()?.length ?? 0
        left++
      }
    },
    lines: () => (left === 0 ? [...kept] : [`… ${left} more lines before these`, ...kept]),
  }
}

/** The path of a program in the folders of a PATH; `undefined` where there is none. */
export async function findProgram(path: string, name: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const file = join(folder, name)
    if (await isExecutable(file)) return file
  }
  return undefined
}
