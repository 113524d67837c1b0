import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** A private folder for what outlives a command: later steps need it, and `finish` removes it. */
export interface Kept {
  /** Made when first asked for, open to its owner alone. */
  readonly path: string
  /** Where an earlier command left it; `undefined` when none did. */
  readonly existing: string | undefined
  remove(): void
}

/** One folder at one place, from run to run. */
export function keptAt(path: string): Kept {
  return {
    get path() {
      mkdirSync(path, { recursive: true, mode: 0o700 })
      return path
    },
    get existing() {
      return existsSync(path) ? path : undefined
    },
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 3 }),
  }
}

/** A new folder in `parent`; `remember` is told its path, so that it can be handed in as `known` the next time. */
export function keptFor(known: string | undefined, parent: string, remember: (path: string) => void): Kept {
  let path = known || undefined
  return {
    get path() {
      if (path === undefined) {
        path = mkdtempSync(join(parent, 'nix-multiarch-kept-'))
        remember(path)
      }
      return path
    },
    get existing() {
      return path !== undefined && existsSync(path) ? path : undefined
    },
    remove() {
      if (path !== undefined) rmSync(path, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}
