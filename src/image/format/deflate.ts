import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import * as zlib from 'node:zlib'
import { codeOf } from '../../util/error.js'
import { DEFLATE_WASM } from './deflate-wasm.js'
import { WINDOW_BYTES } from './gzip-frame.js'

type Deflate = (block: Buffer, before: Buffer) => Promise<Buffer>

let defaultDeflate: Deflate | undefined

/**
 * Deflates a block of a stream, up to 1 MiB, and ends at a whole byte. The output may refer to `before`, the content directly
 * before the block, up to 32 KiB. Without a level, native/deflate.c is used, which gives the same bytes with every Node.js and on
 * every machine. With a level, or without WebAssembly, zlib is used.
 */
export async function deflateBlock(block: Buffer, before: Buffer, level?: number): Promise<Buffer> {
  if (level !== undefined) return deflateByZlib(block, before, level)
  defaultDeflate ??= makeDefaultDeflate()
  return defaultDeflate(block, before)
}

/** The level of zlib that is closest to native/deflate.c: 1 % more bytes, in 1.7 times the time. */
const FALLBACK_LEVEL = 2

function makeDefaultDeflate(): Deflate {
  try {
    return makeThreadedDeflate()
  } catch {
    // WebAssembly is not available, or the memory is not sufficient.
    return (block, before) => deflateByZlib(block, before, FALLBACK_LEVEL)
  }
}

/** Deflating a smaller block is faster than passing it to a thread. */
const MIN_THREAD_BYTES = 1 << 17

const MAX_THREADS = 4
const THREAD_IDLE_MS = 500

function makeThreadedDeflate(): Deflate {
  const code = compileDeflater()
  const deflater = new Deflater(code)
  const threads = new DeflateThreads({
    max: Math.min(availableParallelism(), MAX_THREADS),
    idleMs: THREAD_IDLE_MS,
    start: () => new DeflateThread(code),
  })
  return async (block, before) => {
    if (block.length < MIN_THREAD_BYTES) return deflater.deflate(block, before)
    return threads.deflate(block, before).catch(error => {
      if (!(error instanceof WorkerUnavailable)) throw error
      // The main thread is slower, but gives the same bytes.
      return deflater.deflate(block, before)
    })
  }
}

const deflateRaw = promisify(zlib.deflateRaw) as (bytes: Buffer, options: zlib.ZlibOptions) => Promise<Buffer>

/** At this level zlib writes stored blocks (RFC 1951, 3.2.4). */
const STORED_LEVEL = 0
/** More than the headers of the stored blocks need. */
const STORED_OVERHEAD_BYTES = 1 << 10

function deflateByZlib(block: Buffer, before: Buffer, level: number): Promise<Buffer> {
  const isStored = isIncompressible(block)
  return deflateRaw(block, {
    level: isStored ? STORED_LEVEL : level,
    memLevel: 9,
    chunkSize: isStored ? block.length + STORED_OVERHEAD_BYTES : Math.max(1024, block.length >>> 1),
    finishFlush: zlib.constants.Z_SYNC_FLUSH,
    ...(before.length > 0 && { dictionary: before }),
  })
}

/** Smaller content is always compressed. */
const MIN_MEASURED_BYTES = 1 << 16

/** Content that compresses less is stored uncompressed, because the saved bytes do not justify decompressing. */
const MAX_USEFUL_RATIO = 0.97

/** True if compression saved almost nothing. Sizes are in bytes. */
export function isNotSmallerEnough(compressed: number, plain: number): boolean {
  return plain >= MIN_MEASURED_BYTES && compressed >= plain * MAX_USEFUL_RATIO
}

/**
 * True if a block is already compressed or encrypted: in a sample, all byte values are about equally frequent, and a part from
 * the middle does not compress. The result depends only on the content.
 */
export function isIncompressible(block: Buffer): boolean {
  if (block.length < MIN_MEASURED_BYTES || entropyOf(block) < INCOMPRESSIBLE_ENTROPY) return false
  const start = (block.length - MIN_MEASURED_BYTES) >>> 1
  const part = block.subarray(start, start + MIN_MEASURED_BYTES)
  const deflated = zlib.deflateRawSync(part, { level: 1, chunkSize: MIN_MEASURED_BYTES })
  return isNotSmallerEnough(deflated.length, part.length)
}

const MAX_SAMPLES = 1 << 14

/**
 * In bits per byte. Programs have 5 to 6.5, texts 4 to 5, and compressed files more than 7.95. Random samples of the same size
 * have 7.99.
 */
const INCOMPRESSIBLE_ENTROPY = 7.9

/** Computes the entropy of a sample: bytes at equal distances. */
function entropyOf(block: Buffer): number {
  const counts = new Uint32Array(256)
  const step = Math.max(1, Math.floor(block.length / MAX_SAMPLES))
  let total = 0
  for (let at = 0; at < block.length; at += step, total++) {
    const byte = block[at] as number
    counts[byte] = (counts[byte] as number) + 1
  }
  let sum = 0
  for (const count of counts) if (count > 0) sum += count * Math.log2(count)
  return Math.log2(total) - sum / total
}

type Thread = Pick<DeflateThread, 'deflate' | 'close'>

interface DeflateThreadsOptions {
  /** The maximum number of threads. */
  readonly max: number
  /** The time before idle threads are closed, in milliseconds. */
  readonly idleMs: number
  start(): Thread
}

/** The threads that deflate for the whole process. They are started when needed, and closed when all are idle. */
export class DeflateThreads {
  readonly #options: DeflateThreadsOptions
  readonly #free: Thread[] = []
  readonly #waiting: ((thread?: Thread) => void)[] = []
  #threads = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: DeflateThreadsOptions) {
    this.#options = options
  }

  /** Like `Deflater.deflate`. Waits for a free thread, in the order of the calls. A thread that failed is not used again. */
  async deflate(block: Uint8Array, before: Uint8Array): Promise<Buffer> {
    const thread = await this.#acquire()
    try {
      const deflated = await thread.deflate(block, before)
      this.#release(thread)
      return deflated
    } catch (error) {
      this.#discard(thread)
      throw error
    }
  }

  async #acquire(): Promise<Thread> {
    for (;;) {
      clearTimeout(this.#timer)
      const free = this.#free.pop()
      if (free) return free
      if (this.#threads < this.#options.max) return this.#start()
      const released = await new Promise<Thread | undefined>(resolve => this.#waiting.push(resolve))
      if (released) return released
    }
  }

  #start(): Thread {
    const thread = this.#options.start()
    this.#threads++
    return thread
  }

  #release(thread: Thread): void {
    const next = this.#waiting.shift()
    if (next) next(thread)
    else this.#free.push(thread)
    this.#startIdleTimer()
  }

  #discard(thread: Thread): void {
    this.#threads--
    void thread.close().catch(() => {})
    // Retry all waiting calls: if no thread can be started, each of them must fail with the error.
    for (const retry of this.#waiting.splice(0)) retry()
    this.#startIdleTimer()
  }

  #startIdleTimer(): void {
    if (this.#free.length < this.#threads) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#closeAll(), this.#options.idleMs).unref()
  }

  #closeAll(): void {
    this.#threads = 0
    for (const thread of this.#free.splice(0)) void thread.close().catch(() => {})
  }
}

/**
 * A `Deflater` in a separate thread. The thread keeps the process running only while it deflates. The constructor and `deflate`
 * throw `WorkerUnavailable` if the thread cannot be started or has ended.
 */
export class DeflateThread {
  readonly #worker: Worker
  readonly #memory: Promise<DeflateMemory>
  #request: { resolve: (size: number) => void; reject: (error: unknown) => void } | undefined
  #hasStarted = false
  #failure: { error: unknown } | undefined

  constructor(code: DeflateCode) {
    this.#worker = startWorker(WORKER_SCRIPT, { code })
    this.#memory = new Promise((resolve, reject) => {
      this.#worker.once('message', (buffers: DeflateBuffers) => {
        this.#hasStarted = true
        this.#worker.on('message', (size: number) => this.#request?.resolve(size))
        resolve(new DeflateMemory(buffers))
      })
      this.#worker.on('error', error => this.#fail(toWorkerError(error, this.#hasStarted), reject))
      this.#worker.on('exit', () =>
        this.#fail(new WorkerUnavailable('the thread that deflates has ended'), reject),
      )
    })
    // Awaited with each block. An earlier failure must not count as an unhandled rejection.
    this.#memory.catch(() => {})
    this.#worker.unref()
  }

  /** Like `Deflater.deflate`. The caller must wait before it passes the next block. */
  async deflate(block: Uint8Array, before: Uint8Array): Promise<Buffer> {
    this.#worker.ref()
    try {
      const memory = await this.#memory
      memory.writeInput(block, before)
      return memory.readOutput(await this.#run(before.length, block.length))
    } finally {
      this.#worker.unref()
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #run(before: number, size: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#request = { resolve, reject }
      if (this.#failure) reject(this.#failure.error)
      else this.#worker.postMessage({ before, size })
    })
  }

  #fail(error: unknown, reject: (error: unknown) => void): void {
    this.#failure ??= { error }
    reject(this.#failure.error)
    this.#request?.reject(this.#failure.error)
  }
}

// A string, because each bundle would need a separate file for it.
const WORKER_SCRIPT = `
const { parentPort, workerData } = require('node:worker_threads')
const { memory, room, packed, run } = new WebAssembly.Instance(workerData.code).exports
parentPort.on('message', ({ before, size }) => parentPort.postMessage(run(before, size)))
parentPort.postMessage({ memory: memory.buffer, input: room(), output: packed() })
`

/** A compiled module. Several threads can share it. */
type DeflateCode = object

/** The part of WebAssembly that is used. The types of Node.js do not contain it. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => DeflateCode
  readonly Instance: new (code: DeflateCode) => { readonly exports: unknown }
}

const getWebAssembly = (): WebAssemblyApi => Reflect.get(globalThis, 'WebAssembly')

/** The exports of native/deflate.c. */
interface DeflateExports {
  readonly memory: { readonly buffer: SharedArrayBuffer }
  room(): number
  packed(): number
  run(before: number, size: number): number
}

/** Compiles the code of a `Deflater`. Throws if WebAssembly is not available or not allowed. */
export function compileDeflater(): DeflateCode {
  const { Module } = getWebAssembly()
  return new Module(Buffer.from(DEFLATE_WASM, 'base64'))
}

/** Raw deflate (RFC 1951) by native/deflate.c, in this thread. */
export class Deflater {
  readonly #wasm: DeflateExports
  readonly #memory: DeflateMemory

  constructor(code: DeflateCode) {
    const { Instance } = getWebAssembly()
    this.#wasm = new Instance(code).exports as DeflateExports
    const { memory, room, packed } = this.#wasm
    this.#memory = new DeflateMemory({ memory: memory.buffer, input: room(), output: packed() })
  }

  /**
   * Deflates a block of up to 1 MiB and ends at a whole byte, without ending the stream. The output may refer to `before`, the
   * content directly before the block, up to 32 KiB.
   */
  deflate(block: Uint8Array, before: Uint8Array): Buffer {
    this.#memory.writeInput(block, before)
    return this.#memory.readOutput(this.#wasm.run(before.length, block.length))
  }
}

/** The memory of native/deflate.c. `input` and `output` are the offsets of its buffers. */
interface DeflateBuffers {
  readonly memory: SharedArrayBuffer
  readonly input: number
  readonly output: number
}

/** The size of the input buffer in native/deflate.c. */
const MAX_BLOCK_BYTES = 1 << 20

/** Reads and writes the memory of native/deflate.c, in this or another thread. */
class DeflateMemory {
  readonly #bytes: Uint8Array
  readonly #input: number
  readonly #output: number

  constructor({ memory, input, output }: DeflateBuffers) {
    this.#bytes = new Uint8Array(memory)
    this.#input = input
    this.#output = output
  }

  writeInput(block: Uint8Array, before: Uint8Array): void {
    if (block.length > MAX_BLOCK_BYTES || before.length > WINDOW_BYTES)
      throw new RangeError('the block or the content before it is too large')
    this.#bytes.set(before, this.#input - before.length)
    this.#bytes.set(block, this.#input)
  }

  /** Copies the output, because the next block overwrites it. */
  readOutput(size: number): Buffer {
    return Buffer.from(this.#bytes.subarray(this.#output, this.#output + size))
  }
}

/** A thread could not be started, or has ended. Its work can be done in another thread. */
export class WorkerUnavailable extends Error {}

/** Starts a thread that receives only `workerData` from this process. Throws `WorkerUnavailable` if it cannot be started. */
export function startWorker(script: string, workerData: unknown): Worker {
  try {
    return new Worker(script, { eval: true, execArgv: [], env: {}, workerData })
  } catch (error) {
    throw toWorkerError(error, true)
  }
}

/** The error codes of Node.js for a thread that it cannot start or continue. */
const START_FAILURES: ReadonlySet<string> = new Set([
  'ERR_ACCESS_DENIED',
  'ERR_WORKER_INIT_FAILED',
  'ERR_WORKER_OUT_OF_MEMORY',
])

/**
 * Returns `WorkerUnavailable` for an error that ended a thread. Errors in its own work after the start are returned unchanged.
 */
export function toWorkerError(error: unknown, hasStarted: boolean): unknown {
  if (hasStarted && !START_FAILURES.has(codeOf(error) ?? '')) return error
  return new WorkerUnavailable('a thread could not be started or continued', { cause: error })
}
