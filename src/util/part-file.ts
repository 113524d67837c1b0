import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** A file that is written under a name of its own, and gets its real name when it is whole. */
export class PartFile {
  readonly #path: string
  readonly #file: FileHandle
  #open = true

  private constructor(path: string, file: FileHandle) {
    this.#path = path
    this.#file = file
  }

  /** Creates the folder too where it is missing. */
  static async create(directory: string): Promise<PartFile> {
    await mkdir(directory, { recursive: true })
    const path = join(directory, `.${randomUUID()}.part`)
    return new PartFile(path, await open(path, 'wx'))
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
    await rename(this.#path, path)
  }

  /** Removes the file unless it has got its name. Never fails. */
  async discard(): Promise<void> {
    await this.close().catch(() => {})
    await rm(this.#path, { force: true }).catch(() => {})
  }
}
