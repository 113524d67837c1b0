import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

export interface WebProxyOptions {
  /** Requests without these credentials get 407. */
  readonly login?: { readonly user: string; readonly password: string }
  /** Answers every request with this status. */
  readonly refuse?: number
  /** Never answers a request. */
  readonly silent?: boolean
  readonly tls?: { readonly key: string; readonly cert: string }
}

export interface WebProxyServer {
  /** `host:port` */
  readonly address: string
  /** `CONNECT host:443` or `GET http://host/path` for each request. */
  readonly asked: string[]
  /** The number of connections so far. */
  readonly connections: () => number
  close(): Promise<void>
}

/** A proxy that forwards all requests to one local port, regardless of their host. */
export async function startWebProxy(port: number, options: WebProxyOptions = {}): Promise<WebProxyServer> {
  const asked: string[] = []
  const sockets = new Set<net.Socket>()
  const refusal = (request: IncomingMessage): number | undefined => {
    asked.push(`${request.method} ${request.url}`)
    return options.refuse ?? (isWelcome(request, options) ? undefined : 407)
  }
  const forward = (request: IncomingMessage, response: http.ServerResponse): void => {
    const status = refusal(request)
    if (options.silent) return
    if (status !== undefined) return void response.writeHead(status).end()
    const { pathname, search } = new URL(request.url ?? '')
    const { 'proxy-authorization': _, ...headers } = request.headers
    const { method } = request
    const onward = http.request({ port, host: '127.0.0.1', method, path: pathname + search, headers })
    onward.on('response', answer => {
      response.writeHead(answer.statusCode ?? 0, answer.headers)
      answer.pipe(response)
    })
    request.pipe(onward.on('error', () => response.destroy()))
  }
  const server = options.tls ? https.createServer(options.tls, forward) : http.createServer(forward)
  server.on('connect', (request: IncomingMessage, client: Duplex) => {
    const status = refusal(request)
    if (options.silent) return
    if (status !== undefined) return void client.end(`HTTP/1.1 ${status} no\r\n\r\n`)
    const onward = net.connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.pipe(client).pipe(onward)
    })
    onward.on('error', () => client.destroy())
    client.on('error', () => onward.destroy()).on('close', () => onward.destroy())
  })
  let connections = 0
  server.on('connection', socket => {
    connections++
    sockets.add(socket.on('error', () => {}))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    connections: () => connections,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

function isWelcome({ headers }: IncomingMessage, { login }: WebProxyOptions): boolean {
  if (!login) return true
  const wanted = Buffer.from(`${login.user}:${login.password}`).toString('base64')
  return headers['proxy-authorization'] === `Basic ${wanted}`
}
