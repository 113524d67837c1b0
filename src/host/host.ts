import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type FileLocation, messageOf, UserError } from '../util/error.js'

/** The machinery that a run stands on: GitHub Actions or a person's machine. Use cases see only this. */
export interface Host {
  readonly kind: 'github' | 'local'
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Log
  /** Aborted when the run has to end. */
  readonly signal: AbortSignal
  /** A folder with room for images, for what need not outlive the run. */
  readonly temp: string
  /** Where archives are handed from job to job; a person's machine has none. */
  readonly artifacts: Artifacts | undefined
  /** What runs keep for each other; a person's machine has none, since its Nix store is there the next time. */
  readonly cache: RunCache | undefined
  /** A folder for tools that were downloaded. It outlasts the run where the machine does, and need not be there yet. */
  readonly tools: string
  /** What outlives this command. */
  readonly stateFolder: StateFolder
  /** A pull request from a fork: what it makes must not reach those who trust this repository. */
  readonly isFromFork: boolean
  /** Sets a variable for this process and for later steps. */
  exportVariable(name: string, value: string): void
  /** Puts a folder before the others of `PATH`, for this process and for later steps. */
  addPath(folder: string): void
  /** Keeps a value out of every log from now on. */
  maskSecret(value: string): void
  /** A result that later steps can read; a person's machine has no such thing and drops it. */
  setOutput(name: string, value: string): void
  /** Markdown for the page of the run; a person's machine has no such page and drops it. */
  addSummary(markdown: string): void
}

/** A host in the hands of its entry, which closes it at the end, however that comes. */
export interface OpenHost extends Host {
  /** Takes the live line away for good, so that something else can be written where it is. */
  endProgress(): void
  /** Removes the temporary folder and the live line. Synchronous, so that it can run as the process exits; may be repeated. */
  dispose(): void
}

export interface Log {
  debug(message: string): void
  info(message: string): void
  warning(message: string): void
  error(message: string, about?: ErrorDetails): void
  /** What `task` logs is folded under `title`, where the host can fold. Groups do not nest. */
  group<T>(title: string, task: () => Promise<T>): Promise<T>
  /** What is over and done: the title alone where nothing folds, else the lines folded under it. Never within a group. */
  fold(title: string, lines: readonly string[]): void
  /**
   * Runs a task that may tell how far it is. Its last word is the live line on a terminal until it ends, and nothing is elsewhere. Of
   * several tasks the one that spoke last has the line.
   */
  showProgress<T>(task: (tell: (text: string) => void) => Promise<T>): Promise<T>
}

/** What a host can do more with a failure than to write it down. */
export interface ErrorDetails {
  /** Where it shall be shown. */
  readonly location?: FileLocation | undefined
  /** The failures that the message tells of, where they can be shown each for itself. */
  readonly failures?: readonly { readonly message: string; readonly at?: FileLocation | undefined }[]
}

export interface Artifact {
  readonly id: number
  readonly name: string
  /** In bytes. */
  readonly size: number
}

/** The files that jobs of one workflow run leave for each other. */
export interface Artifacts {
  /** Leaves one file under its own base name, not zipped; one of that name from an earlier attempt is replaced. */
  upload(file: string): Promise<Artifact>
  list(): Promise<Artifact[]>
  /** Puts the file into `directory` under the artifact's name and gives its path. */
  download(artifact: Artifact, directory: string): Promise<string>
}

/** Files that one run leaves for later ones, by key. Nothing here fails: trouble is told as a warning. */
export interface RunCache {
  /** Where to put what is cached: a path is part of what is looked up. */
  readonly folder: string
  /** What this run makes is not to be kept. */
  readonly readOnly: boolean
  /**
   * Brings back a file or folder, and gives the key that it was saved under: `key`, or the newest that begins with the first
   * prefix that any begins with.
   */
  restore(path: string, key: string, prefixes?: readonly string[]): Promise<string | undefined>
  /** Keeps a file or folder; `false` when it is not kept, as when the key is taken. */
  save(path: string, key: string): Promise<boolean>
}

/** A private folder for what outlives a command: later steps need it, and `finish` removes it. */
export interface StateFolder {
  /** Made when first asked for, open to its owner alone. */
  readonly path: string
  /** Where an earlier command left it; `undefined` when none did. */
  readonly existing: string | undefined
  remove(): void
}

/** One folder at one place, from run to run. */
export function stateFolderAt(path: string): StateFolder {
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
export function newStateFolder(
  known: string | undefined,
  parent: string,
  remember: (path: string) => void,
): StateFolder {
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

interface TemporaryFolder {
  /** Made when first asked for, readable by its owner alone. */
  readonly path: string
  /** Synchronous, so that it can run as the process exits; may be repeated. */
  remove(): void
}

export function createTemporaryFolder(parent: string): TemporaryFolder {
  let made: string | undefined
  return {
    get path() {
      made ??= createFolder(parent)
      return made
    },
    remove() {
      if (made !== undefined) rmSync(made, { recursive: true, force: true, maxRetries: 3 })
      made = undefined
    },
  }
}

function createFolder(parent: string): string {
  try {
    return mkdtempSync(join(parent, 'nix-multiarch-'))
  } catch (error) {
    throw new UserError(`no temporary folder can be made in ${parent}: ${messageOf(error)}`, {
      hint: 'Set TMPDIR to a folder that can be written, on a disk with room for the images.',
      cause: error,
    })
  }
}
