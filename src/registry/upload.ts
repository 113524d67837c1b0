import type { Blob } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import { verified } from '../oci/verify.js'
import { urlFrom } from '../util/url.js'
import type { Call } from './client.js'
import type { Body, Response } from './exchange.js'
import { RequestError } from './request-error.js'
import { discard, failed, header } from './response.js'

/** Makes a call on the repository that is pushed to. */
export type Send = <T>(call: Call, read: (response: Response) => T | Promise<T>) => Promise<T>

/** How a blob came to be in its repository. */
export type How = 'existed' | 'mounted' | 'uploaded'

export interface UploadOptions {
  /** Repositories of the same registry that may hold the blob already. */
  readonly from?: readonly string[]
  /** Called with bytes that are done, or a negative number for those that must be sent again; in sum the blob's size. */
  readonly onSent?: (bytes: number) => void
}

/**
 * One try to bring a blob in (OCI distribution-spec, "Pushing blobs"): mounted from another repository, or POST and
 * then the whole of it in one PUT. A new try must begin here again: the old upload session may be spoilt.
 */
export async function upload(send: Send, blob: Blob, options: UploadOptions): Promise<How> {
  const session = await openSession(send, blob.digest, options.from ?? [])
  if (session === undefined) return 'mounted'
  const call: Call = {
    method: 'PUT',
    target: withDigest(session, blob.digest),
    access: 'push',
    headers: { 'content-type': 'application/octet-stream' },
    body: verifiedBody(blob, options.onSent),
    expect: [200, 201, 204],
    once: true,
  }
  await send(call, discard)
  return 'uploaded'
}

/** Where to send the blob; `undefined` when it was mounted. */
async function openSession(send: Send, digest: Digest, from: readonly string[]): Promise<URL | undefined> {
  for (const repository of from) {
    const answer = await tryMount(send, digest, repository)
    if (answer !== 'refused') return answer
  }
  const call = {
    method: 'POST',
    target: 'blobs/uploads/',
    access: 'push',
    expect: [202],
    once: true,
  } as const
  return send(call, sessionOf)
}

/** A mount is worth a try and no more: a registry that does not do it offers an upload, or may refuse in its own way. */
async function tryMount(send: Send, digest: Digest, from: string): Promise<URL | undefined | 'refused'> {
  const query = new URLSearchParams({ mount: digest, from })
  const target = `blobs/uploads/?${query}`
  const call = { method: 'POST', target, access: 'push', from, expect: [201, 202], once: true } as const
  try {
    return await send(call, async response => {
      if (response.status === 202) return sessionOf(response)
      await discard(response)
      return undefined
    })
  } catch (error) {
    if (error instanceof RequestError && error.status !== undefined && error.status < 500) return 'refused'
    throw error
  }
}

/** The session's address, relative or whole. Behind a proxy that ends TLS, a registry may think itself plain HTTP. */
async function sessionOf(response: Response): Promise<URL> {
  await discard(response)
  const { url } = response.request
  const location = header(response, 'location')
  const session = location === undefined ? undefined : urlFrom(location, url)
  if (session === undefined) throw failed(response, 'the answer says not where to upload')
  if (session.host === url.host) session.protocol = url.protocol
  return session
}

/** The query stays as the registry wrote it, since it may be signed. */
function withDigest(session: URL, digest: Digest): URL {
  const url = new URL(session)
  url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(digest)}`
  return url
}

function verifiedBody(blob: Blob, onSent: ((bytes: number) => void) | undefined): Body {
  return { size: blob.size, open: () => verified(blob), ...(onSent && { onSent }) }
}
