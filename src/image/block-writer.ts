import type { Digest } from '../oci/digest.js'
import type { Limit } from '../util/limit.js'
import type { BlockFormat } from './block-format.js'
import { Sum } from './bytes.js'

/** Takes bytes in order; the next are given when the promise is done. */
export type Sink = (bytes: Buffer) => Promise<void>

/**
 * Compresses one layer: blocks side by side, written in order. `slots` bounds how many blocks of all
 * layers are in memory; a block keeps its slot until it is written.
 */
export class BlockWriter {
  readonly #format: BlockFormat
  readonly #sink: Sink
  readonly #slots: Limit
  readonly #plain = new Sum()
  #block: Buffer | undefined
  #filled = 0
  #written: Promise<void>
  #failure: { error: unknown } | undefined

  constructor(format: BlockFormat, sink: Sink, slots: Limit) {
    this.#format = format
    this.#sink = sink
    this.#slots = slots
    this.#written = this.#watched(sink(format.head))
  }

  /** Waits while there are too many blocks in memory. Throws when an earlier block could not be written. */
  async write(chunk: Buffer): Promise<void> {
    this.#plain.add(chunk)
    for (let at = 0; at < chunk.length; ) {
      this.#block ??= Buffer.allocUnsafeSlow(this.#format.blockSize)
      const copied = chunk.copy(this.#block, this.#filled, at)
      at += copied
      this.#filled += copied
      if (this.#filled === this.#block.length) await this.#flush()
    }
  }

  /** Hands over what is left, and waits as `write` does. Call it after the last `write`. */
  async end(): Promise<void> {
    if (this.#filled > 0) await this.#flush()
  }

  /** Waits for all to be written and gives the digest and size of the content. Call it after `end`. */
  async finished(): Promise<{ digest: Digest; size: number }> {
    await this.#written
    await this.#sink(this.#format.tail())
    return this.#plain.total()
  }

  /** Waits until nothing is being written any more. Never fails. */
  async settled(): Promise<void> {
    await this.#written.catch(() => {})
  }

  async #flush(): Promise<void> {
    const block = this.#block?.subarray(0, this.#filled) ?? Buffer.alloc(0)
    const before = this.#written
    this.#block = undefined
    this.#filled = 0
    await new Promise<void>(started => {
      this.#written = this.#watched(this.#slots(() => this.#encode(block, before, started)))
    })
    if (this.#failure) throw this.#failure.error
  }

  async #encode(block: Buffer, before: Promise<void>, started: () => void): Promise<void> {
    started()
    const encoded = this.#format.encode(block)
    await before
    await this.#sink(await encoded)
  }

  #watched(work: Promise<void>): Promise<void> {
    work.catch(error => {
      this.#failure ??= { error }
    })
    return work
  }
}
