import type { BlockRun } from './block-trail.js'
import type { Sink } from './block-writer.js'
import { makeCrc32 } from './crc32.js'
import { deflateBlock } from './deflate.js'
import { beginPart, endPart } from './deflate-joint.js'
import { GZIP_HEAD, gzipTail, WINDOW } from './gzip.js'
import type { GzipSource } from './gzip-index.js'
import { Pieces } from './pieces.js'

/** A block whose content is larger is not waited for. */
const HELD = 8 << 20
/** So much is compressed at once. */
const BLOCK = 1 << 20

/**
 * Writes a part of a gzip stream's content as one gzip member (RFC 1952) of its own. The blocks that lie within it are copied as
 * they are, but for those in which something before it could be referred to; these, and what of a block lies at its ends, are
 * compressed anew.
 */
export class CutWriter {
  readonly #source: GzipSource
  readonly #start: number
  readonly #sink: Sink
  readonly #crc32 = makeCrc32()
  readonly #content: Pieces
  #crc = 0
  /** The content before this place has been written. */
  #written: number
  /** Where the copied blocks end that were written last, and the byte in which they do. */
  #copied: { bit: number; byte: number } | undefined

  private constructor(source: GzipSource, start: number, sink: Sink) {
    this.#source = source
    this.#start = start
    this.#written = start
    this.#content = new Pieces(start)
    this.#sink = sink
  }

  /** `start` is the place in the source's content of what will be written. */
  static async begin(source: GzipSource, start: number, sink: Sink): Promise<CutWriter> {
    await sink(GZIP_HEAD)
    return new CutWriter(source, start, sink)
  }

  /** The next piece of the source's content. */
  async write(chunk: Buffer): Promise<void> {
    this.#crc = this.#crc32(chunk, this.#crc)
    this.#content.add(chunk)
    const end = this.#content.end
    const run = this.#source.take(Math.max(this.#start + WINDOW, this.#written), end)
    if (run) await this.#copy(run)
    else if (end - this.#written > HELD) await this.#compress(end)
    this.#content.forget(this.#written - WINDOW)
  }

  /** Writes what is left. Call it after the last `write`. */
  async end(): Promise<void> {
    await this.#compress(this.#content.end)
    await this.#endCopied()
    await this.#sink(gzipTail(this.#crc, this.#content.end - this.#start))
  }

  async #copy({ start, end, bit, endBit, bytes }: BlockRun): Promise<void> {
    await this.#compress(start)
    let from = 0
    if (this.#copied?.bit !== bit) {
      await this.#endCopied()
      await this.#sink(beginPart(bytes.readUInt8(0), bit % 8))
      from = 1
    }
    const whole = bytes.length - (endBit % 8 === 0 ? 0 : 1)
    await this.#sink(bytes.subarray(from, whole))
    this.#copied = { bit: endBit, byte: bytes.readUInt8(bytes.length - 1) }
    this.#written = end
  }

  /** What was not written yet, up to a place. */
  async #compress(until: number): Promise<void> {
    if (this.#written < until) await this.#endCopied()
    while (this.#written < until) {
      const at = this.#written
      const before = this.#content.slice(Math.max(this.#start, at - WINDOW), at)
      this.#written = Math.min(at + BLOCK, until)
      const block = this.#content.slice(at, this.#written)
      await this.#sink(await deflateBlock(block, before))
    }
  }

  async #endCopied(): Promise<void> {
    if (!this.#copied) return
    const { bit, byte } = this.#copied
    this.#copied = undefined
    await this.#sink(endPart(byte, bit % 8))
  }
}
