import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import * as zlib from 'node:zlib'
import { deflateRawSync } from 'node:zlib'
import { codeOf } from '../../util/error.js'
import { DEFLATE_WASM } from './deflate-wasm.js'
import { WINDOW } from './gzip.js'

const deflateRaw = promisify(zlib.deflateRaw) as (bytes: Buffer, options: zlib.ZlibOptions) => Promise<Buffer>

/** Content is kept as it is, in blocks of deflate that say so. */
const STORED = 0
/** Of stored content: more than deflate's own marks in a block need. */
const MARKS = 1 << 10

/** The level of zlib that comes nearest to native/deflate.c: 1 % more bytes, in 1.7 times the time. */
const NEAREST = 2

/** A smaller block is done before a thread has been asked. */
const WORTH_A_THREAD = 1 << 17

const MOST_THREADS = 4
const IDLE_MS = 500

/**
 * Deflates a part of a stream, up to a MiB, to a whole byte; `before` is what of the parts before may be referred to. Without a
 * level native/deflate.c does it: the same bytes come of it whatever the runtime and the machine. zlib does it with a level, and
 * where there is no WebAssembly.
 */
export async function deflateBlock(block: Buffer, before: Buffer, level?: number): Promise<Buffer> {
  if (level !== undefined) return byZlib(block, before, level)
  own ??= startOwn()
  return own(block, before)
}

type Deflate = (block: Buffer, before: Buffer) => Promise<Buffer>

let own: Deflate | undefined

function startOwn(): Deflate {
  try {
    return byThreads()
  } catch {
    // No WebAssembly, or no room for it.
    return (block, before) => byZlib(block, before, NEAREST)
  }
}

function byThreads(): Deflate {
  const code = deflateCode()
  const here = new Deflater(code)
  const threads = new DeflateThreads({
    max: Math.min(availableParallelism(), MOST_THREADS),
    idle: IDLE_MS,
    start: () => new DeflateThread(code),
  })
  return async (block, before) => {
    if (block.length < WORTH_A_THREAD) return here.deflate(block, before)
    return threads.deflate(block, before).catch(error => {
      if (!(error instanceof WorkerUnavailable)) throw error
      // It takes longer, and gives the same.
      return here.deflate(block, before)
    })
  }
}

function byZlib(block: Buffer, before: Buffer, level: number): Promise<Buffer> {
  const isStored = isIncompressible(block)
  return deflateRaw(block, {
    level: isStored ? STORED : level,
    memLevel: 9,
    chunkSize: isStored ? block.length + MARKS : Math.max(1024, block.length >>> 1),
    finishFlush: zlib.constants.Z_SYNC_FLUSH,
    ...(before.length > 0 && { dictionary: before }),
  })
}

type Thread = Pick<DeflateThread, 'deflate' | 'close'>

interface ThreadsOptions {
  /** The most threads at once. */
  readonly max: number
  /** How long they wait for more to do, in milliseconds. */
  readonly idle: number
  start(): Thread
}

/** A few threads that deflate for everybody: started when they are needed, ended when nothing has come for a while. */
export class DeflateThreads {
  readonly #options: ThreadsOptions
  readonly #free: Thread[] = []
  readonly #waiting: ((thread?: Thread) => void)[] = []
  #threads = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: ThreadsOptions) {
    this.#options = options
  }

  /** As `Deflater.deflate`. Waits for a thread that is free, in the order of the calls. One that fails is not used again. */
  async deflate(block: Uint8Array, before: Uint8Array): Promise<Buffer> {
    const thread = await this.#take()
    try {
      const deflated = await thread.deflate(block, before)
      this.#give(thread)
      return deflated
    } catch (error) {
      this.#drop(thread)
      throw error
    }
  }

  async #take(): Promise<Thread> {
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

  #give(thread: Thread): void {
    const next = this.#waiting.shift()
    if (next) next(thread)
    else this.#free.push(thread)
    this.#rest()
  }

  #drop(thread: Thread): void {
    this.#threads--
    void thread.close().catch(() => {})
    // All of them: where no thread can be started any more, each has to hear of it.
    for (const again of this.#waiting.splice(0)) again()
    this.#rest()
  }

  #rest(): void {
    if (this.#free.length < this.#threads) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#end(), this.#options.idle).unref()
  }

  #end(): void {
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
  #asked: { resolve: (size: number) => void; reject: (error: unknown) => void } | undefined
  #hasStarted = false
  #failure: { error: unknown } | undefined

  constructor(code: DeflateCode) {
    this.#worker = startThread(SCRIPT, { code })
    this.#memory = new Promise((resolve, reject) => {
      this.#worker.once('message', (places: DeflatePlaces) => {
        this.#hasStarted = true
        this.#worker.on('message', (size: number) => this.#asked?.resolve(size))
        resolve(new DeflateMemory(places))
      })
      this.#worker.on('error', error => this.#fail(workerFailure(error, this.#hasStarted), reject))
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
      memory.put(block, before)
      return memory.take(await this.#run(before.length, block.length))
    } finally {
      this.#worker.unref()
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #run(before: number, size: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#asked = { resolve, reject }
      if (this.#failure) reject(this.#failure.error)
      else this.#worker.postMessage({ before, size })
    })
  }

  #fail(error: unknown, reject: (error: unknown) => void): void {
    this.#failure ??= { error }
    reject(this.#failure.error)
    this.#asked?.reject(this.#failure.error)
  }
}

// It stands here, since a file for it would have to lie beside each bundle.
const SCRIPT = `
const { parentPort, workerData } = require('node:worker_threads')
const { memory, room, packed, run } = new WebAssembly.Instance(workerData.code).exports
parentPort.on('message', ({ before, size }) => parentPort.postMessage(run(before, size)))
parentPort.postMessage({ memory: memory.buffer, room: room(), packed: packed() })
`

/** Compiled code, which other threads can have too. */
type DeflateCode = object

/** What is used of WebAssembly: the types for Node.js leave it out. */
interface Engine {
  readonly Module: new (bytes: Uint8Array) => DeflateCode
  readonly Instance: new (code: DeflateCode) => { readonly exports: unknown }
}

interface Exports {
  readonly memory: { readonly buffer: SharedArrayBuffer }
  room(): number
  packed(): number
  run(before: number, size: number): number
}

const engine = (): Engine => Reflect.get(globalThis, 'WebAssembly')

/** Raw deflate (RFC 1951) by native/deflate.c, in this thread. */
export class Deflater {
  readonly #wasm: Exports
  readonly #memory: DeflateMemory

  constructor(code: DeflateCode) {
    const { Instance } = engine()
    this.#wasm = new Instance(code).exports as Exports
    const { memory, room, packed } = this.#wasm
    this.#memory = new DeflateMemory({ memory: memory.buffer, room: room(), packed: packed() })
  }

  /**
   * Deflates a block of up to a MiB, to a whole byte and not as the end of a stream; `before` is what came right before it, of
   * which up to 32 KiB may be referred to.
   */
  deflate(block: Uint8Array, before: Uint8Array): Buffer {
    this.#memory.put(block, before)
    return this.#memory.take(this.#wasm.run(before.length, block.length))
  }
}

/** What runs in a `Deflater`. Throws where this runtime has no WebAssembly, or may not use it. */
export function deflateCode(): DeflateCode {
  const { Module } = engine()
  return new Module(Buffer.from(DEFLATE_WASM, 'base64'))
}

/** Where in native/deflate.c's memory its input is put, and its output taken from. */
interface DeflatePlaces {
  readonly memory: SharedArrayBuffer
  readonly room: number
  readonly packed: number
}

/** The most content that is deflated at once. */
const LARGEST = 1 << 20

/** The memory in which native/deflate.c works, wherever it runs. */
class DeflateMemory {
  readonly #bytes: Uint8Array
  readonly #room: number
  readonly #packed: number

  constructor({ memory, room, packed }: DeflatePlaces) {
    this.#bytes = new Uint8Array(memory)
    this.#room = room
    this.#packed = packed
  }

  /** Puts a block in, with what came right before it. */
  put(block: Uint8Array, before: Uint8Array): void {
    if (block.length > LARGEST || before.length > WINDOW)
      throw new RangeError('more than can be deflated at once')
    this.#bytes.set(before, this.#room - before.length)
    this.#bytes.set(block, this.#room)
  }

  /** A copy of what came of it. */
  take(size: number): Buffer {
    return Buffer.from(this.#bytes.subarray(this.#packed, this.#packed + size))
  }
}

/** A thread could not be had, or has ended by itself. What it was for can be done without it. */
export class WorkerUnavailable extends Error {}

/** Starts a thread that knows nothing of this process but `workerData`. Throws `ThreadLost` where there is none to be had. */
export function startThread(script: string, workerData: unknown): Worker {
  try {
    return new Worker(script, { eval: true, execArgv: [], env: {}, workerData })
  } catch (error) {
    throw workerFailure(error, true)
  }
}

const REFUSALS: ReadonlySet<string> = new Set([
  'ERR_ACCESS_DENIED',
  'ERR_WORKER_INIT_FAILED',
  'ERR_WORKER_OUT_OF_MEMORY',
])

/** What ended a thread, as a `ThreadLost`; a mistake in what it did after its start stays what it is. */
export function workerFailure(error: unknown, hasStarted: boolean): unknown {
  if (hasStarted && !REFUSALS.has(codeOf(error) ?? '')) return error
  return new WorkerUnavailable('a thread could not be had', { cause: error })
}

/** A layer or a block below this size is compressed, whatever comes of it. */
const SMALL_CONTENT = 1 << 16

/** Compressed content that is at least this much of the plain one is not worth unpacking. */
const WORTHLESS = 0.97

/** Whether compressing was for nothing; sizes in bytes. */
export function isNotSmallerEnough(compressed: number, plain: number): boolean {
  return plain >= SMALL_CONTENT && compressed >= plain * WORTHLESS
}

/**
 * Whether a block holds what is compressed or encrypted already, told by samples: its bytes are about equally frequent, and a
 * part out of its middle does not compress. Content alone decides, so that the same block is always taken for the same.
 */
export function isIncompressible(block: Buffer): boolean {
  if (block.length < SMALL_CONTENT || entropyOf(block) < DENSE_ENTROPY) return false
  const at = (block.length - SMALL_CONTENT) >>> 1
  const part = block.subarray(at, at + SMALL_CONTENT)
  return isNotSmallerEnough(deflateRawSync(part, { level: 1, chunkSize: SMALL_CONTENT }).length, part.length)
}

const SAMPLES = 1 << 14

/** In bits per byte. Programs have 5 to 6.5, texts 4 to 5, compressed files above 7.95; samples of so many random bytes have 7.99. */
const DENSE_ENTROPY = 7.9

/** Of bytes that lie at equal distances. */
function entropyOf(block: Buffer): number {
  const counts = new Uint32Array(256)
  const step = Math.max(1, Math.floor(block.length / SAMPLES))
  let total = 0
  for (let at = 0; at < block.length; at += step, total++) {
    const byte = block[at] as number
    counts[byte] = (counts[byte] as number) + 1
  }
  let sum = 0
  for (const count of counts) if (count > 0) sum += count * Math.log2(count)
  return Math.log2(total) - sum / total
}
