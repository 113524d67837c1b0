import { createHash } from 'node:crypto'

/**
 * The part of Azure's blob storage that GitHub's clients use: whole or block-wise PUT, GET and HEAD with ranges.
 * https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api
 *
 * @typedef {{
 *   id: string, type: string, fileName: string,
 *   content: Buffer | undefined, blocks: Map<string, Buffer>,
 * }} Blob
 * @typedef {import('./results-service.js').Fault} Fault
 */

/** @returns {Blob} */
export function emptyBlob(id, type, fileName) {
  return { id, type, fileName, content: undefined, blocks: new Map() }
}

/** `PUT block`, `PUT blocklist`, `PUT blob`, `GET blob` or `HEAD blob`. */
export function blobOperation(method, query) {
  return `${method} ${method === 'PUT' ? (query.get('comp') ?? 'blob') : 'blob'}`
}

/** Answers a request after its body was received. */
export function serveBlob(blob, operation, { request, response, query, body, fault }) {
  switch (operation) {
    case 'PUT block':
      blob.blocks.set(query.get('blockid'), body)
      return created(response)
    case 'PUT blocklist':
      return commit(blob, body.toString(), response)
    case 'PUT blob':
      blob.content = body
      return created(response)
    case 'GET blob':
    case 'HEAD blob':
      return send(blob, request, response, fault)
    default:
      return refuse(response, 405, 'UnsupportedHttpVerb')
  }
}

export function refuse(response, status, code) {
  response.writeHead(status, { 'content-type': 'application/xml', 'x-ms-error-code': code })
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`)
}

function created(response) {
  response.writeHead(201, { etag: '"0x1"', 'last-modified': new Date().toUTCString() }).end()
}

function commit(blob, list, response) {
  const ids = [...list.matchAll(/<(?:Latest|Uncommitted|Committed)>([^<]*)</g)].map(match => match[1])
  if (ids.some(id => !blob.blocks.has(id))) return refuse(response, 400, 'InvalidBlockList')
  blob.content = Buffer.concat(ids.map(id => blob.blocks.get(id)))
  blob.blocks.clear()
  created(response)
}

function send(blob, request, response, fault) {
  if (!blob.content) return refuse(response, 404, 'BlobNotFound')
  const content = fault?.corrupt ? corrupted(blob.content) : blob.content
  const range = rangeOf(request.headers['x-ms-range'] ?? request.headers.range, content.length)
  const part = content.subarray(range?.first ?? 0, (range?.last ?? content.length - 1) + 1)
  response.writeHead(range ? 206 : 200, {
    'content-type': blob.type,
    'content-disposition': `attachment; filename="${blob.fileName}"; filename*=UTF-8''${encodeURIComponent(blob.fileName)}`,
    'content-length': part.length,
    'accept-ranges': 'bytes',
    etag: `"${createHash('sha256').update(blob.content).digest('hex').slice(0, 16)}"`,
    'last-modified': new Date().toUTCString(),
    ...(range ? { 'content-range': `bytes ${range.first}-${range.last}/${content.length}` } : {}),
  })
  if (request.method === 'HEAD') return response.end()
  if (fault?.stallAfter !== undefined) return response.write(part.subarray(0, fault.stallAfter))
  if (fault?.cutAfter === undefined) return response.end(part)
  response.write(part.subarray(0, fault.cutAfter), () => response.destroy())
}

function corrupted(content) {
  const copy = Buffer.from(content)
  copy[0] ^= 0xff
  return copy
}

function rangeOf(header, size) {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '')
  if (!match) return undefined
  return { first: Number(match[1]), last: Math.min(match[2] ? Number(match[2]) : size - 1, size - 1) }
}
