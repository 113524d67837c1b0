import { createReadStream, existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join, normalize } from 'node:path'

export interface StandInCache {
  /** A binary cache in a folder, in the format of `nix copy --to file://…`. */
  readonly folder: string
  readonly publicSigningKeys: readonly string[]
  /** Requests without this token get 401. It can be sent as a Basic password or as a Bearer token. */
  readonly token?: string
}

export interface LoggedRequest {
  readonly method: string
  readonly path: string
  readonly status: number
  /** The Authorization header, if the request has one. */
  readonly authorization?: string
}

/** A stand-in for Cachix: the API that returns the keys of a cache, and binary caches, which may be private. */
export interface CachixStandIn {
  /** The API's origin: `http://127.0.0.1:PORT`. */
  readonly host: string
  readonly requests: LoggedRequest[]
  /** The fault of all later requests: `down` breaks the connection, `silent` never answers, a number is the answer's status. */
  fault: 'none' | 'down' | 'silent' | number
  /** The paths to which `fault` applies. Default: all. */
  faultPaths: RegExp
  /** The URL of a binary cache. */
  uri(name: string): string
  close(): Promise<void>
}

/** Serves caches by name. `nix copy --to` can also write to them. */
export async function startCachix(
  caches: Readonly<Record<string, StandInCache>>,
  port = 0,
): Promise<CachixStandIn> {
  const server = createServer((request, response) => {
    requests.push(logOf(request, response))
    const fault = standIn.faultPaths.test(request.url ?? '') ? standIn.fault : 'none'
    if (fault === 'silent') return
    if (fault === 'down') return void request.socket.destroy()
    if (fault !== 'none') return end(response, fault)
    answer(caches, standIn, request, response).catch(() => end(response, 500))
  })
  const requests: LoggedRequest[] = []
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const standIn: CachixStandIn = {
    host,
    requests,
    fault: 'none',
    faultPaths: /^/,
    uri: name => `${host}/caches/${name}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return standIn
}

async function answer(
  caches: Readonly<Record<string, StandInCache>>,
  standIn: CachixStandIn,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, kind = '', name = '', file = ''] =
    /^(\/api\/v1\/cache|\/caches)\/([^/]+)\/?(.*)$/.exec(normalize(request.url ?? '/')) ?? []
  const cache = caches[name]
  if (cache === undefined) return end(response, 404)
  if (cache.token !== undefined && !isAuthorized(request, cache.token)) return end(response, 401)
  if (kind === '/caches') return serve(request, response, join(cache.folder, file))
  const { publicSigningKeys, token } = cache
  const facts = { name, uri: standIn.uri(name), publicSigningKeys, isPublic: token === undefined }
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ ...facts, preferredCompressionMethod: 'ZSTD' }))
}

function isAuthorized({ headers }: IncomingMessage, token: string): boolean {
  const [scheme = '', value = ''] = (headers.authorization ?? '').split(' ')
  if (scheme.toLowerCase() === 'bearer') return value === token
  const [, password] = /^[^:]*:(.*)$/.exec(Buffer.from(value, 'base64').toString()) ?? []
  return scheme.toLowerCase() === 'basic' && password === token
}

async function serve(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  if (request.method === 'PUT') return store(request, response, path)
  if (!existsSync(path) || !statSync(path).isFile()) return end(response, 404)
  response.setHeader('content-length', statSync(path).size)
  if (request.method === 'HEAD') return end(response, 200)
  createReadStream(path).pipe(response)
}

/** Writes the file atomically, because another request may read it at the same time. */
async function store(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true })
  await writeFile(`${path}.part`, request)
  renameSync(`${path}.part`, path)
  end(response, 201)
}

/** `status` is a getter, because the status is set later. It is final before the answer is sent. */
function logOf({ method = '', url = '', headers }: IncomingMessage, response: ServerResponse): LoggedRequest {
  const { authorization } = headers
  return {
    method,
    path: url,
    get status() {
      return response.statusCode
    },
    ...(authorization !== undefined && { authorization }),
  }
}

function end(response: ServerResponse, status: number): void {
  response.statusCode = status
  response.end()
}
