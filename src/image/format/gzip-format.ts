import type { BlockFormat } from './blocks.js'
import { type Crc32, makeCrc32 } from './crc32.js'
import { deflateBlock } from './deflate.js'
import { GZIP_HEAD, gzipTail, WINDOW } from './gzip.js'

/**
 * One gzip member (RFC 1952). Every block is deflated by itself with the window before it as dictionary, and flushed to
 * a whole byte, so that blocks can be strung together; an empty last block ends them. No time, no name, system unknown.
 */
export class GzipFormat implements BlockFormat {
  readonly head = GZIP_HEAD
  readonly #level: number | undefined
  readonly #crc32: Crc32 = makeCrc32()
  #crc = 0
  #size = 0
  #window: Buffer = Buffer.alloc(0)

  /** Without a level the same content gives the same bytes with any runtime. */
  constructor(level?: number) {
    this.#level = level
  }

  encode(block: Buffer): Promise<Buffer> {
    const before = this.#window
    // A copy: the block is filled again while the next one is still being deflated.
    this.#window = Buffer.from(block.subarray(-WINDOW))
    this.#crc = this.#crc32(block, this.#crc)
    this.#size += block.length
    return deflateBlock(block, before, this.#level)
  }

  tail(): Buffer {
    this.#window = Buffer.alloc(0)
    return gzipTail(this.#crc, this.#size)
  }
}
