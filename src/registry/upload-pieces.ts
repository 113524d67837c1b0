import type { Response } from '../http/message.js'
import { discard, failed, header } from '../http/response.js'
import type { Blob } from '../oci/descriptor.js'
import type { Call } from './client.js'
import { PieceReader } from './piece-reader.js'
import { OCTETS, openSession, type Send, type Session, sessionOf, withDigest } from './upload-session.js'

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
export async function uploadPieces(
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
    await send(finish(stand.url, blob), discard)
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
  const [, last] = /^(?:bytes=)?0-(\d+)$/.exec(header(response, 'range')?.trim() ?? '') ?? []
  const next = last === undefined ? at + size : Number(last) + 1
  const taken = next - at
  if (taken === size) return { url, at: next, short: 0 }
  const goesOn = taken > 0 && taken >= leastPiece && taken < size && before.short < MOST_SHORT
  if (goesOn) return { url, at: next, short: before.short + 1 }
  throw failed(response, `after bytes ${at}-${at + size - 1} it says to hold ${next}`)
}
