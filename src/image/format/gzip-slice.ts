import { deflateBlock } from './deflate.js'
import { encodeGzipTail, GZIP_HEAD, updateCrc32, WINDOW_BYTES } from './gzip-frame.js'
import { type BlockRun, ByteWindow, type GzipSource } from './gzip-index.js'
import type { Sink } from './ordered-block-writer.js'

/** If no block is complete after this many bytes of content, the content is compressed again. */
const MAX_PENDING_BYTES = 8 << 20
/** The size of the blocks that are compressed again. */
const BLOCK_BYTES = 1 << 20

/**
 * Writes a part of a gzip stream's content as a separate gzip member (RFC 1952). The compressed blocks inside the part are
 * copied. The blocks that can refer to content before the part, and the partial blocks at both ends, are compressed again.
 */
export class GzipSliceWriter {
  readonly #source: GzipSource
  readonly #start: number
  readonly #sink: Sink
  readonly #content: ByteWindow
  #crc = 0
  /** The offset in the content up to which everything is written. */
  #written: number
  /**
   * The end of the last copied blocks: the offset in bits, and the last byte. If the end is inside the byte, the byte is not
   * written yet.
   */
  #copied: { bit: number; byte: number } | undefined

  private constructor(source: GzipSource, start: number, sink: Sink) {
    this.#source = source
    this.#start = start
    this.#written = start
    this.#content = new ByteWindow(start)
    this.#sink = sink
  }

  /** @param start the offset of the part in the source's content */
  static async begin(source: GzipSource, start: number, sink: Sink): Promise<GzipSliceWriter> {
    await sink(GZIP_HEAD)
    return new GzipSliceWriter(source, start, sink)
  }

  /** Writes the next chunk of the source's content. */
  async write(chunk: Buffer): Promise<void> {
    this.#crc = updateCrc32(chunk, this.#crc)
    this.#content.add(chunk)
    const end = this.#content.end
    const run = this.#source.takeBlocks(Math.max(this.#start + WINDOW_BYTES, this.#written), end)
    if (run) await this.#copy(run)
    else if (end - this.#written > MAX_PENDING_BYTES) await this.#compress(end)
    this.#content.forget(this.#written - WINDOW_BYTES)
  }

  /** Writes the remaining content and ends the member. Call it after the last `write`. */
  async end(): Promise<void> {
    await this.#compress(this.#content.end)
    await this.#endCopiedBlocks()
    await this.#sink(encodeGzipTail(this.#crc, this.#content.end - this.#start))
  }

  async #copy({ start, end, bit, endBit, bytes }: BlockRun): Promise<void> {
    await this.#compress(start)
    let from = 0
    if (this.#copied?.bit !== bit) {
      await this.#endCopiedBlocks()
      await this.#sink(beginPart(bytes.readUInt8(0), bit % 8))
      from = 1
    }
    const wholeBytes = bytes.length - (endBit % 8 === 0 ? 0 : 1)
    await this.#sink(bytes.subarray(from, wholeBytes))
    this.#copied = { bit: endBit, byte: bytes.readUInt8(bytes.length - 1) }
    this.#written = end
  }

  /** Compresses the content that is not written yet, up to an offset. */
  async #compress(until: number): Promise<void> {
    if (this.#written < until) await this.#endCopiedBlocks()
    while (this.#written < until) {
      const start = this.#written
      const before = this.#content.slice(Math.max(this.#start, start - WINDOW_BYTES), start)
      this.#written = Math.min(start + BLOCK_BYTES, until)
      const block = this.#content.slice(start, this.#written)
      await this.#sink(await deflateBlock(block, before))
    }
  }

  async #endCopiedBlocks(): Promise<void> {
    if (!this.#copied) return
    const { bit, byte } = this.#copied
    this.#copied = undefined
    await this.#sink(endPart(byte, bit % 8))
  }
}

// Copied parts of a deflate stream (RFC 1951) begin and end at any bit of a byte. Shifting their bits does not work for stored
// blocks, because their lengths are aligned to whole bytes. Instead, blocks without content fill the bits between two parts.

/**
 * The bits of blocks without content, in order: with fixed and with dynamic Huffman codes (RFC 1951, 3.2.6 and 3.2.7).
 */
const FIXED_FILLER = '0 10 0000000'
const DYNAMIC_FILLER = [
  '0 01 00000 10000 1111', // 257 literal and length codes, 2 distance codes, 19 code length codes:
  '000 000 100 000 000 000 000 000 000 000 000 000 000 000 000 000 000 100 000', // 1 bit each for "11 to 138 zeros" and "1"
  '0 1 1111111 1 0101011 0 0 0', // 1, 138 and 117 zeros, 1; 1, 1
  '1', // the end of the block
].join(' ')

interface Filler {
  readonly bytes: Buffer
  /** The bits after the whole bytes, lowest first; zeros above. */
  readonly lastBits: number
}

/** The fillers before a part. The index is the number of bits before the part in its first byte. */
const FILLERS: readonly Filler[] = Array.from({ length: 8 }, (_, bits) => makeFiller(bits))

/** `FIXED_FILLER` has 10 bits, and `DYNAMIC_FILLER` has 95 bits. */
function makeFiller(bits: number): Filler {
  const dynamic = bits % 2
  const fixed = ((bits - dynamic * 7 + 16) % 8) / 2
  const text = (DYNAMIC_FILLER.repeat(dynamic) + FIXED_FILLER.repeat(fixed)).replaceAll(' ', '')
  const values = (text.match(/.{1,8}/g) ?? []).map(byte => Number.parseInt([...byte].reverse().join(''), 2))
  const bytes = Buffer.from(values.slice(0, text.length >>> 3))
  return { bytes, lastBits: values[bytes.length] ?? 0 }
}

/** Begins a part at a whole byte. Returns the filler, and the first byte of the part without the `bits` before it. */
export function beginPart(first: number, bits: number): Buffer {
  const { bytes, lastBits } = FILLERS[bits] as Filler
  return Buffer.from([...bytes, lastBits | (first & ~maskOf(bits))])
}

/** Ends a part at a whole byte. The part contains the first `bits` bits of its last byte. If `bits` is 0, the byte is unused. */
export function endPart(last: number, bits: number): Buffer {
  // A stored block of length 0: three bits of header, then whole bytes.
  const head = bits > 5 ? [last & maskOf(bits), 0] : [last & maskOf(bits)]
  return Buffer.from([...head, 0, 0, 0xff, 0xff])
}

/** The mask of the lowest bits. */
function maskOf(bits: number): number {
  return (1 << bits) - 1
}
