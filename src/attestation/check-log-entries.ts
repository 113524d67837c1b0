import { createPublicKey, X509Certificate } from 'node:crypto'
import type { TransparencyLogEntry } from '@sigstore/bundle'
import { asArray, asObject, asString, parseJson } from '../util/json.js'
import { truncateText } from '../util/text.js'

/**
 * Checks that log entries name the certificate or key of the bundle. Signature and payload are compared by `@sigstore/verify`,
 * which does not compare the certificate: an entry of another certificate for the same key would be accepted, and with it the
 * time of the entry. Throws an `Error` that says what is wrong.
 *
 * @param signer the certificate or the public key, in DER
 */
export function checkLogEntries(entries: readonly TransparencyLogEntry[], signer: Buffer): void {
  for (const { canonicalizedBody } of entries) {
    if (!readVerifier(canonicalizedBody).equals(signer))
      throw new Error('it names another certificate or key than the bundle')
  }
}

/**
 * Checks the names of the signers of checkpoints. `@sigstore/verify` 3.1.1 uses a name as a regular expression, before anything
 * is verified: a bundle could keep it busy for hours. Throws an `Error` that quotes the name.
 */
export function checkCheckpointNames(entries: readonly TransparencyLogEntry[]): void {
  for (const { inclusionProof } of entries)
    for (const [, name = ''] of (inclusionProof?.checkpoint?.envelope ?? '').matchAll(/\u2014 (\S+)/g))
      if (!/^[\w.:/@~-]+$/.test(name))
        throw new Error(`a signer of its checkpoint is named ${JSON.stringify(truncateText(name, 100))}`)
}

/** The certificate or key in an entry, in DER. Each kind of entry has it at another place. */
function readVerifier(body: Buffer): Buffer {
  const { kind, apiVersion, spec } = asObject(parseJson(body, 'the entry'), 'the entry')
  const fields = asObject(spec, 'spec')
  if (kind === 'dsse' && apiVersion === '0.0.1') {
    const [signature] = asArray(fields.signatures, 'signatures')
    return readPem(asObject(signature, 'signature').verifier)
  }
  if (kind === 'hashedrekord' && apiVersion === '0.0.2') {
    const { signature } = asObject(fields.hashedRekordV002, 'hashedRekordV002')
    return readDer(asObject(asObject(signature, 'signature').verifier, 'verifier'))
  }
  if (kind === 'intoto' && apiVersion === '0.0.2') {
    const envelope = asObject(asObject(fields.content, 'content').envelope, 'envelope')
    const [signature] = asArray(envelope.signatures, 'signatures')
    return readPem(asObject(signature, 'signature').publicKey)
  }
  throw new Error(`it is of the unknown kind ${JSON.stringify([kind, apiVersion])}`)
}

function readPem(base64: unknown): Buffer {
  const pem = Buffer.from(asString(base64, 'verifier'), 'base64').toString()
  return pem.includes('BEGIN CERTIFICATE')
    ? new X509Certificate(pem).raw
    : createPublicKey(pem).export({ format: 'der', type: 'spki' })
}

function readDer({ x509Certificate, publicKey }: Readonly<Record<string, unknown>>): Buffer {
  const { rawBytes } = asObject(x509Certificate ?? publicKey, 'verifier')
  return Buffer.from(asString(rawBytes, 'rawBytes'), 'base64')
}
