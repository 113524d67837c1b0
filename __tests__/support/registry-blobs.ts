import { type Digest, isDigest } from '../../src/oci/digest.js'
import { errorReply, type RegistryRequest, type Reply, type Route } from './registry-http.js'
import { digestHeader, nameOf, type Site } from './registry-site.js'

const PATH = /^\/v2\/(?<name>.+)\/blobs\/(?<digest>[^/]+:[^/]+)$/

/** Reads and deletes blobs. The storage's origin only reads them. */
export function blobRoutes(site: Site): readonly Route[] {
  return [
    { methods: ['GET', 'HEAD'], path: PATH, access: 'pull', handle: asked => getBlob(site, asked) },
    { methods: ['DELETE'], path: PATH, access: 'push', handle: asked => deleteBlob(site, asked) },
    {
      methods: ['GET', 'HEAD'],
      path: /^\/storage\/(?<digest>[^/]+:[^/]+)$/,
      access: 'pull',
      handle: asked => bytesOf(site, asked),
    },
  ]
}

function getBlob(site: Site, asked: RegistryRequest): Reply {
  const { digest } = asked.params
  if (!isDigest(digest) || !site.store.has(nameOf(asked), digest)) return errorReply(404, 'BLOB_UNKNOWN')
  if (!site.options.redirectBlobs) return bytesOf(site, asked)
  return { status: 307, headers: { location: `${site.storageUrl}/storage/${digest}?signature=secret` } }
}

function bytesOf(site: Site, { request, params }: RegistryRequest): Reply {
  const { digest } = params
  const bytes = isDigest(digest) ? site.store.blobs.get(digest) : undefined
  if (!isDigest(digest) || !bytes) return errorReply(404, 'BLOB_UNKNOWN')
  const headers = { 'content-type': 'application/octet-stream', ...digestHeader(site, digest) }
  if (request.method === 'HEAD') return { status: 200, headers: { ...headers, ...sizeHeader(site, digest) } }
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? []
  if (from === undefined) return { status: 200, headers, body: bytes }
  const [start, end] = [Number(from), Math.min(to ? Number(to) + 1 : bytes.length, bytes.length)]
  if (start >= end) return { status: 416, headers: { 'content-range': `bytes */${bytes.length}` } }
  const contentRange = `bytes ${start}-${end - 1}/${bytes.length}`
  return {
    status: 206,
    headers: { ...headers, 'content-range': contentRange },
    body: bytes.subarray(start, end),
  }
}

/** The blob's size, also if its bytes were not kept. */
function sizeHeader({ store }: Site, digest: Digest): Record<string, string> {
  return { 'content-length': String(store.sizes.get(digest) ?? 0) }
}

function deleteBlob({ store }: Site, asked: RegistryRequest): Reply {
  const { digest } = asked.params
  const isDeleted = isDigest(digest) && store.repositories.get(nameOf(asked))?.blobs.delete(digest)
  return isDeleted ? { status: 202 } : errorReply(404, 'BLOB_UNKNOWN')
}
