import { basename, relative } from 'node:path'
import type { Log } from '../host/host.js'
import { isSystemError, messageOf, UsageError, UserError } from '../util/error.js'

/** Tells a failure in the user's terms, and gives the exit code that stands for it: 1 failed, 2 wrong usage. */
export function report(error: unknown, log: Log): 1 | 2 {
  if (error instanceof UserError) {
    log.error(textOf(error), {
      at: error.at,
      parts: error.parts.map(part => ({ message: textOf(part), at: part.at })),
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
function whereOf({ message, at }: UserError): string | undefined {
  if (at === undefined) return undefined
  const spot = `:${at.line}:${at.column}`
  if (message.includes(basename(at.file) + spot)) return undefined
  return `at ${relative(process.cwd(), at.file)}${spot}`
}
