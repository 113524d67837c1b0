import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import type { BlockFormat } from './block-format.js'
import { type Crc32, makeCrc32 } from './crc32.js'
import { isDense } from './dense.js'
import { GZIP_HEAD, gzipTail, WINDOW } from './gzip-frame.js'

const deflateRaw = promisify(zlib.deflateRaw) as (bytes: Buffer, options: zlib.ZlibOptions) => Promise<Buffer>

/** Content is kept as it is, in blocks of deflate that say so. */
const STORED = 0
/** Of stored content: more than deflate's own marks in a block need. */
const MARKS = 1 << 10

/**
 * One gzip member (RFC 1952). Every block is deflated by itself with the window before it as dictionary, and flushed to
 * a whole byte, so that blocks can be strung together; an empty last block ends them. No time, no name, system unknown.
 */
export class GzipFormat implements BlockFormat {
  readonly head = GZIP_HEAD
  readonly #level: number
  readonly #crc32: Crc32 = makeCrc32()
  #crc = 0
  #size = 0
  #window: Buffer | undefined

  constructor(level: number) {
    this.#level = level
  }

  encode(block: Buffer): Promise<Buffer> {
    const dictionary = this.#window
    // A copy: the block is filled again while the next one is still being deflated.
    this.#window = Buffer.from(block.subarray(-WINDOW))
    this.#crc = this.#crc32(block, this.#crc)
    this.#size += block.length
    return deflateBlock(block, this.#level, dictionary)
  }

  tail(): Buffer {
    this.#window = undefined
    return gzipTail(this.#crc, this.#size)
  }
}

/** Deflates a part of a stream, to a whole byte; `dictionary` is what of the part before may be referred to. */
export function deflateBlock(block: Buffer, level: number, dictionary?: Buffer): Promise<Buffer> {
  const isStored = isDense(block)
  return deflateRaw(block, {
    level: isStored ? STORED : level,
    memLevel: 9,
    chunkSize: isStored ? block.length + MARKS : Math.max(1024, block.length >>> 1),
    finishFlush: zlib.constants.Z_SYNC_FLUSH,
    ...(dictionary?.length && { dictionary }),
  })
}
