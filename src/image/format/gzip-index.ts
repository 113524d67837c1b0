import { type BlockRun, BlockTrail } from './block-trail.js'
import { ByteReader } from './byte-reader.js'
import type { Bytes } from './bytes.js'
import { makeCrc32 } from './crc32.js'
import { isWorthless } from './dense.js'
import { skipGzipHeader } from './gzip.js'
import { INPUT, type Inflated, InflateThread } from './inflate-thread.js'
import { NotCuttable } from './not-cuttable.js'

/**
 * A gzip stream (RFC 1952) of one member, whose content is read once, and whose blocks can be had as they are while it is.
 * Reading throws `NotCuttable` where the stream is damaged, goes on behind its first member, or is hardly smaller than its
 * content, and `ThreadLost` where it cannot be inflated in a thread.
 */
export class GzipSource {
  readonly #input: ByteReader
  readonly #trail = new BlockTrail()
  readonly #crc32 = makeCrc32()
  #crc = 0
  #given = 0
  #isLast = false

  constructor(compressed: Bytes) {
    this.#input = new ByteReader(compressed)
  }

  /** Whole blocks with content from `from` on and up to `to`, each given once: what has gone by and was not taken is gone. */
  take(from: number, to: number): BlockRun | undefined {
    return this.#trail.take(from, to)
  }

  async *content(): Bytes {
    try {
      await skipGzipHeader(this.#input)
      for await (const { content, used } of this.#inflated()) {
        this.#crc = this.#crc32(content, this.#crc)
        this.#given += content.length
        if (content.length > 0) yield content
        // Whoever wants blocks has taken them by now.
        this.#trail.forget(this.#given, used)
      }
    } finally {
      await this.#input.close()
    }
  }

  async *#inflated(): AsyncGenerator<Inflated> {
    const thread = new InflateThread()
    try {
      yield* this.#pieces(thread)
    } finally {
      await thread.close()
    }
  }

  /** The next piece is inflated while one is used. */
  async *#pieces(thread: InflateThread): AsyncGenerator<Inflated> {
    let next = this.#ask(thread, 'more')
    for (;;) {
      const inflated = await next
      this.#trail.note(inflated.blocks)
      if (inflated.state === 'damaged') throw new NotCuttable('the gzip stream is damaged or cut off')
      if (inflated.state === 'end') {
        yield inflated
        return this.#checkEnd(inflated.used)
      }
      next = this.#ask(thread, inflated.state)
      // Whoever stops here never asks what became of it.
      next.catch(() => {})
      yield inflated
    }
  }

  async #ask(thread: InflateThread, state: 'more' | 'full'): Promise<Inflated> {
    if (state === 'full') return thread.ask(new Uint8Array(0), this.#isLast)
    const bytes = await this.#input.read(INPUT)
    this.#isLast = bytes.length < INPUT
    this.#trail.pieces.add(bytes)
    return thread.ask(bytes, this.#isLast)
  }

  #checkEnd(used: number): void {
    const tail = this.#trail.pieces.slice(used, this.#trail.pieces.end)
    if (tail.length !== 8 || !this.#isLast)
      throw new NotCuttable('the gzip stream goes on after its first member')
    if (tail.readUInt32LE(0) !== this.#crc || tail.readUInt32LE(4) !== this.#given % 2 ** 32)
      throw new NotCuttable('the gzip stream is damaged: its content is not what its checksum says')
    if (isWorthless(used, this.#given)) throw new NotCuttable('the gzip stream is hardly compressed')
  }
}
