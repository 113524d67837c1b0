import { createHash, randomUUID } from 'node:crypto'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Digest, digestOf, isDigest, parseDigest } from '../../src/oci/digest.js'
import { parseIndex } from '../../src/oci/image-index.js'
import { parseManifest } from '../../src/oci/manifest.js'
import { isIndexType, isManifestType } from '../../src/oci/media-type.js'
import type { Reference } from '../../src/oci/reference.js'

/** Who may do what. Passwords and tokens are checked; what is wrong gets 401, what is not allowed 403. */
export type Auth =
  | { kind: 'none' }
  | { kind: 'basic'; username: string; password: string }
  | {
      kind: 'token'
      username?: string
      password?: string
      /** Accepted as an OAuth2 refresh token. */
      identityToken?: string
      /** What one may do without credentials; nothing if absent. */
      anonymous?: 'pull' | 'push'
      /** What one may do with them; `push` if absent. */
      account?: 'pull' | 'push'
      /** Seconds that a token lasts, and that the answer names unless `quiet`. */
      expiresIn?: number
      quiet?: boolean
      /** The answer's field; `token` if absent. */
      field?: 'token' | 'access_token'
      /** The realm to name, instead of the registry's own token server. */
      realm?: string
    }

export interface RegistryOptions {
  auth?: Auth
  /** Blobs are read from a second origin, which must never see an Authorization header. */
  redirectBlobs?: boolean
  /** Where uploads go: `foreign` is the second origin. `relative` if absent. */
  locations?: 'relative' | 'absolute' | 'foreign'
  /** Leaves out Docker-Content-Digest. */
  stripDigest?: boolean
  /** Whether blobs can be mounted; yes if absent. */
  mounts?: boolean
  /** Tags on a page, at most. */
  pageSize?: number
  /** How many times a tag still shows what it showed before, after it was moved. */
  lag?: number
  /** Keeps only the sizes of blobs, not their bytes; for large ones. */
  forgetBytes?: boolean
  tls?: { key: string; cert: string }
  now?: () => number
}

/** What goes wrong, and how. */
export type FaultAction =
  | { kind: 'status'; status: number; headers?: Record<string, string>; body?: string }
  /** Breaks the connection after this many bytes of the request's body; the request has no effect. */
  | { kind: 'reset'; after?: number }
  /** Never answers. */
  | { kind: 'stall' }
  /** Breaks the connection in the middle of the answer's body. */
  | { kind: 'cut' }
  /** The request has its effect, and the connection breaks instead of an answer. */
  | { kind: 'lost' }

export interface Fault {
  method?: string
  /** Held against path and query. */
  path?: RegExp
  /** How many matching requests it spoils; 1 if absent. */
  times?: number
  /** How many it lets pass first. */
  after?: number
  action: FaultAction
}

export interface LogEntry {
  method: string
  /** With its query. */
  path: string
  origin: 'registry' | 'storage'
  authorization: string | undefined
  /** The client's, and so which connection it was. */
  port: number | undefined
  headers: http.IncomingHttpHeaders
  /** Of the answer; 0 when there was none. */
  status: number
}

interface StoredManifest {
  bytes: Buffer
  mediaType: string
}

interface StoredRepository {
  blobs: Set<Digest>
  manifests: Map<Digest, StoredManifest>
  tags: Map<string, Digest>
}

interface Upload {
  repository: string
  chunks: Buffer[]
}

interface Reply {
  status: number
  headers?: Record<string, string>
  body?: Buffer
}

type Params = Readonly<Record<string, string>>

interface Asked {
  request: IncomingMessage
  url: URL
  params: Params
  /** Broken off after this many bytes. */
  spoilt: number | undefined
}

interface Route {
  methods: readonly string[]
  path: RegExp
  access: 'pull' | 'push'
  handle(asked: Asked): Reply | Promise<Reply>
}

class Refused extends Error {
  readonly reply: Reply
  constructor(reply: Reply) {
    super(`refused with ${reply.status}`)
    this.reply = reply
  }
}

/** The connection was broken on purpose. */
class Broken extends Error {}

export function errorReply(status: number, code: string, message = code.toLowerCase()): Reply {
  return json(status, { errors: [{ code, message }] })
}

function json(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  const body = Buffer.from(JSON.stringify(value))
  return { status, headers: { 'content-type': 'application/json', ...headers }, body }
}

/** Starts a registry on a free port of the loopback; `close` it in the end. */
export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const registry = new TestRegistry(options)
  await registry.listen()
  return registry
}

/** A registry that remembers (OCI distribution-spec 1.1), in this process, with faults on demand. */
export class TestRegistry {
  readonly options: RegistryOptions
  readonly log: LogEntry[] = []
  /** Every blob of every repository; empty buffers when bytes are forgotten. */
  readonly blobs = new Map<Digest, Buffer>()
  readonly repositories = new Map<string, StoredRepository>()
  /** What a client must never do; `close` throws when there is any. */
  readonly violations: string[] = []
  /** Called for each change of a tag, before it is visible. */
  onTag: (repository: string, tag: string, digest: Digest) => void = () => {}
  /** Called for each request to the registry; the request waits until it is over. */
  onRequest: (method: string, path: string) => void | Promise<void> = () => {}
  readonly #faults: { rule: Fault; seen: number }[] = []
  readonly #uploads = new Map<string, Upload>()
  readonly #tokens = new Map<string, { scopes: string[]; expiresAt: number }>()
  readonly #lagging = new Map<string, { digest: Digest | undefined; looks: number }>()
  readonly #main: http.Server
  readonly #storage: http.Server

  constructor(options: RegistryOptions) {
    this.options = options
    const listener = (origin: LogEntry['origin']) => (request: IncomingMessage, response: ServerResponse) =>
      void this.#serve(origin, request, response)
    const start = (origin: LogEntry['origin']): http.Server =>
      options.tls && origin === 'registry'
        ? https.createServer(options.tls, listener(origin))
        : http.createServer(listener(origin))
    this.#main = start('registry')
    this.#storage = start('storage')
  }

  async listen(): Promise<void> {
    for (const server of [this.#main, this.#storage])
      await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  }

  async close(): Promise<void> {
    for (const server of [this.#main, this.#storage]) {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    }
    if (this.violations.length > 0) throw new Error(this.violations.join('\n'))
  }

  /** `127.0.0.1:port` */
  get host(): string {
    return `127.0.0.1:${portOf(this.#main)}`
  }

  get url(): string {
    return `${this.options.tls ? 'https' : 'http'}://${this.host}`
  }

  /** The second origin. */
  get storageUrl(): string {
    return `http://127.0.0.1:${portOf(this.#storage)}`
  }

  reference(repository: string, tag?: string): Reference {
    return { registry: this.host, repository, ...(tag !== undefined && { tag }) }
  }

  fault(rule: Fault): void {
    this.#faults.push({ rule, seen: 0 })
  }

  clearFaults(): void {
    this.#faults.length = 0
  }

  /** Makes every token so far worthless. */
  expireTokens(): void {
    this.#tokens.clear()
  }

  /** Of requests to the registry's own API, without the one that was only answered with a challenge. */
  requests(method: string, path: RegExp): LogEntry[] {
    return this.log.filter(entry => entry.method === method && path.test(entry.path) && entry.status !== 401)
  }

  /** What a tag names now, whatever readers are shown. */
  tag(repository: string, tag: string): Digest | undefined {
    return this.repositories.get(repository)?.tags.get(tag)
  }

  /** Puts a blob in past the API. */
  addBlob(repository: string, bytes: Buffer): Digest {
    const digest = digestOf(bytes)
    this.blobs.set(digest, bytes)
    this.repository(repository).blobs.add(digest)
    return digest
  }

  repository(name: string): StoredRepository {
    const known = this.repositories.get(name)
    if (known) return known
    const made: StoredRepository = { blobs: new Set(), manifests: new Map(), tags: new Map() }
    this.repositories.set(name, made)
    return made
  }

  /** What a manifest or index names, all the way down, that is not there; empty when it is whole. */
  missing(repository: string, digest: Digest): Digest[] {
    const stored = this.repositories.get(repository)
    const manifest = stored?.manifests.get(digest)
    if (!manifest) return [digest]
    if (isIndexType(manifest.mediaType))
      return parseIndex(manifest.bytes).manifests.flatMap(each => this.missing(repository, each.digest))
    const { config, layers } = parseManifest(manifest.bytes)
    return [config, ...layers].map(each => each.digest).filter(each => !stored?.blobs.has(each))
  }

  async #serve(
    origin: LogEntry['origin'],
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    request.on('error', () => {})
    response.on('error', () => {})
    const { method = '', url: path = '', headers, socket } = request
    const { authorization } = headers
    const entry: LogEntry = {
      method,
      path,
      origin,
      authorization,
      port: socket.remotePort,
      headers,
      status: 0,
    }
    this.log.push(entry)
    if (origin === 'storage' && authorization !== undefined)
      this.violations.push(`${method} ${path} brought an Authorization header to the storage host`)
    const fault = this.#faultFor(method, path)
    try {
      await this.onRequest(method, path)
      const reply = await this.#reply(request, new URL(path, this.url), fault)
      if (fault?.kind === 'lost') throw new Broken()
      entry.status = reply.status
      await deliver(request, response, reply, fault?.kind === 'cut')
    } catch (error) {
      if (!(error instanceof Broken)) this.violations.push(`${method} ${path}: ${error}`)
      socket.destroy()
    }
  }

  #faultFor(method: string, path: string): FaultAction | undefined {
    for (const fault of this.#faults) {
      const { rule } = fault
      if (rule.method !== undefined && rule.method !== method) continue
      if (rule.path && !rule.path.test(path)) continue
      fault.seen++
      const after = rule.after ?? 0
      if (fault.seen > after && fault.seen <= after + (rule.times ?? 1)) return rule.action
    }
    return undefined
  }

  async #reply(request: IncomingMessage, url: URL, fault: FaultAction | undefined): Promise<Reply> {
    if (fault?.kind === 'stall') return new Promise(() => {})
    if (fault?.kind === 'reset' && !fault.after) throw new Broken()
    if (fault?.kind === 'status') {
      const { status, headers = {}, body = '' } = fault
      return { status, headers, body: Buffer.from(body) }
    }
    try {
      return await this.#route(request, url, fault?.kind === 'reset' ? fault.after : undefined)
    } catch (error) {
      if (error instanceof Refused) return error.reply
      throw error
    }
  }

  async #route(request: IncomingMessage, url: URL, spoilt: number | undefined): Promise<Reply> {
    if (url.pathname === '/token') return this.#giveToken(request, url)
    for (const { methods, path, access, handle } of this.#routes) {
      const params = path.exec(url.pathname)?.groups
      if (!params || !methods.includes(request.method ?? '')) continue
      if (!url.pathname.startsWith('/storage/')) this.#authorize(request, url, params.name, access)
      return handle({ request, url, params, spoilt })
    }
    return errorReply(404, 'UNSUPPORTED', `no such endpoint: ${request.method} ${url.pathname}`)
  }

  readonly #routes: readonly Route[] = [
    { methods: ['GET'], path: /^\/v2\/$/, access: 'pull', handle: () => json(200, {}) },
    {
      methods: ['GET', 'HEAD'],
      path: /^\/v2\/(?<name>.+)\/blobs\/(?<digest>sha256:[^/]+)$/,
      access: 'pull',
      handle: asked => this.#getBlob(asked),
    },
    {
      methods: ['DELETE'],
      path: /^\/v2\/(?<name>.+)\/blobs\/(?<digest>sha256:[^/]+)$/,
      access: 'push',
      handle: asked => this.#deleteBlob(asked.params),
    },
    {
      methods: ['GET', 'HEAD'],
      path: /^\/storage\/(?<digest>sha256:[^/]+)$/,
      access: 'pull',
      handle: asked => this.#blobBytes(asked),
    },
    {
      methods: ['POST'],
      path: /^\/v2\/(?<name>.+)\/blobs\/uploads\/$/,
      access: 'push',
      handle: asked => this.#startUpload(asked),
    },
    {
      methods: ['PATCH', 'PUT'],
      path: /^\/(v2|storage)\/(?<name>.+)\/blobs\/uploads\/(?<session>[^/]+)$/,
      access: 'push',
      handle: asked => this.#continueUpload(asked),
    },
    {
      methods: ['GET', 'HEAD'],
      path: /^\/v2\/(?<name>.+)\/manifests\/(?<reference>[^/]+)$/,
      access: 'pull',
      handle: asked => this.#getManifest(asked.params),
    },
    {
      methods: ['PUT'],
      path: /^\/v2\/(?<name>.+)\/manifests\/(?<reference>[^/]+)$/,
      access: 'push',
      handle: asked => this.#putManifest(asked),
    },
    {
      methods: ['DELETE'],
      path: /^\/v2\/(?<name>.+)\/manifests\/(?<reference>[^/]+)$/,
      access: 'push',
      handle: asked => this.#deleteManifest(asked.params),
    },
    {
      methods: ['GET'],
      path: /^\/v2\/(?<name>.+)\/tags\/list$/,
      access: 'pull',
      handle: asked => this.#listTags(asked),
    },
  ]

  #authorize(request: IncomingMessage, url: URL, name: string | undefined, access: 'pull' | 'push'): void {
    const { auth = { kind: 'none' } } = this.options
    const given = request.headers.authorization
    switch (auth.kind) {
      case 'none':
        return
      case 'basic':
        if (given === basic(auth)) return
        throw new Refused(challenge('Basic realm="test, registry"'))
      case 'token': {
        const scope = name && `repository:${name}:${access === 'push' ? 'pull,push' : 'pull'}`
        const realm = auth.realm ?? `${this.url}/token`
        const wanted = `Bearer realm="${realm}",service="test"${scope ? `,scope="${scope}"` : ''}`
        const token = this.#tokens.get((given ?? '').replace(/^Bearer /, ''))
        if (!token || token.expiresAt <= this.#now())
          throw new Refused(challenge(`${wanted}${given ? ',error="invalid_token"' : ''}`))
        const from = url.searchParams.get('from')
        const allowed =
          (!name || token.scopes.some(held => allows(held, name, access))) &&
          (!from || token.scopes.some(held => allows(held, from, 'pull')))
        if (!allowed) throw new Refused(challenge(`${wanted},error="insufficient_scope"`))
      }
    }
  }

  async #giveToken(request: IncomingMessage, url: URL): Promise<Reply> {
    const { auth } = this.options
    if (auth?.kind !== 'token') return errorReply(404, 'UNSUPPORTED')
    const form =
      request.method === 'POST' ? new URLSearchParams((await bodyOf(request)).toString()) : undefined
    const given = request.headers.authorization
    const known = form
      ? auth.identityToken !== undefined && form.get('refresh_token') === auth.identityToken
      : given !== undefined &&
        given === basic({ username: auth.username ?? '', password: auth.password ?? '' })
    if (!known && (form || given !== undefined || !auth.anonymous))
      return json(401, { details: 'incorrect username or password' })
    const most = known ? (auth.account ?? 'push') : auth.anonymous
    const scopes = form ? (form.get('scope') ?? '').split(' ') : url.searchParams.getAll('scope')
    const granted = most === 'push' ? scopes : scopes.map(scope => scope.replace(/pull,push$/, 'pull'))
    const token = randomUUID()
    const seconds = auth.expiresIn ?? 300
    this.#tokens.set(token, { scopes: granted, expiresAt: this.#now() + seconds * 1000 })
    return json(200, { [auth.field ?? 'token']: token, ...(!auth.quiet && { expires_in: seconds }) })
  }

  #now(): number {
    return (this.options.now ?? Date.now)()
  }

  #getBlob(asked: Asked): Reply {
    const { name = '', digest = '' } = asked.params
    if (!isDigest(digest) || !this.repositories.get(name)?.blobs.has(digest))
      return errorReply(404, 'BLOB_UNKNOWN')
    if (!this.options.redirectBlobs) return this.#blobBytes(asked)
    return { status: 307, headers: { location: `${this.storageUrl}/storage/${digest}?signature=secret` } }
  }

  #blobBytes({ request, params }: Asked): Reply {
    const digest = parseDigest(params.digest)
    const bytes = this.blobs.get(digest)
    if (!bytes) return errorReply(404, 'BLOB_UNKNOWN')
    const headers = { 'content-type': 'application/octet-stream', ...this.#digestHeader(digest) }
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')
    if (!range) return { status: 200, headers, body: bytes }
    const start = Number(range[1])
    const contentRange = `bytes ${start}-${bytes.length - 1}/${bytes.length}`
    return {
      status: 206,
      headers: { ...headers, 'content-range': contentRange },
      body: bytes.subarray(start),
    }
  }

  #deleteBlob({ name = '', digest = '' }: Params): Reply {
    return this.repositories.get(name)?.blobs.delete(parseDigest(digest))
      ? { status: 202 }
      : errorReply(404, 'BLOB_UNKNOWN')
  }

  async #startUpload({ request, url, params, spoilt }: Asked): Promise<Reply> {
    const { name = '' } = params
    const [mount, from] = [url.searchParams.get('mount'), url.searchParams.get('from') ?? '']
    if (isDigest(mount) && this.options.mounts !== false && this.repositories.get(from)?.blobs.has(mount)) {
      this.repository(name).blobs.add(mount)
      return {
        status: 201,
        headers: { location: `/v2/${name}/blobs/${mount}`, ...this.#digestHeader(mount) },
      }
    }
    const session = randomUUID()
    this.#uploads.set(session, { repository: name, chunks: [] })
    const digest = url.searchParams.get('digest')
    if (digest !== null) return this.#finishUpload(request, session, digest, spoilt)
    return { status: 202, headers: { location: this.#sessionLocation(name, session) } }
  }

  #sessionLocation(name: string, session: string): string {
    const { locations = 'relative' } = this.options
    const state = '?_state=a%2Fb%3D%3D'
    switch (locations) {
      case 'relative':
        return `/v2/${name}/blobs/uploads/${session}${state}`
      case 'absolute':
        return `${this.url}/v2/${name}/blobs/uploads/${session}${state}`
      case 'foreign':
        return `${this.storageUrl}/storage/${name}/blobs/uploads/${session}${state}`
    }
  }

  async #continueUpload({ request, url, params, spoilt }: Asked): Promise<Reply> {
    const { name = '', session = '' } = params
    const upload = this.#uploads.get(session)
    if (!upload) return errorReply(404, 'BLOB_UPLOAD_UNKNOWN')
    if (!url.search.startsWith('?_state=a%2Fb%3D%3D'))
      return errorReply(400, 'BLOB_UPLOAD_INVALID', 'state is lost')
    const digest = url.searchParams.get('digest')
    if (request.method === 'PUT') return this.#finishUpload(request, session, digest ?? '', spoilt)
    upload.chunks.push(await bodyOf(request, spoilt))
    const size = upload.chunks.reduce((sum, { length }) => sum + length, 0)
    return {
      status: 202,
      headers: { location: this.#sessionLocation(name, session), range: `0-${size - 1}` },
    }
  }

  async #finishUpload(
    request: IncomingMessage,
    session: string,
    digest: string,
    spoilt: number | undefined,
  ): Promise<Reply> {
    const { repository, chunks }: Upload = this.#uploads.get(session) ?? { repository: '', chunks: [] }
    this.#uploads.delete(session)
    const hash = createHash('sha256')
    for (const chunk of chunks) hash.update(chunk)
    const keep = !this.options.forgetBytes
    for await (const chunk of bodyChunks(request, spoilt)) {
      hash.update(chunk)
      if (keep) chunks.push(chunk)
    }
    const actual = `sha256:${hash.digest('hex')}`
    if (!isDigest(digest) || actual !== digest) return errorReply(400, 'DIGEST_INVALID', `it is ${actual}`)
    this.blobs.set(digest, Buffer.concat(chunks))
    this.repository(repository).blobs.add(digest)
    return {
      status: 201,
      headers: { location: `/v2/${repository}/blobs/${digest}`, ...this.#digestHeader(digest) },
    }
  }

  #getManifest({ name = '', reference = '' }: Params): Reply {
    const stored = this.repositories.get(name)
    const digest = isDigest(reference) ? reference : this.#visibleTag(name, reference)
    const manifest = digest && stored?.manifests.get(digest)
    if (!manifest) return errorReply(404, stored ? 'MANIFEST_UNKNOWN' : 'NAME_UNKNOWN')
    const headers = { 'content-type': manifest.mediaType, ...this.#digestHeader(digest) }
    return { status: 200, headers, body: manifest.bytes }
  }

  #visibleTag(name: string, tag: string): Digest | undefined {
    const lagging = this.#lagging.get(`${name}:${tag}`)
    if (lagging && lagging.looks > 0) {
      lagging.looks--
      return lagging.digest
    }
    return this.tag(name, tag)
  }

  async #putManifest({ request, params, spoilt }: Asked): Promise<Reply> {
    const { name = '', reference = '' } = params
    const bytes = await bodyOf(request, spoilt)
    const digest = digestOf(bytes)
    const mediaType = request.headers['content-type'] ?? ''
    if (isDigest(reference) && reference !== digest) return errorReply(400, 'DIGEST_INVALID')
    if (!isIndexType(mediaType) && !isManifestType(mediaType))
      return errorReply(400, 'MANIFEST_INVALID', mediaType)
    const stored = this.repository(name)
    const known = stored.manifests.get(digest)
    stored.manifests.set(digest, { bytes, mediaType })
    const missing = this.missing(name, digest)
    if (missing.length > 0) {
      if (!known) stored.manifests.delete(digest)
      return errorReply(400, 'MANIFEST_BLOB_UNKNOWN', missing.join(', '))
    }
    if (!isDigest(reference)) this.#moveTag(name, reference, digest)
    const location = `/v2/${name}/manifests/${reference}`
    return { status: 201, headers: { location, ...this.#digestHeader(digest) } }
  }

  #moveTag(name: string, tag: string, digest: Digest): void {
    this.onTag(name, tag, digest)
    const { lag = 0 } = this.options
    this.#lagging.set(`${name}:${tag}`, { digest: this.tag(name, tag), looks: lag })
    this.repository(name).tags.set(tag, digest)
  }

  #deleteManifest({ name = '', reference = '' }: Params): Reply {
    const stored = this.repository(name)
    const gone = isDigest(reference) ? stored.manifests.delete(reference) : stored.tags.delete(reference)
    for (const [tag, digest] of stored.tags) if (digest === reference) stored.tags.delete(tag)
    return gone ? { status: 202 } : errorReply(404, 'MANIFEST_UNKNOWN')
  }

  #listTags({ url, params }: Asked): Reply {
    const { name = '' } = params
    const stored = this.repositories.get(name)
    if (!stored) return errorReply(404, 'NAME_UNKNOWN')
    const { pageSize = 100 } = this.options
    const asked = Math.min(Number(url.searchParams.get('n') ?? pageSize), pageSize)
    const last = url.searchParams.get('last') ?? ''
    const rest = [...stored.tags.keys()].sort().filter(tag => tag > last)
    const tags = rest.slice(0, asked)
    const next = `</v2/${name}/tags/list?n=${asked}&last=${tags.at(-1)}>; rel="next"`
    return json(200, { name, tags }, rest.length > tags.length ? { link: next } : {})
  }

  #digestHeader(digest: Digest): Record<string, string> {
    return this.options.stripDigest ? {} : { 'docker-content-digest': digest }
  }
}

function portOf(server: http.Server): number {
  return (server.address() as AddressInfo).port
}

function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

function challenge(value: string): Reply {
  const reply = errorReply(401, 'UNAUTHORIZED', 'authentication required')
  return { ...reply, headers: { ...reply.headers, 'www-authenticate': value } }
}

function allows(scope: string, repository: string, access: 'pull' | 'push'): boolean {
  const [, name, actions = ''] = scope.split(':')
  return name === repository && actions.split(',').includes(access)
}

async function* bodyChunks(request: IncomingMessage, spoilt: number | undefined): AsyncGenerator<Buffer> {
  let size = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      if (spoilt !== undefined && size >= spoilt) throw new Broken()
      yield chunk
    }
  } catch {
    throw new Broken()
  }
}

async function bodyOf(request: IncomingMessage, spoilt?: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of bodyChunks(request, spoilt)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function deliver(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
  cut: boolean,
): Promise<void> {
  const { status, headers = {}, body = Buffer.alloc(0) } = reply
  response.writeHead(status, { ...headers, 'content-length': body.length })
  if (request.method === 'HEAD') response.end()
  else if (!cut) response.end(body)
  else {
    await new Promise<void>(resolve => response.write(body.subarray(0, body.length / 2), () => resolve()))
    throw new Broken()
  }
}
