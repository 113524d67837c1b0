import { createReadStream, existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join, normalize } from 'node:path'

export interface StandInCache {
  /** A folder as `nix copy --to file://…` makes one. */
  readonly folder: string
  readonly publicSigningKeys: readonly string[]
  /** Who does not show it gets a 401: as the password of Basic, or as Bearer. */
  readonly token?: string
}

export interface Asked {
  readonly method: string
  readonly path: string
  readonly status: number
  /** The scheme and value of the header, where one came. */
  readonly authorization?: string
}

/** A stand-in for Cachix: the API that tells a cache's keys, and binary caches that may be private. */
export interface CachixStandIn {
  /** The API's origin: `http://127.0.0.1:PORT`. */
  readonly host: string
  readonly asked: Asked[]
  /** From now on `down` breaks connections, `silent` keeps them waiting, a number is the status of every answer. */
  trouble: 'none' | 'down' | 'silent' | number
  /** Which paths the trouble is for, where it is not all. */
  troubled: RegExp
  /** The address of a cache's binary cache. */
  uri(name: string): string
  close(): Promise<void>
}

/** Serves caches by name; `nix copy --to` may also write into them. */
export async function startCachix(
  caches: Readonly<Record<string, StandInCache>>,
  port = 0,
): Promise<CachixStandIn> {
  const server = createServer((request, response) => {
    asked.push(logOf(request, response))
    const trouble = standIn.troubled.test(request.url ?? '') ? standIn.trouble : 'none'
    if (trouble === 'silent') return
    if (trouble === 'down') return void request.socket.destroy()
    if (trouble !== 'none') return end(response, trouble)
    answer(caches, standIn, request, response).catch(() => end(response, 500))
  })
  const asked: Asked[] = []
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const standIn: CachixStandIn = {
    host,
    asked,
    trouble: 'none',
    troubled: /^/,
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
  if (cache.token !== undefined && !shows(request, cache.token)) return end(response, 401)
  if (kind === '/caches') return serve(request, response, join(cache.folder, file))
  const { publicSigningKeys, token } = cache
  const facts = { name, uri: standIn.uri(name), publicSigningKeys, isPublic: token === undefined }
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ ...facts, preferredCompressionMethod: 'ZSTD' }))
}

function shows({ headers }: IncomingMessage, token: string): boolean {
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

/** As a whole or not at all, since somebody may read at the same time. */
async function store(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true })
  await writeFile(`${path}.part`, request)
  renameSync(`${path}.part`, path)
  end(response, 201)
}

/** The status is set before the answer goes out, so whoever has the answer finds it here. */
function logOf({ method = '', url = '', headers }: IncomingMessage, response: ServerResponse): Asked {
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
