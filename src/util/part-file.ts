import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Those that have neither got their name nor been discarded. */
const openParts = new Set<string>()

/** Removes every part file of this process at once, for a process that ends without waiting for its work. Never fails. */
export function removeOpenParts(): void {
  for (const path of openParts) {
    try {
      rmSync(path, { force: true })
    } catch {}
  }
  openParts.clear()
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
    openParts.add(path)
    try {
      return new PartFile(path, await open(path, 'wx'))
    } catch (error) {
      openParts.delete(path)
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
    openParts.delete(this.path)
  }

  /** Removes the file unless it has got its name. Never fails. */
  async discard(): Promise<void> {
    await this.close().catch(() => {})
    await rm(this.path, { force: true }).catch(() => {})
    openParts.delete(this.path)
  }
}
