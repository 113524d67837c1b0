/** A place in a text file. */
export interface FileLocation {
  /** An absolute path. */
  readonly file: string
  /** From 1 on, and so are columns. */
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
 * A failure that the user can understand and act on. It is shown without a stack trace.
 * `message` says what is wrong and where; `hint` says what to do next.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError'
  readonly hint: string | undefined
  /** Where in the user's own files the cause stands. */
  readonly location: FileLocation | undefined
  /** The failures that this one tells of, where it tells of several. */
  readonly failures: readonly UserError[]

  constructor(message: string, options: UserErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.hint = options.hint
    this.location = options.location
    this.failures = options.failures ?? []
  }
}

/** The command was called wrongly: exit code 2 on the command line. */
export class UsageError extends UserError {
  override readonly name = 'UsageError'
}

/** The words of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Whether the operating system refused something: the disk is full, a file is missing, a connection broke. */
export function isSystemError(error: unknown): error is Error {
  return /^E(?!RR_)/.test(codeOf(error) ?? '')
}

/** The `code` of a system error (`ENOENT`, `ECONNRESET`), where it has one. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
