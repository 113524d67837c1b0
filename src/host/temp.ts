import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf, UserError } from '../util/error.js'

export interface TemporaryFolder {
  /** Made when first asked for, readable by its owner alone. */
  readonly path: string
  /** Synchronous, so that it can run as the process exits; may be repeated. */
  remove(): void
}

export function temporaryFolder(parent: string): TemporaryFolder {
  let made: string | undefined
  return {
    get path() {
      made ??= make(parent)
      return made
    },
    remove() {
      if (made !== undefined) rmSync(made, { recursive: true, force: true, maxRetries: 3 })
      made = undefined
    },
  }
}

function make(parent: string): string {
  try {
    return mkdtempSync(join(parent, 'nix-multiarch-'))
  } catch (error) {
    throw new UserError(`no temporary folder can be made in ${parent}: ${messageOf(error)}`, {
      hint: 'Set TMPDIR to a folder that can be written, on a disk with room for the images.',
      cause: error,
    })
  }
}
