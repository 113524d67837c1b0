import type { Sink } from './blocks.js'
import { deflateBlock } from './deflate.js'
import { encodeGzipTail, GZIP_HEAD, makeCrc32, WINDOW_BYTES } from './gzip.js'
import { type BlockRun, ByteWindow, type GzipSource } from './gzip-index.js'

/** A block whose content is larger is not waited for. */
const MAX_PENDING_BYTES = 8 << 20
/** So much is compressed at once. */
const BLOCK_BYTES = 1 << 20

/**
 * Writes a part of a gzip stream's content as one gzip member (RFC 1952) of its own. The blocks that lie within it are copied as
 * they are, but for those in which something before it could be referred to; these, and what of a block lies at its ends, are
 * compressed anew.
 */
export class GzipSliceWriter {
  readonly #source: GzipSource
  readonly #start: number
  readonly #sink: Sink
  readonly #crc32 = makeCrc32()
  readonly #content: ByteWindow
  #crc = 0
  /** The content before this place has been written. */
  #written: number
  /** Where the copied blocks end that were written last, and the byte in which they do. */
  #copied: { bit: number; byte: number } | undefined

  private constructor(source: GzipSource, start: number, sink: Sink) {
    this.#source = source
    this.#start = start
    this.#written = start
    this.#content = new ByteWindow(start)
    this.#sink = sink
  }

  /** `start` is the place in the source's content of what will be written. */
  static async begin(source: GzipSource, start: number, sink: Sink): Promise<GzipSliceWriter> {
    await sink(GZIP_HEAD)
    return new GzipSliceWriter(source, start, sink)
  }

  /** The next piece of the source's content. */
  async write(chunk: Buffer): Promise<void> {
    this.#crc = this.#crc32(chunk, this.#crc)
    this.#content.add(chunk)
    const end = this.#content.end
    const run = this.#source.takeBlocks(Math.max(this.#start + WINDOW_BYTES, this.#written), end)
    if (run) await this.#copy(run)
    else if (end - this.#written > MAX_PENDING_BYTES) await this.#compress(end)
    this.#content.forget(this.#written - WINDOW_BYTES)
  }

  /** Writes what is left. Call it after the last `write`. */
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
    const whole = bytes.length - (endBit % 8 === 0 ? 0 : 1)
    await this.#sink(bytes.subarray(from, whole))
    this.#copied = { bit: endBit, byte: bytes.readUInt8(bytes.length - 1) }
    this.#written = end
  }

  /** What was not written yet, up to a place. */
  async #compress(until: number): Promise<void> {
    if (this.#written < until) await this.#endCopiedBlocks()
    while (this.#written < until) {
      const at = this.#written
      const before = this.#content.slice(Math.max(this.#start, at - WINDOW_BYTES), at)
      this.#written = Math.min(at + BLOCK_BYTES, until)
      const block = this.#content.slice(at, this.#written)
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

/**
 * What joins parts of deflate streams (RFC 1951) that begin and end at any bit of a byte. Shifting their bits would do as
 * well, but not for stored blocks, whose lengths stand at whole bytes.
 */

/** Blocks with no content, as their bits in order: with the codes that deflate has, and with codes of its own. */
const FIXED_FILLER = '0 10 0000000'
const DYNAMIC_FILLER = [
  '0 01 00000 10000 1111', // 257 codes of literals and lengths, 2 of distances, 19 lengths of codes for these lengths:
  '000 000 100 000 000 000 000 000 000 000 000 000 000 000 000 000 000 100 000', // 1 for "11 zeros or more" and for "1"
  '0 1 1111111 1 0101011 0 0 0', // 1, 138 and 117 zeros, 1; 1, 1
  '1', // the end of the block
].join(' ')

/** Bits after which a part can begin, by how many bits of its first byte belong to what was before it. */
const FILLERS: readonly Filler[] = Array.from({ length: 8 }, (_, bits) => makeFiller(bits))

interface Filler {
  readonly bytes: Buffer
  /** The bits behind the whole bytes, lowest first; zeros above. */
  readonly lastBits: number
}

/** Begins a part at a whole byte: what goes before its first byte, and that byte, of which the first `bits` are not its own. */
export function beginPart(first: number, bits: number): Buffer {
  const { bytes, lastBits } = FILLERS[bits] as Filler
  return Buffer.from([...bytes, lastBits | (first & ~maskOf(bits))])
}

/** Ends a part at a whole byte; of its last byte the first `bits` are its own. None of these is none of a byte. */
export function endPart(last: number, bits: number): Buffer {
  // A stored block of length 0: three bits of header, then whole bytes.
  const head = bits > 5 ? [last & maskOf(bits), 0] : [last & maskOf(bits)]
  return Buffer.from([...head, 0, 0, 0xff, 0xff])
}

function maskOf(bits: number): number {
  return (1 << bits) - 1
}

/** One block of `FIXED` takes 10 bits, one of `OWN` 95. */
function makeFiller(bits: number): Filler {
  const own = bits % 2
  const fixed = ((bits - own * 7 + 16) % 8) / 2
  const text = (DYNAMIC_FILLER.repeat(own) + FIXED_FILLER.repeat(fixed)).replaceAll(' ', '')
  const bytes = (text.match(/.{1,8}/g) ?? []).map(byte => Number.parseInt([...byte].reverse().join(''), 2))
  const whole = Buffer.from(bytes.slice(0, text.length >>> 3))
  return { bytes, lastBits: bytes[whole.length] ?? 0 }
}
