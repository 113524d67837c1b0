import { discard } from '../http/response.js'
import type { Digest } from '../oci/digest.js'
import { type Send, sessionOf } from './upload-session.js'

/** What came of asking for a mount; an address is where the registry would rather have the blob sent. */
export type Mount = 'mounted' | 'refused' | URL

/**
 * Asks a registry to take a blob over from another of its repositories (OCI distribution-spec, "Mounting a blob from another
 * repository"). Throws `RequestError` where it would not.
 */
export function mount(send: Send, digest: Digest, from: string): Promise<Mount> {
  const target = `blobs/uploads/?${new URLSearchParams({ mount: digest, from })}`
  const call = { method: 'POST', target, access: 'push', from, expect: [201, 202], once: true } as const
  return send(call, async response => {
    if (response.status === 202) return sessionOf(response)
    await discard(response)
    return 'mounted'
  })
}
