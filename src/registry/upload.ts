import { Readable } from 'node:stream'
import { discardBody, getHeader, type RequestError, type Response, responseError } from '../http/message.js'
import type { Blob } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import { openVerified } from '../oci/verify.js'
import { parseUrl } from '../util/text.js'
import {
  isChunkTooLarge,
  isMonolithicRefusal,
  isSessionLost,
  isTooSmallToChunk,
  type RegistryCall,
  UploadMode,
} from './client.js'

/** How a blob came to be in its repository. */
export type BlobOutcome = 'existed' | 'mounted' | 'uploaded'

export interface UploadOptions {
  /** Where the registry waits for the blob already, as after a mount that it would not do; for the first try. */
  readonly session?: URL | undefined
  /** Called with bytes that are done, or a negative number for those that must be sent again; in sum the blob's size. */
  readonly onSent?: (bytes: number) => void
}

/**
 * One try to bring a blob in (OCI distribution-spec, "Pushing blobs"): POST and then the whole of it in one PUT, or in pieces where
 * the registry takes no whole one. A new try must begin here again: the old upload session may be spoilt.
 *
 * @param habits what is known of the registry; learns
 */
export async function uploadBlob(
  send: SendCall,
  blob: Blob,
  options: UploadOptions,
  habits: UploadMode = new UploadMode(),
): Promise<void> {
  const told = new SentBytes(options.onSent)
  let refusal: RequestError | undefined
  if (habits.canUploadMonolithically(blob.size)) {
    try {
      return await uploadMonolithic(send, blob, options.session, told)
    } catch (error) {
      if (!isMonolithicRefusal(error) || isTooSmallToChunk(error, blob.size)) throw error
      refusal = error
    }
  }
  await uploadChunked(send, blob, habits, told).catch(error => {
    // The first refusal says what is in the way; the second, that there is no way round.
    if (refusal && isMonolithicRefusal(error)) throw refusal
    if (refusal) habits.recordRefusal(refusal)
    throw error
  })
  if (refusal) habits.recordRefusal(refusal)
}

/** A session that was given may be gone meanwhile, which says nothing of what the registry takes. */
async function uploadMonolithic(
  send: SendCall,
  blob: Blob,
  given: URL | undefined,
  told: SentBytes,
): Promise<void> {
  if (given) {
    try {
      return await putMonolithic(send, blob, given, told.add)
    } catch (error) {
      if (!isSessionLost(error)) throw error
      told.reset()
    }
  }
  await putMonolithic(send, blob, (await openSession(send)).url, told.add)
}

async function putMonolithic(
  send: SendCall,
  blob: Blob,
  session: URL,
  onSent: (bytes: number) => void,
): Promise<void> {
  await send(
    {
      method: 'PUT',
      target: withDigest(session, blob.digest),
      access: 'push',
      headers: OCTET_STREAM,
      body: { size: blob.size, open: () => openVerified(blob), onSent },
      expect: [200, 201, 202, 204],
      noRetry: true,
    },
    discardBody,
  )
}

/** With smaller pieces, and from the start, while they are too large. */
async function uploadChunked(send: SendCall, blob: Blob, habits: UploadMode, told: SentBytes): Promise<void> {
  for (;;) {
    const { piece } = habits
    told.reset()
    try {
      return await sendChunks(send, blob, piece, told.add)
    } catch (error) {
      if (!isChunkTooLarge(error) || !habits.shrinkChunks(piece)) throw error
    }
  }
}

/** What was told as sent and may have to be taken back. */
class SentBytes {
  readonly #tell: (bytes: number) => void
  #sent = 0

  constructor(tell: (bytes: number) => void = () => {}) {
    this.#tell = tell
  }

  readonly add = (bytes: number): void => {
    this.#sent += bytes
    this.#tell(bytes)
  }

  reset(): void {
    if (this.#sent !== 0) this.add(-this.#sent)
  }
}

/** Makes a call on the repository that is pushed to. */
export type SendCall = <T>(call: RegistryCall, read: (response: Response) => T | Promise<T>) => Promise<T>

/** Where a registry waits for a blob. */
interface UploadSession {
  readonly url: URL
  /** In bytes; the last piece may have less. */
  readonly minChunkBytes: number
}

const OCTET_STREAM = { 'content-type': 'application/octet-stream' }

/** Asks where to send a blob. */
function openSession(send: SendCall): Promise<UploadSession> {
  const call: RegistryCall = {
    method: 'POST',
    target: 'blobs/uploads/',
    access: 'push',
    expect: [200, 202, 204],
    noRetry: true,
  }
  return send(call, async response => {
    const least = Number(getHeader(response, 'oci-chunk-min-length') ?? 0)
    return { url: await sessionUrlOf(response), leastPiece: Number.isSafeInteger(least) ? least : 0 }
  })
}

/**
 * The session's address, relative or whole. Behind a proxy that ends TLS, a registry may think itself plain HTTP.
 *
 * @param known where it was until now, for an answer that does not say it anew
 */
export async function sessionUrlOf(response: Response, known?: URL): Promise<URL> {
  await discardBody(response)
  const { url } = response.request
  const location = getHeader(response, 'location')
  const session = location === undefined ? known && new URL(known) : parseUrl(location, url)
  if (session === undefined) throw responseError(response, 'the answer says not where to upload')
  if (session.host === url.host) session.protocol = url.protocol
  return session
}

/** The query stays as the registry wrote it, since it may be signed. */
function withDigest(session: URL, digest: Digest): URL {
  const url = new URL(session)
  url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(digest)}`
  return url
}

/** What is left to be sent begins at `at`, and goes to `url`. */
interface UploadPosition {
  readonly url: URL
  readonly offset: number
  /** Of how many pieces in a row only a part was taken. */
  readonly partialChunks: number
}

/** A registry that takes crumbs would need requests without end. */
const MAX_PARTIAL_CHUNKS = 2

/**
 * One try to bring a blob in by PATCH after PATCH, in pieces of so many bytes, and an empty PUT (OCI distribution-spec, "Pushing a
 * blob in chunks"). A registry that wants larger ones gets them.
 */
async function sendChunks(
  send: SendCall,
  blob: Blob,
  piece: number,
  onSent: (bytes: number) => void,
): Promise<void> {
  const session: UploadSession = await openSession(send)
  const most = Math.max(piece, session.minChunkBytes)
  const reader = new ChunkReader(blob)
  try {
    let stand: UploadPosition = { url: session.url, offset: 0, partialChunks: 0 }
    while (stand.offset < blob.size) {
      const { url, offset } = stand
      const size = Math.min(most, blob.size - offset)
      const body = { size, open: () => reader.open(offset, size), onSent }
      const range = `${offset}-${offset + size - 1}`
      stand = await send(patchCall(url, body, range), answer => positionAfter(answer, stand, size, session))
    }
    await send(finishCall(stand.url, blob), discardBody)
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

/** A registry may have taken less than it was sent. One that tells nothing has taken all. */
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
  const taken = next - offset
  if (taken === size) return { url, offset: next, partialChunks: 0 }
  const goesOn =
    taken > 0 && taken >= minChunkBytes && taken < size && before.partialChunks < MAX_PARTIAL_CHUNKS
  if (goesOn) return { url, offset: next, partialChunks: before.partialChunks + 1 }
  throw responseError(response, `after bytes ${offset}-${offset + size - 1} it says to hold ${next}`)
}

/** Reads a blob piece after piece in one go; only a piece that is wanted once more makes it begin again. */
class ChunkReader {
  readonly #blob: Blob
  #cursor: BlobCursor | undefined

  constructor(blob: Blob) {
    this.#blob = blob
  }

  /** The bytes from `from` on. The last ones fail with `DigestMismatch` where the whole is not what it should be. */
  open(from: number, size: number): Readable {
    return Readable.from(this.#read(from, size), { objectMode: false })
  }

  close(): void {
    this.#cursor?.close()
  }

  async *#read(from: number, size: number): AsyncGenerator<Buffer> {
    const cursor = this.#take(from)
    let left = size
    try {
      await cursor.skipTo(from)
      while (left > 0) {
        const chunk = await cursor.next(left)
        if (!chunk) return
        left -= chunk.length
        yield chunk
      }
    } finally {
      if (left > 0) cursor.close()
      else this.#cursor = cursor
    }
  }

  /** For one reader at a time. */
  #take(from: number): BlobCursor {
    const known = this.#cursor
    this.#cursor = undefined
    if (known?.at === from) return known
    known?.close()
    return new BlobCursor(openVerified(this.#blob))
  }
}

/** A place in a stream. */
class BlobCursor {
  readonly #stream: Readable
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer | undefined
  #at = 0

  constructor(stream: Readable) {
    this.#stream = stream
    this.#chunks = stream[Symbol.asyncIterator]()
  }

  get at(): number {
    return this.#at
  }

  /** Some bytes, `most` at most; none at the end. */
  async next(most: number): Promise<Buffer | undefined> {
    const chunk = this.#rest ?? (await this.#pull())
    if (!chunk) return undefined
    const given = chunk.subarray(0, most)
    this.#rest = given.length < chunk.length ? chunk.subarray(given.length) : undefined
    this.#at += given.length
    return given
  }

  async skipTo(place: number): Promise<void> {
    while (this.#at < place && (await this.next(place - this.#at)));
  }

  close(): void {
    this.#stream.destroy()
  }

  async #pull(): Promise<Buffer | undefined> {
    const { done, value } = await this.#chunks.next()
    return done ? undefined : value
  }
}
