import { waitForAll } from '../../util/async.js'
import { UsageError, UserError } from '../../util/error.js'
import { nameInput, nameSetting } from '../../util/input-name.js'
import type { Block } from './bytes.js'
import { hasZstd } from './decompress.js'

/** The compressions of the layers that are written. */
export type LayerCompression = 'gzip' | 'zstd'

/** The lowest and the highest compression level: the fastest, and the one with the smallest output. */
const LEVELS: Readonly<Record<LayerCompression, readonly [min: number, max: number]>> = {
  gzip: [1, 9],
  zstd: [1, 19],
}

/** Throws a `UserError` if this Node.js cannot write the encoding, or if the encoding does not have this level. */
export function checkEncoding(encoding: LayerCompression, level?: number): void {
  checkRuntime(encoding)
  const [min, max] = LEVELS[encoding]
  if (level === undefined || (Number.isInteger(level) && level >= min && level <= max)) return
  throw new UsageError(`${nameInput('compression-level')}: ${encoding} has no compression level ${level}`, {
    hint: `Use a whole number from ${min} (fastest) to ${max} (smallest).`,
  })
}

function checkRuntime(encoding: LayerCompression): void {
  if (encoding === 'gzip' || hasZstd()) return
  throw new UserError(`Node.js ${process.versions.node} cannot write ${encoding}`, {
    hint: `Use Node.js 22.15 or newer, or set ${nameSetting('compression', 'gzip')}.`,
  })
}

/** Compresses one layer into one stream. Several blocks can be compressed at the same time. */
export interface BlockFormat {
  readonly head: Buffer
  /**
   * Compresses a block. Must be called in the order of the blocks, but without waiting for the previous block. The caller may
   * overwrite the block when the promise is settled.
   */
  encode(block: Buffer): Promise<Buffer>
  /** The last bytes of the stream. Called after `encode` was called for all blocks. */
  finish(): Buffer
}

/** Writes bytes in order. The next bytes are passed when the promise is fulfilled. */
export type Sink = (bytes: Buffer) => Promise<void>

/** Writes one layer: compresses blocks in parallel, and writes them in order. */
export class BlockWriter {
  readonly #format: BlockFormat
  readonly #sink: Sink
  #written: Promise<void>
  #failure: { error: unknown } | undefined

  constructor(format: BlockFormat, sink: Sink) {
    this.#format = format
    this.#sink = sink
    this.#written = this.#recordFailure(sink(format.head))
  }

  /** Adds a block. The block is released after it was written. Throws if an earlier block could not be written. */
  add(block: Block): void {
    if (this.#failure) {
      block.release()
      throw this.#failure.error
    }
    this.#written = this.#recordFailure(this.#writeBlock(block, this.#written))
  }

  /** Waits until everything is written, and ends the stream. Call it after the last `add`. */
  async finish(): Promise<void> {
    await this.#written
    await this.#sink(this.#format.finish())
  }

  /** Waits for running writes. Never throws. */
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

  #recordFailure(work: Promise<void>): Promise<void> {
    work.catch(error => {
      this.#failure ??= { error }
    })
    return work
  }
}
