import type { FileHandle } from 'node:fs/promises'
import type { LayerSource } from './block-pool.js'

const CHUNK = 1 << 19

/** A part of an open file, read straight into the buffers where it is wanted. */
export class FileSource implements LayerSource {
  readonly #file: FileHandle
  readonly #see: (count: number) => void
  #at: number
  #left: number

  /** @param see is told how many bytes have just been read */
  constructor(file: FileHandle, part: { offset: number; size: number }, see: (count: number) => void) {
    this.#file = file
    this.#at = part.offset
    this.#left = part.size
    this.#see = see
  }

  async fill(into: Buffer): Promise<number> {
    let filled = 0
    while (filled < into.length && this.#left > 0) {
      const wanted = Math.min(into.length - filled, this.#left)
      const { bytesRead } = await this.#file.read(into, filled, wanted, this.#at)
      if (bytesRead === 0)
        throw new Error(`it is cut off: ${this.#left} bytes are missing after byte ${this.#at}`)
      filled += bytesRead
      this.#at += bytesRead
      this.#left -= bytesRead
      this.#see(bytesRead)
    }
    return filled
  }

  async *rest(): AsyncGenerator<Buffer> {
    while (this.#left > 0) {
      const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK, this.#left))
      await this.fill(chunk)
      yield chunk
    }
  }
}
