import type { Log } from '../../host/host.js'
import { messageOf, UserError } from '../../util/error.js'

/** What became of one of several things that do not depend on each other. */
export type Attempt<T> =
  | { readonly done: true; readonly value: T }
  | { readonly done: false; readonly name: string; readonly error: unknown }

/** Runs a task, and keeps its failure, so that the others go on. */
export async function attempt<T>(name: string, task: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { done: true, value: await task() }
  } catch (error) {
    return { done: false, name, error }
  }
}

/** The values when all were done; else throws the one failure as it is, or one `UserError` that tells them all. */
export function allOrFail<T>(attempts: readonly Attempt<T>[], signal?: AbortSignal): T[] {
  signal?.throwIfAborted()
  const failed = attempts.filter(each => !each.done)
  const [first, ...more] = failed
  if (first === undefined) return succeeded(attempts)
  // One cause may stop them all, and is told once.
  if (more.every(({ error }) => error === first.error)) throw first.error
  // A fault of the program is not to be hidden among the user's.
  const fault = failed.find(({ error }) => !(error instanceof UserError))
  if (fault) throw fault.error
  throw new UserError(`${failed.length} of ${attempts.length} failed:\n${failed.map(describe).join('\n')}`, {
    failures: failed.map(partOf),
  })
}

export function succeeded<T>(attempts: readonly Attempt<T>[]): T[] {
  return attempts.flatMap(each => (each.done ? [each.value] : []))
}

/** The same failure, with the name of what failed. */
function partOf({ name, error }: { name: string; error: unknown }): UserError {
  const { hint, location } = error instanceof UserError ? error : { hint: undefined, location: undefined }
  return new UserError(`${name}: ${messageOf(error)}`, { hint, location, cause: error })
}

function describe({ name, error }: { name: string; error: unknown }): string {
  const hint = error instanceof UserError && error.hint !== undefined ? `\n  ${error.hint}` : ''
  return `- ${name}: ${messageOf(error)}${hint}`
}

/** For what a run can do without: gives what the task gives, or tells why not in a warning and gives `undefined`. */
export async function warnOnFailure<T>(
  what: string,
  log: Pick<Log, 'warning'>,
  task: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await task()
  } catch (error) {
    log.warning(`${what}: ${messageOf(error)}`)
    return undefined
  }
}
