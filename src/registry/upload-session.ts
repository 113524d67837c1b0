import type { Response } from '../http/message.js'
import { discard, failed, header } from '../http/response.js'
import type { Digest } from '../oci/digest.js'
import { urlFrom } from '../util/url.js'
import type { Call } from './client.js'

/** Makes a call on the repository that is pushed to. */
export type Send = <T>(call: Call, read: (response: Response) => T | Promise<T>) => Promise<T>

/** Where a registry waits for a blob. */
export interface Session {
  readonly url: URL
  /** In bytes; the last piece may have less. */
  readonly leastPiece: number
}

export const OCTETS = { 'content-type': 'application/octet-stream' }

/** Asks where to send a blob. */
export function openSession(send: Send): Promise<Session> {
  const call: Call = {
    method: 'POST',
    target: 'blobs/uploads/',
    access: 'push',
    expect: [200, 202, 204],
    once: true,
  }
  return send(call, async response => {
    const least = Number(header(response, 'oci-chunk-min-length') ?? 0)
    return { url: await sessionOf(response), leastPiece: Number.isSafeInteger(least) ? least : 0 }
  })
}

/**
 * The session's address, relative or whole. Behind a proxy that ends TLS, a registry may think itself plain HTTP.
 *
 * @param known where it was until now, for an answer that does not say it anew
 */
export async function sessionOf(response: Response, known?: URL): Promise<URL> {
  await discard(response)
  const { url } = response.request
  const location = header(response, 'location')
  const session = location === undefined ? known && new URL(known) : urlFrom(location, url)
  if (session === undefined) throw failed(response, 'the answer says not where to upload')
  if (session.host === url.host) session.protocol = url.protocol
  return session
}

/** The query stays as the registry wrote it, since it may be signed. */
export function withDigest(session: URL, digest: Digest): URL {
  const url = new URL(session)
  url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(digest)}`
  return url
}
