import { waitForAll } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import type { Block } from './bytes.js'
import { hasZstd } from './decode.js'

/** How a layer is compressed, block by block and several blocks at once, into one stream. */
export interface BlockFormat {
  readonly head: Buffer
  /**
   * Called for each block in order; a block may be asked for before the one before it is done. The block's bytes may change
   * as soon as it is done.
   */
  encode(block: Buffer): Promise<Buffer>
  /** What ends the stream, once every block has been asked for. */
  finish(): Buffer
}

/** The encodings that layers are compressed to. */
export type LayerCompression = 'gzip' | 'zstd'

/** What compression levels there are, from the fastest to the one that gives the fewest bytes. */
const LEVELS: Readonly<Record<LayerCompression, readonly [from: number, to: number]>> = {
  gzip: [1, 9],
  zstd: [1, 19],
}

/** Throws a `UserError` when this Node.js cannot write the encoding, or when the encoding has no such level. */
export function checkEncoding(encoding: LayerCompression, level?: number): void {
  checkRuntime(encoding)
  const [from, to] = LEVELS[encoding]
  if (level === undefined || (Number.isInteger(level) && level >= from && level <= to)) return
  throw new UserError(`${encoding} has no compression level ${level}`, {
    hint: `Its levels are the whole numbers from ${from}, the fastest, to ${to}, which gives the fewest bytes.`,
  })
}

function checkRuntime(encoding: LayerCompression): void {
  if (encoding === 'gzip' || hasZstd()) return
  throw new UserError(`Node.js ${process.versions.node} cannot write ${encoding}`, {
    hint: 'Use Node.js 22.15 or newer, or gzip.',
  })
}

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
    this.#written = this.#catchFailure(sink(format.head))
  }

  /** Takes a block over; it is released when it has been written. Throws when an earlier one could not be written. */
  add(block: Block): void {
    if (this.#failure) {
      block.release()
      throw this.#failure.error
    }
    this.#written = this.#catchFailure(this.#writeBlock(block, this.#written))
  }

  /** Waits for all to be written, and ends the stream. Call it after the last `add`. */
  async finish(): Promise<void> {
    await this.#written
    await this.#sink(this.#format.finish())
  }

  /** Waits until nothing is being written any more. Never fails. */
  async settle(): Promise<void> {
    await this.#written.catch(() => {})
  }

  async #writeBlock(block: Block, before: Promise<void>): Promise<void> {
    try {
      const [encoded] = await waitForAll([this.#format.encode(block.bytes), before])
      await this.#sink(encoded)
    } finally {
      block.release()
    }
  }

  #catchFailure(work: Promise<void>): Promise<void> {
    work.catch(error => {
      this.#failure ??= { error }
    })
    return work
  }
}
