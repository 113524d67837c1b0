import type { Worker } from 'node:worker_threads'
import { DeflateMemory, type DeflatePlaces } from './deflate-memory.js'
import type { DeflateCode } from './deflater.js'
import { lossOf, startThread, ThreadLost } from './thread-lost.js'

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
      this.#worker.on('error', error => this.#fail(lossOf(error, this.#hasStarted), reject))
      this.#worker.on('exit', () => this.#fail(new ThreadLost('the thread that deflates has ended'), reject))
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
