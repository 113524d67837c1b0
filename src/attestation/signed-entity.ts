import type { BundleWithDsseEnvelope } from '@sigstore/bundle'
import type { SignedEntity } from '@sigstore/verify'
import { createSha256 } from '../util/crypto.js'
import { encodeSignedBytes } from './signed-bytes.js'

/**
 * Prepares a bundle for `@sigstore/verify`. Rekor v2 logs the digest of the bytes that are signed. The library (3.1.1, the newest
 * one for Node.js 20) compares the digest of the payload, as Rekor v1 logs it: https://github.com/sigstore/sigstore-js/pull/1677.
 * Both digests are right for any entry: the library also compares the signature, which is of these bytes only.
 */
export async function createSignedEntity(bundle: BundleWithDsseEnvelope): Promise<SignedEntity> {
  const { toSignedEntity } = await import('@sigstore/verify')
  const entity = toSignedEntity(bundle)
  const digest = digestOfSignedBytes(bundle)
  const { signature } = entity
  return {
    ...entity,
    signature: {
      signature: signature.signature,
      compareSignature: other => signature.compareSignature(other),
      compareDigest: other => digest.equals(other) || signature.compareDigest(other),
      verifySignature: key => signature.verifySignature(key),
    },
  }
}

function digestOfSignedBytes({ content }: BundleWithDsseEnvelope): Buffer {
  const { payloadType, payload } = content.dsseEnvelope
  return createSha256().update(encodeSignedBytes(payloadType, payload)).digest()
}
