import { rmSync } from 'node:fs'
import {
  access,
  constants,
  type FileHandle,
  mkdir,
  open,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { createSha256, randomUUID } from './crypto.js'
import { codeOf, isSystemError, messageOf, UserError } from './error.js'

/** Returns `false` also for a path in a folder that this user cannot access. */
export function exists(path: string): Promise<boolean> {
  return canAccess(path, constants.F_OK)
}

/** Returns `false` for a folder. */
export async function isExecutable(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined)
  return (stats?.isFile() ?? false) && (await canAccess(path, constants.X_OK))
}

function canAccess(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  )
}

/** Writes a file with mode 0600. An existing file is removed first, because it could have another mode. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await rm(path, { force: true })
  await writeFile(path, text, { mode: 0o600, flag: 'wx' })
}

/**
 * Checks if a text is a valid file name on all systems and in artifacts: 1 to 128 of ASCII letters, digits, `_`, `-`, `.` and
 * `+`, not beginning with `.` or `-`.
 */
export function isFileName(text: string): boolean {
  return /^[A-Za-z0-9_+][A-Za-z0-9_.+-]{0,127}$/.test(text)
}

/** The path of a file relative to a folder, with `/` as the separator; `undefined` if the file is not in the folder. */
export function pathWithin(folder: string, file: string): string | undefined {
  const path = relative(folder, file)
  if (path === '' || path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)) return undefined
  return path.split(sep).join('/')
}

/** The paths of the files and folders that were neither renamed nor removed. */
const openPartFiles = new Set<string>()

/** Removes all part files of this process synchronously, for the `exit` event. Never throws. */
export function removeOpenPartFiles(): void {
  for (const path of openPartFiles) {
    try {
      rmSync(path, { recursive: true, force: true })
    } catch {}
  }
  openPartFiles.clear()
}

/** Runs a task that writes to temporary paths, and removes them afterwards, also if the process exits before. */
export async function withPartPaths<T>(paths: readonly string[], task: () => Promise<T>): Promise<T> {
  for (const path of paths) openPartFiles.add(path)
  try {
    return await task()
  } finally {
    for (const path of paths) {
      await rm(path, { recursive: true, force: true }).catch(() => {})
      openPartFiles.delete(path)
    }
  }
}

/** A file with a temporary name. It is renamed when it is complete. */
export class PartFile {
  /** The temporary path. */
  readonly path: string
  readonly #file: FileHandle
  #open = true

  private constructor(path: string, file: FileHandle) {
    this.path = path
    this.#file = file
  }

  /** Creates the folder if it does not exist. */
  static async create(directory: string): Promise<PartFile> {
    await mkdir(directory, { recursive: true })
    const path = join(directory, `.${randomUUID()}.part`)
    openPartFiles.add(path)
    try {
      return new PartFile(path, await open(path, 'wx'))
    } catch (error) {
      openPartFiles.delete(path)
      throw error
    }
  }

  /** Appends. Wait for each write before the next one. */
  async write(bytes: Buffer): Promise<void> {
    await this.#file.writeFile(bytes)
  }

  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    await this.#file.close()
  }

  /** Renames the file. The new path must be on the same file system. */
  async rename(path: string): Promise<void> {
    await rename(this.path, path)
    openPartFiles.delete(this.path)
  }

  /** Removes the file if it was not renamed. Never throws. */
  async discard(): Promise<void> {
    await this.close().catch(() => {})
    await rm(this.path, { force: true }).catch(() => {})
    openPartFiles.delete(this.path)
  }
}

/** Returns the first writable folder, which is created if needed. If none is writable, returns the last one. */
export async function findWritableFolder(first: string, ...others: readonly string[]): Promise<string> {
  const [next, ...rest] = others
  if (next === undefined || (await canWrite(first))) return first
  return findWritableFolder(next, ...rest)
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

/** Completes the sentence `PATH …` with the reason why a file that the user named cannot be read. */
export function describeReadError(error: unknown): string {
  const code = codeOf(error)
  if (code === 'ENOENT') return 'does not exist'
  if (code === 'EISDIR') return 'is a folder, not a file'
  return `cannot be read: ${messageOf(error)}`
}

/** Returns a `UserError` if the disk is full, otherwise the error itself. */
export function describeWriteError(what: string, folder: string, error: unknown): unknown {
  if (!['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '')) return error
  return new UserError(`The disk has no space for ${what} in ${folder}: ${messageOf(error)}`, {
    hint: 'Free some space on that disk.',
    cause: error,
  })
}

const DISK_FULL_HINT = 'Free space on this disk, or choose a folder on another disk.'
const NO_PERMISSION_HINT = 'Choose a folder that you can write to.'
const NOT_A_FOLDER_HINT = 'A part of the path is a file. Choose another folder.'

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: DISK_FULL_HINT,
  EDQUOT: DISK_FULL_HINT,
  EFBIG: 'Choose a folder on a disk that supports files of this size.',
  EACCES: NO_PERMISSION_HINT,
  EPERM: NO_PERMISSION_HINT,
  EROFS: NO_PERMISSION_HINT,
  ENOTDIR: NOT_A_FOLDER_HINT,
  EEXIST: NOT_A_FOLDER_HINT,
}

/** Returns a `UserError` that says what to do if the operating system could not write a file, otherwise the error itself. */
export function toWriteError(error: unknown, path: string): unknown {
  if (!isSystemError(error)) return error
  const hint = HINTS[codeOf(error) ?? '']
  return new UserError(`${path} could not be written: ${error.message}`, { hint, cause: error })
}

/**
 * Throws a `UserError` if this user cannot write files to a folder, or cannot create the folder. Creates nothing, so that a wrong
 * path is found before the work whose result belongs there.
 */
export async function checkFolderIsWritable(folder: string): Promise<void> {
  try {
    const existing = await findExistingParent(resolve(folder))
    if (!(await stat(existing)).isDirectory())
      throw new UserError(`${folder} cannot be used as a folder: ${existing} is a file`, {
        hint: 'Choose another folder.',
      })
    await access(existing, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw toWriteError(error, folder)
  }
}

async function findExistingParent(path: string): Promise<string> {
  const code = await stat(path).then(
    () => undefined,
    error => codeOf(error),
  )
  const isMissing = code === 'ENOENT' || code === 'ENOTDIR'
  return isMissing && dirname(path) !== path ? findExistingParent(dirname(path)) : path
}

/** The first hex digits of the SHA-256 of a text, for names derived from content. */
export function shortHashOf(text: string, digits = 16): string {
  return createSha256().update(text).digest('hex').slice(0, digits)
}
