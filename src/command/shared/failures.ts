import type { Log } from '../../host/host.js'
import { RegistryError } from '../../registry/describe-error.js'
import { messageOf, UserError } from '../../util/error.js'

/** The result of one of several independent tasks. */
export type Attempt<T> =
  | { readonly done: true; readonly value: T }
  | { readonly done: false; readonly name: string; readonly error: unknown }

/** Runs a task and catches its error, so that other tasks can continue. */
export async function attempt<T>(name: string, task: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { done: true, value: await task() }
  } catch (error) {
    return { done: false, name, error }
  }
}

/**
 * Returns the values if all tasks succeeded. Otherwise throws the only error unchanged, or one `UserError` that lists all of
 * them.
 */
export function requireAll<T>(attempts: readonly Attempt<T>[], signal?: AbortSignal): T[] {
  signal?.throwIfAborted()
  const failed = attempts.filter(each => !each.done)
  const [first, ...more] = failed
  if (first === undefined) return valuesOf(attempts)
  // All tasks may have failed for the same reason. It is reported once.
  if (more.every(({ error }) => isSameReason(error, first.error))) throw first.error
  // A bug in this program must not be hidden in a list of user errors.
  const bug = failed.find(({ error }) => !(error instanceof UserError))
  if (bug) throw bug.error
  const reasons = groupByReason(failed)
  const list = reasons.map(describeFailure).join('\n')
  throw new UserError(`${failed.length} of ${attempts.length} failed:\n${list}`, {
    failures: reasons.map(nameFailure),
  })
}

interface Failure {
  readonly name: string
  readonly error: unknown
}

/** Joins the failures that a registry has one reason for. The first of them describes it. */
function groupByReason(failed: readonly Failure[]): Failure[] {
  const groups: { readonly names: string[]; readonly error: unknown }[] = []
  for (const { name, error } of failed) {
    const group = groups.find(each => isSameReason(each.error, error))
    if (group) group.names.push(name)
    else groups.push({ names: [name], error })
  }
  return groups.map(({ names, error }) => ({ name: names.join(', '), error }))
}

function isSameReason(a: unknown, b: unknown): boolean {
  if (a === b) return true
  return a instanceof RegistryError && b instanceof RegistryError && a.reason === b.reason
}

/** Returns the values of the tasks that succeeded. */
export function valuesOf<T>(attempts: readonly Attempt<T>[]): T[] {
  return attempts.flatMap(each => (each.done ? [each.value] : []))
}

function describeFailure({ name, error }: Failure): string {
  const hint = error instanceof UserError && error.hint !== undefined ? `\n  ${error.hint}` : ''
  return `- ${addName(name, messageOf(error))}${hint}`
}

/** Returns the same error with the name of the task in its message. */
function nameFailure({ name, error }: Failure): UserError {
  const { hint, location } = error instanceof UserError ? error : { hint: undefined, location: undefined }
  return new UserError(addName(name, messageOf(error)), { hint, location, cause: error })
}

/** Some messages begin with the name, because they are also shown alone. */
function addName(name: string, message: string): string {
  return message.startsWith(`${name}: `) ? message : `${name}: ${message}`
}

/** Runs an optional task. If it fails, logs a warning that starts with `consequence` and returns `undefined`. */
export async function warnOnFailure<T>(
  consequence: string,
  log: Pick<Log, 'warning'>,
  task: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await task()
  } catch (error) {
    log.warning(`${consequence}: ${messageOf(error)}`)
    return undefined
  }
}
