import { Readable } from 'node:stream'
import type { Blob } from '../oci/descriptor.js'
import { verified } from '../oci/verify.js'

/** Reads a blob piece after piece in one go; only a piece that is wanted once more makes it begin again. */
export class PieceReader {
  readonly #blob: Blob
  #cursor: Cursor | undefined

  constructor(blob: Blob) {
    this.#blob = blob
  }

  /** The bytes from `from` on. The last ones fail with `DigestMismatch` where the whole is not what it should be. */
  open(from: number, size: number): Readable {
    return Readable.from(this.#read(from, size), { objectMode: false })
  }

  close(): void {
    this.#cursor?.close()
  }

  async *#read(from: number, size: number): AsyncGenerator<Buffer> {
    const cursor = this.#take(from)
    let left = size
    try {
      await cursor.skipTo(from)
      while (left > 0) {
        const chunk = await cursor.next(left)
        if (!chunk) return
        left -= chunk.length
        yield chunk
      }
    } finally {
      if (left > 0) cursor.close()
      else this.#cursor = cursor
    }
  }

  /** For one reader at a time. */
  #take(from: number): Cursor {
    const known = this.#cursor
    this.#cursor = undefined
    if (known?.at === from) return known
    known?.close()
    return new Cursor(verified(this.#blob))
  }
}

/** A place in a stream. */
class Cursor {
  readonly #stream: Readable
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer | undefined
  #at = 0

  constructor(stream: Readable) {
    this.#stream = stream
    this.#chunks = stream[Symbol.asyncIterator]()
  }

  get at(): number {
    return this.#at
  }

  /** Some bytes, `most` at most; none at the end. */
  async next(most: number): Promise<Buffer | undefined> {
    const chunk = this.#rest ?? (await this.#pull())
    if (!chunk) return undefined
    const given = chunk.subarray(0, most)
    this.#rest = given.length < chunk.length ? chunk.subarray(given.length) : undefined
    this.#at += given.length
    return given
  }

  async skipTo(place: number): Promise<void> {
    while (this.#at < place && (await this.next(place - this.#at)));
  }

  close(): void {
    this.#stream.destroy()
  }

  async #pull(): Promise<Buffer | undefined> {
    const { done, value } = await this.#chunks.next()
    return done ? undefined : value
  }
}
