import http from 'node:http'
import https from 'node:https'
import type { Proxies, WebProxy } from './proxy.js'
import { TunnelAgent } from './tunnel.js'

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
  readonly reader: WebProxy | undefined
}

/** Ways to servers, straight or through proxies. */
export class Routes {
  readonly #agents: Agents
  readonly #proxies: Proxies
  readonly #patience: number | undefined
  readonly #tunnels = new Map<string, TunnelAgent>()

  /** @param patience milliseconds until a proxy must have given a tunnel */
  constructor(agents: Agents, proxies: Proxies = () => undefined, patience?: number) {
    this.#agents = agents
    this.#proxies = proxies
    this.#patience = patience
  }

  /** Throws `UserError` where the proxy that is named for it is none. */
  to(url: URL): Route {
    const proxy = this.#proxies(url)
    const path = url.pathname + url.search
    const isSafe = url.protocol === 'https:'
    if (proxy && !isSafe) return readBy(proxy, url.origin + path, url.host, this.#agents)
    const agent = proxy ? this.#tunnel(proxy) : this.#agents[isSafe ? 'https' : 'http']
    return { ...straight(url, path, agent), headers: {}, reader: undefined }
  }

  /** Closes all tunnels; the agents are whose they were. */
  close(): void {
    for (const tunnel of this.#tunnels.values()) tunnel.destroy()
  }

  #tunnel(proxy: WebProxy): TunnelAgent {
    const key = proxy.url.origin
    const known = this.#tunnels.get(key)
    if (known) return known
    const made = new TunnelAgent(proxy, { ...this.#agents.https.options, patience: this.#patience })
    this.#tunnels.set(key, made)
    return made
  }
}

/** Without TLS there is nothing to hide: the proxy gets the whole address (RFC 9112, 3.2.2). */
function readBy(reader: WebProxy, address: string, host: string, agents: Agents): Route {
  const { url, authorization } = reader
  const login = authorization === undefined ? {} : { 'proxy-authorization': authorization }
  const agent = agents[url.protocol === 'https:' ? 'https' : 'http']
  return { ...straight(url, address, agent), headers: { host, ...login }, reader }
}

function straight(url: URL, path: string, agent: http.Agent): Pick<Route, 'request' | 'options'> {
  const request = url.protocol === 'https:' ? https.request : http.request
  return { request, options: { ...at(url), path, agent } }
}

/** The URL is taken apart by hand: Node.js would turn a user and password in it into an Authorization header. */
function at({ protocol, hostname, port }: URL): { hostname: string; port: string | number } {
  return { hostname: hostname.replace(/^\[|\]$/g, ''), port: port || (protocol === 'https:' ? 443 : 80) }
}
