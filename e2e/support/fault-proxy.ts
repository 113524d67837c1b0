import { setMaxListeners } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Answer, deliver, deliverPart, deliverSlowly, reset } from './fault-answer.js'
import { Disconnected, pause, requestChunks } from './fault-end.js'
import { forward, forwardPart, type Target } from './fault-forward.js'
import type { Fault, Kind, Place, Schedule } from './fault-schedule.js'
import { Tokens } from './fault-tokens.js'

export interface FaultProxyOptions {
  /** The registry's `host:port`. */
  readonly registry: string
  readonly schedule?: Schedule
  /** Delay before each answer, in milliseconds. */
  readonly latency?: number
  /** Bytes per second of a request body, for each connection. */
  readonly rate?: number
}

/** A proxy in front of a registry that injects faults. */
export interface FaultProxy {
  /** `127.0.0.1:PORT` */
  readonly address: string
  /** The faults injected so far, in order. */
  readonly injected: readonly Kind[]
  /** The number of requests, including requests for tokens and requests that were refused because a token was missing. */
  readonly requests: number
  /** Whether the registry has set a tag, and whether the client received the answer. */
  readonly tagged: 'no' | 'unconfirmed' | 'confirmed'
  /** Aborts all requests. Throws if there were errors other than the injected faults. */
  stop(): Promise<void>
}

interface ProxyRequest {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly url: URL
  readonly place: Exclude<Place, 'any'>
}

const NO_FAULTS: Schedule = { seed: 0, tokenUses: undefined, faults: [] }

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new FaultProxyServer(options)
  await proxy.start()
  return proxy
}

class FaultProxyServer implements FaultProxy {
  readonly injected: Kind[] = []
  requests = 0
  tagged: FaultProxy['tagged'] = 'no'
  readonly #options: FaultProxyOptions
  readonly #pending: { fault: Fault; times: number }[]
  readonly #counts = new Map<Place, number>()
  readonly #tokens: Tokens | undefined
  readonly #target: Target
  readonly #stopped = new AbortController()
  readonly #running = new Set<Promise<void>>()
  readonly #errors: unknown[] = []
  readonly #server = http.createServer((request, response) => this.#begin(request, response))

  constructor(options: FaultProxyOptions) {
    this.#options = options
    const { signal } = this.#stopped
    // Each wait adds a listener. By default, Node.js prints a warning for more than ten.
    setMaxListeners(0, signal)
    this.#target = { agent: new http.Agent({ keepAlive: true }), signal, ...options }
    const { faults, tokenUses } = options.schedule ?? NO_FAULTS
    this.#pending = faults.map(fault => ({ fault, times: fault.times }))
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
    this.#stopped.abort()
    this.#server.closeAllConnections()
    this.#target.agent.destroy()
    await new Promise(resolve => this.#server.close(resolve))
    await Promise.all(this.#running)
    if (this.#errors.length > 0) throw new AggregateError(this.#errors, 'the proxy failed')
  }

  #begin(request: IncomingMessage, response: ServerResponse): void {
    const running = this.#answer(request, response)
      .catch(error => {
        if (!(error instanceof Disconnected)) this.#errors.push(error)
      })
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on('error', () => {})
    response.on('error', () => {})
    const url = new URL(request.url ?? '/', `http://${this.address}`)
    const asked: ProxyRequest = { request, response, url, place: placeOf(request.method, url.pathname) }
    const fault = this.#faultFor(asked)
    if (fault) this.injected.push(fault.kind)
    try {
      if (this.#options.latency) await pause(this.#options.latency, this.#stopped.signal)
      await this.#inject(asked, fault)
    } catch (error) {
      reset(request.socket)
      throw error
    }
  }

  /** Counts the request for all faults of its place, and returns the first fault that matches. */
  #faultFor({ place }: ProxyRequest): Fault | undefined {
    this.requests++
    const counts = Object.fromEntries(
      [place, 'any' as const].map(each => {
        const count = this.#counts.get(each) ?? 0
        this.#counts.set(each, count + 1)
        return [each, count]
      }),
    )
    const next = this.#pending.find(({ fault: { at, nth }, times }) => times > 0 && (counts[at] ?? -1) >= nth)
    if (next) next.times--
    return next?.fault
  }

  async #inject(asked: ProxyRequest, fault: Fault | undefined): Promise<void> {
    const { request, response } = asked
    switch (fault?.kind) {
      case undefined:
        return this.#deliver(asked, await this.#fullAnswer(asked))
      case 'expired tokens':
        this.#tokens?.expire()
        return this.#deliver(asked, await this.#fullAnswer(asked))
      case 'reset before':
        return reset(request.socket)
      case 'reset in request':
        await forwardPart(request, this.#target, fault.part)
        return reset(request.socket)
      case 'lost answer':
        await this.#fullAnswer(asked)
        return reset(request.socket)
      case 'reset in answer':
        return deliverPart(response, await this.#fullAnswer(asked), fault.part, 'reset')
      case 'cut answer':
        return deliverPart(response, await this.#fullAnswer(asked), fault.part, 'close')
      case 'status':
        if (fault.done) await this.#fullAnswer(asked)
        else if (!fault.early) for await (const _ of requestChunks(request));
        return deliver(response, statusAnswer(fault))
      case 'stall':
        return this.#stall(asked, fault)
      case 'slow request':
        return this.#deliver(asked, await this.#fullAnswer(asked, fault.ms))
      case 'slow answer':
        return this.#deliver(asked, await this.#fullAnswer(asked), fault.ms)
    }
  }

  /** If the client disconnects during the stall, the request is not forwarded afterwards. */
  async #stall(asked: ProxyRequest, { ms, done }: { ms: number; done: boolean }): Promise<void> {
    const answer = done ? await this.#fullAnswer(asked) : undefined
    await pause(ms, this.#stopped.signal)
    if (asked.response.destroyed || asked.request.socket.destroyed) return
    await this.#deliver(asked, answer ?? (await this.#fullAnswer(asked)))
  }

  async #deliver({ place, response }: ProxyRequest, answer: Answer, ms = 0): Promise<void> {
    if (place === 'tag' && answer.status < 300 && !response.destroyed) this.tagged = 'confirmed'
    if (ms > 0) await deliverSlowly(response, answer, ms, this.#stopped.signal)
    else deliver(response, answer)
  }

  /** The answer of the registry or of the token server, or a 401 if the request needs a token. */
  async #fullAnswer(asked: ProxyRequest, ms?: number): Promise<Answer> {
    const { request, url, place } = asked
    if (place === 'token')
      return this.#tokens?.give(url) ?? { status: 404, headers: {}, body: Buffer.alloc(0) }
    const { authorization } = request.headers
    const refusal = this.#tokens?.refusal(url.origin, request.method ?? '', url.pathname, authorization)
    if (refusal) return refusal
    if (this.#stopped.signal.aborted) throw new Disconnected()
    const answer = await forward(request, this.#target, ms)
    if (place === 'tag' && answer.status < 300) this.tagged = 'unconfirmed'
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
