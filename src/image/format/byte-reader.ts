import type { LayerSource } from './block-pool.js'

/** Reads a stream of chunks by count of bytes. */
export class ByteReader implements LayerSource {
  readonly #chunks: AsyncIterator<Buffer>
  #held: Buffer = Buffer.alloc(0)
  #position = 0

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]()
  }

  /** How many bytes have been read. */
  get position(): number {
    return this.#position
  }

  /** Exactly `count` bytes, or fewer where the stream ends. */
  async read(count: number): Promise<Buffer> {
    const parts: Buffer[] = []
    let missing = count
    while (missing > 0) {
      const part = await this.#next(missing)
      if (!part) break
      parts.push(part)
      missing -= part.length
    }
    const [only] = parts
    return parts.length === 1 && only ? only : Buffer.concat(parts)
  }

  /** Copies into a buffer until it is full, or the stream ends. */
  async fill(into: Buffer): Promise<number> {
    let filled = 0
    while (filled < into.length) {
      const part = await this.#next(into.length - filled)
      if (!part) break
      filled += part.copy(into, filled)
    }
    return filled
  }

  /** Exactly `count` bytes. Throws an `Error` when the stream ends before. */
  async exactly(count: number): Promise<Buffer> {
    const bytes = await this.read(count)
    if (bytes.length < count) throw this.#cutOff(count - bytes.length)
    return bytes
  }

  /** The next `count` bytes as they come, not copied. Throws an `Error` when the stream ends before. */
  async *take(count: number): AsyncGenerator<Buffer> {
    let missing = count
    while (missing > 0) {
      const part = await this.#next(missing)
      if (!part) throw this.#cutOff(missing)
      missing -= part.length
      yield part
    }
  }

  async skip(count: number): Promise<void> {
    for await (const _ of this.take(count));
  }

  /** Reads until a byte with this value has been read. Gives `false` where none of the next `max` has it. */
  async skipPast(value: number, max: number): Promise<boolean> {
    for (let left = max; left > 0 && (await this.#hold()); ) {
      const part = this.#cut(Math.min(left, this.#held.indexOf(value) + 1 || this.#held.length))
      if (part.at(-1) === value) return true
      left -= part.length
    }
    return false
  }

  /** What is left, as it comes. */
  async *rest(): AsyncGenerator<Buffer> {
    for (let part = await this.#next(Infinity); part; part = await this.#next(Infinity)) yield part
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  #cutOff(missing: number): Error {
    return new Error(`it is cut off: ${missing} bytes are missing after byte ${this.#position}`)
  }

  async #next(max: number): Promise<Buffer | undefined> {
    return (await this.#hold()) ? this.#cut(max) : undefined
  }

  /** Whether there is more; then some of it is held. */
  async #hold(): Promise<boolean> {
    while (this.#held.length === 0) {
      const { value, done } = await this.#chunks.next()
      if (done) return false
      this.#held = value
    }
    return true
  }

  /** Of what is held. */
  #cut(max: number): Buffer {
    const part = this.#held.subarray(0, Math.min(max, this.#held.length))
    this.#held = this.#held.subarray(part.length)
    this.#position += part.length
    return part
  }
}
