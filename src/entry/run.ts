import { constants } from 'node:os'
import { basename, relative } from 'node:path'
import type { Log, OpenHost } from '../host/host.js'
import { codeOf, isSystemError, messageOf, UsageError, UserError } from '../util/error.js'
import { removeOpenPartFiles } from '../util/files.js'
import { removeListenerLimit } from '../util/signal.js'

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** How long what runs may take to leave in order after a signal. */
const PATIENCE_MS = 900

/**
 * Runs a task on a host and ends the process with the exit code that its outcome asks for. A signal aborts the task, which then
 * cleans up behind itself; a second one, or a task that does not end, ends the process at once.
 */
export async function run(
  open: (signal: AbortSignal) => OpenHost,
  task: (host: OpenHost) => Promise<void>,
): Promise<void> {
  const abort = new AbortController()
  const host = open(removeListenerLimit(abort.signal))
  process.on('exit', () => {
    removeOpenPartFiles()
    try {
      host.dispose()
    } catch {
      // What cannot be removed now is the system's to remove; the exit code stays.
    }
  })
  // Whoever reads the log may leave; the work goes on.
  process.stderr.on('error', () => {})
  for (const name of ENDING) {
    const code = 128 + constants.signals[name]
    process.on(name, () => {
      if (abort.signal.aborted) process.exit(code)
      process.exitCode = code
      abort.abort(new UserError(`Ended by ${name}`))
      setTimeout(() => process.exit(code), PATIENCE_MS).unref()
    })
  }
  try {
    await task(host)
  } catch (error) {
    host.endProgress()
    if (abort.signal.aborted) reportError(abort.signal.reason, host.log)
    else process.exitCode = reportError(error, host.log)
  }
  // Kept connections and the listeners above would hold the process.
  process.exit()
}

/** Writes a result to standard output, which may be the terminal that the live line is on. */
export async function print(
  output: string | undefined,
  host: Pick<OpenHost, 'endProgress'>,
  stdout: Pick<NodeJS.WriteStream, 'once' | 'write'> = process.stdout,
): Promise<void> {
  host.endProgress()
  if (output === undefined) return
  // The process ends behind this, so what goes into a pipe must be through; a reader that has seen enough is no failure.
  await new Promise<void>((resolve, reject) => {
    const done = (error?: Error | null): void =>
      error && codeOf(error) !== 'EPIPE' ? reject(error) : resolve()
    stdout.once('error', done)
    stdout.write(`${output}\n`, done)
  })
}

/** Tells a failure in the user's terms, and gives the exit code that stands for it: 1 failed, 2 wrong usage. */
export function reportError(error: unknown, log: Log): 1 | 2 {
  if (error instanceof UserError) {
    log.error(textOf(error), {
      location: error.location,
      failures: error.failures.map(part => ({ message: textOf(part), at: part.location })),
    })
    return error instanceof UsageError ? 2 : 1
  }
  // A disk that is full or a folder that is closed is no fault of this program.
  if (isSystemError(error)) {
    log.error(messageOf(error))
    return 1
  }
  log.error(
    `${messageOf(error)}\nThis is a fault of nix-multiarch itself. Please report it, with the lines below.`,
  )
  log.info(error instanceof Error && error.stack !== undefined ? error.stack : String(error))
  return 1
}

function textOf(error: UserError): string {
  return [error.message, whereOf(error), error.hint].filter(line => line !== undefined).join('\n')
}

/** Not for those whose own words have it. */
function whereOf({ message, location }: UserError): string | undefined {
  if (location === undefined) return undefined
  const spot = `:${location.line}:${location.column}`
  if (message.includes(basename(location.file) + spot)) return undefined
  return `at ${relative(process.cwd(), location.file)}${spot}`
}
