import http from 'node:http'
import https from 'node:https'
import { UserError } from '../util/error.js'
import { parseUrl } from '../util/text.js'
import type { Timeouts } from './exchange.js'
import { sendRequest, type Wire } from './exchange.js'
import type { Request, Response } from './message.js'
import {
  discardBody,
  getHeader,
  isLoopback,
  isSameOrigin,
  RequestError,
  redactUrl,
  responseError,
} from './message.js'
import type { ProxyLookup } from './proxy.js'
import { type Agents, ProxyRoutes } from './tunnel.js'

export interface HttpClientOptions {
  /** Lets plain HTTP leave this machine. */
  readonly insecure?: boolean
  readonly timeouts?: Partial<Timeouts>
  /** For certificates of one's own; else Node.js's, with keep-alive. */
  readonly agents?: Agents
  /** The proxy for an address; none when absent. */
  readonly proxies?: ProxyLookup
}

const DEFAULT_TIMEOUTS: Timeouts = { connect: 30_000, idle: 120_000 }
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308])
const MAX_REDIRECTS = 5
/** A server that closes every kept connection at once is no server to keep connections with. */
const MAX_STALE_RETRIES = 10
const MAX_RESETS = 2

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
    const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts }
    const line = (agents: Agents): ConnectionPool => {
      return { agents, timeouts, routes: new ProxyRoutes(agents, options.proxies, timeouts.connect) }
    }
    this.#kept = line(options.agents ?? createKeepAliveAgents())
    this.#fresh = line(createSingleUseAgents(this.#kept.agents))
  }

  /** Gives the answer whatever its status; throws `RequestError` when there is none, `UserError` for forbidden HTTP. */
  async send(request: Request): Promise<Response> {
    const headers = { 'user-agent': 'nix-multiarch', ...request.headers }
    let next: Request = { ...request, headers, referrer: request.referrer ?? request.url }
    for (let hops = 0; ; hops++) {
      if (this.#isClosed) throw new Error(`${redactUrl(next.url)} was asked for after the end`)
      this.#guard(next)
      const response = await this.#exchange(next)
      const target = redirectTarget(response)
      if (!target) return response
      await discardBody(response)
      if (hops === MAX_REDIRECTS) throw responseError(response, `more than ${MAX_REDIRECTS} redirects`)
      next = { ...next, url: target, headers: headersForRedirect(next, target) }
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
        if (!(error instanceof RequestError && error.retryImmediately)) throw error
        if (request.body) this.#breaks.set(request.url.origin, this.#breaksOf(request) + 1)
        if (request.body || stale === MAX_STALE_RETRIES) throw error
      }
    }
  }

  #lineFor(request: Request): ConnectionPool {
    return request.body && this.#breaksOf(request) >= MAX_RESETS ? this.#fresh : this.#kept
  }

  #breaksOf({ url }: Request): number {
    return this.#breaks.get(url.origin) ?? 0
  }

  #guard({ url, referrer = url }: Request): void {
    if (url.protocol === 'https:' || (url.protocol === 'http:' && this.#insecure)) return
    const isHere = url.protocol === 'http:' && isLoopback(url)
    if (isHere && isLoopback(referrer)) return
    if (isHere) throw loopbackRedirectError(url, referrer)
    throw new UserError(`${redactUrl(url)} would be reached without encryption`, {
      hint: 'If you trust the network between here and there, allow plain HTTP with --insecure.',
    })
  }
}

/** Others have no business with what listens here. */
function loopbackRedirectError(url: URL, registry: URL): UserError {
  return new UserError(`${registry.host} leads to ${redactUrl(url)}, which is this very machine`, {
    hint: 'Something is wrong with the registry, or somebody stands before it. If that is how it should be, allow it with --insecure.',
  })
}

function createKeepAliveAgents(): Agents {
  const options = { keepAlive: true, scheduling: 'lifo' } as const
  return { http: new http.Agent(options), https: new https.Agent(options) }
}

function createSingleUseAgents(agents: Agents): Agents {
  return { http: new http.Agent(), https: new https.Agent({ ...agents.https.options, keepAlive: false }) }
}

/** A request with a body may hold secrets or cost much, and so is never sent on to another origin. */
function redirectTarget(response: Response): URL | undefined {
  const { request, status } = response
  const location = getHeader(response, 'location')
  if (!REDIRECT_STATUSES.has(status) || location === undefined) return undefined
  const target = parseUrl(location, request.url)
  if (target === undefined) throw responseError(response, 'the redirect names no address')
  if (request.method === 'GET' || request.method === 'HEAD') return target
  const sameRequest = status === 307 || status === 308
  return sameRequest && isSameOrigin(request.url, target) ? target : undefined
}

function headersForRedirect({ url, headers }: Request, target: URL): Request['headers'] {
  if (isSameOrigin(url, target)) return headers
  const { authorization, ...rest } = headers
  return rest
}
