import http, { type ClientRequest, type ClientRequestArgs } from 'node:http'
import https from 'node:https'
import type { Duplex } from 'node:stream'
import type { WebProxy } from './proxy.js'
import { ProxyError, proxyFailure, proxyRefusal } from './proxy-error.js'

export interface TunnelOptions extends https.AgentOptions {
  /** Milliseconds for which the proxy may take its time; forever when absent. */
  readonly patience?: number | undefined
}

type Done = (error: Error | null, stream: Duplex) => void

/**
 * Connections with TLS through a proxy, which sees none of it (RFC 9110, 9.3.6). Node.js's own agents do this only from 22.21 and
 * 24.5 on; others hand a proxy's refusal on as if it were the server's answer.
 */
export class TunnelAgent extends https.Agent {
  readonly #proxy: WebProxy
  readonly #patience: number | undefined
  readonly #asking = new Set<ClientRequest>()

  constructor(proxy: WebProxy, { patience, ...options }: TunnelOptions) {
    super(options)
    this.#proxy = proxy
    this.#patience = patience
  }

  override createConnection(options: ClientRequestArgs, done: Done = () => {}): undefined {
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
    for (const call of this.#asking) call.destroy()
    super.destroy()
  }

  /** A connection to a host and port, which is free for whatever is to be said there. */
  #open(authority: string): Promise<Duplex> {
    const [proxy, patience] = [this.#proxy, this.#patience]
    const call = askFor(authority, proxy, this.options.ca)
    this.#asking.add(call)
    const late = (): void => void call.destroy(tooLate(proxy, patience ?? 0))
    const timer = patience === undefined ? undefined : setTimeout(late, patience)
    return tunnelOf(call, proxy).finally(() => {
      clearTimeout(timer)
      this.#asking.delete(call)
    })
  }
}

function tunnelOf(call: ClientRequest, proxy: WebProxy): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    call.once('error', error => reject(proxyFailure(proxy, error)))
    call.once('connect', ({ statusCode = 0 }, socket: Duplex, head: Buffer) => {
      if (statusCode >= 200 && statusCode < 300) {
        if (head.length > 0) socket.unshift(head)
        return resolve(socket)
      }
      socket.destroy()
      reject(proxyRefusal(proxy, statusCode))
    })
    call.end()
  })
}

function askFor(
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

function tooLate(proxy: WebProxy, patience: number): ProxyError {
  const says = `gave no connection within ${patience / 1000} s`
  return new ProxyError(proxy, says, { code: 'TIMEOUT' })
}
