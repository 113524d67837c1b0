/** A position in a text file. */
export interface FileLocation {
  /** An absolute path. */
  readonly file: string
  /** Lines and columns start at 1. */
  readonly line: number
  readonly column: number
}

interface UserErrorOptions {
  readonly hint?: string | undefined
  readonly location?: FileLocation | undefined
  readonly failures?: readonly UserError[]
  readonly cause?: unknown
}

/**
 * An error that the user can understand and fix. It is shown without a stack trace. `message` says what is wrong and where,
 * `hint` says what to do.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError'
  readonly hint: string | undefined
  /** The position of the cause in the user's files. */
  readonly location: FileLocation | undefined
  /** The errors that this error lists, if it describes more than one. */
  readonly failures: readonly UserError[]

  constructor(message: string, options: UserErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.hint = options.hint
    this.location = options.location
    this.failures = options.failures ?? []
  }
}

/** Wrong usage: exit code 2 on the command line. */
export class UsageError extends UserError {
  override readonly name = 'UsageError'
}

/** The message of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Detects errors of the operating system: the disk is full, a file is missing, a connection was reset. */
export function isSystemError(error: unknown): error is Error {
  return /^E(?!RR_)/.test(codeOf(error) ?? '')
}

/** The `code` of a system error (`ENOENT`, `ECONNRESET`); otherwise `undefined`. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
