import type { X509Certificate } from 'node:crypto'
import { createSha256 } from '../util/crypto.js'
import { UserError } from '../util/error.js'
import { asCount, asObject, asString, asStrings, type JsonObject, parseJson } from '../util/json.js'
import { encodeSignedBytes } from './signed-bytes.js'
import { readJsonAnswer, type ServiceClient, type SigningService, urlBelow } from './signing-service.js'

/** A log of signatures. */
export interface RekorLog {
  readonly url: string
  /** Of its API. */
  readonly version: 1 | 2
}

/** The JSON of a signed envelope (DSSE). */
export interface Envelope {
  readonly payload: string
  readonly payloadType: string
  readonly signatures: readonly [{ readonly sig: string }]
}

/**
 * Rekor has an entry for this signature: it received a request whose answer was lost. Version 2 cannot return the entry. Another
 * signature gets another entry.
 */
export class EntryExists extends UserError {
  override readonly name = 'EntryExists'
}

/**
 * Creates an entry for a signature. Returns the entry as the JSON of a bundle (`TransparencyLogEntry`). Throws `EntryExists`, or
 * another `UserError`.
 */
export async function createLogEntry(
  client: ServiceClient,
  log: RekorLog,
  envelope: Envelope,
  certificate: X509Certificate,
): Promise<JsonObject> {
  const rekor = rekorAt(log.url)
  const [request, read] = log.version === 2 ? [entryRequestV2, readEntryV2] : [entryRequestV1, readEntryV1]
  const { status, body } = await client.request(rekor, {
    method: 'POST',
    url: urlBelow(rekor.url, `api/v${log.version}/log/entries`),
    json: request(envelope, certificate),
    acceptedStatus: CONFLICT,
  })
  if (status === CONFLICT) throw entryExists(log)
  return readJsonAnswer(rekor, body, fields => {
    const entry = read(fields)
    checkIsAbout(entry, envelope)
    return entry
  })
}

function rekorAt(baseUrl: string): SigningService {
  return {
    name: 'Rekor',
    url: new URL(baseUrl),
    refusalHint: status =>
      status === 404 || status === 405
        ? 'Check the URL of Rekor, and whether it has this version of the API (`majorApiVersion`).'
        : 'Check https://status.sigstore.dev, and run the job again.',
  }
}

/** The status of `EntryExists`. */
const CONFLICT = 409

function entryExists({ url }: RekorLog): EntryExists {
  return new EntryExists(`Rekor (${url}) has this entry already, and does not return it`, {
    hint: 'No tag was changed. Run the job again.',
  })
}

function entryRequestV1(envelope: Envelope, certificate: X509Certificate): object {
  const verifier = Buffer.from(certificate.toString()).toString('base64')
  const proposedContent = { envelope: JSON.stringify(envelope), verifiers: [verifier] }
  return { apiVersion: '0.0.1', kind: 'dsse', spec: { proposedContent } }
}

/** Rekor v2 takes no envelopes, only the digest of what is signed. https://github.com/sigstore/architecture-docs/pull/63 */
function entryRequestV2(envelope: Envelope, { raw }: X509Certificate): object {
  const x509Certificate = { rawBytes: raw.toString('base64') }
  const verifier = { x509Certificate, keyDetails: 'PKIX_ECDSA_P256_SHA_256' }
  const signature = { content: envelope.signatures[0].sig, verifier }
  return { hashedRekordRequestV002: { digest: digestOfSignedBytes(envelope).toString('base64'), signature } }
}

/** The answer of Rekor v1 is an object with one entry, by its UUID. */
function readEntryV1(fields: JsonObject): JsonObject {
  const [value, ...others] = Object.values(fields)
  if (others.length > 0) throw new Error('it contains more than one entry')
  const entry = asObject(value, 'the entry')
  const body = asString(entry.body, 'body')
  const { kind, apiVersion } = decodeBody(body)
  const { signedEntryTimestamp, inclusionProof } = asObject(entry.verification, 'verification')
  return {
    logIndex: String(asCount(entry.logIndex, 'logIndex')),
    logId: { keyId: hexToBase64(entry.logID, 'logID') },
    kindVersion: { kind: asString(kind, 'kind'), version: asString(apiVersion, 'apiVersion') },
    integratedTime: String(asCount(entry.integratedTime, 'integratedTime')),
    inclusionPromise: { signedEntryTimestamp: asString(signedEntryTimestamp, 'signedEntryTimestamp') },
    inclusionProof: readProofV1(inclusionProof),
    canonicalizedBody: body,
  }
}

function readProofV1(value: unknown): JsonObject {
  const proof = asObject(value, 'inclusionProof')
  return {
    logIndex: String(asCount(proof.logIndex, 'inclusionProof.logIndex')),
    rootHash: hexToBase64(proof.rootHash, 'rootHash'),
    treeSize: String(asCount(proof.treeSize, 'treeSize')),
    hashes: asStrings(proof.hashes ?? [], 'hashes').map(hash => hexToBase64(hash, 'hash')),
    checkpoint: { envelope: asString(proof.checkpoint, 'checkpoint') },
  }
}

/** The answer of Rekor v2 is the entry as a bundle contains it. Other fields are left out. It has no time. */
function readEntryV2(fields: JsonObject): JsonObject {
  const { kind, version } = asObject(fields.kindVersion, 'kindVersion')
  const proof = asObject(fields.inclusionProof, 'inclusionProof')
  return {
    logIndex: asNumeral(fields.logIndex, 'logIndex'),
    logId: { keyId: asString(asObject(fields.logId, 'logId').keyId, 'keyId') },
    kindVersion: { kind: asString(kind, 'kind'), version: asString(version, 'version') },
    inclusionProof: {
      logIndex: asNumeral(proof.logIndex, 'inclusionProof.logIndex'),
      rootHash: asString(proof.rootHash, 'rootHash'),
      treeSize: asNumeral(proof.treeSize, 'treeSize'),
      hashes: asStrings(proof.hashes ?? [], 'hashes'),
      checkpoint: { envelope: asString(asObject(proof.checkpoint, 'checkpoint').envelope, 'checkpoint') },
    },
    canonicalizedBody: asString(fields.canonicalizedBody, 'canonicalizedBody'),
  }
}

/** A 64-bit number in the JSON of a protobuf message is a text, and 0 may be left out. */
function asNumeral(value: unknown, what: string): string {
  const text = String(value ?? 0)
  if (!/^\d{1,20}$/.test(text)) throw new Error(`${what} is not a whole number`)
  return text
}

function decodeBody(body: string): JsonObject {
  return asObject(parseJson(Buffer.from(body, 'base64'), 'body'), 'body')
}

function hexToBase64(value: unknown, what: string): string {
  const hex = asString(value, what)
  if (!/^([0-9a-f]{2})+$/i.test(hex)) throw new Error(`${what} is not hexadecimal`)
  return Buffer.from(hex, 'hex').toString('base64')
}

/** Throws an `Error` if an entry is about another statement. */
function checkIsAbout(entry: JsonObject, envelope: Envelope): void {
  const fields = asObject(decodeBody(String(entry.canonicalizedBody)).spec, 'spec')
  const isSame =
    fields.hashedRekordV002 === undefined
      ? readPayloadHash(fields).equals(digestOfPayload(envelope))
      : readSignedDigest(fields).equals(digestOfSignedBytes(envelope))
  if (!isSame) throw new Error('the entry is about another statement')
}

/** Rekor v1. */
function readPayloadHash({ payloadHash }: JsonObject): Buffer {
  return Buffer.from(asString(asObject(payloadHash, 'payloadHash').value, 'value'), 'hex')
}

function readSignedDigest({ hashedRekordV002 }: JsonObject): Buffer {
  const { data } = asObject(hashedRekordV002, 'hashedRekordV002')
  return Buffer.from(asString(asObject(data, 'data').digest, 'digest'), 'base64')
}

function digestOfPayload({ payload }: Envelope): Buffer {
  return createSha256().update(Buffer.from(payload, 'base64')).digest()
}

function digestOfSignedBytes({ payloadType, payload }: Envelope): Buffer {
  return createSha256()
    .update(encodeSignedBytes(payloadType, Buffer.from(payload, 'base64')))
    .digest()
}
