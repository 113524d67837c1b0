import { together } from '../../util/async.js'
import type { Block } from './block-pool.js'
import type { BlockFormat } from './blocks.js'

/** Takes bytes in order; the next are given when the promise is done. */
export type Sink = (bytes: Buffer) => Promise<void>

/** Compresses one layer: blocks side by side, written in order. */
export class BlockWriter {
  readonly #format: BlockFormat
  readonly #sink: Sink
  #written: Promise<void>
  #failure: { error: unknown } | undefined

  constructor(format: BlockFormat, sink: Sink) {
    this.#format = format
    this.#sink = sink
    this.#written = this.#watched(sink(format.head))
  }

  /** Takes a block over; it is released when it has been written. Throws when an earlier one could not be written. */
  add(block: Block): void {
    if (this.#failure) {
      block.release()
      throw this.#failure.error
    }
    this.#written = this.#watched(this.#encode(block, this.#written))
  }

  /** Waits for all to be written, and ends the stream. Call it after the last `add`. */
  async finished(): Promise<void> {
    await this.#written
    await this.#sink(this.#format.tail())
  }

  /** Waits until nothing is being written any more. Never fails. */
  async settled(): Promise<void> {
    await this.#written.catch(() => {})
  }

  async #encode(block: Block, before: Promise<void>): Promise<void> {
    try {
      const [encoded] = await together([this.#format.encode(block.bytes), before])
      await this.#sink(encoded)
    } finally {
      block.release()
    }
  }

  #watched(work: Promise<void>): Promise<void> {
    work.catch(error => {
      this.#failure ??= { error }
    })
    return work
  }
}
