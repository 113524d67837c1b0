import type { KeyObject } from 'node:crypto'
import type { IdentityClaims } from '../../attestation/identity-token.js'
import type { SigningInstance } from '../../attestation/signing-services.js'
import type { MergeInputs } from '../../input/input-table.js'

/** How a run signs. It is decided before archives are downloaded or anything is built. */
export type SigningWay = KeySigning | IdentitySigning

/** A private key signs. Nothing is sent to a public log or to GitHub. */
export interface KeySigning {
  readonly way: 'key'
  readonly privateKey: KeyObject
}

/** The identity of the job signs. */
export interface IdentitySigning {
  /** Which services sign, unless a signing config replaces them. */
  readonly way: SigningInstance
  /** Send the attestations to GitHub's API. */
  readonly sendsToGitHub: boolean
  /** What the first identity token of the job says. */
  readonly claims: IdentityClaims
}

export type SigningInputs = Pick<
  MergeInputs,
  'attest' | 'signingKey' | 'signingKeyPassword' | 'signingConfig' | 'trustedRoot' | 'githubToken'
>
