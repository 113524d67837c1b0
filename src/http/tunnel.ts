import http, { type ClientRequest, type ClientRequestArgs } from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ConnectionOptions, SecureContext } from 'node:tls'
import type { ExtraCertificates } from './extra-certificates.js'
import {
  ProxyError,
  type ProxyLookup,
  proxyConnectionError,
  proxyStatusError,
  type WebProxy,
} from './proxy.js'

export interface Agents {
  readonly http: http.Agent
  readonly https: https.Agent
}

/** How to send a request to a URL. */
export interface Route {
  readonly request: typeof http.request
  /** The options of `request` besides method and headers. */
  readonly options: http.RequestOptions
  /** To be sent in addition to the request's own headers. */
  readonly headers: Readonly<Record<string, string>>
  /** The proxy that receives the request and responds to it; `undefined` without a proxy or behind a tunnel. */
  readonly forwardProxy: WebProxy | undefined
}

interface RouteOptions {
  /** By default no proxies are used. */
  readonly proxies?: ProxyLookup | undefined
  /** By default Node.js's certificates are trusted. */
  readonly certificates?: Pick<ExtraCertificates, 'loaded'> | undefined
  /** Milliseconds until a proxy must have opened a tunnel. */
  readonly tunnelTimeoutMs?: number | undefined
}

/** Finds the route to each server, directly or through a proxy, and keeps the tunnels of proxies. */
export class ProxyRoutes {
  readonly #agents: Agents
  readonly #proxies: ProxyLookup
  readonly #certificates: Pick<ExtraCertificates, 'loaded'> | undefined
  readonly #tunnelTimeoutMs: number | undefined
  readonly #tunnels = new Map<string, TunnelAgent>()

  constructor(agents: Agents, { proxies, certificates, tunnelTimeoutMs }: RouteOptions = {}) {
    this.#agents = agents
    this.#proxies = proxies ?? (() => undefined)
    this.#certificates = certificates
    this.#tunnelTimeoutMs = tunnelTimeoutMs
  }

  /** Throws `UserError` if the variable for this URL does not contain a usable proxy. */
  routeTo(url: URL): Route {
    const proxy = this.#proxies(url)
    const path = url.pathname + url.search
    const isSecure = url.protocol === 'https:'
    const loaded = this.#certificates?.loaded
    if (proxy && !isSecure) return routeThroughForwardProxy(proxy, url, this.#agents, loaded?.context)
    const context = loaded?.contextFor(url)
    const agent = proxy ? this.#tunnelThrough(proxy) : this.#agents[isSecure ? 'https' : 'http']
    return { ...directRoute({ url, path, agent, context }), headers: {}, forwardProxy: undefined }
  }

  /** Closes all tunnels. The agents are the caller's and stay open. */
  close(): void {
    for (const tunnel of this.#tunnels.values()) tunnel.destroy()
  }

  #tunnelThrough(proxy: WebProxy): TunnelAgent {
    const key = proxy.url.origin
    const existing = this.#tunnels.get(key)
    if (existing) return existing
    const created = new TunnelAgent(proxy, {
      ...this.#agents.https.options,
      timeoutMs: this.#tunnelTimeoutMs,
    })
    this.#tunnels.set(key, created)
    return created
  }
}

/** For plain HTTP, the proxy receives the request with the absolute URL (RFC 9112, 3.2.2). */
function routeThroughForwardProxy(
  forwardProxy: WebProxy,
  { origin, host, pathname, search }: URL,
  agents: Agents,
  context: SecureContext | undefined,
): Route {
  const { url, authorization } = forwardProxy
  const login = authorization === undefined ? {} : { 'proxy-authorization': authorization }
  const agent = agents[url.protocol === 'https:' ? 'https' : 'http']
  return {
    ...proxyRoute({ url, path: origin + pathname + search, agent, context }),
    headers: { host, ...login },
    forwardProxy,
  }
}

interface Target {
  /** The server, or the proxy that receives the request. */
  readonly url: URL
  readonly path: string
  readonly agent: http.Agent
  readonly context: SecureContext | undefined
}

function directRoute({ url, path, agent, context }: Target): Pick<Route, 'request' | 'options'> {
  const options = { ...hostAndPort(url), path, agent, ...secureOptions(context) }
  return { request: requestFunctionFor(url), options }
}

function proxyRoute(target: Target): Pick<Route, 'request' | 'options'> {
  const { request, options } = directRoute(target)
  return { request, options: { ...options, ...serverNameOf(target.url) } }
}

/** Without it, Node.js expects the certificate of the proxy to be for the name in the Host header, which is the server's. */
function serverNameOf({ hostname }: URL): Pick<ConnectionOptions, 'servername'> {
  return { servername: isIP(hostname.replace(/^\[|\]$/g, '')) === 0 ? hostname : '' }
}

/** Agents pass these options on to `tls.connect`. */
function secureOptions(context: SecureContext | undefined): Pick<ConnectionOptions, 'secureContext'> {
  return context ? { secureContext: context } : {}
}

function requestFunctionFor({ protocol }: URL): typeof http.request {
  return protocol === 'https:' ? https.request : http.request
}

/** The URL itself is not passed on: Node.js would turn a user and password in it into an Authorization header. */
function hostAndPort({ protocol, hostname, port }: URL): { hostname: string; port: string | number } {
  return { hostname: hostname.replace(/^\[|\]$/g, ''), port: port || (protocol === 'https:' ? 443 : 80) }
}

interface TunnelOptions extends https.AgentOptions {
  /** Milliseconds until the proxy must have opened the tunnel; no limit if absent. */
  readonly timeoutMs?: number | undefined
}

type ConnectCallback = (error: Error | null, stream: Duplex) => void

/**
 * Opens TLS connections through a tunnel of a proxy (CONNECT; RFC 9110, 9.3.6). Node.js's own agents support tunnels only from
 * 22.21 and 24.5 on. Other packages return a proxy's refusal as if it were the server's response.
 */
export class TunnelAgent extends https.Agent {
  readonly #proxy: WebProxy
  readonly #timeoutMs: number | undefined
  readonly #pending = new Set<ClientRequest>()

  constructor(proxy: WebProxy, { timeoutMs, ...options }: TunnelOptions) {
    super(options)
    this.#proxy = proxy
    this.#timeoutMs = timeoutMs
  }

  override createConnection(options: ClientRequestArgs, callback: ConnectCallback = () => {}): undefined {
    const { secureContext } = options as ConnectionOptions
    this.#open(authorityOf(options), secureContext)
      .then(socket => {
        try {
          return super.createConnection({ ...options, socket } as ClientRequestArgs) as Duplex
        } catch (error) {
          socket.destroy()
          throw error
        }
      })
      .then(
        secured => callback(null, secured),
        (error: Error) => callback(error, undefined as never),
      )
  }

  /** Also cancels the pending CONNECT requests. */
  override destroy(): void {
    for (const request of this.#pending) request.destroy()
    super.destroy()
  }

  /** Opens a connection to `authority` (`host:port`), still without TLS. */
  #open(authority: string, context: SecureContext | undefined): Promise<Duplex> {
    const [proxy, timeoutMs] = [this.#proxy, this.#timeoutMs]
    const { ca } = this.options
    const tlsOptions = { ...(ca !== undefined && { ca }), ...secureOptions(context) }
    const request = createConnectRequest(authority, proxy, tlsOptions)
    this.#pending.add(request)
    const onTimeout = (): void => void request.destroy(tunnelTimeoutError(proxy, timeoutMs ?? 0))
    const timer = timeoutMs === undefined ? undefined : setTimeout(onTimeout, timeoutMs)
    return openTunnel(request, proxy).finally(() => {
      clearTimeout(timer)
      this.#pending.delete(request)
    })
  }
}

function createConnectRequest(
  authority: string,
  { url, authorization }: WebProxy,
  tlsOptions: https.RequestOptions,
): ClientRequest {
  return requestFunctionFor(url)({
    ...tlsOptions,
    method: 'CONNECT',
    ...hostAndPort(url),
    ...serverNameOf(url),
    path: authority,
    headers: {
      host: authority,
      ...(authorization !== undefined && { 'proxy-authorization': authorization }),
    },
    agent: false,
  })
}

function openTunnel(request: ClientRequest, proxy: WebProxy): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    request.once('error', error => reject(proxyConnectionError(proxy, error)))
    request.once('connect', ({ statusCode = 0 }, socket: Duplex, head: Buffer) => {
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head)
        return resolve(socket)
      }
      socket.destroy()
      reject(proxyStatusError(proxy, statusCode))
    })
    request.end()
  })
}

function authorityOf({ host, port }: ClientRequestArgs): string {
  const name = String(host)
  return `${name.includes(':') ? `[${name}]` : name}:${port}`
}

function tunnelTimeoutError(proxy: WebProxy, timeoutMs: number): ProxyError {
  return new ProxyError(proxy, `did not open a connection within ${timeoutMs / 1000} s`, { code: 'TIMEOUT' })
}
