import { closeSync, openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { type Bytes, type LayerSource, READ_CHUNK_BYTES } from '../format/bytes.js'
import { paddingOf, TAR_BLOCK_BYTES } from '../format/tar.js'
import type { StoreFile } from './store-files.js'

/** A member of a tar that is made from a store. */
export interface StoreTarMember {
  /** The header, with the extended headers before it. A multiple of 512 bytes; none while more has to be read to know it. */
  readonly header: Buffer
  /** The file whose content follows the header, if it has one. */
  readonly file?: StoreFile
}

export interface StoreTarOptions {
  /** The tar ends with zeros up to a multiple of this number of bytes; there are at least 1024 zeros. Default: 512. */
  readonly recordBytes?: number
  /** Called after each read with the number of bytes. */
  readonly onRead?: (count: number) => void
}

/** Opening and reading a smaller file takes longer in the thread pool than here. */
const MAX_SYNC_BYTES = 1 << 18

/** Timers and signals wait for no longer, in milliseconds. */
const MAX_TURN_MS = 20

const END_BYTES = 2 * TAR_BLOCK_BYTES

/** A tar that is made from a store while it is read. Throws an `Error` if a file changes or cannot be read. */
export class StoreTarSource implements LayerSource {
  readonly #members: Iterator<StoreTarMember>
  readonly #options: StoreTarOptions
  #header: Buffer = Buffer.alloc(0)
  #file: OpenFile | undefined
  #zeros = 0
  #position = 0
  #isAtEnd = false
  #lastTurn = 0

  /** @param members a generator is closed if the source is closed early */
  constructor(members: Iterable<StoreTarMember>, options: StoreTarOptions = {}) {
    this.#members = members[Symbol.iterator]()
    this.#options = options
  }

  async fill(into: Buffer): Promise<number> {
    await this.#giveTurn()
    let filled = 0
    while (filled < into.length) {
      const part = into.subarray(filled)
      const copied = this.#copyHeader(part) || (await this.#readFile(part)) || this.#writeZeros(part)
      if (copied === 0 && !(await this.#startNext())) break
      if (performance.now() - this.#lastTurn > MAX_TURN_MS) await this.#giveTurn()
      filled += copied
      this.#position += copied
    }
    if (filled > 0) this.#options.onRead?.(filled)
    return filled
  }

  async *readRest(): Bytes {
    for (;;) {
      const chunk = Buffer.allocUnsafeSlow(READ_CHUNK_BYTES)
      const length = await this.fill(chunk)
      if (length === 0) return
      yield chunk.subarray(0, length)
    }
  }

  /** Closes an open file. Needed if the tar is not read to its end. */
  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }

  /** Small files are read synchronously. Timers and signals must not wait for a whole layer of them. */
  async #giveTurn(): Promise<void> {
    await setImmediate()
    this.#lastTurn = performance.now()
  }

  #copyHeader(into: Buffer): number {
    const copied = this.#header.copy(into)
    this.#header = this.#header.subarray(copied)
    return copied
  }

  async #readFile(into: Buffer): Promise<number> {
    if (this.#file === undefined) return 0
    const count = await this.#file.read(into)
    if (this.#file.isAtEnd) await this.close()
    return count
  }

  #writeZeros(into: Buffer): number {
    const count = Math.min(this.#zeros, into.length)
    into.fill(0, 0, count)
    this.#zeros -= count
    return count
  }

  async #startNext(): Promise<boolean> {
    if (this.#isAtEnd) return false
    const next = this.#members.next()
    if (next.done) {
      this.#isAtEnd = true
      const { recordBytes = TAR_BLOCK_BYTES } = this.#options
      this.#zeros = END_BYTES + ((recordBytes - ((this.#position + END_BYTES) % recordBytes)) % recordBytes)
      return true
    }
    const { header, file } = next.value
    this.#header = header
    if (file !== undefined && file.size > 0) {
      this.#zeros = paddingOf(file.size)
      this.#file = await OpenFile.open(file)
    }
    return true
  }
}

/** A file that is read to the size that its header has. */
class OpenFile {
  readonly #file: StoreFile
  readonly #access: FileAccess
  #done = 0

  private constructor(file: StoreFile, access: FileAccess) {
    this.#file = file
    this.#access = access
  }

  static async open(file: StoreFile): Promise<OpenFile> {
    return new OpenFile(file, file.size <= MAX_SYNC_BYTES ? openSmallFile(file) : await openLargeFile(file))
  }

  get isAtEnd(): boolean {
    return this.#done === this.#file.size
  }

  async read(into: Buffer): Promise<number> {
    const wanted = Math.min(into.length, this.#file.size - this.#done)
    const count = await this.#access.read(into, wanted, this.#done)
    if (count === 0) throw createShortFileError(this.#file, this.#done)
    this.#done += count
    return count
  }

  async close(): Promise<void> {
    await this.#access.close()
  }
}

interface FileAccess {
  /** Returns how many bytes were read; 0 at the end of the file. */
  read(into: Buffer, length: number, position: number): number | Promise<number>
  close(): void | Promise<void>
}

/** Is read with synchronous calls, in as few as possible. */
function openSmallFile({ location }: StoreFile): FileAccess {
  const descriptor = openSync(location, 'r')
  return {
    read: (into, length, position) => readSync(descriptor, into, 0, length, position),
    close: () => closeSync(descriptor),
  }
}

async function openLargeFile({ location }: StoreFile): Promise<FileAccess> {
  const handle = await open(location)
  return {
    read: async (into, length, position) => (await handle.read(into, 0, length, position)).bytesRead,
    close: () => handle.close(),
  }
}

function createShortFileError({ location, size }: StoreFile, done: number): Error {
  return new Error(`${location} changed while it was read: it had ${size} bytes and now has ${done}`)
}
