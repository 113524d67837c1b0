import http from 'node:http'
import https from 'node:https'
import { UserError } from '../util/error.js'
import { urlFrom } from '../util/text.js'
import type { Timeouts } from './exchange.js'
import { sendRequest, type Wire } from './exchange.js'
import type { Request, Response } from './message.js'
import { discard, failed, header, isLoopback, RequestError, redacted, sameOrigin } from './message.js'
import type { Proxies } from './proxy.js'
import { type Agents, ProxyRoutes } from './tunnel.js'

export interface HttpClientOptions {
  /** Lets plain HTTP leave this machine. */
  readonly insecure?: boolean
  readonly timeouts?: Partial<Timeouts>
  /** For certificates of one's own; else Node.js's, with keep-alive. */
  readonly agents?: Agents
  /** The proxy for an address; none when absent. */
  readonly proxies?: Proxies
}

const TIMEOUTS: Timeouts = { connect: 30_000, idle: 120_000 }
const REDIRECTS = new Set([301, 302, 303, 307, 308])
const MOST_REDIRECTS = 5
/** A server that closes every kept connection at once is no server to keep connections with. */
const MOST_STALE = 10
const MOST_BREAKS = 2

interface ConnectionPool extends Wire {
  readonly agents: Agents
}

/** HTTP with kept connections, which follows redirects and keeps credentials to the origin that they were meant for. */
export class HttpClient {
  readonly #kept: ConnectionPool
  /** A connection for each request. */
  readonly #fresh: ConnectionPool
  /** How often an origin has closed a kept connection on which a body was on its way. */
  readonly #breaks = new Map<string, number>()
  readonly #insecure: boolean
  #isClosed = false

  constructor(options: HttpClientOptions = {}) {
    this.#insecure = options.insecure ?? false
    const timeouts = { ...TIMEOUTS, ...options.timeouts }
    const line = (agents: Agents): ConnectionPool => {
      return { agents, timeouts, routes: new ProxyRoutes(agents, options.proxies, timeouts.connect) }
    }
    this.#kept = line(options.agents ?? keptAlive())
    this.#fresh = line(notKept(this.#kept.agents))
  }

  /** Gives the answer whatever its status; throws `RequestError` when there is none, `UserError` for forbidden HTTP. */
  async send(request: Request): Promise<Response> {
    const headers = { 'user-agent': 'nix-multiarch', ...request.headers }
    let next: Request = { ...request, headers, registry: request.registry ?? request.url }
    for (let hops = 0; ; hops++) {
      if (this.#isClosed) throw new Error(`${redacted(next.url)} was asked for after the end`)
      this.#guard(next)
      const response = await this.#exchange(next)
      const target = redirectOf(response)
      if (!target) return response
      await discard(response)
      if (hops === MOST_REDIRECTS) throw failed(response, `more than ${MOST_REDIRECTS} redirects`)
      next = { ...next, url: target, headers: headersFor(next, target) }
    }
  }

  /** Closes all connections, and opens no others. */
  close(): void {
    this.#isClosed = true
    for (const { routes, agents } of [this.#kept, this.#fresh]) {
      routes.close()
      agents.http.destroy()
      agents.https.destroy()
    }
  }

  /**
   * A server may close a kept connection just when we send. What carries nothing is then sent on another one at once; where it
   * carries something, the caller knows where to begin again. What carries something to a server that does so time and again, as
   * proxies do that keep none, gets a connection of its own.
   */
  async #exchange(request: Request): Promise<Response> {
    for (let stale = 0; ; stale++) {
      try {
        return await sendRequest(request, this.#lineFor(request))
      } catch (error) {
        if (!(error instanceof RequestError && error.atOnce)) throw error
        if (request.body) this.#breaks.set(request.url.origin, this.#breaksOf(request) + 1)
        if (request.body || stale === MOST_STALE) throw error
      }
    }
  }

  #lineFor(request: Request): ConnectionPool {
    return request.body && this.#breaksOf(request) >= MOST_BREAKS ? this.#fresh : this.#kept
  }

  #breaksOf({ url }: Request): number {
    return this.#breaks.get(url.origin) ?? 0
  }

  #guard({ url, registry = url }: Request): void {
    if (url.protocol === 'https:' || (url.protocol === 'http:' && this.#insecure)) return
    const isHere = url.protocol === 'http:' && isLoopback(url)
    if (isHere && isLoopback(registry)) return
    if (isHere) throw ledHere(url, registry)
    throw new UserError(`${redacted(url)} would be reached without encryption`, {
      hint: 'If you trust the network between here and there, allow plain HTTP with --insecure.',
    })
  }
}

/** Others have no business with what listens here. */
function ledHere(url: URL, registry: URL): UserError {
  return new UserError(`${registry.host} leads to ${redacted(url)}, which is this very machine`, {
    hint: 'Something is wrong with the registry, or somebody stands before it. If that is how it should be, allow it with --insecure.',
  })
}

function keptAlive(): Agents {
  const options = { keepAlive: true, scheduling: 'lifo' } as const
  return { http: new http.Agent(options), https: new https.Agent(options) }
}

function notKept(agents: Agents): Agents {
  return { http: new http.Agent(), https: new https.Agent({ ...agents.https.options, keepAlive: false }) }
}

/** A request with a body may hold secrets or cost much, and so is never sent on to another origin. */
function redirectOf(response: Response): URL | undefined {
  const { request, status } = response
  const location = header(response, 'location')
  if (!REDIRECTS.has(status) || location === undefined) return undefined
  const target = urlFrom(location, request.url)
  if (target === undefined) throw failed(response, 'the redirect names no address')
  if (request.method === 'GET' || request.method === 'HEAD') return target
  const sameRequest = status === 307 || status === 308
  return sameRequest && sameOrigin(request.url, target) ? target : undefined
}

function headersFor({ url, headers }: Request, target: URL): Request['headers'] {
  if (sameOrigin(url, target)) return headers
  const { authorization, ...rest } = headers
  return rest
}
