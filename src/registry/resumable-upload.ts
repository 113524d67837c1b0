import { Readable } from 'node:stream'
import { discardBody, getHeader, type Response, responseError } from '../http/message.js'
import { RequestError } from '../http/request-error.js'
import type { Blob } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import { openVerified } from '../oci/verify.js'
import { parseUrl } from '../util/text.js'
import { isTooSmallToChunk, type RegistryCall, UploadMode } from './client.js'
import { withOwnOrigin } from './registry-url.js'

/** How a repository got a blob. */
export type BlobOutcome = 'existed' | 'mounted' | 'uploaded'

export interface UploadOptions {
  /** The URL of an open upload session, for example after a refused mount. It is used for the first try only. */
  readonly sessionUrl?: URL | undefined
  /** Called with the number of bytes sent, or a negative number for bytes to send again. The sum is the blob's size. */
  readonly onSent?: (bytes: number) => void
}

/** Sends a call to the repository that is pushed to. */
export type SendCall = <T>(call: RegistryCall, read: (response: Response) => T | Promise<T>) => Promise<T>

/**
 * One try to upload a blob (OCI distribution-spec, "Pushing blobs"): a POST and a monolithic PUT, or chunks if the registry
 * refuses that. The next try must start here again, since the old upload session may be unusable.
 *
 * @param mode what is known about the registry; updated by the upload
 */
export async function uploadBlob(
  send: SendCall,
  blob: Blob,
  options: UploadOptions,
  mode: UploadMode = new UploadMode(),
): Promise<void> {
  const sent = new SentBytes(options.onSent)
  let refusal: RequestError | undefined
  if (mode.canUploadMonolithically(blob.size)) {
    try {
      return await uploadMonolithic(send, blob, options.sessionUrl, sent)
    } catch (error) {
      if (!isMonolithicRefusal(error) || isTooSmallToChunk(error, blob.size)) throw error
      refusal = error
    }
  }
  await uploadChunked(send, blob, mode, sent).catch(error => {
    // If chunks are refused, too, the first refusal says why.
    if (refusal && isMonolithicRefusal(error)) throw refusal
    if (refusal) mode.recordRefusal(refusal)
    throw error
  })
  if (refusal) mode.recordRefusal(refusal)
}

/** Opens a new session if the given one no longer exists; that says nothing about what the registry accepts. */
async function uploadMonolithic(
  send: SendCall,
  blob: Blob,
  sessionUrl: URL | undefined,
  sent: SentBytes,
): Promise<void> {
  if (sessionUrl) {
    try {
      return await putMonolithic(send, blob, sessionUrl, sent.add)
    } catch (error) {
      if (!isSessionLost(error)) throw error
      sent.reset()
    }
  }
  await putMonolithic(send, blob, (await openSession(send)).url, sent.add)
}

async function putMonolithic(
  send: SendCall,
  blob: Blob,
  sessionUrl: URL,
  onSent: (bytes: number) => void,
): Promise<void> {
  await send(
    {
      method: 'PUT',
      target: withDigest(sessionUrl, blob.digest),
      access: 'push',
      headers: OCTET_STREAM,
      body: { size: blob.size, open: () => openVerified(blob), onSent },
      expect: [200, 201, 202, 204],
      noRetry: true,
    },
    discardBody,
  )
}

/** If chunks are too large, starts again with smaller ones. */
async function uploadChunked(send: SendCall, blob: Blob, mode: UploadMode, sent: SentBytes): Promise<void> {
  for (;;) {
    const { chunkBytes } = mode
    sent.reset()
    try {
      return await sendChunks(send, blob, chunkBytes, sent.add)
    } catch (error) {
      if (!isChunkTooLarge(error) || !mode.shrinkChunks(chunkBytes)) throw error
    }
  }
}

const MONOLITHIC_REFUSAL_STATUSES = new Set([405, 411, 413, 416, 501])

/** Whether a registry refused a monolithic upload, but may accept chunks. */
function isMonolithicRefusal(error: unknown): error is RequestError {
  if (!(error instanceof RequestError) || error.status === undefined) return false
  const isUnknownRoute = error.status === 404 && error.errorEntries.length === 0
  return MONOLITHIC_REFUSAL_STATUSES.has(error.status) || isUnknownRoute || error.hasErrorCode('UNSUPPORTED')
}

function isSessionLost(error: unknown): boolean {
  return error instanceof RequestError && error.status === 404
}

/** Some registries refuse large chunks with 416. */
function isChunkTooLarge(error: unknown): boolean {
  return error instanceof RequestError && (error.status === 413 || error.status === 416)
}

/** Counts the bytes reported as sent, so that they can be subtracted again. */
class SentBytes {
  readonly #onSent: (bytes: number) => void
  #sent = 0

  constructor(onSent: (bytes: number) => void = () => {}) {
    this.#onSent = onSent
  }

  readonly add = (bytes: number): void => {
    this.#sent += bytes
    this.#onSent(bytes)
  }

  reset(): void {
    if (this.#sent !== 0) this.add(-this.#sent)
  }
}

interface UploadSession {
  readonly url: URL
  /** In bytes. The last chunk may be smaller. */
  readonly minChunkBytes: number
}

const OCTET_STREAM = { 'content-type': 'application/octet-stream' }

function openSession(send: SendCall): Promise<UploadSession> {
  const call: RegistryCall = {
    method: 'POST',
    target: 'blobs/uploads/',
    access: 'push',
    expect: [200, 202, 204],
    noRetry: true,
  }
  return send(call, async response => {
    const min = Number(getHeader(response, 'oci-chunk-min-length') ?? 0)
    return { url: await sessionUrlOf(response), minChunkBytes: Number.isSafeInteger(min) ? min : 0 }
  })
}

/**
 * The URL of an upload session; `Location` may be relative, and may name the registry's own host with another protocol or without
 * its port (`withOwnOrigin`).
 *
 * @param current the session's URL so far, for a response without `Location`
 */
export async function sessionUrlOf(response: Response, current?: URL): Promise<URL> {
  await discardBody(response)
  const { url } = response.request
  const location = getHeader(response, 'location')
  const session = location === undefined ? current && new URL(current) : parseUrl(location, url)
  if (session === undefined) throw responseError(response, 'the answer does not contain an upload URL')
  return withOwnOrigin(session, url)
}

/** Keeps the query exactly as the registry wrote it, since it may be signed. */
function withDigest(sessionUrl: URL, digest: Digest): URL {
  const url = new URL(sessionUrl)
  url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(digest)}`
  return url
}

/** Where a chunked upload continues. */
interface UploadPosition {
  readonly url: URL
  /** In bytes, from the start of the blob. */
  readonly offset: number
  /** How many chunks in a row were accepted only in part. */
  readonly partialChunks: number
}

/** A registry that accepts only a few bytes at a time would need an unlimited number of requests. */
const MAX_PARTIAL_CHUNKS = 2

/**
 * One try to upload a blob in chunks: a PATCH for each, and an empty PUT (OCI distribution-spec, "Pushing a blob in chunks").
 * Chunks have `chunkBytes` bytes, or the registry's minimum if that is larger.
 */
async function sendChunks(
  send: SendCall,
  blob: Blob,
  chunkBytes: number,
  onSent: (bytes: number) => void,
): Promise<void> {
  const session: UploadSession = await openSession(send)
  const maxSize = Math.max(chunkBytes, session.minChunkBytes)
  const reader = new ChunkReader(blob)
  try {
    let position: UploadPosition = { url: session.url, offset: 0, partialChunks: 0 }
    while (position.offset < blob.size) {
      const { url, offset } = position
      const size = Math.min(maxSize, blob.size - offset)
      const body = { size, open: () => reader.open(offset, size), onSent }
      const range = `${offset}-${offset + size - 1}`
      position = await send(patchCall(url, body, range), response =>
        positionAfter(response, position, size, session),
      )
    }
    await send(finishCall(position.url, blob), discardBody)
  } finally {
    reader.close()
  }
}

function patchCall(target: URL, body: NonNullable<RegistryCall['body']>, range: string): RegistryCall {
  const headers = { ...OCTET_STREAM, 'content-range': range }
  return {
    method: 'PATCH',
    target,
    access: 'push',
    headers,
    body,
    expect: [200, 201, 202, 204],
    noRetry: true,
  }
}

function finishCall(url: URL, { digest }: Blob): RegistryCall {
  return {
    method: 'PUT',
    target: withDigest(url, digest),
    access: 'push',
    headers: OCTET_STREAM,
    expect: [200, 201, 202, 204],
    noRetry: true,
  }
}

/** A registry may accept only a part of a chunk; `Range` says how much. Without that header it has accepted the whole chunk. */
async function positionAfter(
  response: Response,
  before: UploadPosition,
  size: number,
  { minChunkBytes }: UploadSession,
): Promise<UploadPosition> {
  const { offset } = before
  const url = await sessionUrlOf(response, response.request.url)
  const [, last] = /^(?:bytes=)?0-(\d+)$/.exec(getHeader(response, 'range')?.trim() ?? '') ?? []
  const next = last === undefined ? offset + size : Number(last) + 1
  const accepted = next - offset
  if (accepted === size) return { url, offset: next, partialChunks: 0 }
  const canContinue =
    accepted > 0 && accepted >= minChunkBytes && accepted < size && before.partialChunks < MAX_PARTIAL_CHUNKS
  if (canContinue) return { url, offset: next, partialChunks: before.partialChunks + 1 }
  throw responseError(
    response,
    `after bytes ${offset}-${offset + size - 1} the registry reports ${next} bytes`,
  )
}

/** Reads a blob chunk by chunk from one stream. The stream is opened again only if a chunk must be read again. */
class ChunkReader {
  readonly #blob: Blob
  #cursor: BlobCursor | undefined

  constructor(blob: Blob) {
    this.#blob = blob
  }

  /** Opens `size` bytes from `offset` on. Reading the blob's last bytes fails with `DigestMismatch` if its content is wrong. */
  open(offset: number, size: number): Readable {
    return Readable.from(this.#read(offset, size), { objectMode: false })
  }

  close(): void {
    this.#cursor?.close()
  }

  async *#read(offset: number, size: number): AsyncGenerator<Buffer> {
    const cursor = this.#takeCursor(offset)
    let left = size
    try {
      await cursor.skipTo(offset)
      while (left > 0) {
        const bytes = await cursor.next(left)
        if (!bytes) return
        left -= bytes.length
        yield bytes
      }
    } finally {
      if (left > 0) cursor.close()
      else this.#cursor = cursor
    }
  }

  /** Takes the cursor for one reader. Opens a new one if the current one is at another offset. */
  #takeCursor(offset: number): BlobCursor {
    const current = this.#cursor
    this.#cursor = undefined
    if (current?.offset === offset) return current
    current?.close()
    return new BlobCursor(openVerified(this.#blob))
  }
}

/** A position in the stream of a blob. */
class BlobCursor {
  readonly #stream: Readable
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer | undefined
  #offset = 0

  constructor(stream: Readable) {
    this.#stream = stream
    this.#chunks = stream[Symbol.asyncIterator]()
  }

  get offset(): number {
    return this.#offset
  }

  /** Returns at least one and at most `maxBytes` bytes; `undefined` at the end. */
  async next(maxBytes: number): Promise<Buffer | undefined> {
    const chunk = this.#rest ?? (await this.#pull())
    if (!chunk) return undefined
    const bytes = chunk.subarray(0, maxBytes)
    this.#rest = bytes.length < chunk.length ? chunk.subarray(bytes.length) : undefined
    this.#offset += bytes.length
    return bytes
  }

  async skipTo(offset: number): Promise<void> {
    while (this.#offset < offset && (await this.next(offset - this.#offset)));
  }

  close(): void {
    this.#stream.destroy()
  }

  async #pull(): Promise<Buffer | undefined> {
    const { done, value } = await this.#chunks.next()
    return done ? undefined : value
  }
}
