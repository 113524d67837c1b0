import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Digest } from '../../src/oci/digest.js'
import type { Reference } from '../../src/oci/reference.js'
import { blobRoutes } from './registry-blobs.js'
import { type Fault, type FaultAction, Faults } from './registry-faults.js'
import { Gate, scopesOf } from './registry-gate.js'
import { Broken, deliver, errorReply, Refused, type Reply, type Route } from './registry-http.js'
import { listRoutes } from './registry-lists.js'
import { manifestRoutes } from './registry-manifests.js'
import type { RegistryOptions } from './registry-options.js'
import type { Site } from './registry-site.js'
import { Store, type StoredRepository } from './registry-store.js'
import { uploadRoutes } from './registry-uploads.js'

export type { Fault, FaultAction } from './registry-faults.js'
export type { Auth, RegistryOptions } from './registry-options.js'

export interface LogEntry {
  method: string
  /** Path with query. */
  path: string
  origin: 'registry' | 'storage'
  authorization: string | undefined
  /** The port of the client, which identifies the connection. */
  port: number | undefined
  headers: http.IncomingHttpHeaders
  /** The status of the answer; 0 if there was no answer. */
  status: number
}

/** Starts a registry on a free loopback port. The caller must `close` it. */
export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const registry = new TestRegistry(options)
  await registry.listen()
  return registry
}

/** An OCI distribution-spec 1.1 registry in this process. Its content is in memory, and faults can be injected. */
export class TestRegistry implements Site {
  readonly options: RegistryOptions
  readonly store = new Store()
  readonly log: LogEntry[] = []
  /** Violations of rules for clients; `close` throws if there are any. */
  readonly violations: string[] = []
  /** Called before each change of a tag becomes visible. */
  onTag: (repository: string, tag: string, digest: Digest) => void = () => {}
  /** Called for each request to the registry; the request waits for its promise. */
  onRequest: (method: string, path: string) => void | Promise<void> = () => {}
  readonly #faults = new Faults()
  readonly #gate: Gate
  readonly #routes: readonly Route[]
  readonly #main: http.Server
  readonly #storage: http.Server

  constructor(options: RegistryOptions) {
    this.options = options
    this.#gate = new Gate(options)
    this.#routes = [blobRoutes, uploadRoutes, manifestRoutes, listRoutes].flatMap(of => of(this))
    const listener = (origin: LogEntry['origin']) => (request: IncomingMessage, response: ServerResponse) =>
      void this.#serve(origin, request, response)
    this.#main = options.tls
      ? https.createServer(options.tls, listener('registry'))
      : http.createServer(listener('registry'))
    this.#storage = http.createServer(listener('storage'))
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

  /** `host:port` of the second origin. */
  get storageUrl(): string {
    return `http://127.0.0.1:${portOf(this.#storage)}`
  }

  /** All blobs of all repositories; empty buffers if bytes are not kept. */
  get blobs(): Map<Digest, Buffer> {
    return this.store.blobs
  }

  get repositories(): Map<string, StoredRepository> {
    return this.store.repositories
  }

  reference(repository: string, tag?: string): Reference {
    return { registry: this.host, repository, ...(tag !== undefined && { tag }) }
  }

  fault(rule: Fault): void {
    this.#faults.add(rule)
  }

  clearFaults(): void {
    this.#faults.clear()
  }

  /** Revokes all tokens issued so far. */
  expireTokens(): void {
    this.#gate.expireTokens()
  }

  /** The matching requests, except requests that were answered with 401. */
  requests(method: string, path: RegExp): LogEntry[] {
    return this.log.filter(entry => entry.method === method && path.test(entry.path) && entry.status !== 401)
  }

  /** The current digest of a tag, regardless of `lag`. */
  tag(repository: string, tag: string): Digest | undefined {
    return this.store.tag(repository, tag)
  }

  /** Adds a blob without the API. */
  addBlob(repository: string, bytes: Buffer): Digest {
    return this.store.addBlob(repository, bytes)
  }

  repository(name: string): StoredRepository {
    return this.store.repository(name)
  }

  /** The digests that a manifest or index refers to, directly or through other manifests, and that are missing. */
  missing(repository: string, digest: Digest): Digest[] {
    return this.store.missing(repository, digest)
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
    const port = socket.remotePort
    const entry: LogEntry = { method, path, origin, authorization, port, headers, status: 0 }
    this.log.push(entry)
    if (origin === 'storage' && authorization !== undefined)
      this.violations.push(`${method} ${path} sent an Authorization header to the storage host`)
    const fault = this.#faults.next(method, path)
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

  async #route(request: IncomingMessage, url: URL, breakAfter: number | undefined): Promise<Reply> {
    if (url.pathname === '/token') return this.#gate.giveToken(request, url)
    for (const { methods, path, access, handle } of this.#routes) {
      const match = path.exec(url.pathname)
      if (!match || !methods.includes(request.method ?? '')) continue
      const params = match.groups ?? {}
      const scopes = scopesOf(params.name, access, url.searchParams.get('from'))
      if (!url.pathname.startsWith('/storage/')) this.#gate.authorize(request, scopes, this.url)
      const { headStatus } = this.options
      if (request.method === 'HEAD' && headStatus !== undefined) return { status: headStatus }
      return handle({ request, url, params, breakAfter })
    }
    return errorReply(404, 'UNSUPPORTED', `no such endpoint: ${request.method} ${url.pathname}`)
  }
}

function portOf(server: http.Server): number {
  return (server.address() as AddressInfo).port
}
