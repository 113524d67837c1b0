import { INFLATE_WASM } from './inflate-wasm.js'
import { lossOf, startThread, ThreadLost } from './thread-lost.js'

/** Where a block begins: how many bits of the stream and how many bytes of its content lie before it. */
export interface BlockStart {
  readonly bit: number
  readonly at: number
}

/** What came of one piece of input. */
export interface Inflated {
  /** `full`: there is more content in the input so far; ask with nothing. */
  readonly state: 'more' | 'full' | 'end' | 'damaged'
  readonly content: Buffer
  readonly blocks: readonly BlockStart[]
  /** Whole bytes of the stream that have been used, from its beginning. */
  readonly used: number
}

/** The most that may be put in at once. */
export const INPUT = 1 << 18

const STATES = ['more', 'full', 'end', 'damaged'] as const

/**
 * One stream of raw deflate (RFC 1951), inflated in a thread of its own by native/inflate.c. Making and asking one fail with
 * `ThreadLost` where there is no such thread, or no longer.
 */
export class InflateThread {
  // Shared, since a thread that is given new memory with each question is slow to let go of it.
  readonly #input = new Uint8Array(new SharedArrayBuffer(INPUT))
  readonly #worker = startThread(SCRIPT, { code: Buffer.from(INFLATE_WASM, 'base64'), input: this.#input })
  #asked: { resolve: (answer: Inflated) => void; reject: (error: unknown) => void } | undefined
  #hasStarted = false
  #failure: { error: unknown } | undefined

  constructor() {
    this.#worker.once('message', () => {
      this.#hasStarted = true
      this.#worker.on('message', answer => this.#asked?.resolve(inflatedOf(answer)))
    })
    this.#worker.on('error', error => this.#fail(lossOf(error, this.#hasStarted)))
    this.#worker.on('exit', () => this.#fail(new ThreadLost('the thread that inflates has ended')))
  }

  /** One question at a time. `isLast`: nothing comes after this input. */
  ask(input: Uint8Array, isLast: boolean): Promise<Inflated> {
    this.#input.set(input)
    return new Promise((resolve, reject) => {
      this.#asked = { resolve, reject }
      if (this.#failure) reject(this.#failure.error)
      else this.#worker.postMessage({ length: input.length, isLast })
    })
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#asked?.reject(this.#failure.error)
  }
}

interface Answer {
  state: number
  content: ArrayBuffer
  blocks: Float64Array
  used: number
}

function inflatedOf({ state, content, blocks, used }: Answer): Inflated {
  const starts: BlockStart[] = []
  for (let n = 0; n < blocks.length; n += 2)
    starts.push({ bit: blocks[n] as number, at: blocks[n + 1] as number })
  return { state: STATES[state] ?? 'damaged', content: Buffer.from(content), blocks: starts, used }
}

// It stands here, since a file for it would have to lie beside each bundle.
const SCRIPT = `
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
