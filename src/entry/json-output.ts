import type { CommandName } from '../input/command-texts.js'
import { type FileLocation, isSystemError, messageOf, UsageError, UserError } from '../util/error.js'
import { escapeJson, truncateText } from '../util/text.js'
import { MAX_MESSAGE, type RunFailure } from './run.js'

/** The version of the format. It increases if a field is removed or changes its meaning, and not if a field is added. */
const FORMAT_VERSION = 1

/** What standard output gets with `--json`: one document, also for an error. docs/output.schema.json describes it. */
interface Envelope {
  readonly version: typeof FORMAT_VERSION
  /** `null` if the command line names no command. */
  readonly command: CommandName | null
  readonly exitCode: number
  /** What the command returns. Absent after an error. */
  readonly result?: unknown
  readonly error?: ErrorDocument
}

interface ErrorDocument extends FailureDocument {
  /**
   * - `usage`: the command line is wrong, exit code 2;
   * - `failure`: something that the user can fix;
   * - `system`: an error of the operating system, such as a full disk;
   * - `interrupted`: a signal ended the program, exit code 128 and the number of the signal;
   * - `bug`: a fault of this program.
   */
  readonly kind: 'usage' | 'failure' | 'system' | 'interrupted' | 'bug'
  /** The errors that this error lists, if there is more than one. */
  readonly failures?: readonly FailureDocument[]
}

interface FailureDocument {
  /** What is wrong. */
  readonly message: string
  /** Where it is wrong, if it is a line of a file. */
  readonly location?: FileLocation
  /** What to do. */
  readonly hint?: string
}

/** Formats the result of a command. `result` must be JSON. */
export function formatResult(command: CommandName, result: unknown, exitCode: number): string {
  return formatEnvelope({ version: FORMAT_VERSION, command, exitCode, result })
}

/**
 * Formats an error that ended the program.
 *
 * @param command `undefined` if the command line names no command
 */
export function formatFailure(
  command: CommandName | undefined,
  { error, exitCode, isInterrupted, protect }: RunFailure,
): string {
  const kind = isInterrupted ? 'interrupted' : kindOf(error)
  return formatEnvelope({
    version: FORMAT_VERSION,
    command: command ?? null,
    exitCode,
    error: describeError(error, kind, protect),
  })
}

function formatEnvelope(envelope: Envelope): string {
  return escapeJson(JSON.stringify(envelope, undefined, 2))
}

function kindOf(error: unknown): ErrorDocument['kind'] {
  if (error instanceof UsageError) return 'usage'
  if (error instanceof UserError) return 'failure'
  return isSystemError(error) ? 'system' : 'bug'
}

function describeError(
  error: unknown,
  kind: ErrorDocument['kind'],
  protect: (text: string) => string,
): ErrorDocument {
  if (!(error instanceof UserError)) {
    const hint = kind === 'bug' ? 'This is a bug in nix-multiarch. Please report it.' : undefined
    return { kind, ...describeFailure({ message: messageOf(error), hint }, protect) }
  }
  const failures = error.failures.map(each => describeFailure(each, protect))
  return { kind, ...describeFailure(error, protect), ...(failures.length > 0 && { failures }) }
}

function describeFailure(
  { message, location, hint }: Pick<UserError, 'message' | 'hint'> & Partial<Pick<UserError, 'location'>>,
  protect: (text: string) => string,
): FailureDocument {
  return {
    message: protect(truncateText(message, MAX_MESSAGE)),
    ...(location && { location: { ...location, file: protect(location.file) } }),
    ...(hint !== undefined && { hint: protect(hint) }),
  }
}
