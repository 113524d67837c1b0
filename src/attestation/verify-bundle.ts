import type { SignedBundle } from './bundle.js'
import type { CertificateIdentity, ExpectedSigner } from './signer-identity.js'
import type { TrustRoots } from './trust-root.js'

/** A bundle whose signature, log entry or timestamp, and signer are right. */
export interface VerifiedBundle extends SignedBundle {
  /** `undefined` if a key signed. */
  readonly identity: CertificateIdentity | undefined
  /** What shows the time of the signature: `rekor`, `timestamp`; none for a key without them. */
  readonly witnesses: readonly ('rekor' | 'timestamp')[]
}

/**
 * Verifies a bundle: signature, certificate, log entry or timestamp, and signer. The caller compares the subjects. Throws a
 * `UserError` that says what is wrong.
 *
 * @param trust may be left out if a key is expected
 */
export async function verifyBundle(
  _bundle: SignedBundle,
  _expected: ExpectedSigner,
  _trust: TrustRoots | undefined,
): Promise<VerifiedBundle> {
  throw new Error('not written yet')
}
