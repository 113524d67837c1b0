import { access, constants, mkdir } from 'node:fs/promises'
import { codeOf, messageOf, UserError } from './error.js'

/** The first folder that can be written, made where it is missing; the last one where none can. */
export async function firstWritable(first: string, ...others: readonly string[]): Promise<string> {
  const [next, ...rest] = others
  if (next === undefined || (await canWrite(first))) return first
  return firstWritable(next, ...rest)
}

function canWrite(folder: string): Promise<boolean> {
  const { W_OK, X_OK } = constants
  return mkdir(folder, { recursive: true })
    .then(() => access(folder, W_OK | X_OK))
    .then(
      () => true,
      () => false,
    )
}

/** A failure to write, in words of its own where the disk is full. */
export function notWritten(what: string, folder: string, error: unknown): unknown {
  if (!['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '')) return error
  return new UserError(`There is no room for ${what} in ${folder}: ${messageOf(error)}`, {
    hint: 'Free some space on that disk.',
    cause: error,
  })
}
