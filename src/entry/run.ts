import { writeSync } from 'node:fs'
import { constants } from 'node:os'
import { basename, relative } from 'node:path'
import type { Log, OpenHost } from '../host/host.js'
import { removeListenerLimit } from '../util/abort-signal.js'
import { codeOf, isSystemError, messageOf, UsageError, UserError } from '../util/error.js'
import { removeOpenPartFiles } from '../util/files.js'
import { setInputStyle } from '../util/input-name.js'
import { truncateText } from '../util/text.js'

const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The time that a task has to clean up after a signal. */
const CLEANUP_TIMEOUT_MS = 900

/** An error that ends the program. */
export interface RunFailure {
  readonly error: unknown
  readonly exitCode: number
  /** A signal ended the program. */
  readonly isInterrupted: boolean
  /** Removes secrets and escape sequences from a text of the error. */
  readonly protect: (text: string) => string
}

/**
 * Runs a task on a host, and ends the process with the exit code of its result. The log masks the passwords of proxies. A signal
 * aborts the task, which then cleans up. A second signal, or a task that does not end in time, ends the process immediately.
 *
 * @param task returns the text for standard output
 * @param formatFailure returns the text for standard output if the task fails. If absent, an error is only logged
 */
export async function run(
  openHost: (signal: AbortSignal) => OpenHost,
  task: (host: OpenHost) => Promise<string | undefined>,
  formatFailure?: (failure: RunFailure) => string,
): Promise<void> {
  const abort = new AbortController()
  const host = openHost(removeListenerLimit(abort.signal))
  setInputStyle(host.kind === 'local' ? 'command line' : 'workflow')
  process.on('exit', () => {
    removeOpenPartFiles()
    try {
      host.dispose()
    } catch {
      // A temporary folder that cannot be removed must not change the exit code.
    }
  })
  // If the reader of the log ends, as in `2>&1 | head`, the task continues.
  process.stderr.on('error', () => {})
  let hasPrinted = false
  const describeFailure = (error: unknown, exitCode: number): string | undefined => {
    if (hasPrinted) return undefined
    hasPrinted = true
    const { protect } = host
    return formatFailure?.({ error, exitCode, isInterrupted: abort.signal.aborted, protect })
  }
  const endNow = (code: number): never => {
    const text = describeFailure(abort.signal.reason, code)
    if (text !== undefined) writeNow(text)
    process.exit(code)
  }
  for (const name of END_SIGNALS) {
    const code = 128 + constants.signals[name]
    process.on(name, () => {
      if (abort.signal.aborted) endNow(code)
      process.exitCode = code
      abort.abort(new UserError(`Stopped by ${name}`))
      setTimeout(() => endNow(code), CLEANUP_TIMEOUT_MS).unref()
    })
  }
  try {
    await maskProxyPasswords(host)
    const output = await task(host)
    // A result with exit code 0 would contradict the exit code of the process.
    if (formatFailure !== undefined) abort.signal.throwIfAborted()
    hasPrinted = true
    await print(output, host)
  } catch (thrown) {
    host.endProgress()
    const isInterrupted = abort.signal.aborted
    const error = isInterrupted ? abort.signal.reason : thrown
    const code = reportError(error, host.log)
    if (!isInterrupted) process.exitCode = code
    await addFailureSummary(error, host)
    await print(describeFailure(error, Number(process.exitCode)), host).catch(() => {})
  }
  endSoon()
}

/** How long an idle connection can keep the process alive. */
const END_TIMEOUT_MS = 100

/**
 * Ends the process when nothing is left to do. Does not call `process.exit` immediately: it can wait for ever for a thread that
 * compiles JavaScript and waits for a garbage collection (nodejs/node#54918, seen with Node.js 24.21 and 26.12). A process that
 * ends by itself stops these threads before, and in one that was idle they have finished.
 */
function endSoon(): void {
  setTimeout(() => process.exit(), END_TIMEOUT_MS).unref()
}

/** Only a job has a summary. */
async function addFailureSummary(error: unknown, host: OpenHost): Promise<void> {
  if (host.kind !== 'github') return
  const { formatFailureSummary } = await import('../command/summary/failure-summary.js')
  host.addSummary(formatFailureSummary(error))
}

/** For a process that ends before the next turn of its event loop. */
function writeNow(text: string): void {
  try {
    writeSync(process.stdout.fd, `${text}\n`)
  } catch {
    // The reader has closed the pipe, or the pipe is full.
  }
}

/** Imports late: most machines have no proxy. */
async function maskProxyPasswords({ env, maskSecret }: OpenHost): Promise<void> {
  if (!Object.keys(env).some(name => /_proxy$/i.test(name))) return
  const { listProxyPasswords } = await import('../http/proxy.js')
  for (const password of listProxyPasswords(env)) maskSecret(password)
}

/** Writes a text to standard output. Removes the live line first, because both may be on the same terminal. */
export async function print(
  output: string | undefined,
  host: Pick<OpenHost, 'endProgress'>,
  stdout: Pick<NodeJS.WriteStream, 'once' | 'write'> = process.stdout,
): Promise<void> {
  host.endProgress()
  if (output === undefined || output === '') return
  // Wait for the write, because the process ends after it. A closed pipe is not an error: the reader may need only the first
  // lines.
  await new Promise<void>((resolve, reject) => {
    const finishWrite = (error?: Error | null): void =>
      error && codeOf(error) !== 'EPIPE' ? reject(error) : resolve()
    stdout.once('error', finishWrite)
    stdout.write(`${output}\n`, finishWrite)
  })
}

/** Logs an error and returns the exit code: 1 for a failure, 2 for wrong usage. */
export function reportError(error: unknown, log: Log): 1 | 2 {
  if (error instanceof UserError) {
    log.error(formatError(error), {
      location: error.location,
      failures: error.failures.map(each => ({ message: formatError(each), location: each.location })),
    })
    return error instanceof UsageError ? 2 : 1
  }
  // For example a full disk: not a bug in this program.
  if (isSystemError(error)) {
    log.error(messageOf(error))
    return 1
  }
  log.error(`${messageOf(error)}\nThis is a bug in nix-multiarch. Please report it, with the lines below.`)
  log.info(error instanceof Error && error.stack !== undefined ? error.stack : String(error))
  return 1
}

/** In characters. A field of a hostile image or archive may be as long as the whole file. */
export const MAX_MESSAGE = 64 * 1024

function formatError(error: UserError): string {
  const message = truncateText(error.message, MAX_MESSAGE)
  return [message, formatLocation(error), error.hint].filter(line => line !== undefined).join('\n')
}

/** Returns `undefined` if the message already contains the location. */
function formatLocation({ message, location }: UserError): string | undefined {
  if (location === undefined) return undefined
  const position = `:${location.line}:${location.column}`
  if (message.includes(basename(location.file) + position)) return undefined
  return `at ${relative(process.cwd(), location.file)}${position}`
}
