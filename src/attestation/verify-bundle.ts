import type { BundleWithDsseEnvelope } from '@sigstore/bundle'
import type { TrustMaterial, VerifierOptions } from '@sigstore/verify'
import { messageOf, UserError } from '../util/error.js'
import { asObject, type JsonObject, parseJson } from '../util/json.js'
import { formatBytes, truncateText } from '../util/text.js'
import { PAYLOAD_TYPE, parseStatement, type SignedBundle } from './bundle.js'
import { checkCheckpointNames, checkLogEntries } from './check-log-entries.js'
import { readCertificate, type SigningCertificate } from './read-certificate.js'
import { createSignedEntity } from './signed-entity.js'
import {
  type CertificateIdentity,
  type ExpectedIdentity,
  type ExpectedKey,
  type ExpectedSigner,
  findIdentityMismatch,
} from './signer-identity.js'
import type { TrustRoot, TrustRoots } from './trust-root.js'

/** What shows the time of a signature. */
export type Witness = 'rekor' | 'timestamp'

/** A bundle whose signature, log entry or timestamp, and signer are right. */
export interface VerifiedBundle extends SignedBundle {
  /** `undefined` if a key signed. */
  readonly identity: CertificateIdentity | undefined
  /** What shows the time of the signature: `rekor`, `timestamp`; none for a key without them. */
  readonly witnesses: readonly Witness[]
}

/**
 * Verifies a bundle: signature, certificate, log entry or timestamp, and signer. The caller compares the subjects. Throws a
 * `UserError` that says what is wrong.
 *
 * @param trust may be left out if a key is expected. Log entries and timestamps of a key are not checked
 */
export async function verifyBundle(
  { bytes }: SignedBundle,
  expected: ExpectedSigner,
  trust: TrustRoots | undefined,
): Promise<VerifiedBundle> {
  const bundle = await readSigstoreBundle(bytes)
  const signer =
    expected.kind === 'key'
      ? await verifyKey(bundle, expected)
      : await verifyCertificate(bundle, expected, trust)
  const { payload } = bundle.content.dsseEnvelope
  const statement = await explain('The signed content is not a statement', () => parseStatement(payload))
  return { bytes, statement, ...signer }
}

type VerifiedSigner = Pick<VerifiedBundle, 'identity' | 'witnesses'>

async function readSigstoreBundle(bytes: Buffer): Promise<BundleWithDsseEnvelope> {
  const { bundleFromJSON, isBundleWithDsseEnvelope } = await import('@sigstore/bundle')
  const json = await explain('The bundle cannot be read', () =>
    asObject(parseJson(bytes, 'the bundle'), 'the bundle'),
  )
  checkMaterialSize(json)
  return explain('The bundle is incomplete', () => {
    const bundle = bundleFromJSON(json)
    if (!isBundleWithDsseEnvelope(bundle)) throw new Error('it has no DSSE envelope')
    const { payloadType } = bundle.content.dsseEnvelope
    if (payloadType !== PAYLOAD_TYPE) throw new Error(`its payload type is ${JSON.stringify(payloadType)}`)
    return bundle
  })
}

/** A certificate, a log entry and a timestamp have some 10 KB together. */
const MAX_MATERIAL_BYTES = 256 * 1024

/**
 * `@sigstore/verify` parses the log entry and the timestamp before anything is verified, and needs more than 100 bytes of memory
 * for each byte of a timestamp, and minutes for a number with millions of digits.
 */
function checkMaterialSize({ verificationMaterial }: JsonObject): void {
  const size = JSON.stringify(verificationMaterial ?? null).length
  if (size > MAX_MATERIAL_BYTES)
    throw new UserError(
      `The certificate, the log entry and the timestamp of the bundle have ${formatBytes(size)}`,
    )
}

async function verifyCertificate(
  bundle: BundleWithDsseEnvelope,
  expected: ExpectedIdentity,
  trust: TrustRoots | undefined,
): Promise<VerifiedSigner> {
  if (!trust) throw new Error('a certificate cannot be verified without trust roots')
  const certificate = await readSigningCertificate(bundle)
  await verifyWithRoots(bundle, certificate, await findRoots(certificate, trust))
  const mismatch = findIdentityMismatch(certificate.identity, expected)
  if (mismatch) throw new UserError(`The signer is not the expected one: ${mismatch}`)
  return { identity: certificate.identity, witnesses: witnessesOf(bundle) }
}

async function readSigningCertificate(bundle: BundleWithDsseEnvelope): Promise<SigningCertificate> {
  const { content } = bundle.verificationMaterial
  if (content.$case === 'publicKey') throw new UserError('The signature is from a key, not from a workflow')
  const der =
    content.$case === 'certificate'
      ? content.certificate.rawBytes
      : content.x509CertificateChain.certificates[0]?.rawBytes
  return explain('The certificate cannot be used', () => readCertificate(der ?? new Uint8Array()))
}

async function findRoots(
  { issuer, issuerOrganization }: SigningCertificate,
  trust: TrustRoots,
): Promise<readonly TrustRoot[]> {
  const { X509Certificate } = await import('@sigstore/core')
  const isAuthority = (der: Uint8Array): boolean =>
    X509Certificate.parse(Buffer.from(der)).subject.equals(issuer)
  const roots = (await trust.find(issuerOrganization)).filter(({ root }) =>
    root.certificateAuthorities.some(authority =>
      authority.certChain?.certificates.some(({ rawBytes }) => isAuthority(rawBytes)),
    ),
  )
  if (roots.length === 0)
    throw new UserError(`The certificate is from an authority that is not trusted: ${issuerOrganization}`)
  return roots
}

/** Two roots can have the same authority, for example two versions of one root in a file. */
async function verifyWithRoots(
  bundle: BundleWithDsseEnvelope,
  certificate: SigningCertificate,
  roots: readonly TrustRoot[],
): Promise<void> {
  const errors: unknown[] = []
  for (const root of roots) {
    try {
      return await verifyWithRoot(bundle, certificate, root)
    } catch (error) {
      errors.push(error)
    }
  }
  throw errors[0]
}

async function verifyWithRoot(
  bundle: BundleWithDsseEnvelope,
  certificate: SigningCertificate,
  { root, name, needsLogEntry, needsCertificateLog }: TrustRoot,
): Promise<void> {
  const { tlogEntries } = bundle.verificationMaterial
  if (needsLogEntry && tlogEntries.length === 0)
    throw new UserError(`The bundle has no log entry, but ${name} has a log of all signatures`)
  await explain('The log entry cannot be used', () => checkCheckpointNames(tlogEntries))
  const { toTrustMaterial } = await import('@sigstore/verify')
  const options = {
    tlogThreshold: needsLogEntry ? 1 : 0,
    ctlogThreshold: needsCertificateLog ? 1 : 0,
    timestampThreshold: 1,
  }
  await explain('The signature is not valid', () => verifySignature(bundle, toTrustMaterial(root), options))
  await explain('The log entry is for another bundle', () => checkLogEntries(tlogEntries, certificate.der))
}

async function verifyKey(
  bundle: BundleWithDsseEnvelope,
  { publicKey }: ExpectedKey,
): Promise<VerifiedSigner> {
  if (bundle.verificationMaterial.content.$case !== 'publicKey')
    throw new UserError('The signature is from a workflow, not from a key')
  const keyOnly = withoutWitnesses(bundle)
  const material: TrustMaterial = {
    certificateAuthorities: [],
    timestampAuthorities: [],
    tlogs: [],
    ctlogs: [],
    publicKey: () => ({ publicKey, validFor: () => true }),
  }
  await explain('The signature is from another key, or damaged', () =>
    verifySignature(keyOnly, material, { tlogThreshold: 0, timestampThreshold: 0 }),
  )
  return { identity: undefined, witnesses: [] }
}

function withoutWitnesses(bundle: BundleWithDsseEnvelope): BundleWithDsseEnvelope {
  return {
    ...bundle,
    verificationMaterial: {
      ...bundle.verificationMaterial,
      tlogEntries: [],
      timestampVerificationData: undefined,
    },
  }
}

async function verifySignature(
  bundle: BundleWithDsseEnvelope,
  material: TrustMaterial,
  options: VerifierOptions,
): Promise<void> {
  const { Verifier } = await import('@sigstore/verify')
  new Verifier(material, options).verify(await createSignedEntity(bundle))
}

function witnessesOf({ verificationMaterial }: BundleWithDsseEnvelope): Witness[] {
  const { tlogEntries, timestampVerificationData } = verificationMaterial
  const hasTimestamp = (timestampVerificationData?.rfc3161Timestamps.length ?? 0) > 0
  return [
    ...(tlogEntries.length > 0 ? ['rekor' as const] : []),
    ...(hasTimestamp ? ['timestamp' as const] : []),
  ]
}

async function explain<T>(what: string, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    throw new UserError(`${what}: ${describeFailure(error)}`, { cause: error })
  }
}

/** The packages of Sigstore name the reason in `cause`, or the wrong fields of a bundle in `fields`. */
function describeFailure(error: unknown): string {
  const { cause, fields } = Object(error) as { cause?: unknown; fields?: unknown }
  const details = cause === undefined ? (fields ?? '') : messageOf(cause)
  return truncateText([messageOf(error), String(details)].filter(Boolean).join(': '), 1000)
}
