import { resolve } from 'node:path'
import { messageOf, UserError } from './error.js'
import {
  createEnvironment,
  createFolderError,
  createOutputError,
  type Exec,
  type ExecOptions,
  type ExecResult,
  exec,
  findProgram,
  isFolder,
  keepTail,
  MAX_STDERR_BYTES,
  MAX_STDOUT_BYTES,
  ProgramNotFound,
} from './exec.js'
import { exists } from './files.js'

/**
 * Runs a program by @actions/exec, with the results of `exec`. For programs that end by themselves and print little: Git, and the
 * calls that read the version and the settings of an installed Nix. Everything that @actions/exec 3.0.0 cannot do is passed to
 * `exec`.
 */
export const runShortProgram: Exec = async (command, args, options = {}) => {
  if (needsSpawn(command, args, options)) return exec(command, args, options)
  const { cwd } = options
  const env = createEnvironment(options)
  const path = await findCommand(command, env, cwd)
  // Otherwise @actions/exec 3.0.0 never settles if the folder is a file: its `spawn` throws in an async promise executor.
  if (!isFolder(cwd ?? '.')) throw createFolderError(command, cwd)
  return collect(command, startExec(path, args, { env, ...(cwd !== undefined && { cwd }) }))
}

/** More than this cannot be in one argument (Linux, `MAX_ARG_STRLEN`), and `spawn` throws. */
const MAX_ARGUMENT_BYTES = 128 * 1024

/**
 * @actions/exec 3.0.0 has no abort signal and no process id, and passes on lines without carriage returns. If `spawn` throws
 * because of an argument, its promise never settles.
 */
function needsSpawn(
  command: string,
  args: readonly string[],
  { input = '', onErrorLine, onStart, signal }: ExecOptions,
): boolean {
  const isInvalid = (text: string): boolean =>
    text.includes('\0') || Buffer.byteLength(text) >= MAX_ARGUMENT_BYTES
  return input !== '' || Boolean(onErrorLine || onStart || signal) || [command, ...args].some(isInvalid)
}

/** Where `execvp` searches if PATH is not set. */
const DEFAULT_PATH = '/bin:/usr/bin'

/**
 * @actions/exec searches the PATH of this process, not the one that the program gets, and @actions/io 3.0.2 prints a line to
 * standard output for each folder of PATH that it cannot read.
 */
async function findCommand(
  command: string,
  env: NodeJS.ProcessEnv,
  cwd: string | undefined,
): Promise<string> {
  const isPath = command.includes('/')
  const path = isPath ? resolve(cwd ?? '.', command) : await findProgram(env.PATH ?? DEFAULT_PATH, command)
  if (path === undefined || (isPath && !(await exists(path)))) throw new ProgramNotFound(command)
  return resolve(path)
}

interface StartOptions {
  readonly env: NodeJS.ProcessEnv
  readonly cwd?: string
}

type Output = Awaited<ReturnType<typeof import('@actions/exec').getExecOutput>>

/** The import is shared, because Jest on Node.js 20 cannot link the same module twice at the same time. */
let loading: Promise<typeof import('@actions/exec')> | undefined

async function startExec(
  path: string,
  args: readonly string[],
  { env, ...options }: StartOptions,
): Promise<Output> {
  loading ??= import('@actions/exec')
  const { getExecOutput } = await loading
  return getExecOutput(quoteCommand(path), [...args], {
    ...options,
    env: env as Record<string, string>,
    silent: true,
    ignoreReturnCode: true,
    input: NO_INPUT,
  })
}

/**
 * @actions/exec 3.0.0 closes the standard input with `stdin.end(input)` if the input is truthy, and otherwise never: a program
 * that reads it would not end. An empty buffer would be written, and that fails with an uncaught EPIPE if the program has ended
 * before. `end` with a function only closes.
 */
const NO_INPUT = (() => {}) as unknown as Buffer

/**
 * @actions/exec reads its first argument as a command line. Outside quotes, only spaces and quotes have a meaning, and within
 * them `\"` is a quote. It trims the last word unless a space follows.
 */
export function quoteCommand(path: string): string {
  return `${path.replace(/[ "]/g, character => (character === ' ' ? '" "' : '"\\""'))} `
}

async function collect(command: string, running: Promise<Output>): Promise<ExecResult> {
  const { exitCode, stdout, stderr } = await running.catch(error => {
    throw new UserError(`${command} could not be started: ${messageOf(error)}`, { cause: error })
  })
  if (Buffer.byteLength(stdout) > MAX_STDOUT_BYTES) throw createOutputError(command)
  const tail = keepTail(MAX_STDERR_BYTES)
  tail.push(Buffer.from(stderr))
  // The code is `null` if a signal ended the program.
  return { code: (exitCode as number | null) ?? 128, stdout, stderr: tail.readText() }
}
