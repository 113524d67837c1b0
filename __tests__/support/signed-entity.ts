import { createHash } from 'node:crypto'
import { bundleFromJSON, type SerializedBundle } from '@sigstore/bundle'
import { type SignedEntity, toSignedEntity } from '@sigstore/verify'

/** A bundle for Sigstore's library (3.1.1), which compares the digest of the payload. Rekor v2 has the one of the signed bytes. */
export function entityOf(json: SerializedBundle): SignedEntity {
  const bundle = bundleFromJSON(json)
  const entity = toSignedEntity(bundle)
  const { dsseEnvelope } = json
  const { tlogEntries } = bundle.verificationMaterial
  if (dsseEnvelope === undefined || !tlogEntries.some(each => each.kindVersion?.kind === 'hashedrekord'))
    return entity
  const payload = Buffer.from(dsseEnvelope.payload, 'base64')
  const { payloadType } = dsseEnvelope
  const signed = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} ${payload}`
  const digest = createHash('sha256').update(signed).digest()
  return {
    ...entity,
    signature: Object.assign(entity.signature, { compareDigest: digest.equals.bind(digest) }),
  }
}
