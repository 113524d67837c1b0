import type { RequestError } from '../http/request-error.js'
import { discard } from '../http/response.js'
import type { Blob } from '../oci/descriptor.js'
import { verified } from '../oci/verify.js'
import { isHopeless, isLost, isTooLarge, UploadHabits, wantsPieces } from './upload-habits.js'
import { uploadPieces } from './upload-pieces.js'
import { OCTETS, openSession, type Send, withDigest } from './upload-session.js'

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
  habits: UploadHabits = new UploadHabits(),
): Promise<void> {
  const told = new Told(options.onSent)
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
async function uploadWhole(send: Send, blob: Blob, given: URL | undefined, told: Told): Promise<void> {
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
      body: { size: blob.size, open: () => verified(blob), onSent },
      expect: [200, 201, 202, 204],
      once: true,
    },
    discard,
  )
}

/** With smaller pieces, and from the start, while they are too large. */
async function inPieces(send: Send, blob: Blob, habits: UploadHabits, told: Told): Promise<void> {
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
class Told {
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
