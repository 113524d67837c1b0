import { setMaxListeners } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Answer, deliver, deliverPart, deliverSlowly, reset } from './fault-answer.js'
import { Gone, pause, sentBy } from './fault-end.js'
import { forward, forwardPart, type Target } from './fault-forward.js'
import type { Fault, Kind, Place, Schedule } from './fault-schedule.js'
import { Tokens } from './fault-tokens.js'

export interface FaultProxyOptions {
  /** The registry's `host:port`. */
  readonly registry: string
  readonly schedule?: Schedule
  /** Milliseconds before each answer. */
  readonly latency?: number
  /** Bytes of a request's body in a second, for each connection. */
  readonly rate?: number
}

/** A way to a registry on which things go wrong. */
export interface FaultProxy {
  /** `127.0.0.1:PORT` */
  readonly address: string
  /** What went wrong so far, in order. */
  readonly played: readonly Kind[]
  /** What was asked of the registry, those for tokens and those refused for want of one among them. */
  readonly requests: number
  /** The registry has set a tag, and whoever set it heard so. */
  readonly tagged: 'no' | 'unheard' | 'heard'
  /** Ends what is under way. Throws what went wrong beside what was meant to. */
  stop(): Promise<void>
}

interface Asked {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly place: Exclude<Place, 'any'>
}

const NO_FAULTS: Schedule = { seed: 0, tokenUses: undefined, faults: [] }

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new Playing(options)
  await proxy.start()
  return proxy
}

class Playing implements FaultProxy {
  readonly played: Kind[] = []
  requests = 0
  tagged: FaultProxy['tagged'] = 'no'
  readonly #of: FaultProxyOptions
  readonly #left: { fault: Fault; times: number }[]
  readonly #counts = new Map<Place, number>()
  readonly #tokens: Tokens | undefined
  readonly #to: Target
  readonly #over = new AbortController()
  readonly #running = new Set<Promise<void>>()
  readonly #errors: unknown[] = []
  readonly #server = http.createServer((request, response) => this.#begin(request, response))

  constructor(options: FaultProxyOptions) {
    this.#of = options
    const { signal } = this.#over
    // Every wait listens, and Node.js would warn at the eleventh.
    setMaxListeners(0, signal)
    this.#to = { agent: new http.Agent({ keepAlive: true }), signal, ...options }
    const { faults, tokenUses } = options.schedule ?? NO_FAULTS
    this.#left = faults.map(fault => ({ fault, times: fault.times }))
    this.#tokens = tokenUses === undefined ? undefined : new Tokens(tokenUses)
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  start(): Promise<void> {
    this.#server.on('clientError', (_, socket) => socket.destroy())
    return new Promise(resolve => this.#server.listen(0, '127.0.0.1', resolve))
  }

  async stop(): Promise<void> {
    this.#over.abort()
    this.#server.closeAllConnections()
    this.#to.agent.destroy()
    await new Promise(resolve => this.#server.close(resolve))
    await Promise.all(this.#running)
    if (this.#errors.length > 0) throw new AggregateError(this.#errors, 'the proxy itself failed')
  }

  #begin(request: IncomingMessage, response: ServerResponse): void {
    const running = this.#answer(request, response)
      .catch(error => {
        if (!(error instanceof Gone)) this.#errors.push(error)
      })
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => {})
    response.on('error', () => {})
    const url = new URL(request.url ?? '/', `http://${this.address}`)
    const asked: Asked = { request, response, url, place: placeOf(request.method, url.pathname) }
    const fault = this.#faultFor(asked)
    if (fault) this.played.push(fault.kind)
    try {
      if (this.#of.latency) await pause(this.#of.latency, this.#over.signal)
      await this.#play(asked, fault)
    } catch (error) {
      reset(request.socket)
      throw error
    }
  }

  /** Every request moves the counts on; of the faults that it meets the first one counts. */
  #faultFor({ place }: Asked): Fault | undefined {
    this.requests++
    const counts = Object.fromEntries(
      [place, 'any' as const].map(each => {
        const count = this.#counts.get(each) ?? 0
        this.#counts.set(each, count + 1)
        return [each, count]
      }),
    )
    const next = this.#left.find(({ fault: { at, nth }, times }) => times > 0 && (counts[at] ?? -1) >= nth)
    if (next) next.times--
    return next?.fault
  }

  async #play(asked: Asked, fault: Fault | undefined): Promise<void> {
    const { request, response } = asked
    switch (fault?.kind) {
      case undefined:
        return this.#deliver(asked, await this.#whole(asked))
      case 'expired tokens':
        this.#tokens?.expire()
        return this.#deliver(asked, await this.#whole(asked))
      case 'reset before':
        return reset(request.socket)
      case 'reset in request':
        await forwardPart(request, this.#to, fault.part)
        return reset(request.socket)
      case 'lost answer':
        await this.#whole(asked)
        return reset(request.socket)
      case 'reset in answer':
        return deliverPart(response, await this.#whole(asked), fault.part, 'reset')
      case 'cut answer':
        return deliverPart(response, await this.#whole(asked), fault.part, 'close')
      case 'status':
        if (fault.done) await this.#whole(asked)
        else if (!fault.early) for await (const _ of sentBy(request));
        return deliver(response, statusAnswer(fault))
      case 'stall':
        return this.#stall(asked, fault)
      case 'slow request':
        return this.#deliver(asked, await this.#whole(asked, fault.ms))
      case 'slow answer':
        return this.#deliver(asked, await this.#whole(asked), fault.ms)
    }
  }

  /** Who has left meanwhile is not waited for, and what they asked for is not done later. */
  async #stall(asked: Asked, { ms, done }: { ms: number; done: boolean }): Promise<void> {
    const answer = done ? await this.#whole(asked) : undefined
    await pause(ms, this.#over.signal)
    if (asked.response.destroyed || asked.request.socket.destroyed) return
    await this.#deliver(asked, answer ?? (await this.#whole(asked)))
  }

  async #deliver({ place, response }: Asked, answer: Answer, ms = 0): Promise<void> {
    if (place === 'tag' && answer.status < 300 && !response.destroyed) this.tagged = 'heard'
    if (ms > 0) await deliverSlowly(response, answer, ms, this.#over.signal)
    else deliver(response, answer)
  }

  /** What the registry says, or the token server, or who wants a token first. */
  async #whole(asked: Asked, ms?: number): Promise<Answer> {
    const { request, url, place } = asked
    if (place === 'token')
      return this.#tokens?.give(url) ?? { status: 404, headers: {}, body: Buffer.alloc(0) }
    const { authorization } = request.headers
    const refusal = this.#tokens?.refusal(url.origin, request.method ?? '', url.pathname, authorization)
    if (refusal) return refusal
    if (this.#over.signal.aborted) throw new Gone()
    const answer = await forward(request, this.#to, ms)
    if (place === 'tag' && answer.status < 300) this.tagged = 'unheard'
    return answer
  }
}

function placeOf(method: string | undefined, path: string): Exclude<Place, 'any'> {
  if (path === '/token') return 'token'
  if (method === 'POST') return 'session'
  if (method !== 'PUT' && method !== 'PATCH') return 'look'
  if (path.includes('/blobs/uploads/')) return 'blob'
  return path.includes('/manifests/sha256:') ? 'manifest' : 'tag'
}

function statusAnswer({ status, retryAfter }: { status: number; retryAfter: number | undefined }): Answer {
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
  return { status, headers, body: Buffer.from('{"errors":[{"code":"UNAVAILABLE","message":"not now"}]}') }
}
