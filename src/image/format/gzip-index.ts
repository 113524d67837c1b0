import { ByteReader, type Bytes } from './bytes.js'
import { isNotSmallerEnough } from './deflate.js'
import { CannotSliceGzip, skipGzipHeader, updateCrc32 } from './gzip-frame.js'
import { INFLATE_WASM } from './inflate-wasm.js'
import { ARCHIVE_LIMITS, makeContentError } from './limit-archive.js'
import { RequestThread } from './request-thread.js'

/**
 * A gzip stream (RFC 1952) with one member. Its content is read once. During this, `takeBlocks` returns its compressed blocks.
 * Reading throws `CannotSliceGzip` if the stream is damaged, continues after its first member, or is hardly smaller than its
 * content, and `WorkerUnavailable` if no thread can inflate it.
 */
export class GzipSource {
  readonly #input: ByteReader
  readonly #index = new DeflateBlockIndex()
  #crc = 0
  #contentBytes = 0
  #isLastInput = false

  constructor(compressed: Bytes) {
    this.#input = new ByteReader(compressed)
  }

  /**
   * Returns the complete blocks whose content is between two offsets in the content. Each block is returned only once. Call this
   * before the next chunk of content is requested, because older blocks are forgotten then.
   */
  takeBlocks(from: number, to: number): BlockRun | undefined {
    return this.#index.take(from, to)
  }

  async *readContent(): Bytes {
    try {
      await skipGzipHeader(this.#input)
      for await (const { content, used } of this.#inflate()) {
        this.#crc = updateCrc32(content, this.#crc)
        this.#contentBytes += content.length
        if (this.#contentBytes > ARCHIVE_LIMITS.content) throw makeContentError()
        if (content.length > 0) yield content
        // The reader already has the blocks that it needs.
        this.#index.forget(this.#contentBytes, used)
      }
    } finally {
      await this.#input.close()
    }
  }

  async *#inflate(): AsyncGenerator<InflateResult> {
    const thread = new InflateThread()
    try {
      yield* this.#inflateIn(thread)
    } finally {
      await thread.close()
    }
  }

  /** The thread inflates the next input while the caller uses the current result. */
  async *#inflateIn(thread: InflateThread): AsyncGenerator<InflateResult> {
    let next = this.#inflateNext(thread, 'more')
    for (;;) {
      const result = await next
      this.#index.add(result.blocks)
      if (result.state === 'damaged') throw new CannotSliceGzip('the gzip stream is damaged or truncated')
      if (result.state === 'end') {
        yield result
        return this.#checkEnd(result.used)
      }
      next = this.#inflateNext(thread, result.state)
      // If the caller stops here, nothing awaits this promise. Its rejection must not count as unhandled.
      next.catch(() => {})
      yield result
    }
  }

  async #inflateNext(thread: InflateThread, state: 'more' | 'full'): Promise<InflateResult> {
    if (state === 'full') return thread.inflate(new Uint8Array(0), this.#isLastInput)
    const bytes = await this.#input.read(MAX_INPUT_BYTES)
    this.#isLastInput = bytes.length < MAX_INPUT_BYTES
    this.#index.window.add(bytes)
    return thread.inflate(bytes, this.#isLastInput)
  }

  #checkEnd(used: number): void {
    const { window } = this.#index
    const tail = window.slice(used, window.end)
    if (tail.length !== 8 || !this.#isLastInput)
      throw new CannotSliceGzip('the gzip stream continues after its first member')
    if (tail.readUInt32LE(0) !== this.#crc || tail.readUInt32LE(4) !== this.#contentBytes % 2 ** 32)
      throw new CannotSliceGzip('the gzip stream is damaged: its content does not match its checksum')
    if (isNotSmallerEnough(used, this.#contentBytes))
      throw new CannotSliceGzip('the gzip stream is hardly compressed')
  }
}

/** Consecutive complete blocks of a deflate stream. */
export interface BlockRun {
  /** The range in the content, in bytes: from `start` up to but not including `end`. */
  readonly start: number
  readonly end: number
  /** The range in the deflate stream, in bits: from `bit` up to but not including `endBit`. */
  readonly bit: number
  readonly endBit: number
  /** From the byte with the first bit to the byte with the last bit. */
  readonly bytes: Buffer
}

/** Larger blocks, in compressed bytes, are forgotten before they are complete. */
const MAX_WINDOW_BYTES = 4 << 20

/** The newest bytes of a deflate stream, and the offsets of its blocks. */
class DeflateBlockIndex {
  readonly window = new ByteWindow(0)
  #starts: BlockStart[] = []

  add(starts: readonly BlockStart[]): void {
    this.#starts.push(...starts)
  }

  /** Returns the longest run of blocks whose content is between two offsets. Each block is returned only once. */
  take(from: number, to: number): BlockRun | undefined {
    const oldestBit = this.window.start * 8
    const first = this.#starts.findIndex(({ byte, bit }) => byte >= from && bit >= oldestBit)
    const last = this.#starts.findLastIndex(({ byte }) => byte <= to)
    const begin = this.#starts[first]
    const end = this.#starts[last]
    if (!begin || !end || begin.byte >= end.byte) return undefined
    this.#starts.splice(0, last)
    const bytes = this.window.slice(Math.floor(begin.bit / 8), Math.ceil(end.bit / 8))
    return { start: begin.byte, end: end.byte, bit: begin.bit, endBit: end.bit, bytes }
  }

  /**
   * Forgets the blocks of the content before `byte`, for which `used` bytes of the stream were read. The remaining blocks depend
   * only on these two numbers, so the same stream is always sliced in the same way.
   */
  forget(byte: number, used: number): void {
    const current = this.#starts.findLastIndex(start => start.byte <= byte)
    this.#starts.splice(0, Math.max(0, current))
    const [oldest] = this.#starts
    if (oldest) this.window.forget(Math.floor(oldest.bit / 8))
    this.window.forget(used - MAX_WINDOW_BYTES)
  }
}

/** The start of a block: its offset in the stream in bits, and the offset of its content in bytes. */
interface BlockStart {
  readonly bit: number
  readonly byte: number
}

/** The newest bytes of a stream. Each byte is addressed by its offset in the whole stream. */
export class ByteWindow {
  readonly #chunks: { offset: number; bytes: Buffer }[] = []
  #end: number

  /** @param start the offset of the first byte that will be added */
  constructor(start: number) {
    this.#end = start
  }

  /** The offset of the oldest byte in the window. */
  get start(): number {
    return this.#chunks[0]?.offset ?? this.#end
  }

  /** The offset after the newest byte. */
  get end(): number {
    return this.#end
  }

  add(bytes: Buffer): void {
    this.#chunks.push({ offset: this.#end, bytes })
    this.#end += bytes.length
  }

  /** Returns the bytes between two offsets, except bytes that are not in the window. */
  slice(from: number, to: number): Buffer {
    const parts = this.#chunks
      .map(({ offset, bytes }) => bytes.subarray(Math.max(0, from - offset), Math.max(0, to - offset)))
      .filter(bytes => bytes.length > 0)
    const [only] = parts
    return parts.length === 1 && only ? only : Buffer.concat(parts)
  }

  /** Removes the chunks that end at or before an offset. */
  forget(before: number): void {
    const first = this.#chunks.findIndex(({ offset, bytes }) => offset + bytes.length > before)
    this.#chunks.splice(0, first < 0 ? this.#chunks.length : first)
  }
}

interface InflateResult {
  /** `full`: the output buffer is full, and the current input has more content. Continue with an empty input. */
  readonly state: 'more' | 'full' | 'end' | 'damaged'
  readonly content: Buffer
  readonly blocks: readonly BlockStart[]
  /** The number of whole bytes of the stream that were used, from its start. */
  readonly used: number
}

/** The size of the input buffer in native/inflate.c. */
const MAX_INPUT_BYTES = 1 << 18

/** The results of `run` in native/inflate.c. */
const STATES = ['more', 'full', 'end', 'damaged'] as const

/**
 * Inflates one stream of raw deflate (RFC 1951) with native/inflate.c in a separate thread. The constructor and `inflate` throw
 * `WorkerUnavailable` if the thread cannot be started or has ended.
 */
class InflateThread {
  // Shared memory, because a thread frees the buffers of its messages late.
  readonly #input = new Uint8Array(new SharedArrayBuffer(MAX_INPUT_BYTES))
  readonly #thread = new RequestThread<{ length: number; isLast: boolean }, WorkerMessage>(WORKER_SCRIPT, {
    code: Buffer.from(INFLATE_WASM, 'base64'),
    input: this.#input,
  })

  /** The caller must wait before it passes the next input. `isLast`: the stream ends with this input. */
  async inflate(input: Uint8Array, isLast: boolean): Promise<InflateResult> {
    this.#input.set(input)
    return toInflateResult(await this.#thread.request({ length: input.length, isLast }))
  }

  close(): Promise<void> {
    return this.#thread.close()
  }
}

interface WorkerMessage {
  state: number
  content: ArrayBuffer
  /** Pairs of `bit` and `byte`. */
  blocks: Float64Array
  used: number
}

function toInflateResult({ state, content, blocks, used }: WorkerMessage): InflateResult {
  const starts: BlockStart[] = []
  for (let n = 0; n < blocks.length; n += 2)
    starts.push({ bit: blocks[n] as number, byte: blocks[n + 1] as number })
  return { state: STATES[state] ?? 'damaged', content: Buffer.from(content), blocks: starts, used }
}

// A string, because each bundle would need a separate file for it.
const WORKER_SCRIPT = `
const { parentPort, workerData } = require('node:worker_threads')
const wasm = new WebAssembly.Instance(new WebAssembly.Module(workerData.code)).exports
const memory = wasm.memory.buffer
parentPort.on('message', ({ length, isLast }) => {
  new Uint8Array(memory).set(workerData.input.subarray(0, length), wasm.room())
  const state = wasm.run(length, isLast ? 1 : 0)
  const content = Buffer.allocUnsafeSlow(wasm.content_size())
  content.set(new Uint8Array(memory, wasm.content(), content.length))
  const blocks = new Float64Array(memory, wasm.blocks(), 2 * wasm.block_count()).slice()
  parentPort.postMessage({ state, content: content.buffer, blocks, used: wasm.used() }, [content.buffer, blocks.buffer])
})
parentPort.postMessage('started')
`
