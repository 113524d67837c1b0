import http from 'node:http'
import https from 'node:https'
import { UserError } from '../util/error.js'
import { parseUrl } from '../util/text.js'
import {
  discardBody,
  getHeader,
  isLoopback,
  isSameOrigin,
  type Request,
  RequestError,
  type Response,
  redactUrl,
  responseError,
} from './message.js'
import type { ProxyLookup } from './proxy.js'
import { type ConnectionPool, sendRequest, type Timeouts } from './send-request.js'
import { type Agents, ProxyRoutes } from './tunnel.js'

export interface HttpClientOptions {
  /** Allows plain HTTP to other machines. */
  readonly insecure?: boolean
  readonly timeouts?: Partial<Timeouts>
  /** By default Node.js's agents with keep-alive. Tests pass agents that trust their own certificates. */
  readonly agents?: Agents
  /** By default no proxies are used. */
  readonly proxies?: ProxyLookup
}

const DEFAULT_TIMEOUTS: Timeouts = { connect: 30_000, idle: 120_000 }
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308])
const MAX_REDIRECTS = 5
/** After this many closed connections in a row, the failure goes to the caller. */
const MAX_STALE_RETRIES = 10
/** After this many resets, requests with a body to this origin no longer reuse connections. */
const MAX_RESETS = 2

/** An HTTP client that reuses connections, follows redirects, and sends credentials only to the origin they are for. */
export class HttpClient {
  readonly #keepAlivePool: ConnectionPool
  /** Opens a connection for each request. */
  readonly #singleUsePool: ConnectionPool
  /** How often each origin has closed a reused connection while a body was being sent. */
  readonly #resets = new Map<string, number>()
  readonly #insecure: boolean
  #isClosed = false

  constructor(options: HttpClientOptions = {}) {
    this.#insecure = options.insecure ?? false
    const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts }
    const pool = (agents: Agents): ConnectionPool => {
      return { agents, timeouts, routes: new ProxyRoutes(agents, options.proxies, timeouts.connect) }
    }
    this.#keepAlivePool = pool(options.agents ?? createKeepAliveAgents())
    this.#singleUsePool = pool(createSingleUseAgents(this.#keepAlivePool.agents))
  }

  /**
   * Returns the response whatever its status. Throws `RequestError` if there is none or there are too many redirects, and
   * `UserError` if plain HTTP is not allowed.
   */
  async send(request: Request): Promise<Response> {
    const headers = { 'user-agent': 'nix-multiarch', ...request.headers }
    let next: Request = { ...request, headers, referrer: request.referrer ?? request.url }
    for (let hops = 0; ; hops++) {
      if (this.#isClosed) throw new Error(`${redactUrl(next.url)} was asked for after the end`)
      this.#checkEncryption(next)
      const response = await this.#sendWithoutRedirects(next)
      const target = redirectTarget(response)
      if (!target) return response
      await discardBody(response)
      if (hops === MAX_REDIRECTS) throw responseError(response, `more than ${MAX_REDIRECTS} redirects`)
      next = { ...next, url: target, headers: headersForRedirect(next, target) }
    }
  }

  /** Closes all connections. Later requests fail. */
  close(): void {
    this.#isClosed = true
    for (const { routes, agents } of [this.#keepAlivePool, this.#singleUsePool]) {
      routes.close()
      agents.http.destroy()
      agents.https.destroy()
    }
  }

  /**
   * A server may close a reused connection just when a request is sent. A request without a body is then sent again on another
   * connection; one with a body fails, since only the caller knows where to start again. Some proxies close every reused
   * connection: requests with a body to such an origin get new connections.
   */
  async #sendWithoutRedirects(request: Request): Promise<Response> {
    for (let staleConnections = 0; ; staleConnections++) {
      try {
        return await sendRequest(request, this.#poolFor(request))
      } catch (error) {
        if (!(error instanceof RequestError && error.retryImmediately)) throw error
        if (request.body) this.#resets.set(request.url.origin, this.#resetsOf(request) + 1)
        if (request.body || staleConnections === MAX_STALE_RETRIES) throw error
      }
    }
  }

  #poolFor(request: Request): ConnectionPool {
    const isUnreliable = this.#resetsOf(request) >= MAX_RESETS
    return request.body && isUnreliable ? this.#singleUsePool : this.#keepAlivePool
  }

  #resetsOf({ url }: Request): number {
    return this.#resets.get(url.origin) ?? 0
  }

  #checkEncryption({ url, referrer = url }: Request): void {
    if (url.protocol === 'https:' || (url.protocol === 'http:' && this.#insecure)) return
    const isLocal = url.protocol === 'http:' && isLoopback(url)
    if (isLocal && isLoopback(referrer)) return
    if (isLocal) throw loopbackRedirectError(url, referrer)
    throw new UserError(`${redactUrl(url)} would be reached without encryption`, {
      hint: 'If you trust the network between here and there, allow plain HTTP with --insecure.',
    })
  }
}

/** A server elsewhere must not make us send requests to a service on this machine (SSRF). */
function loopbackRedirectError(url: URL, referrer: URL): UserError {
  return new UserError(`${referrer.host} leads to ${redactUrl(url)}, which is this very machine`, {
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

/** A request with a body may contain secrets or be large, so it is never redirected to another origin. */
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
