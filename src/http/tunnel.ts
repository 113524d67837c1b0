import http, { type ClientRequest, type ClientRequestArgs } from 'node:http'
import https from 'node:https'
import type { Duplex } from 'node:stream'
import {
  ProxyError,
  type ProxyLookup,
  proxyConnectionError,
  proxyStatusError,
  type WebProxy,
} from './proxy.js'

interface TunnelOptions extends https.AgentOptions {
  /** Milliseconds for which the proxy may take its time; forever when absent. */
  readonly timeoutMs?: number | undefined
}

type ConnectCallback = (error: Error | null, stream: Duplex) => void

/**
 * Connections with TLS through a proxy, which sees none of it (RFC 9110, 9.3.6). Node.js's own agents do this only from 22.21 and
 * 24.5 on; others hand a proxy's refusal on as if it were the server's answer.
 */
export class TunnelAgent extends https.Agent {
  readonly #proxy: WebProxy
  readonly #patience: number | undefined
  readonly #pending = new Set<ClientRequest>()

  constructor(proxy: WebProxy, { timeoutMs, ...options }: TunnelOptions) {
    super(options)
    this.#proxy = proxy
    this.#patience = timeoutMs
  }

  override createConnection(options: ClientRequestArgs, done: ConnectCallback = () => {}): undefined {
    this.#open(authorityOf(options))
      .then(socket => {
        try {
          return super.createConnection({ ...options, socket } as ClientRequestArgs) as Duplex
        } catch (error) {
          socket.destroy()
          throw error
        }
      })
      .then(
        secured => done(null, secured),
        (error: Error) => done(error, undefined as never),
      )
  }

  /** Also ends what is asked of the proxy at the moment. */
  override destroy(): void {
    for (const call of this.#pending) call.destroy()
    super.destroy()
  }

  /** A connection to a host and port, which is free for whatever is to be said there. */
  #open(authority: string): Promise<Duplex> {
    const [proxy, patience] = [this.#proxy, this.#patience]
    const call = createConnectRequest(authority, proxy, this.options.ca)
    this.#pending.add(call)
    const late = (): void => void call.destroy(tunnelTimeoutError(proxy, patience ?? 0))
    const timer = patience === undefined ? undefined : setTimeout(late, patience)
    return openTunnel(call, proxy).finally(() => {
      clearTimeout(timer)
      this.#pending.delete(call)
    })
  }
}

function openTunnel(call: ClientRequest, proxy: WebProxy): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    call.once('error', error => reject(proxyConnectionError(proxy, error)))
    call.once('connect', ({ statusCode = 0 }, socket: Duplex, head: Buffer) => {
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head)
        return resolve(socket)
      }
      socket.destroy()
      reject(proxyStatusError(proxy, statusCode))
    })
    call.end()
  })
}

function createConnectRequest(
  authority: string,
  { url, authorization }: WebProxy,
  ca: https.AgentOptions['ca'],
): ClientRequest {
  const request = url.protocol === 'https:' ? https.request : http.request
  return request({
    ...(ca !== undefined && { ca }),
    method: 'CONNECT',
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port || (url.protocol === 'https:' ? 443 : 80),
    path: authority,
    headers: {
      host: authority,
      ...(authorization !== undefined && { 'proxy-authorization': authorization }),
    },
    agent: false,
  })
}

function authorityOf({ host, port }: ClientRequestArgs): string {
  const name = String(host)
  return `${name.includes(':') ? `[${name}]` : name}:${port}`
}

function tunnelTimeoutError(proxy: WebProxy, patience: number): ProxyError {
  const says = `gave no connection within ${patience / 1000} s`
  return new ProxyError(proxy, says, { code: 'TIMEOUT' })
}

export interface Agents {
  readonly http: http.Agent
  readonly https: https.Agent
}

/** How a request gets to an address. */
export interface Route {
  /** What makes it, and with what beside method and headers. */
  readonly request: typeof http.request
  readonly options: http.RequestOptions
  /** To be sent beside the request's own. */
  readonly headers: Readonly<Record<string, string>>
  /** A proxy that reads and answers the request; none where it is passed by or only gives a tunnel. */
  readonly forwardProxy: WebProxy | undefined
}

/** Ways to servers, straight or through proxies. */
export class ProxyRoutes {
  readonly #agents: Agents
  readonly #proxies: ProxyLookup
  readonly #tunnelTimeoutMs: number | undefined
  readonly #tunnels = new Map<string, TunnelAgent>()

  /** @param patience milliseconds until a proxy must have given a tunnel */
  constructor(agents: Agents, proxies: ProxyLookup = () => undefined, patience?: number) {
    this.#agents = agents
    this.#proxies = proxies
    this.#tunnelTimeoutMs = patience
  }

  /** Throws `UserError` where the proxy that is named for it is none. */
  routeTo(url: URL): Route {
    const proxy = this.#proxies(url)
    const path = url.pathname + url.search
    const isSafe = url.protocol === 'https:'
    if (proxy && !isSafe) return routeThroughForwardProxy(proxy, url.origin + path, url.host, this.#agents)
    const agent = proxy ? this.#tunnel(proxy) : this.#agents[isSafe ? 'https' : 'http']
    return { ...directRoute(url, path, agent), headers: {}, forwardProxy: undefined }
  }

  /** Closes all tunnels; the agents are whose they were. */
  close(): void {
    for (const tunnel of this.#tunnels.values()) tunnel.destroy()
  }

  #tunnel(proxy: WebProxy): TunnelAgent {
    const key = proxy.url.origin
    const known = this.#tunnels.get(key)
    if (known) return known
    const made = new TunnelAgent(proxy, { ...this.#agents.https.options, timeoutMs: this.#tunnelTimeoutMs })
    this.#tunnels.set(key, made)
    return made
  }
}

/** Without TLS there is nothing to hide: the proxy gets the whole address (RFC 9112, 3.2.2). */
function routeThroughForwardProxy(reader: WebProxy, address: string, host: string, agents: Agents): Route {
  const { url, authorization } = reader
  const login = authorization === undefined ? {} : { 'proxy-authorization': authorization }
  const agent = agents[url.protocol === 'https:' ? 'https' : 'http']
  return { ...directRoute(url, address, agent), headers: { host, ...login }, forwardProxy }
}

function directRoute(url: URL, path: string, agent: http.Agent): Pick<Route, 'request' | 'options'> {
  const request = url.protocol === 'https:' ? https.request : http.request
  return { request, options: { ...hostAndPort(url), path, agent } }
}

/** The URL is taken apart by hand: Node.js would turn a user and password in it into an Authorization header. */
function hostAndPort({ protocol, hostname, port }: URL): { hostname: string; port: string | number } {
  return { hostname: hostname.replace(/^\[|\]$/g, ''), port: port || (protocol === 'https:' ? 443 : 80) }
}
