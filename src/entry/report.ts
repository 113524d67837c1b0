import type { Log } from '../host/host.js'
import { isSystemError, messageOf, UsageError, UserError } from '../util/error.js'

/** Tells a failure in the user's terms, and gives the exit code that stands for it: 1 failed, 2 wrong usage. */
export function report(error: unknown, log: Log): 1 | 2 {
  if (error instanceof UserError) {
    log.error(error.hint === undefined ? error.message : `${error.message}\n${error.hint}`)
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
