import { constants } from 'node:os'
import type { OpenHost } from '../host/host.js'
import { UserError } from '../util/error.js'
import { removeOpenParts } from '../util/part-file.js'
import { report } from './report.js'

const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** How long what runs may take to leave in order after a signal. */
const PATIENCE_MS = 900

/**
 * Runs a task on a host and ends the process with the exit code that its outcome asks for. A signal aborts the task, which then
 * cleans up behind itself; a second one, or a task that does not end, ends the process at once.
 */
export async function run(host: OpenHost, task: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const abort = new AbortController()
  process.on('exit', () => {
    removeOpenParts()
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
    await task(abort.signal)
  } catch (error) {
    if (abort.signal.aborted) report(abort.signal.reason, host.log)
    else process.exitCode = report(error, host.log)
  }
  // Kept connections and the listeners above would hold the process.
  process.exit()
}
