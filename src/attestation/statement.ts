import { type Digest, hexOf, parseDigest } from '../oci/digest.js'
import { messageOf, UserError } from '../util/error.js'
import { asArray, asObject, asOptionalString, asString, type JsonObject, parseJson } from '../util/json.js'

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

/** The type of a signed statement in its envelope (in-toto attestation framework, "Envelope"). */
export const STATEMENT_MEDIA_TYPE = 'application/vnd.in-toto+json'

const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1'
/** Older programs write it. Its fields are the same. */
const OLD_STATEMENT_TYPE = 'https://in-toto.io/Statement/v0.1'

/** The JSON of a statement, as it is signed. Equal statements give equal bytes. */
export function encodeStatement({ subjects, predicateType, predicate }: Statement): Buffer {
  const subject = subjects.map(({ name, digest }) => ({ name, digest: { sha256: hexOf(digest) } }))
  return Buffer.from(JSON.stringify({ _type: STATEMENT_TYPE, subject, predicateType, predicate }))
}

/** Parses a signed statement. Throws a `UserError` that says what is wrong. `what` names the statement in it. */
export function parseStatement(json: Buffer, what: string): Statement {
  try {
    const fields = asObject(parseJson(json, 'it'), 'it')
    checkType(asString(fields._type, '_type'))
    return {
      subjects: parseSubjects(fields.subject),
      predicateType: asString(fields.predicateType, 'predicateType'),
      predicate: asObject(fields.predicate ?? {}, 'predicate'),
    }
  } catch (error) {
    throw new UserError(`${what} is not an in-toto statement: ${messageOf(error)}`, { cause: error })
  }
}

function checkType(type: string): void {
  if (type !== STATEMENT_TYPE && type !== OLD_STATEMENT_TYPE)
    throw new Error(`_type is not ${STATEMENT_TYPE} but ${type}`)
}

/** Subjects without a SHA-256 are left out: images and indexes have one. */
function parseSubjects(value: unknown): Subject[] {
  const subjects = asArray(value, 'subject').flatMap(each => parseSubject(asObject(each, 'a subject')))
  if (subjects.length === 0) throw new Error('no subject has a SHA-256 digest')
  return subjects
}

function parseSubject({ name, digest }: JsonObject): Subject[] {
  const { sha256 } = asObject(digest, 'digest')
  if (sha256 === undefined) return []
  const hex = asString(sha256, 'sha256')
  return [{ name: asOptionalString(name, 'name') ?? '', digest: parseDigest(`sha256:${hex}`) }]
}
