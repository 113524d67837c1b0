/** Content that fills one buffer after the other. */
export interface LayerSource {
  /** Fills the buffer, or less of it where the content ends. Gives how many bytes it was: none at the end. */
  fill(into: Buffer): Promise<number>
  /** What is left, as it comes. */
  rest(): AsyncIterable<Buffer>
}

/** A part of a layer in memory. Its bytes belong to somebody else once it is released. */
export interface Block {
  readonly bytes: Buffer
  release(): void
}

/** A few buffers that are used again and again: new ones for each block would keep the garbage collector busy. */
export class BlockPool {
  readonly #size: number
  readonly #max: number
  readonly #free: Buffer[] = []
  readonly #waiting: ((buffer: Buffer) => void)[] = []
  #made = 0

  /** Of at most `max` buffers of `size` bytes. */
  constructor(size: number, max: number) {
    this.#size = size
    this.#max = max
  }

  /** The next block of a source, `undefined` at its end. Waits while all buffers are in use. */
  async next(source: LayerSource): Promise<Block | undefined> {
    const buffer = await this.#take()
    let length = 0
    try {
      length = await source.fill(buffer)
    } finally {
      if (length === 0) this.#give(buffer)
    }
    return length === 0 ? undefined : { bytes: buffer.subarray(0, length), release: () => this.#give(buffer) }
  }

  async #take(): Promise<Buffer> {
    const free = this.#free.pop()
    if (free) return free
    if (this.#made === this.#max) return new Promise(resolve => this.#waiting.push(resolve))
    this.#made++
    return Buffer.allocUnsafeSlow(this.#size)
  }

  #give(buffer: Buffer): void {
    const next = this.#waiting.shift()
    if (next) next(buffer)
    else this.#free.push(buffer)
  }
}
