import type { DeflateThread } from './deflate-thread.js'

type Thread = Pick<DeflateThread, 'deflate' | 'close'>

export interface ThreadsOptions {
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
  readonly #waiting: ((thread: Thread) => void)[] = []
  #threads = 0
  #timer: NodeJS.Timeout | undefined

  constructor(options: ThreadsOptions) {
    this.#options = options
  }

  /** As `Deflater.deflate`. Waits for a thread that is free, in the order of the calls. */
  async deflate(block: Uint8Array, before: Uint8Array): Promise<Buffer> {
    const thread = await this.#take()
    try {
      return await thread.deflate(block, before)
    } finally {
      this.#give(thread)
    }
  }

  async #take(): Promise<Thread> {
    clearTimeout(this.#timer)
    const free = this.#free.pop()
    if (free) return free
    if (this.#threads === this.#options.max) return new Promise(resolve => this.#waiting.push(resolve))
    const thread = this.#options.start()
    this.#threads++
    return thread
  }

  #give(thread: Thread): void {
    const next = this.#waiting.shift()
    if (next) next(thread)
    else this.#free.push(thread)
    if (this.#free.length < this.#threads) return
    this.#timer = setTimeout(() => this.#end(), this.#options.idle).unref()
  }

  #end(): void {
    this.#threads = 0
    for (const thread of this.#free.splice(0)) void thread.close().catch(() => {})
  }
}
