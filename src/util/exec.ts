import { type ChildProcess, spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { codeOf, UserError } from './error.js'
import { isExecutable } from './files.js'

export interface ExecOptions {
  /** Variables to set. `undefined` removes a variable. */
  env?: Readonly<Record<string, string | undefined>>
  /** Passes only basic variables such as PATH and HOME, so that the program cannot read secrets from variables. */
  clean?: boolean
  cwd?: string
  /** The standard input. Default: empty. Use it for secrets, because other users can see arguments. */
  input?: string
  /** Called for each line of standard error. A line of more than 64 KiB is split. */
  onErrorLine?: (line: string) => void
  /** Called with the process id after the start, for callers that must end the program themselves. */
  onStart?: (pid: number) => void
  signal?: AbortSignal
}

export interface ExecResult {
  code: number
  stdout: string
  /** The last complete lines, at most 256 KiB. */
  stderr: string
}

export const MAX_STDOUT_BYTES = 64 * 1024 * 1024
export const MAX_STDERR_BYTES = 256 * 1024

/** An aborted program is killed if it still runs after this time. It must be less than the time a command has after a signal. */
const KILL_DELAY_MS = 700

/**
 * Runs a program and returns its output and exit code. Throws a `UserError` if the program cannot be started or writes more than
 * 64 MiB to standard output. If the signal is aborted, the error is thrown after the program has ended.
 */
export type Exec = (command: string, args: readonly string[], options?: ExecOptions) => Promise<ExecResult>

/**
 * Uses `spawn`: for programs with a time limit, a secret on standard input, an abort signal, streamed lines or a large output
 * (sudo, apt, credential helpers, Nix's builds and evaluations, cachix). `runShortProgram` runs all others by @actions/exec.
 */
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
  const code = await waitForExit(child, command, options.cwd)
  lines.end()
  if (written > MAX_STDOUT_BYTES) throw createOutputError(command)
  return { code, stdout: Buffer.concat(stdout).toString(), stderr: stderr.readText() }
}

/** The error for a program that writes more than `MAX_STDOUT_BYTES` to standard output. */
export function createOutputError(command: string): UserError {
  return new UserError(`${command} wrote more than 64 MiB to standard output`)
}

/** Starts a program with pipes, to stream its output. */
export function startProgram(
  command: string,
  args: readonly string[],
  options: ExecOptions = {},
): ChildProcess {
  const child = spawnProgram(command, args, options)
  // Ignore EPIPE: a program may end without reading its input, and its exit code says if it failed.
  child.stdin?.on('error', () => {})
  child.stdin?.end(options.input)
  return child
}

/** Throws a `UserError` for the failures that `spawn` throws at once, for example if `cwd` is a file. */
function spawnProgram(command: string, args: readonly string[], options: ExecOptions): ChildProcess {
  try {
    return spawn(command, args, {
      cwd: options.cwd,
      env: createEnvironment(options),
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      ...(options.signal ? { signal: options.signal } : {}),
    })
  } catch (error) {
    throw describeStartError(command, error as Error, options.cwd)
  }
}

/** Variables that the runner sets only for the action: inputs, and tokens with the permissions of the workflow. */
const RUNNER_VARIABLES = /^(INPUT|ACTIONS)_/
const BASIC_VARIABLES = /^(PATH|HOME|TMPDIR|LANG|LC_.*|TERM|USER)$/

/** The variables of this process that a program gets, and those of the options. */
export function createEnvironment({ clean = false, env }: ExecOptions): NodeJS.ProcessEnv {
  const isPassed = (name: string): boolean =>
    clean ? BASIC_VARIABLES.test(name) : !RUNNER_VARIABLES.test(name)
  return { ...Object.fromEntries(Object.entries(process.env).filter(([name]) => isPassed(name))), ...env }
}

/**
 * Waits for the end of a program and returns its exit code: 128 if a signal ended it. If it was aborted, rejects after the
 * program has ended, and kills it if necessary.
 */
function waitForExit(child: ChildProcess, command: string, cwd?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', error => {
      const fail = (): void => reject(describeStartError(command, error, cwd))
      if (isRunning(child)) killThen(child, fail)
      else fail()
    })
    child.once('close', code => resolve(code ?? 128))
  })
}

function isRunning({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null
}

/** Kills a program that does not react to SIGTERM, for example Nix during a long evaluation. */
function killThen(child: ChildProcess, onExit: () => void): void {
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_DELAY_MS)
  child.once('exit', () => {
    clearTimeout(timer)
    onExit()
  })
}

/**
 * Streams the standard output of a program. Throws `createError(code)` after the output if the exit code is not 0. If the reader
 * stops early, the program is killed. Start reading in the same tick in which the program is started: otherwise its end may be
 * missed.
 */
export async function* readOutput(
  child: ChildProcess,
  command: string,
  createError: (code: number) => Error,
): AsyncGenerator<Buffer> {
  const { stdout, stderr } = child as ChildProcess & { stdout: Readable; stderr: Readable }
  const exited = waitForExit(child, command)
  exited.catch(() => {})
  try {
    yield* stdout
    const code = await exited
    if (code !== 0) throw createError(code)
  } finally {
    child.kill('SIGKILL')
    stdout.destroy()
    stderr.destroy()
  }
}

/** The program does not exist, or this user has no access to it. */
export class ProgramNotFound extends UserError {
  override readonly name = 'ProgramNotFound'

  constructor(command: string, cause?: Error) {
    super(`${command} was not found`, { cause })
  }
}

function describeStartError(command: string, error: Error, cwd: string | undefined): Error {
  if (error.name === 'AbortError') return error
  // A missing folder fails with the same code as a missing program.
  if (!isFolder(cwd ?? '.')) return createFolderError(command, cwd)
  // If this user has no access to a folder of PATH, the search for a name fails with EACCES instead of ENOENT.
  const isHidden = codeOf(error) === 'EACCES' && !command.includes('/')
  if (codeOf(error) === 'ENOENT' || isHidden) return new ProgramNotFound(command, error)
  return new UserError(`${command} could not be started: ${error.message}`, { cause: error })
}

/** Returns `false` also if this user has no access to the folder around it. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

export function createFolderError(command: string, folder = '.'): UserError {
  return new UserError(`${command} could not be started: ${folder} is not a folder`)
}

/** Keeps the last `maxBytes` bytes. If bytes were dropped, the text starts at the beginning of a line. */
export function keepTail(maxBytes: number) {
  let chunks: Buffer[] = []
  let size = 0
  let isTruncated = false
  const truncate = (): void => {
    chunks = [Buffer.from(Buffer.concat(chunks).subarray(-maxBytes))]
    size = maxBytes
    isTruncated = true
  }
  return {
    push(chunk: Buffer): void {
      chunks.push(chunk)
      size += chunk.length
      // Allow twice the size, so that not each chunk copies the buffer.
      if (size > 2 * maxBytes) truncate()
    },
    readText(): string {
      if (size > maxBytes) truncate()
      const bytes = Buffer.concat(chunks)
      return bytes.subarray(isTruncated ? bytes.indexOf('\n') + 1 : 0).toString()
    },
  }
}

const MAX_LINE_LENGTH = 64 * 1024

/** Splits chunks into lines. A line of more than 64 KiB is split. `end` passes on the last line. */
export function createLineSplitter(onLine: ((line: string) => void) | undefined) {
  const decoder = new StringDecoder()
  let rest = ''
  let endsWithReturn = false
  /** Removes the line feed of a CRLF whose carriage return ended the last chunk. */
  const decode = (chunk: Buffer): string => {
    const text = decoder.write(chunk)
    if (text === '') return ''
    const decoded = endsWithReturn && text.startsWith('\n') ? text.slice(1) : text
    endsWithReturn = text.endsWith('\r')
    return decoded
  }
  return {
    push(chunk: Buffer): void {
      if (!onLine) return
      const lines = (rest + decode(chunk)).split(/\r?\n|\r/)
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

/** The last lines of an output. */
interface LastLines {
  push(line: string): void
  /** If lines were dropped, the first line says how many. */
  readLines(): string[]
}

/** @param characters the maximum of all lines together, without line ends */
export function keepLastLines({ count, characters }: { count: number; characters: number }): LastLines {
  const lines: string[] = []
  let size = 0
  let dropped = 0
  return {
    push(line) {
      lines.push(line)
      size += line.length
      while (lines.length > count || (size > characters && lines.length > 1)) {
        size -= lines.shift()?.length ?? 0
        dropped++
      }
    },
    readLines: () => (dropped === 0 ? [...lines] : [`… ${dropped} more lines before these`, ...lines]),
  }
}

/** Finds a program in the folders of a PATH; `undefined` if there is none. */
export async function findProgram(path: string, name: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const file = join(folder, name)
    if (await isExecutable(file)) return file
  }
  return undefined
}
