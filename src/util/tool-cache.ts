import { randomUUID } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf, isSystemError, messageOf } from './error.js'
import { findWritableFolder, withPartPaths } from './files.js'
import { filterOutput } from './filter-output.js'
import { withVariables } from './scoped-variables.js'

export interface ToolCacheOptions {
  /** The folder of the cache: `RUNNER_TOOL_CACHE`, or a folder of the user. It may not exist yet. */
  readonly tools: string
  /** A folder that is used if nothing can be written to `tools`. */
  readonly temp: string
  /** The processor in the words of Node.js: `x64`, `arm64`. */
  readonly arch: string
  readonly log: {
    debug(message: string): void
    warning(message: string): void
  }
}

/** A tool of the cache. Its files are in the folder `<tool>/<version>/<arch>`. */
export interface Tool {
  readonly name: string
  /** Made by `toolVersionOf`. */
  readonly version: string
  /** Checks the files of the tool in a folder: after they were copied, and before an existing folder is replaced. */
  readonly isValid: (folder: string) => Promise<boolean>
}

/**
 * Files for later runs, in the layout of GitHub's tool cache: a folder `<tool>/<version>/<arch>`, and the mark `<arch>.complete`
 * next to it. So runner images can be prefilled with the tools.
 */
export class ToolCache {
  readonly #options: ToolCacheOptions

  constructor(options: ToolCacheOptions) {
    this.#options = options
  }

  /** Returns the folder of a complete tool. Its files are not verified. */
  async find(name: string, version: string): Promise<string | undefined> {
    const { tools, arch, log } = this.#options
    const folder = await callPackage(tools, ({ find }) => find(name, version, arch))
    log.debug(`Tool cache: ${folder || `no ${name} ${version} ${arch} in ${tools}`}`)
    return folder || undefined
  }

  /** Returns the versions of a tool that are complete, the newest one first. */
  async findVersions(name: string): Promise<string[]> {
    const { tools, arch } = this.#options
    try {
      const versions = await callPackage(tools, ({ findAllVersions }) => findAllVersions(name, arch))
      return versions.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    } catch (error) {
      // tool-cache 4.0.0 throws if a file has the name of the tool, or if its folder cannot be read.
      if (!isSystemError(error)) throw error
      return []
    }
  }

  /**
   * Copies the files of a folder into the cache and returns their new folder. If there are valid files of the tool already, they
   * are kept; others are replaced. Returns `undefined` if the cache is not writable, and after a warning if it is full.
   */
  async save(tool: Tool, source: string): Promise<string | undefined> {
    const { tools, temp, arch, log } = this.#options
    const folder = join(tools, tool.name, tool.version, arch)
    const parent = dirname(folder)
    if ((await findWritableFolder(parent, temp)) !== parent) {
      log.debug(`Tool cache: ${parent} is not writable`)
      return undefined
    }
    try {
      await this.#copy(tool, source, folder)
      return folder
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'Error') throw error
      log.warning(
        `${folder} cannot be written: ${messageOf(error)}. The next run downloads ${tool.name} again`,
      )
      return undefined
    }
  }

  /**
   * tool-cache 4.0.0 removes an existing folder, which another process may use, before it copies into it. While it removes the
   * folder, its mark still says that it is complete. So the package gets another name for `arch`, and the result is renamed.
   */
  async #copy({ name, version, isValid }: Tool, source: string, folder: string): Promise<void> {
    const { tools, arch } = this.#options
    const copyName = `.${arch}-${randomUUID()}`
    const copy = join(dirname(folder), copyName)
    await withPartPaths([copy, markOf(copy), oldFolderOf(copy)], async () => {
      await callPackage(tools, ({ cacheDir }) => cacheDir(source, name, version, copyName))
      if (!(await isValid(copy))) throw new Error('the copy differs from the original')
      await moveToPlace(copy, folder, isValid)
    })
  }
}

/**
 * The version under which the cache has a file. tool-cache 4.0.0 finds only semantic versions again, reads others as ranges, and
 * takes `1.0.0+a` and `1.0.0+b` for the same version. So every text other than three numbers becomes a pre-release of 0.0.0:
 * `0.0.0-deb-1-10-0-2-ds-2`.
 *
 * @param kind letters that say what the version comes from
 */
export function toolVersionOf(kind: string, version: string): string {
  if (/^(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}$/.test(version)) return version
  return `0.0.0-${kind}-${version.replace(/[^0-9A-Za-z]+/g, '-')}`
}

const MAX_MOVES = 5

async function moveToPlace(copy: string, folder: string, isValid: Tool['isValid']): Promise<void> {
  for (let count = 0; !(await tryMove(copy, folder)); count++) {
    // Another process was faster, or a run ended before it wrote the mark.
    if (await isValid(folder)) break
    if (count === MAX_MOVES) throw new Error('other processes write to it at the same time')
    await rm(markOf(folder), { force: true })
    await rm(oldFolderOf(copy), { recursive: true, force: true })
    await tryMove(folder, oldFolderOf(copy))
  }
  await rename(markOf(copy), markOf(folder))
}

/** Returns false if another file or folder has the name, or if there is nothing to move. */
async function tryMove(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'ENOENT'].includes(codeOf(error) ?? '')) return false
    throw error
  }
}

function markOf(folder: string): string {
  return `${folder}.complete`
}

function oldFolderOf(copy: string): string {
  return `${copy}.old`
}

type Package = typeof import('@actions/tool-cache')

let loading: Promise<Package> | undefined

/** Loads the package on first use, because that takes 0.1 s. */
function loadPackage(): Promise<Package> {
  loading ??= import('@actions/tool-cache')
  return loading
}

const FOLDER_VARIABLE = 'RUNNER_TOOL_CACHE'

/**
 * Calls the package. tool-cache 4.0.0 reads its folder only from RUNNER_TOOL_CACHE, and logs to standard output, where the
 * command line writes its results. So during the call, the variable names the folder, and the package prints nothing.
 */
async function callPackage<T>(folder: string, call: (loaded: Package) => T | Promise<T>): Promise<T> {
  const loaded = await loadPackage()
  return withVariables({ [FOLDER_VARIABLE]: folder }, () =>
    filterOutput(
      () => false,
      async () => call(loaded),
    ),
  )
}
