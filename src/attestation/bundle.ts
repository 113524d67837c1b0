import { isDigest } from '../oci/digest.js'
import { messageOf, UserError } from '../util/error.js'
import { asArray, asObject, asOptionalString, asString, type JsonObject, parseJson } from '../util/json.js'
import { decodeText, formatBytes, truncateText } from '../util/text.js'
import type { Statement, Subject } from './statement.js'

/** The media type of a bundle, and of the artifact that contains it (Sigstore bundle format, v0.3). */
export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'

/** The media types of bundles that other tools write. v0.3 had the second spelling first. */
const BUNDLE_TYPES: readonly string[] = [
  BUNDLE_TYPE,
  'application/vnd.dev.sigstore.bundle+json;version=0.3',
  'application/vnd.dev.sigstore.bundle+json;version=0.2',
  'application/vnd.dev.sigstore.bundle+json;version=0.1',
]

/** Whether a media type, or the type of an artifact, is that of a bundle, also of a version that is not known. */
export function isBundleType(mediaType: string): boolean {
  return /^application\/vnd\.dev\.sigstore\.bundle(\.|\+json)/.test(mediaType)
}

/** The payload type of an in-toto statement in a DSSE envelope. */
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json'

/** A v0.1 statement has the same fields. Attestations of older tools have it. */
const STATEMENT_TYPES: readonly string[] = [
  'https://in-toto.io/Statement/v1',
  'https://in-toto.io/Statement/v0.1',
]

/** A bundle contains an SBOM at most, which is in it as base64. */
export const MAX_BUNDLE_BYTES = 64 * 1024 ** 2

/** A signed statement. Nothing is verified yet. */
export interface SignedBundle {
  /** The JSON of the bundle, as it is stored. */
  readonly bytes: Buffer
  readonly statement: Statement
}

/** Parses a bundle. Throws a `UserError` that says what is wrong. `what` names the bundle in it. */
export function parseBundle(bytes: Buffer, what: string): SignedBundle {
  return explainShape(what, () => ({ bytes, statement: readStatement(bytes) }))
}

/**
 * Parses a file with bundles: one as JSON, or several as JSON lines, as `gh attestation download` writes them. Throws a
 * `UserError` that names the line.
 */
export function parseBundles(bytes: Buffer, what: string): SignedBundle[] {
  checkSize(bytes, what)
  const text = decodeText(bytes)
  const lines = text.split('\n')
  if (!isJsonLines(lines)) return [parseBundle(Buffer.from(text), what)]
  return lines.flatMap((line, n) =>
    line.trim() === '' ? [] : [parseBundle(Buffer.from(line.trim()), `line ${n + 1} of ${what}`)],
  )
}

/** The first line with text is JSON by itself, and so not the beginning of indented JSON. */
export function isJsonLines(lines: readonly string[]): boolean {
  const texts = lines.filter(line => line.trim() !== '')
  return texts.length > 1 && texts[0]?.trimEnd().endsWith('}') === true
}

/** An SBOM of 16 MiB, the largest one that is signed, has some 100,000. */
const MAX_OBJECTS = 1_000_000

/** Each object in JSON needs some 50 bytes of memory, but can have 3 characters. */
function checkObjectCount(json: Buffer): void {
  let count = 0
  for (const byte of json) if (byte === 0x7b || byte === 0x5b) count++
  if (count > MAX_OBJECTS) throw new Error(`it has more than ${MAX_OBJECTS.toLocaleString('en')} objects`)
}

/** Reads the statement of a DSSE payload. Throws an `Error` that says what is wrong. */
export function parseStatement(payload: Buffer): Statement {
  checkObjectCount(payload)
  const json = asObject(parseJson(payload, 'the statement'), 'the statement')
  const type = asString(json._type, '_type of the statement')
  if (!STATEMENT_TYPES.includes(type)) throw new Error(`it has a statement of the type ${quote(type)}`)
  return {
    subjects: asArray(json.subject, 'subject').flatMap(readSubject),
    predicateType: asString(json.predicateType, 'predicateType'),
    predicate: asObject(json.predicate ?? {}, 'predicate'),
  }
}

function checkSize(bytes: Buffer, what: string): void {
  if (bytes.length > MAX_BUNDLE_BYTES)
    throw new UserError(`${what} is too large for Sigstore bundles: ${formatBytes(bytes.length)}`)
}

function explainShape(what: string, read: () => SignedBundle): SignedBundle {
  try {
    return read()
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`${what} is not a Sigstore bundle with a statement: ${messageOf(error)}`, {
      hint: 'A file has one bundle as JSON, or several as JSON lines: one bundle in each line.',
      cause: error,
    })
  }
}

function readStatement(bytes: Buffer): Statement {
  if (bytes.length > MAX_BUNDLE_BYTES) throw new Error(`it has ${formatBytes(bytes.length)}`)
  checkObjectCount(bytes)
  const bundle = asObject(parseJson(bytes, 'the text'), 'the text')
  checkMediaType(bundle)
  if (bundle.dsseEnvelope === undefined) throw new Error('it has no DSSE envelope')
  return parseStatement(readPayload(asObject(bundle.dsseEnvelope, 'dsseEnvelope')))
}

function checkMediaType({ mediaType }: JsonObject): void {
  const type = asString(mediaType, 'mediaType')
  if (!BUNDLE_TYPES.includes(type)) throw new Error(`its media type is ${quote(type)}`)
}

function readPayload({ payload, payloadType, signatures }: JsonObject): Buffer {
  const type = asString(payloadType, 'payloadType')
  if (type !== PAYLOAD_TYPE) throw new Error(`its payload type is ${quote(type)}, not ${PAYLOAD_TYPE}`)
  const count = asArray(signatures, 'signatures').length
  if (count !== 1) throw new Error(`its envelope has ${count} signatures instead of one`)
  return Buffer.from(asString(payload, 'payload'), 'base64')
}

/** Returns nothing for a subject that is not an image, such as a commit. */
function readSubject(value: unknown): Subject[] {
  const { name, digest } = asObject(value, 'subject')
  const sha256 = asOptionalString(asObject(digest, 'digest of the subject').sha256, 'sha256 of the subject')
  if (sha256 === undefined) return []
  const subjectDigest = `sha256:${sha256}`
  if (!isDigest(subjectDigest)) throw new Error(`the digest of a subject is ${quote(sha256)}`)
  return [{ name: asOptionalString(name, 'name of the subject') ?? '', digest: subjectDigest }]
}

function quote(text: string): string {
  return JSON.stringify(truncateText(text, 100))
}
