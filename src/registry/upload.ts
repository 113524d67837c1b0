import { Readable } from 'node:stream'
import { discardBody, getHeader, type RequestError, type Response, responseError } from '../http/message.js'
import type { Blob } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import { openVerified } from '../oci/verify.js'
import { parseUrl } from '../util/text.js'
import { type Call, isHopeless, isLost, isTooLarge, UploadMode, wantsPieces } from './client.js'

/** How a blob came to be in its repository. */
export type How = 'existed' | 'mounted' | 'uploaded'

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
export async function upload(
  send: Send,
  blob: Blob,
  options: UploadOptions,
  habits: UploadMode = new UploadMode(),
): Promise<void> {
  const told = new SentBytes(options.onSent)
  let refusal: RequestError | undefined
  if (habits.takesWhole(blob.size)) {
    try {
      return await uploadWhole(send, blob, options.session, told)
    } catch (error) {
      if (!wantsPieces(error) || isHopeless(error, blob.size)) throw error
      refusal = error
    }
  }
  await inPieces(send, blob, habits, told).catch(error => {
    // The first refusal says what is in the way; the second, that there is no way round.
    if (refusal && wantsPieces(error)) throw refusal
    if (refusal) habits.learn(refusal)
    throw error
  })
  if (refusal) habits.learn(refusal)
}

/** A session that was given may be gone meanwhile, which says nothing of what the registry takes. */
async function uploadWhole(send: Send, blob: Blob, given: URL | undefined, told: SentBytes): Promise<void> {
  if (given) {
    try {
      return await putWhole(send, blob, given, told.add)
    } catch (error) {
      if (!isLost(error)) throw error
      told.clear()
    }
  }
  await putWhole(send, blob, (await openSession(send)).url, told.add)
}

async function putWhole(
  send: Send,
  blob: Blob,
  session: URL,
  onSent: (bytes: number) => void,
): Promise<void> {
  await send(
    {
      method: 'PUT',
      target: withDigest(session, blob.digest),
      access: 'push',
      headers: OCTETS,
      body: { size: blob.size, open: () => openVerified(blob), onSent },
      expect: [200, 201, 202, 204],
      once: true,
    },
    discardBody,
  )
}

/** With smaller pieces, and from the start, while they are too large. */
async function inPieces(send: Send, blob: Blob, habits: UploadMode, told: SentBytes): Promise<void> {
  for (;;) {
    const { piece } = habits
    told.clear()
    try {
      return await uploadPieces(send, blob, piece, told.add)
    } catch (error) {
      if (!isTooLarge(error) || !habits.shrink(piece)) throw error
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

  clear(): void {
    if (this.#sent !== 0) this.add(-this.#sent)
  }
}

/** Makes a call on the repository that is pushed to. */
export type Send = <T>(call: Call, read: (response: Response) => T | Promise<T>) => Promise<T>

/** Where a registry waits for a blob. */
interface Session {
  readonly url: URL
  /** In bytes; the last piece may have less. */
  readonly leastPiece: number
}

const OCTETS = { 'content-type': 'application/octet-stream' }

/** Asks where to send a blob. */
function openSession(send: Send): Promise<Session> {
  const call: Call = {
    method: 'POST',
    target: 'blobs/uploads/',
    access: 'push',
    expect: [200, 202, 204],
    once: true,
  }
  return send(call, async response => {
    const least = Number(getHeader(response, 'oci-chunk-min-length') ?? 0)
    return { url: await sessionOf(response), leastPiece: Number.isSafeInteger(least) ? least : 0 }
  })
}

/**
 * The session's address, relative or whole. Behind a proxy that ends TLS, a registry may think itself plain HTTP.
 *
 * @param known where it was until now, for an answer that does not say it anew
 */
export async function sessionOf(response: Response, known?: URL): Promise<URL> {
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
interface Stand {
  readonly url: URL
  readonly at: number
  /** Of how many pieces in a row only a part was taken. */
  readonly short: number
}

/** A registry that takes crumbs would need requests without end. */
const MOST_SHORT = 2

/**
 * One try to bring a blob in by PATCH after PATCH, in pieces of so many bytes, and an empty PUT (OCI distribution-spec, "Pushing a
 * blob in chunks"). A registry that wants larger ones gets them.
 */
async function uploadPieces(
  send: Send,
  blob: Blob,
  piece: number,
  onSent: (bytes: number) => void,
): Promise<void> {
  const session: Session = await openSession(send)
  const most = Math.max(piece, session.leastPiece)
  const reader = new PieceReader(blob)
  try {
    let stand: Stand = { url: session.url, at: 0, short: 0 }
    while (stand.at < blob.size) {
      const { url, at } = stand
      const size = Math.min(most, blob.size - at)
      const body = { size, open: () => reader.open(at, size), onSent }
      const range = `${at}-${at + size - 1}`
      stand = await send(patch(url, body, range), answer => standOf(answer, stand, size, session))
    }
    await send(finish(stand.url, blob), discardBody)
  } finally {
    reader.close()
  }
}

function patch(target: URL, body: NonNullable<Call['body']>, range: string): Call {
  const headers = { ...OCTETS, 'content-range': range }
  return { method: 'PATCH', target, access: 'push', headers, body, expect: [200, 201, 202, 204], once: true }
}

function finish(url: URL, { digest }: Blob): Call {
  return {
    method: 'PUT',
    target: withDigest(url, digest),
    access: 'push',
    headers: OCTETS,
    expect: [200, 201, 202, 204],
    once: true,
  }
}

/** A registry may have taken less than it was sent. One that tells nothing has taken all. */
async function standOf(
  response: Response,
  before: Stand,
  size: number,
  { leastPiece }: Session,
): Promise<Stand> {
  const { at } = before
  const url = await sessionOf(response, response.request.url)
  const [, last] = /^(?:bytes=)?0-(\d+)$/.exec(getHeader(response, 'range')?.trim() ?? '') ?? []
  const next = last === undefined ? at + size : Number(last) + 1
  const taken = next - at
  if (taken === size) return { url, at: next, short: 0 }
  const goesOn = taken > 0 && taken >= leastPiece && taken < size && before.short < MOST_SHORT
  if (goesOn) return { url, at: next, short: before.short + 1 }
  throw responseError(response, `after bytes ${at}-${at + size - 1} it says to hold ${next}`)
}

/** Reads a blob piece after piece in one go; only a piece that is wanted once more makes it begin again. */
class PieceReader {
  readonly #blob: Blob
  #cursor: Cursor | undefined

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
  #take(from: number): Cursor {
    const known = this.#cursor
    this.#cursor = undefined
    if (known?.at === from) return known
    known?.close()
    return new Cursor(openVerified(this.#blob))
  }
}

/** A place in a stream. */
class Cursor {
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
