import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import * as zlib from 'node:zlib'
import { deflateRawSync } from 'node:zlib'
import { codeOf } from '../../util/error.js'
import { DEFLATE_WASM } from './deflate-wasm.js'
import { WINDOW_BYTES } from './gzip.js'

const deflateRaw = promisify(zlib.deflateRaw) as (bytes: Buffer, options: zlib.ZlibOptions) => Promise<Buffer>

/** Content is kept as it is, in blocks of deflate that say so. */
const STORED_LEVEL = 0
/** Of stored content: more than deflate's own marks in a block need. */
const STORED_OVERHEAD_BYTES = 1 << 10

/** The level of zlib that comes nearest to native/deflate.c: 1 % more bytes, in 1.7 times the time. */
const FALLBACK_LEVEL = 2

/** A smaller block is done before a thread has been asked. */
const MIN_THREAD_BYTES = 1 << 17

const MAX_THREADS = 4
const THREAD_IDLE_MS = 500

/**
 * Deflates a part of a stream, up to a MiB, to a whole byte; `before` is what of the parts before may be referred to. Without a
 * level native/deflate.c does it: the same bytes come of it whatever the runtime and the machine. zlib does it with a level, and
 * where there is no WebAssembly.
 */
export async function deflateBlock(block: Buffer, before: Buffer, level?: number): Promise<Buffer> {
  if (level !== undefined) return deflateByZlib(block, before, level)
  defaultDeflate ??= makeDefaultDeflate()
  return defaultDeflate(block, before)
}

type Deflate = (block: Buffer, before: Buffer) => Promise<Buffer>

let defaultDeflate: Deflate | undefined

function makeDefaultDeflate(): Deflate {
  try {
    return makeThreadedDeflate()
  } catch {
    // No WebAssembly, or no room for it.
    return (block, before) => deflateByZlib(block, before, FALLBACK_LEVEL)
  }
}

function makeThreadedDeflate(): Deflate {
  const code = compileDeflater()
  const here = new Deflater(code)
  const threads = new DeflateThreads({
    max: Math.min(availableParallelism(), MAX_THREADS),
    idleMs: THREAD_IDLE_MS,
    start: () => new DeflateThread(code),
  })
  return async (block, before) => {
    if (block.length < MIN_THREAD_BYTES) return here.deflate(block, before)
    return threads.deflate(block, before).catch(error => {
      if (!(error instanceof WorkerUnavailable)) throw error
      // It takes longer, and gives the same.
      return here.deflate(block, before)
    })
  }
}

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

type Thread = Pick<DeflateThread, 'deflate' | 'close'>

interface DeflateThreadsOptions {
  /** The most threads at once. */
  readonly max: number
  /** How long they wait for more to do, in milliseconds. */
  readonly idleMs: number
  start(): Thread
}

/** A few threads that deflate for everybody: started when they are needed, ended when nothing has come for a while. */
export class DeflateThreads {
  readonly #options: DeflateThreadsOptions
  readonly #free: Thread[] = []
  readonly #waiting: ((thread?: Thread) => void)[] = []
  #threads = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: DeflateThreadsOptions) {
    this.#options = options
  }

  /** As `Deflater.deflate`. Waits for a thread that is free, in the order of the calls. One that fails is not used again. */
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
      const given = await new Promise<Thread | undefined>(resolve => this.#waiting.push(resolve))
      if (given) return given
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
    // All of them: where no thread can be started any more, each has to hear of it.
    for (const again of this.#waiting.splice(0)) again()
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
 * A `Deflater` in a thread of its own. It keeps the process from ending only while it has something to do. Making and using one
 * fail with `ThreadLost` where there is no such thread, or no longer.
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
      this.#worker.once('message', (places: DeflateBuffers) => {
        this.#hasStarted = true
        this.#worker.on('message', (size: number) => this.#request?.resolve(size))
        resolve(new DeflateMemory(places))
      })
      this.#worker.on('error', error => this.#fail(toWorkerError(error, this.#hasStarted), reject))
      this.#worker.on('exit', () =>
        this.#fail(new WorkerUnavailable('the thread that deflates has ended'), reject),
      )
    })
    // Asked for again with each block.
    this.#memory.catch(() => {})
    this.#worker.unref()
  }

  /** As `Deflater.deflate`, one block at a time. */
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

// It stands here, since a file for it would have to lie beside each bundle.
const WORKER_SCRIPT = `
const { parentPort, workerData } = require('node:worker_threads')
const { memory, room, packed, run } = new WebAssembly.Instance(workerData.code).exports
parentPort.on('message', ({ before, size }) => parentPort.postMessage(run(before, size)))
parentPort.postMessage({ memory: memory.buffer, room: room(), packed: packed() })
`

/** Compiled code, which other threads can have too. */
type DeflateCode = object

/** What is used of WebAssembly: the types for Node.js leave it out. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => DeflateCode
  readonly Instance: new (code: DeflateCode) => { readonly exports: unknown }
}

interface DeflateExports {
  readonly memory: { readonly buffer: SharedArrayBuffer }
  room(): number
  packed(): number
  run(before: number, size: number): number
}

const getWebAssembly = (): WebAssemblyApi => Reflect.get(globalThis, 'WebAssembly')

/** Raw deflate (RFC 1951) by native/deflate.c, in this thread. */
export class Deflater {
  readonly #wasm: DeflateExports
  readonly #memory: DeflateMemory

  constructor(code: DeflateCode) {
    const { Instance } = getWebAssembly()
    this.#wasm = new Instance(code).exports as DeflateExports
    const { memory, room, packed } = this.#wasm
    this.#memory = new DeflateMemory({ memory: memory.buffer, room: room(), packed: packed() })
  }

  /**
   * Deflates a block of up to a MiB, to a whole byte and not as the end of a stream; `before` is what came right before it, of
   * which up to 32 KiB may be referred to.
   */
  deflate(block: Uint8Array, before: Uint8Array): Buffer {
    this.#memory.writeInput(block, before)
    return this.#memory.readOutput(this.#wasm.run(before.length, block.length))
  }
}

/** What runs in a `Deflater`. Throws where this runtime has no WebAssembly, or may not use it. */
export function compileDeflater(): DeflateCode {
  const { Module } = getWebAssembly()
  return new Module(Buffer.from(DEFLATE_WASM, 'base64'))
}

/** Where in native/deflate.c's memory its input is put, and its output taken from. */
interface DeflateBuffers {
  readonly memory: SharedArrayBuffer
  readonly room: number
  readonly packed: number
}

/** The most content that is deflated at once. */
const MAX_BLOCK_BYTES = 1 << 20

/** The memory in which native/deflate.c works, wherever it runs. */
class DeflateMemory {
  readonly #bytes: Uint8Array
  readonly #room: number
  readonly #packed: number

  constructor({ memory, room, packed }: DeflateBuffers) {
    this.#bytes = new Uint8Array(memory)
    this.#room = room
    this.#packed = packed
  }

  /** Puts a block in, with what came right before it. */
  writeInput(block: Uint8Array, before: Uint8Array): void {
    if (block.length > MAX_BLOCK_BYTES || before.length > WINDOW_BYTES)
      throw new RangeError('more than can be deflated at once')
    this.#bytes.set(before, this.#room - before.length)
    this.#bytes.set(block, this.#room)
  }

  /** A copy of what came of it. */
  readOutput(size: number): Buffer {
    return Buffer.from(this.#bytes.subarray(this.#packed, this.#packed + size))
  }
}

/** A thread could not be had, or has ended by itself. What it was for can be done without it. */
export class WorkerUnavailable extends Error {}

/** Starts a thread that knows nothing of this process but `workerData`. Throws `ThreadLost` where there is none to be had. */
export function startWorker(script: string, workerData: unknown): Worker {
  try {
    return new Worker(script, { eval: true, execArgv: [], env: {}, workerData })
  } catch (error) {
    throw toWorkerError(error, true)
  }
}

const START_FAILURES: ReadonlySet<string> = new Set([
  'ERR_ACCESS_DENIED',
  'ERR_WORKER_INIT_FAILED',
  'ERR_WORKER_OUT_OF_MEMORY',
])

/** What ended a thread, as a `ThreadLost`; a mistake in what it did after its start stays what it is. */
export function toWorkerError(error: unknown, hasStarted: boolean): unknown {
  if (hasStarted && !START_FAILURES.has(codeOf(error) ?? '')) return error
  return new WorkerUnavailable('a thread could not be had', { cause: error })
}

/** A layer or a block below this size is compressed, whatever comes of it. */
const MIN_MEASURED_BYTES = 1 << 16

/** Compressed content that is at least this much of the plain one is not worth unpacking. */
const MAX_USEFUL_RATIO = 0.97

/** Whether compressing was for nothing; sizes in bytes. */
export function isNotSmallerEnough(compressed: number, plain: number): boolean {
  return plain >= MIN_MEASURED_BYTES && compressed >= plain * MAX_USEFUL_RATIO
}

/**
 * Whether a block holds what is compressed or encrypted already, told by samples: its bytes are about equally frequent, and a
 * part out of its middle does not compress. Content alone decides, so that the same block is always taken for the same.
 */
export function isIncompressible(block: Buffer): boolean {
  if (block.length < MIN_MEASURED_BYTES || entropyOf(block) < INCOMPRESSIBLE_ENTROPY) return false
  const at = (block.length - MIN_MEASURED_BYTES) >>> 1
  const part = block.subarray(at, at + MIN_MEASURED_BYTES)
  return isNotSmallerEnough(
    deflateRawSync(part, { level: 1, chunkSize: MIN_MEASURED_BYTES }).length,
    part.length,
  )
}

const MAX_SAMPLES = 1 << 14

/** In bits per byte. Programs have 5 to 6.5, texts 4 to 5, compressed files above 7.95; samples of so many random bytes have 7.99. */
const INCOMPRESSIBLE_ENTROPY = 7.9

/** Of bytes that lie at equal distances. */
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
