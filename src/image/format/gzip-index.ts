import { ByteReader, type Bytes } from './bytes.js'
import { isNotSmallerEnough, startWorker, toWorkerError, WorkerUnavailable } from './deflate.js'
import { CannotSliceGzip, makeCrc32, skipGzipHeader } from './gzip.js'
import { INFLATE_WASM } from './inflate-wasm.js'

/**
 * A gzip stream (RFC 1952) of one member, whose content is read once, and whose blocks can be had as they are while it is.
 * Reading throws `NotCuttable` where the stream is damaged, goes on behind its first member, or is hardly smaller than its
 * content, and `ThreadLost` where it cannot be inflated in a thread.
 */
export class GzipSource {
  readonly #input: ByteReader
  readonly #index = new DeflateBlockIndex()
  readonly #crc32 = makeCrc32()
  #crc = 0
  #contentBytes = 0
  #isLast = false

  constructor(compressed: Bytes) {
    this.#input = new ByteReader(compressed)
  }

  /** Whole blocks with content from `from` on and up to `to`, each given once: what has gone by and was not taken is gone. */
  takeBlocks(from: number, to: number): BlockRun | undefined {
    return this.#index.take(from, to)
  }

  async *readContent(): Bytes {
    try {
      await skipGzipHeader(this.#input)
      for await (const { content, used } of this.#inflate()) {
        this.#crc = this.#crc32(content, this.#crc)
        this.#contentBytes += content.length
        if (content.length > 0) yield content
        // Whoever wants blocks has taken them by now.
        this.#index.forget(this.#contentBytes, used)
      }
    } finally {
      await this.#input.close()
    }
  }

  async *#inflate(): AsyncGenerator<InflateResult> {
    const thread = new InflateThread()
    try {
      yield* this.#inflateWith(thread)
    } finally {
      await thread.close()
    }
  }

  /** The next piece is inflated while one is used. */
  async *#inflateWith(thread: InflateThread): AsyncGenerator<InflateResult> {
    let next = this.#requestNext(thread, 'more')
    for (;;) {
      const inflated = await next
      this.#index.add(inflated.blocks)
      if (inflated.state === 'damaged') throw new CannotSliceGzip('the gzip stream is damaged or cut off')
      if (inflated.state === 'end') {
        yield inflated
        return this.#checkEnd(inflated.used)
      }
      next = this.#requestNext(thread, inflated.state)
      // Whoever stops here never asks what became of it.
      next.catch(() => {})
      yield inflated
    }
  }

  async #requestNext(thread: InflateThread, state: 'more' | 'full'): Promise<InflateResult> {
    if (state === 'full') return thread.inflate(new Uint8Array(0), this.#isLast)
    const bytes = await this.#input.read(MAX_INPUT_BYTES)
    this.#isLast = bytes.length < MAX_INPUT_BYTES
    this.#index.window.add(bytes)
    return thread.inflate(bytes, this.#isLast)
  }

  #checkEnd(used: number): void {
    const tail = this.#index.window.slice(used, this.#index.window.end)
    if (tail.length !== 8 || !this.#isLast)
      throw new CannotSliceGzip('the gzip stream goes on after its first member')
    if (tail.readUInt32LE(0) !== this.#crc || tail.readUInt32LE(4) !== this.#contentBytes % 2 ** 32)
      throw new CannotSliceGzip('the gzip stream is damaged: its content is not what its checksum says')
    if (isNotSmallerEnough(used, this.#contentBytes))
      throw new CannotSliceGzip('the gzip stream is hardly compressed')
  }
}

/** Whole blocks of a deflate stream that follow each other. */
export interface BlockRun {
  /** Of the content: the first byte, and the first behind it. */
  readonly start: number
  readonly end: number
  /** Of the stream, likewise. */
  readonly bit: number
  readonly endBit: number
  /** From the byte of the first bit to the byte of the last. */
  readonly bytes: Buffer
}

/** A block that takes more than this is not waited for. */
const MAX_WINDOW_BYTES = 4 << 20

/** The part of a deflate stream that was read last, and where in it the blocks begin. */
class DeflateBlockIndex {
  /** The stream. */
  readonly window = new ByteWindow(0)
  #starts: BlockStart[] = []

  add(starts: readonly BlockStart[]): void {
    this.#starts.push(...starts)
  }

  /** The longest run of blocks whose content lies between two places of it; no part of it is given again. */
  take(from: number, to: number): BlockRun | undefined {
    const oldest = this.window.start * 8
    const first = this.#starts.findIndex(({ byte, bit }) => byte >= from && bit >= oldest)
    const last = this.#starts.findLastIndex(({ byte }) => byte <= to)
    const begin = this.#starts[first]
    const end = this.#starts[last]
    if (!begin || !end || begin.byte >= end.byte) return undefined
    this.#starts.splice(0, last)
    const bytes = this.window.slice(Math.floor(begin.bit / 8), Math.ceil(end.bit / 8))
    return { start: begin.byte, end: end.byte, bit: begin.bit, endBit: end.bit, bytes }
  }

  /**
   * All content before `at`, of which `used` bytes of the stream were read, has been dealt with: what only belongs to that is
   * let go of. What is held follows from these alone, so that the same stream is always cut alike.
   */
  forget(at: number, used: number): void {
    const open = this.#starts.findLastIndex(start => start.byte <= at)
    this.#starts.splice(0, Math.max(0, open))
    const [oldest] = this.#starts
    if (oldest) this.window.forget(Math.floor(oldest.bit / 8))
    this.window.forget(used - MAX_WINDOW_BYTES)
  }
}

/** Where a block begins: how many bits of the stream and how many bytes of its content lie before it. */
interface BlockStart {
  readonly bit: number
  readonly byte: number
}

/** What came of one piece of input. */
interface InflateResult {
  /** `full`: there is more content in the input so far; ask with nothing. */
  readonly state: 'more' | 'full' | 'end' | 'damaged'
  readonly content: Buffer
  readonly blocks: readonly BlockStart[]
  /** Whole bytes of the stream that have been used, from its beginning. */
  readonly used: number
}

/** The most that may be put in at once. */
const MAX_INPUT_BYTES = 1 << 18

const STATES = ['more', 'full', 'end', 'damaged'] as const

/**
 * One stream of raw deflate (RFC 1951), inflated in a thread of its own by native/inflate.c. Making and asking one fail with
 * `ThreadLost` where there is no such thread, or no longer.
 */
class InflateThread {
  // Shared, since a thread that is given new memory with each question is slow to let go of it.
  readonly #input = new Uint8Array(new SharedArrayBuffer(MAX_INPUT_BYTES))
  readonly #worker = startWorker(WORKER_SCRIPT, {
    code: Buffer.from(INFLATE_WASM, 'base64'),
    input: this.#input,
  })
  #request: { resolve: (answer: InflateResult) => void; reject: (error: unknown) => void } | undefined
  #hasStarted = false
  #failure: { error: unknown } | undefined

  constructor() {
    this.#worker.once('message', () => {
      this.#hasStarted = true
      this.#worker.on('message', answer => this.#request?.resolve(toInflateResult(answer)))
    })
    this.#worker.on('error', error => this.#fail(toWorkerError(error, this.#hasStarted)))
    this.#worker.on('exit', () => this.#fail(new WorkerUnavailable('the thread that inflates has ended')))
  }

  /** One question at a time. `isLast`: nothing comes after this input. */
  inflate(input: Uint8Array, isLast: boolean): Promise<InflateResult> {
    this.#input.set(input)
    return new Promise((resolve, reject) => {
      this.#request = { resolve, reject }
      if (this.#failure) reject(this.#failure.error)
      else this.#worker.postMessage({ length: input.length, isLast })
    })
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#request?.reject(this.#failure.error)
  }
}

interface WorkerMessage {
  state: number
  content: ArrayBuffer
  blocks: Float64Array
  used: number
}

function toInflateResult({ state, content, blocks, used }: WorkerMessage): InflateResult {
  const starts: BlockStart[] = []
  for (let n = 0; n < blocks.length; n += 2)
    starts.push({ bit: blocks[n] as number, byte: blocks[n + 1] as number })
  return { state: STATES[state] ?? 'damaged', content: Buffer.from(content), blocks: starts, used }
}

// It stands here, since a file for it would have to lie beside each bundle.
const WORKER_SCRIPT = `
const { parentPort, workerData } = require('node:worker_threads')
const wasm = new WebAssembly.Instance(new WebAssembly.Module(workerData.code)).exports
const memory = wasm.memory.buffer
parentPort.on('message', ({ length, isLast }) => {
  new Uint8Array(memory).set(workerData.input.subarray(0, length), wasm.room())
  const state = wasm.run(length, isLast ? 1 : 0)
  const content = Buffer.allocUnsafeSlow(wasm.given())
  content.set(new Uint8Array(memory, wasm.content(), content.length))
  const blocks = new Float64Array(memory, wasm.blocks(), 2 * wasm.told()).slice()
  parentPort.postMessage({ state, content: content.buffer, blocks, used: wasm.used() }, [content.buffer, blocks.buffer])
})
parentPort.postMessage('started')
`

/** A stream of bytes of which the newest are held, each byte known by its place in the whole. */
export class ByteWindow {
  readonly #chunks: { at: number; bytes: Buffer }[] = []
  #end: number

  /** `start` is the place of the first byte that will come. */
  constructor(start: number) {
    this.#end = start
  }

  /** The place of the oldest byte that is held. */
  get start(): number {
    return this.#chunks[0]?.at ?? this.#end
  }

  /** The place behind the newest byte. */
  get end(): number {
    return this.#end
  }

  add(bytes: Buffer): void {
    this.#chunks.push({ at: this.#end, bytes })
    this.#end += bytes.length
  }

  /** What is not held is left out. */
  slice(from: number, to: number): Buffer {
    const parts = this.#chunks
      .map(({ at, bytes }) => bytes.subarray(Math.max(0, from - at), Math.max(0, to - at)))
      .filter(bytes => bytes.length > 0)
    const [only] = parts
    return parts.length === 1 && only ? only : Buffer.concat(parts)
  }

  /** Lets go of the pieces that lie before a place as a whole. */
  forget(before: number): void {
    const kept = this.#chunks.findIndex(({ at, bytes }) => at + bytes.length > before)
    this.#chunks.splice(0, kept < 0 ? this.#chunks.length : kept)
  }
}
