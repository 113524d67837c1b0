import { type Digest, hexOf } from '../oci/digest.js'
import type { JsonObject } from '../util/json.js'

/** An image or an index that a statement is about. */
export interface Subject {
  /** For people, for example `ghcr.io/owner/fd`. */
  readonly name: string
  readonly digest: Digest
}

/** What is said about some subjects (in-toto attestation framework, Statement v1). */
export interface Statement {
  readonly subjects: readonly Subject[]
  /** The URI of the kind of statement, for example of a provenance. */
  readonly predicateType: string
  readonly predicate: JsonObject
}

/** The kinds of statements that this program signs. */
export const PREDICATE_TYPES = {
  /** SLSA provenance v1. */
  provenance: 'https://slsa.dev/provenance/v1',
  spdx: 'https://spdx.dev/Document/v2.3',
  cyclonedx: 'https://cyclonedx.org/bom',
  /** The signature of an image, as `cosign verify` expects it. Its predicate is empty. */
  signature: 'https://sigstore.dev/cosign/sign/v1',
} as const

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1'

/** The JSON of a statement, as it is signed. Equal statements give equal bytes. */
export function encodeStatement({ subjects, predicateType, predicate }: Statement): Buffer {
  const subject = subjects.map(({ name, digest }) => ({ name, digest: { sha256: hexOf(digest) } }))
  return Buffer.from(JSON.stringify({ _type: STATEMENT_TYPE, subject, predicateType, predicate }))
}
