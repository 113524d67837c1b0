import type { RFC3161Timestamp } from '@sigstore/core'
import { createSha256 } from '../util/crypto.js'
import { readAnswer, type ServiceClient, type SigningService, urlBelow } from './signing-service.js'

/** Requests a timestamp of a signature (RFC 3161), in base64. */
export async function requestTimestamp(
  client: ServiceClient,
  url: string,
  signature: Buffer,
): Promise<string> {
  const authority = authorityAt(url)
  const artifactHash = createSha256().update(signature).digest('base64')
  const { body } = await client.request(authority, {
    method: 'POST',
    url: timestampUrl(authority.url),
    json: { artifactHash, hashAlgorithm: 'sha256' },
  })
  const { RFC3161Timestamp } = await import('@sigstore/core')
  readAnswer(authority, body, answer => checkTimestamp(RFC3161Timestamp, answer, signature))
  return body.toString('base64')
}

/** A signing config contains the URL of the requests. GitHub publishes only the server. */
function timestampUrl(url: URL): URL {
  return url.pathname === '/' ? urlBelow(url, 'api/v1/timestamp') : url
}

function authorityAt(url: string): SigningService {
  return {
    name: 'The timestamp authority',
    url: new URL(url),
    refusalHint: () => 'Check the URL of the timestamp authority, and run the job again.',
  }
}

/** Throws an `Error` if an answer is not a timestamp of the signature. Its own signature is not checked. */
function checkTimestamp(format: typeof RFC3161Timestamp, answer: Buffer, signature: Buffer): void {
  const status = readPart(() => format.parse(Buffer.from(answer)).status)
  // The other statuses have no timestamp (RFC 3161, 2.4.2).
  if (status > 1n) throw new Error(`it refuses with status ${status}`)
  readPart(() => format.parse(Buffer.from(answer)).tstInfo.verify(Buffer.from(signature)))
}

function readPart<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new Error('it is not a timestamp of this signature', { cause: error })
  }
}
