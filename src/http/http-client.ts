import http from 'node:http'
import https from 'node:https'
import { UserError } from '../util/error.js'
import { nameSetting } from '../util/input-name.js'
import { parseUrl } from '../util/text.js'
import { isLoopback, isSameOrigin, redactUrl } from './address.js'
import type { ExtraCertificates } from './extra-certificates.js'
import {
  discardBody,
  getHeader,
  REDIRECT_STATUSES,
  type Request,
  type Response,
  responseError,
} from './message.js'
import type { ProxyLookup } from './proxy.js'
import { isUnknownIssuer, RequestError } from './request-error.js'
import { type ConnectionPool, sendRequest, type Timeouts } from './send-request.js'
import { type Agents, ProxyRoutes } from './tunnel.js'

export interface HttpClientOptions {
  /**
   * Which plain HTTP URLs are allowed. `local` (default): those on this machine. `given`: also those that the caller itself
   * names, and their redirects, but without credentials. `any`: also a redirect from https to plain HTTP, and one from another
   * machine to this one.
   */
  readonly plainHttp?: PlainHttp
  readonly timeouts?: Partial<Timeouts>
  /** By default Node.js's agents with keep-alive. Tests pass agents that trust their own certificates. */
  readonly agents?: Agents
  /** By default no proxies are used. `networkOf` makes this and the next option from an environment. */
  readonly proxies?: ProxyLookup
  /** Read after a certificate's issuer turned out to be unknown. By default only Node.js's certificates are trusted. */
  readonly certificates?: ExtraCertificates
}

type PlainHttp = 'local' | 'given' | 'any'

const DEFAULT_TIMEOUTS: Timeouts = { connect: 30_000, idle: 120_000, answer: 120_000 }
const MAX_REDIRECTS = 10
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
  readonly #plainHttp: PlainHttp
  readonly #certificates: ExtraCertificates | undefined
  #isClosed = false

  constructor(options: HttpClientOptions = {}) {
    const { proxies, certificates, plainHttp = 'local' } = options
    this.#plainHttp = plainHttp
    this.#certificates = certificates
    const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts }
    const pool = (agents: Agents): ConnectionPool => {
      const routes = new ProxyRoutes(agents, { proxies, certificates, tunnelTimeoutMs: timeouts.connect })
      return { agents, timeouts, routes }
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
    let next: Request = { ...request, headers }
    for (let hops = 0; ; hops++) {
      if (this.#isClosed) throw new Error(`${redactUrl(next.url)} was requested from a closed client`)
      checkUrl(next, this.#plainHttp)
      checkAuthorization(next)
      const response = await this.#sendWithoutRedirects(next)
      const target = redirectTarget(response)
      if (!target) return response
      await discardBody(response)
      if (hops === MAX_REDIRECTS) throw responseError(response, `more than ${MAX_REDIRECTS} redirects`)
      next = { ...next, url: target, referrer: next.url, headers: headersForRedirect(next, target) }
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
        return await this.#sendTrusting(request)
      } catch (error) {
        if (!(error instanceof RequestError && error.retryImmediately)) throw error
        if (request.body) this.#resets.set(request.url.origin, this.#resetsOf(request) + 1)
        if (request.body || staleConnections === MAX_STALE_RETRIES) throw error
      }
    }
  }

  /** If the issuer of a certificate is unknown, reads the extra certificates and tries once more. Nothing was sent before. */
  async #sendTrusting(request: Request): Promise<Response> {
    const isLoaded = this.#certificates?.loaded !== undefined
    try {
      return await sendRequest(request, this.#poolFor(request))
    } catch (error) {
      if (!this.#certificates || !isUnknownIssuer(error)) throw error
      const { problems } = await this.#certificates.load()
      if (isLoaded) throw addReasons(error, request, problems)
    }
    return sendRequest(request, this.#poolFor(request)).catch(error => {
      throw isUnknownIssuer(error) ? addReasons(error, request, this.#certificates?.loaded?.problems) : error
    })
  }

  #poolFor(request: Request): ConnectionPool {
    const isUnreliable = this.#resetsOf(request) >= MAX_RESETS
    return request.body && isUnreliable ? this.#singleUsePool : this.#keepAlivePool
  }

  #resetsOf({ url }: Request): number {
    return this.#resets.get(url.origin) ?? 0
  }
}

/** Throws `UserError` if a request must not be sent to its URL: the one rule for all redirects. */
function checkUrl({ url, referrer, headers }: Request, plainHttp: PlainHttp): void {
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new UserError(`${redactUrl(url)} is not an http or https URL`)
  if (plainHttp === 'any') return
  const hintOf = (advice: string): string =>
    plainHttp === 'local'
      ? `${advice} If you trust it nevertheless, set ${nameSetting('insecure', 'true')}.`
      : advice
  // A server elsewhere must not make us send requests to a service on this machine (SSRF).
  if (referrer && isLoopback(url) && !isLoopback(referrer)) {
    throw new UserError(`${referrer.host} redirects to ${redactUrl(url)} on this machine: not followed`, {
      hint: hintOf('The server is misconfigured, or something else answers in its place.'),
    })
  }
  if (url.protocol === 'https:') return
  if (referrer?.protocol === 'https:') {
    throw new UserError(
      `${referrer.host} redirects from https to plain HTTP, ${redactUrl(url)}: not followed`,
      {
        hint: hintOf('The server should redirect to an https URL.'),
      },
    )
  }
  if (isLoopback(url)) return
  if (plainHttp === 'given' && headers.authorization === undefined) return
  if (plainHttp === 'given') {
    throw new UserError(`${redactUrl(url)} is plain HTTP, so the password for it would not be encrypted`, {
      hint: 'Use an https URL, or remove the password.',
    })
  }
  throw new UserError(`${redactUrl(url)} is plain HTTP, so nothing would be encrypted`, {
    hint: `If you trust the network, allow plain HTTP with ${nameSetting('insecure', 'true')}.`,
  })
}

/** Without this check, the error of Node.js would look like a bug of this program. */
function checkAuthorization({ url, headers }: Request): void {
  if (/^[\x20-\x7e]*$/.test(headers.authorization ?? '')) return
  throw new UserError(`The password or token for ${url.host} contains a character that is not allowed`, {
    hint: 'Check that it has no line break, and was copied completely.',
  })
}

/** Says also which certificates could not be read, since they may be the missing ones. */
function addReasons(
  error: RequestError,
  { method, url }: Request,
  reasons: readonly string[] = [],
): RequestError {
  const { code, cause } = error
  return new RequestError({ method, url, code, reason: [error.problem, ...reasons].join('; '), cause })
}

function createKeepAliveAgents(): Agents {
  const options = { keepAlive: true, scheduling: 'lifo' } as const
  return { http: new http.Agent(options), https: new https.Agent(options) }
}

function createSingleUseAgents(agents: Agents): Agents {
  return { http: new http.Agent(), https: new https.Agent({ ...agents.https.options, keepAlive: false }) }
}

/**
 * A request with a body may contain secrets or be large, so it is never redirected to another origin. Within an origin it is sent
 * again with its method and body, except for 303, which asks for another request.
 */
function redirectTarget(response: Response): URL | undefined {
  const { request, status } = response
  const location = getHeader(response, 'location')
  if (!REDIRECT_STATUSES.has(status) || location === undefined) return undefined
  const target = parseUrl(location, request.url)
  if (target === undefined) throw responseError(response, 'the redirect does not name a valid URL')
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (!isRead && status === 303) return undefined
  const mayLeaveOrigin = isRead && !request.sameOriginOnly
  return mayLeaveOrigin || isSameOrigin(request.url, target) ? target : undefined
}

/** Headers that contain no secrets and are not meant for one server. */
const PUBLIC_HEADERS: ReadonlySet<string> = new Set(['accept', 'accept-encoding', 'range', 'user-agent'])

/** All other headers, Authorization and any that is unknown here, are for the server that the caller named. */
function headersForRedirect({ url, headers }: Request, target: URL): Request['headers'] {
  if (isSameOrigin(url, target)) return headers
  return Object.fromEntries(Object.entries(headers).filter(([name]) => PUBLIC_HEADERS.has(name)))
}
