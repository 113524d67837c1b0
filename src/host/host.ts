import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type FileLocation, messageOf, UserError } from '../util/error.js'

/** Where a command runs: in a GitHub Actions job or on a local machine. Commands access it only through this interface. */
export interface Host {
  readonly kind: 'github' | 'local'
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Log
  /** The width of lines that the log should fit into. */
  readonly columns: number
  /** Aborted when the command must end. */
  readonly signal: AbortSignal
  /** A temporary folder with space for images. Removed when the command ends. */
  readonly temp: string
  /** The artifacts of the workflow run; `undefined` on a local machine, and in a job without an artifact service. */
  readonly artifacts: Artifacts | undefined
  /** The GitHub Actions cache; `undefined` on a local machine, whose Nix store persists. */
  readonly cache: RunCache | undefined
  /** The folder of the tool cache. It may not exist yet. It persists if the machine does. */
  readonly tools: string
  readonly stateFolder: StateFolder
  /** If a pull request from a fork started the run. Its results must not get into caches or registries. */
  readonly isFromFork: boolean
  /** An image named the flake, and not the user. So Nix ignores the settings in it, and must build in its sandbox. */
  readonly isFlakeUntrusted?: boolean
  /** Sets a variable for this process and for later steps. */
  exportVariable(name: string, value: string): void
  /** Prepends a folder to `PATH`, for this process and for later steps. */
  addPath(folder: string): void
  /** Masks a value in all later log output. */
  maskSecret(value: string): void
  /** Sets an output of the step. Does nothing on a local machine. */
  setOutput(name: string, value: string): void
  /** Adds Markdown to the job summary. Does nothing on a local machine. */
  addSummary(markdown: string): void
}

/** A host with the functions for the entry point, which must dispose it at the end. */
export interface OpenHost extends Host {
  /** Removes secrets, the passwords in addresses, and escape sequences from a text that is not logged. */
  protect(text: string): string
  /** Removes the live line permanently. Call it before other output goes to the terminal. */
  endProgress(): void
  /** Removes the temporary folder and the live line. Synchronous, for the `exit` event. May be called again. */
  dispose(): void
}

export interface Log {
  debug(message: string): void
  info(message: string): void
  warning(message: string): void
  error(message: string, details?: ErrorDetails): void
  /** Puts the log output of `task` into a group, which GitHub shows folded. Groups do not nest. */
  group<T>(title: string, task: () => Promise<T>): Promise<T>
  /** Logs lines folded under a title, after the current group. A local machine logs only the title. */
  fold(title: string, lines: readonly string[]): void
  /**
   * Runs a task that reports its progress. A terminal shows the last report of each task in its own live line, until the task
   * ends. Without a terminal, a line is logged every 20 seconds.
   *
   * @param title what is worked on, for example a container
   */
  showProgress<T>(
    title: string,
    task: (report: (progress: ProgressReport) => void) => Promise<T>,
    options?: ShowOptions,
  ): Promise<T>
}

export interface ShowOptions {
  /** A task that ends within this time is not shown. In milliseconds; 0 by default. */
  readonly delayMs?: number
}

/** What a task does at the moment. */
export interface ProgressReport {
  /** `building`. The time is counted from its first report. */
  readonly activity: string
  /** `3 of 8 built` */
  readonly amount?: string | undefined
  /** The last line of the log of a program. */
  readonly detail?: string | undefined
}

/** Details of an error that the page of the run can show. */
export interface ErrorDetails {
  /** The line to annotate. */
  readonly location?: FileLocation | undefined
  /** The failures that the message lists. Each one gets its own annotation. */
  readonly failures?: readonly { readonly message: string; readonly location?: FileLocation | undefined }[]
}

export interface Artifact {
  readonly id: number
  readonly name: string
  /** In bytes. */
  readonly size: number
  /** `sha256:` and 64 hex digits; absent if the service does not know it. */
  readonly digest?: string | undefined
}

/** The artifacts of one workflow run. */
export interface Artifacts {
  /** Uploads one file under its base name, without zipping it. Replaces an artifact of that name from an earlier attempt. */
  upload(file: string): Promise<Artifact>
  /**
   * Lists the artifacts by name. A name can occur more than once: several jobs or attempts of the run may have uploaded an
   * artifact with it.
   */
  list(): Promise<Artifact[]>
  /** Downloads the file to `directory` under the name of the artifact and returns its path. */
  download(artifact: Artifact, directory: string): Promise<string>
}

/** A cache of files for later runs. Nothing throws: errors are logged as warnings. */
export interface RunCache {
  /** The folder for cached files. Paths are part of the cache key. */
  readonly folder: string
  /** If this run must not save anything. */
  readonly readOnly: boolean
  /**
   * Restores a file or folder and returns its key: `key`, or else the newest key with the first prefix that matches any.
   * Returns `undefined` if there is none.
   */
  restore(path: string, key: string, prefixes?: readonly string[]): Promise<string | undefined>
  /** Saves a file or folder. Returns `false` if it was not saved, for example because the key exists. */
  save(path: string, key: string): Promise<boolean>
}

/** A private folder for state that later steps need. `finish` removes it. */
export interface StateFolder {
  /** Created on first use, with mode 0700. */
  readonly path: string
  /** The path if the folder exists; otherwise `undefined`. */
  readonly existing: string | undefined
  remove(): void
}

/** A state folder with a fixed path. */
export function stateFolderAt(path: string): StateFolder {
  return {
    get path() {
      mkdirSync(path, { recursive: true, mode: 0o700 })
      return path
    },
    get existing() {
      return existsSync(path) ? path : undefined
    },
    remove: () => removeFolder(path),
  }
}

/**
 * A state folder with a new path in `parent`. `savePath` stores the path, for a later command to pass it as `savedPath`. An empty
 * `savedPath` counts as none.
 */
export function newStateFolder(
  savedPath: string | undefined,
  parent: string,
  savePath: (path: string) => void,
): StateFolder {
  let path = savedPath || undefined
  return {
    get path() {
      if (path === undefined) {
        path = mkdtempSync(join(parent, 'nix-multiarch-kept-'))
        savePath(path)
      }
      return path
    },
    get existing() {
      return path !== undefined && existsSync(path) ? path : undefined
    },
    remove() {
      if (path !== undefined) removeFolder(path)
    },
  }
}

interface TemporaryFolder {
  /** Created on first use, with mode 0700. */
  readonly path: string
  /** Synchronous, for the `exit` event. May be called again. */
  remove(): void
}

export function createTemporaryFolder(parent: string): TemporaryFolder {
  let created: string | undefined
  return {
    get path() {
      created ??= createFolder(parent)
      return created
    },
    remove() {
      if (created !== undefined) removeFolder(created)
      created = undefined
    },
  }
}

function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 3 })
}

function createFolder(parent: string): string {
  try {
    return mkdtempSync(join(parent, 'nix-multiarch-'))
  } catch (error) {
    throw new UserError(`A temporary folder cannot be created in ${parent}: ${messageOf(error)}`, {
      hint: 'Set TMPDIR to a writable folder on a disk with space for the images.',
      cause: error,
    })
  }
}
