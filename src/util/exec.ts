import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'
import { withTimeout } from './async.js'
import { codeOf, UserError } from './error.js'
import { isExecutable } from './files.js'
import { GrowingBuffer } from './growing-buffer.js'
import { findInheritedFiles } from './inherited-files.js'
import { formatSeconds } from './text.js'

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
  /**
   * `stderr` of the result has the last lines of both outputs, in the order of their arrival, and `stdout` is empty. So standard
   * output can have any size.
   */
  joinsOutputs?: boolean
  /** Called with the process id after the start, for callers that must end the program themselves. */
  onStart?: (pid: number) => void
  signal?: AbortSignal
  /**
   * The program gets its own process group, and all processes of the group end with it. Without it, processes that the program
   * leaves behind stay. A program in its own group has no terminal, so it cannot ask for a password.
   */
  ownGroup?: boolean
  /**
   * Standard input is a pipe that closes when the program must end. For programs of another user, to which this user cannot send
   * signals. The program must react to it.
   */
  endsWithInput?: boolean
}

export interface ExecResult {
  code: number
  stdout: string
  /** The last complete lines, at most 256 KiB. */
  stderr: string
}

export const MAX_STDOUT_BYTES = 64 * 1024 * 1024
export const MAX_STDERR_BYTES = 256 * 1024

/**
 * A program has ended, but its child still has its output open, such as a daemon that it started. Its output counts as complete
 * if nothing arrives for this time.
 */
const OPEN_OUTPUT_MS = 2000

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
  const stdout = new GrowingBuffer()
  let written = 0
  const stderr = keepTail(MAX_STDERR_BYTES)
  const lines = createLineSplitter(options.onErrorLine)
  child.stdout?.on('data', (chunk: Buffer) => {
    if (options.joinsOutputs) {
      stderr.push(chunk)
      return
    }
    written += chunk.length
    if (written <= MAX_STDOUT_BYTES) stdout.add(chunk)
    else killProgram(child)
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr.push(chunk)
    lines.push(chunk)
  })
  closeAfterExit(child, [child.stdout, child.stderr], OPEN_OUTPUT_MS)
  const code = await waitForExit(child, command, options.cwd).finally(() => endGroup(child))
  lines.end()
  if (written > MAX_STDOUT_BYTES) throw createOutputError(command)
  return { code, stdout: stdout.read().toString(), stderr: stderr.readText() }
}

/**
 * Closes the outputs of an ended program after `ms` milliseconds without a byte, because the event `close` waits for all
 * processes that have the output open.
 */
function closeAfterExit(child: ChildProcess, outputs: readonly (Readable | null)[], ms: number): void {
  child.once('exit', () => {
    const timer = setTimeout(() => {
      for (const output of outputs) output?.destroy()
    }, ms)
    for (const output of outputs) output?.on('data', () => timer.refresh())
    child.once('close', () => clearTimeout(timer))
  })
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
  if (!options.endsWithInput) child.stdin?.end(options.input)
  return child
}

/** Throws a `UserError` for the failures that `spawn` throws at once, for example if `cwd` is a file. */
function spawnProgram(command: string, args: readonly string[], options: ExecOptions): ChildProcess {
  const { ownGroup = false, endsWithInput = false } = options
  const nothing = ownGroup ? openSync('/dev/null', 'r') : undefined
  try {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: createEnvironment(options),
      stdio: [
        options.input === undefined && !endsWithInput ? 'ignore' : 'pipe',
        'pipe',
        'pipe',
        ...(nothing === undefined ? [] : coverInheritedFiles(nothing)),
      ],
      detached: ownGroup,
      ...(options.signal && !endsWithInput ? { signal: options.signal } : {}),
    })
    // Ignore EPERM: the program may belong to another user.
    if (endsWithInput) child.on('error', () => {})
    if (ownGroup) leadGroup(child, options.signal)
    return child
  } catch (error) {
    throw describeStartError(command, error as Error, options.cwd)
  } finally {
    if (nothing !== undefined) closeSync(nothing)
  }
}

/** Returns entries of `stdio` that replace all other files that the program would get by `nothing`. */
function coverInheritedFiles(nothing: number): (number | 'ignore')[] {
  const inherited = findInheritedFiles()
  const count = Math.max(2, ...inherited) - 2
  return Array.from({ length: count }, (_, n) => (inherited.includes(n + 3) ? nothing : 'ignore'))
}

/** The programs that were started with `ownGroup`. */
const groupLeaders = new WeakSet<ChildProcess>()

/** After an abort, `spawn` itself ends only the program. */
function leadGroup(child: ChildProcess, signal: AbortSignal | undefined): void {
  groupLeaders.add(child)
  const onAbort = (): void => {
    child.stdin?.destroy()
    signalGroup(child, 'SIGTERM')
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  child.once('close', () => signal?.removeEventListener('abort', onAbort))
}

/** Kills a program, with all processes of its group if it has its own. */
function killProgram(child: ChildProcess): void {
  endGroup(child)
  child.stdin?.destroy()
  child.kill('SIGKILL')
}

/** Kills what is left of a program's own process group. */
function endGroup(child: ChildProcess): void {
  signalGroup(child, 'SIGKILL')
  groupLeaders.delete(child)
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || !groupLeaders.has(child)) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The group has no process any more, or none that this user may end.
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
  const timer = setTimeout(() => killProgram(child), KILL_DELAY_MS)
  child.once('exit', () => {
    clearTimeout(timer)
    onExit()
  })
}

/**
 * Some scripts compress or copy for minutes before the first byte. Nothing that Nix builds is silent for longer and still at
 * work.
 */
const MAX_SILENCE_MS = 10 * 60_000

interface OutputLimits {
  /** In milliseconds without a byte, while the reader waits. */
  readonly silence?: number
  /** In milliseconds without a byte after the program has ended. */
  readonly afterExit?: number
}

/**
 * Streams the standard output of a program. Throws `createError(code)` after the output if the exit code is not 0, and a
 * `UserError` if the program writes nothing for too long. If the reader stops early, the program is killed. If a process that the
 * program has started keeps the output open, the output ends soon after the program. Start reading in the same tick in which the
 * program is started: otherwise its end may be missed.
 */
export async function* readOutput(
  child: ChildProcess,
  command: string,
  createError: (code: number) => Error,
  { silence = MAX_SILENCE_MS, afterExit = OPEN_OUTPUT_MS }: OutputLimits = {},
): AsyncGenerator<Buffer> {
  const { stdout, stderr } = child as ChildProcess & { stdout: Readable; stderr: Readable }
  const exited = waitForExit(child, command)
  // After an abort, processes of the group still have the output open.
  exited.catch(() => endGroup(child))
  closeAfterExit(child, [stderr], afterExit)
  const chunks = stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const readNext = () => nextChunk(chunks, child, { silence, afterExit })
  try {
    for (let chunk = await readNext(); chunk !== 'end'; chunk = await readNext()) {
      if (chunk === 'silent') throw createSilenceError(command, silence)
      yield chunk
    }
    stdout.destroy()
    const code = await withTimeout(silence, exited, () => createSilenceError(command, silence))
    if (code !== 0) throw createError(code)
  } finally {
    killProgram(child)
    stdout.destroy()
    stderr.destroy()
  }
}

/** Waits for the next chunk: `end` after the last one, `silent` if a running program writes nothing. */
async function nextChunk(
  chunks: AsyncIterator<Buffer>,
  child: ChildProcess,
  { silence, afterExit }: Required<OutputLimits>,
): Promise<Buffer | 'end' | 'silent'> {
  let timer: NodeJS.Timeout | undefined
  let onExit = (): void => {}
  const timeUp = new Promise<'end' | 'silent'>(resolve => {
    onExit = () => {
      clearTimeout(timer)
      timer = setTimeout(() => resolve('end'), afterExit)
    }
    timer = setTimeout(() => resolve('silent'), silence)
    if (isRunning(child)) child.once('exit', onExit)
    else onExit()
  })
  const next = chunks.next().then(({ value, done }) => (done ? 'end' : value))
  // If the time is up, the output is closed, and nothing else handles that.
  next.catch(() => {})
  return Promise.race([next, timeUp]).finally(() => {
    clearTimeout(timer)
    child.off('exit', onExit)
  })
}

function createSilenceError(command: string, silence: number): UserError {
  return new UserError(`${command} wrote nothing for ${formatSeconds(silence)}, and was ended`, {
    hint: 'It waits for something, or does not end. Run it in a terminal to find the cause.',
  })
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

const MAX_CHUNKS = 1024

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
      // Allow twice the size, so that not each chunk copies the buffer. A chunk of one byte needs hundreds of bytes.
      if (size > 2 * maxBytes) truncate()
      else if (chunks.length > MAX_CHUNKS) chunks = [Buffer.concat(chunks)]
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
