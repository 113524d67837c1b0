import type { ClientRequest } from 'node:http'
import { MIB } from '../util/units.js'
import type { Body, Request } from './message.js'

/** In bytes. */
const CHEAP = MIB

/** A request's body on its way out, no faster than the connection takes it. */
export class Sending {
  readonly #call: ClientRequest
  readonly #request: Request
  #sent = 0

  constructor(call: ClientRequest, request: Request) {
    this.#call = call
    this.#request = request
  }

  /** Whether so little was sent that doing it again costs nothing. */
  get isCheap(): boolean {
    return this.#sent <= CHEAP
  }

  /** Ends when all is handed over, or the answer has come before that. Throws what the body's source throws. */
  async run(): Promise<void> {
    const { body } = this.#request
    if (body) await this.#send(body)
    else this.#call.end()
  }

  async #send(body: Body): Promise<void> {
    const call = this.#call
    const source = body.open()
    let over = false
    const stop = (): void => {
      over = true
      source.destroy()
    }
    call.once('close', stop).once('response', () => this.#sent < body.size && stop())
    try {
      for await (const chunk of source as AsyncIterable<Buffer>) {
        if (call.destroyed) return
        this.#count(chunk.length, body)
        if (!call.write(chunk)) await drained(call)
      }
      if (this.#sent < body.size)
        throw new Error(`the body ended after ${this.#sent} of its ${body.size} bytes`)
      call.end()
    } catch (error) {
      // Stopping the source makes reading it fail; the reason is told elsewhere.
      if (!over) throw error
    }
  }

  #count(bytes: number, body: Body): void {
    this.#sent += bytes
    if (this.#sent > body.size) throw new Error(`the body is longer than its ${body.size} bytes`)
    if (this.#request.meter) this.#request.meter.bytesSent += bytes
    body.onSent?.(bytes)
  }
}

const DRAINED = ['drain', 'close', 'response']

/** Until the connection takes more, or will never. */
function drained(call: ClientRequest): Promise<void> {
  if (call.destroyed) return Promise.resolve()
  return new Promise(resolve => {
    const done = (): void => {
      for (const event of DRAINED) call.off(event, done)
      resolve()
    }
    for (const event of DRAINED) call.on(event, done)
  })
}
