import { createHash, type Hash, randomUUID } from 'node:crypto'
import { isDigest } from '../../src/oci/digest.js'
import {
  bodyChunks,
  bodyOf,
  errorReply,
  type RegistryRequest,
  type Reply,
  type Route,
} from './registry-http.js'
import { digestHeader, nameOf, type Site } from './registry-site.js'

interface Upload {
  readonly repository: string
  readonly hash: Hash
  /** The bytes received so far; empty if bytes are not kept. */
  readonly chunks: Buffer[]
  size: number
}

/** Part of each location. Clients must send it back unchanged. */
const STATE = '?_state=a%2Fb%3D%3D'

/** Uploads in one request, in one request after a session was opened, or in chunks; and mounts. */
export function uploadRoutes(site: Site): readonly Route[] {
  const uploads = new Uploads(site)
  return [
    {
      methods: ['POST'],
      path: /^\/v2\/(?<name>.+)\/blobs\/uploads\/$/,
      access: 'push',
      handle: asked => uploads.start(asked),
    },
    {
      methods: ['GET', 'PATCH', 'PUT', 'DELETE'],
      path: /^\/(v2|storage)\/(?<name>.+)\/blobs\/uploads\/(?<session>[^/]+)$/,
      access: 'push',
      handle: asked => uploads.continue(asked),
    },
  ]
}

class Uploads {
  readonly #site: Site
  readonly #uploads = new Map<string, Upload>()

  constructor(site: Site) {
    this.#site = site
  }

  async start(asked: RegistryRequest): Promise<Reply> {
    const { store, options } = this.#site
    const repository = nameOf(asked)
    const query = asked.url.searchParams
    const [mount, from] = [query.get('mount'), query.get('from') ?? '']
    if (isDigest(mount) && options.mounts !== false && store.has(from, mount)) {
      store.repository(repository).blobs.add(mount)
      return this.#created(repository, mount)
    }
    const upload: Upload = { repository, hash: createHash('sha256'), chunks: [], size: 0 }
    const digest = query.get('digest')
    if (digest !== null) return this.#finish(asked, upload, digest)
    const session = randomUUID()
    this.#uploads.set(session, upload)
    return { status: 202, headers: this.#sessionHeaders(session, upload) }
  }

  async continue(asked: RegistryRequest): Promise<Reply> {
    const { session = '' } = asked.params
    const upload = this.#uploads.get(session)
    if (upload?.repository !== nameOf(asked)) return errorReply(404, 'BLOB_UPLOAD_UNKNOWN')
    if (!asked.url.search.startsWith(STATE)) return errorReply(400, 'BLOB_UPLOAD_INVALID', 'state is lost')
    switch (asked.request.method) {
      case 'GET':
        return { status: 204, headers: this.#sessionHeaders(session, upload) }
      case 'PATCH':
        return this.#append(asked, session, upload)
      case 'PUT':
        if (isOutOfOrder(asked, upload))
          return { status: 416, headers: this.#sessionHeaders(session, upload) }
        this.#uploads.delete(session)
        return this.#finish(asked, upload, asked.url.searchParams.get('digest') ?? '')
      default:
        this.#uploads.delete(session)
        return { status: 204 }
    }
  }

  async #append(asked: RegistryRequest, session: string, upload: Upload): Promise<Reply> {
    if (isOutOfOrder(asked, upload)) return { status: 416, headers: this.#sessionHeaders(session, upload) }
    // A chunk is stored only if it arrives completely.
    this.#add(upload, await bodyOf(asked, this.#site.options.maxBody))
    return { status: 202, headers: this.#sessionHeaders(session, upload) }
  }

  async #finish(asked: RegistryRequest, upload: Upload, digest: string): Promise<Reply> {
    for await (const chunk of bodyChunks(asked, this.#site.options.maxBody)) this.#add(upload, chunk)
    const { repository, hash, chunks, size } = upload
    const actual = `sha256:${hash.digest('hex')}`
    if (!isDigest(digest) || actual !== digest) return errorReply(400, 'DIGEST_INVALID', `it is ${actual}`)
    this.#site.store.addBlob(repository, Buffer.concat(chunks), digest, size)
    return this.#created(repository, digest)
  }

  #add(upload: Upload, bytes: Buffer): void {
    upload.hash.update(bytes)
    upload.size += bytes.length
    if (!this.#site.options.forgetBytes) upload.chunks.push(bytes)
  }

  #created(repository: string, digest: Parameters<typeof digestHeader>[1]): Reply {
    const location = `/v2/${repository}/blobs/${digest}`
    return { status: 201, headers: { location, ...digestHeader(this.#site, digest) } }
  }

  /** The location and the range of the session. */
  #sessionHeaders(session: string, { repository, size }: Upload): Record<string, string> {
    const path = `${repository}/blobs/uploads/${session}${STATE}`
    const { url, storageUrl, options } = this.#site
    const places = {
      relative: `/v2/${path}`,
      absolute: `${url}/v2/${path}`,
      foreign: `${storageUrl}/storage/${path}`,
    }
    return { location: places[options.locations ?? 'relative'], range: `0-${Math.max(size - 1, 0)}` }
  }
}

/** If a chunk has a Content-Range, it must start where the previous chunk ended. */
function isOutOfOrder({ request }: RegistryRequest, { size }: Upload): boolean {
  const range = request.headers['content-range']
  if (range === undefined) return false
  const [, from, to] = /^(\d+)-(\d+)$/.exec(range) ?? []
  return Number(from) !== size || Number(to) - Number(from) + 1 !== Number(request.headers['content-length'])
}
