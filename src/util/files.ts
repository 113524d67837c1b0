import { createHash, randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { access, constants, type FileHandle, mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'
import { codeOf, messageOf, UserError } from './error.js'

/** Whether there is something at a path that we may look at. */
export function exists(path: string): Promise<boolean> {
  return canAccess(path, constants.F_OK)
}

export function isExecutable(path: string): Promise<boolean> {
  return canAccess(path, constants.X_OK)
}

function canAccess(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  )
}

/** Writes a file that only its owner can read, from the first byte on, also where there was one that others could. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await rm(path, { force: true })
  await writeFile(path, text, { mode: 0o600, flag: 'wx' })
}

/**
 * Whether a text is safe as the name of a file, on any system and inside an artifact: ASCII letters, digits, `_`, `-`, `.`
 * and `+`, not beginning with `.` or `-`, at most 128 characters.
 */
export function isFileName(text: string): boolean {
  return /^[A-Za-z0-9_+][A-Za-z0-9_.+-]{0,127}$/.test(text)
}

/** The path from a folder down to a file, with `/`; `undefined` for what does not lie in it. */
export function pathWithin(folder: string, file: string): string | undefined {
  const path = relative(folder, file)
  if (path === '' || path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)) return undefined
  return path.split(sep).join('/')
}

/** Those that have neither got their name nor been discarded. */
const openPartFiles = new Set<string>()

/** Removes every part file of this process at once, for a process that ends without waiting for its work. Never fails. */
export function removeOpenPartFiles(): void {
  for (const path of openPartFiles) {
    try {
      rmSync(path, { force: true })
    } catch {}
  }
  openPartFiles.clear()
}

/** A file that is written under a name of its own, and gets its real name when it is whole. */
export class PartFile {
  /** Where it is until it gets its name. */
  readonly path: string
  readonly #file: FileHandle
  #open = true

  private constructor(path: string, file: FileHandle) {
    this.path = path
    this.#file = file
  }

  /** Creates the folder too where it is missing. */
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

  /** Appends; wait for one write before the next. */
  async write(bytes: Buffer): Promise<void> {
    await this.#file.writeFile(bytes)
  }

  async close(): Promise<void> {
    if (!this.#open) return
    this.#open = false
    await this.#file.close()
  }

  /** In the same folder, or at least on the same disk. */
  async rename(path: string): Promise<void> {
    await rename(this.path, path)
    openPartFiles.delete(this.path)
  }

  /** Removes the file unless it has got its name. Never fails. */
  async discard(): Promise<void> {
    await this.close().catch(() => {})
    await rm(this.path, { force: true }).catch(() => {})
    openPartFiles.delete(this.path)
  }
}

/** The first folder that can be written, made where it is missing; the last one where none can. */
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

/** A failure to write, in words of its own where the disk is full. */
export function describeWriteError(what: string, folder: string, error: unknown): unknown {
  if (!['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '')) return error
  return new UserError(`There is no room for ${what} in ${folder}: ${messageOf(error)}`, {
    hint: 'Free some space on that disk.',
    cause: error,
  })
}

/** The first hex digits of a text's SHA-256, for names that follow from what they stand for. */
export function shortHashOf(text: string, digits = 16): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits)
}
