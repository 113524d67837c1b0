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
