import type { Worker } from 'node:worker_threads'
import { startWorker, toWorkerError, WorkerUnavailable } from './deflate.js'

/**
 * A thread that answers one request at a time, with one message each. Its script posts any message when it has started. Only
 * during a request, the thread keeps the process running. The constructor and `request` throw `WorkerUnavailable` if the thread
 * cannot be started or has ended.
 */
export class RequestThread<Request, Answer> {
  readonly #worker: Worker
  #pending: { resolve: (answer: Answer) => void; reject: (error: unknown) => void } | undefined
  #hasStarted = false
  #failure: { error: unknown } | undefined

  constructor(script: string, workerData: unknown) {
    this.#worker = startWorker(script, workerData)
    this.#worker.once('message', () => {
      this.#hasStarted = true
      this.#worker.on('message', (answer: Answer) => this.#pending?.resolve(answer))
    })
    this.#worker.on('error', error => this.#fail(toWorkerError(error, this.#hasStarted)))
    this.#worker.on('exit', () => this.#fail(new WorkerUnavailable('a thread has ended')))
    this.#worker.unref()
  }

  /** The caller must wait before the next request. */
  async request(message: Request): Promise<Answer> {
    this.#worker.ref()
    try {
      return await new Promise<Answer>((resolve, reject) => {
        this.#pending = { resolve, reject }
        if (this.#failure) reject(this.#failure.error)
        else this.#worker.postMessage(message)
      })
    } finally {
      this.#worker.unref()
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#pending?.reject(this.#failure.error)
  }
}
