import type { KeyObject } from 'node:crypto'

/** What the certificate of a bundle says about its signer (Fulcio, "OID information"). Absent fields are not in it. */
export interface CertificateIdentity {
  /** The URI of the workflow that signed: `https://github.com/owner/name/.github/workflows/x.yml@refs/tags/v1`. */
  readonly name: string
  readonly issuer: string
  /** `https://github.com/owner/name` */
  readonly sourceRepository?: string
  readonly sourceRef?: string
  /** The commit. */
  readonly sourceDigest?: string
  /** The workflow that was started, with its ref. */
  readonly callerWorkflow?: string
  readonly runnerEnvironment?: string
  readonly run?: string
  readonly visibility?: string
}

/** Who must have signed a bundle. */
export type ExpectedSigner = ExpectedIdentity | ExpectedKey

export interface ExpectedIdentity {
  readonly kind: 'identity'
  /** The source repository: `owner/name`. */
  readonly repository: string
  /** `owner/name/.github/workflows/x.yml`, with `@ref` if only this ref is right. */
  readonly signerWorkflow: string
  /** The signing workflow must be at a tag. */
  readonly mustBeTagged: boolean
  /** The workflow that was started, as in `signerWorkflow`. */
  readonly workflow?: string | undefined
  /** The ref of the source: `refs/heads/main`. */
  readonly sourceRef?: string | undefined
  readonly issuer: string
}

export interface ExpectedKey {
  readonly kind: 'key'
  readonly publicKey: KeyObject
}

export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com'

/** Returns what is wrong with the signer of a certificate, for people; `undefined` if it is the expected one. */
export function findIdentityMismatch(
  _identity: CertificateIdentity,
  _expected: ExpectedIdentity,
): string | undefined {
  throw new Error('not written yet')
}
