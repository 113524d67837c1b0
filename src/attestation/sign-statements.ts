import type { KeyObject } from 'node:crypto'
import type { Log } from '../host/host.js'
import { logRepeatedRetries } from '../http/retry.js'
import { limitConcurrency } from '../util/async.js'
import { messageOf } from '../util/error.js'
import type { JsonObject } from '../util/json.js'
import { BUNDLE_TYPE, PAYLOAD_TYPE, type SignedBundle } from './bundle.js'
import { type CertifiedKey, requestCertificate } from './fulcio.js'
import type { IdentityToken } from './identity-token.js'
import { createLogEntry, EntryExists, type Envelope } from './rekor.js'
import { encodeSignedBytes } from './signed-bytes.js'
import type { SigningServices } from './signing-config.js'
import { createServiceClient, type ServiceClient, type ServiceLimits } from './signing-service.js'
import { chooseSigningServices, type SigningInstance } from './signing-services.js'
import { encodeStatement, type Statement } from './statement.js'
import { requestTimestamp } from './timestamp-authority.js'
import { readNewestTarget } from './trust-updates.js'

/** Signs statements. One certificate is used for several of them. */
export interface StatementSigner {
  /** Throws a `UserError` that names the service that failed. May be called several times at once. */
  sign(statement: Statement): Promise<SignedBundle>
}

interface SigningOptions {
  /** A signing config (JSON, v0.2), which replaces the services. The path of a file. */
  readonly signingConfig?: string | undefined
  readonly instance: SigningInstance
  /** For GitHub's services: `https://github.com`. */
  readonly serverUrl?: string | undefined
  /** Requests a token. Called again when a certificate has expired. */
  readonly requestToken: () => Promise<IdentityToken>
  /** For the signing config of the public services. */
  readonly cacheFolder: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Pick<Log, 'info' | 'warning' | 'debug'>
  readonly signal: AbortSignal
  readonly limits?: ServiceLimits
  /** In milliseconds; the start does not matter. Default: the time since the start of the process. */
  readonly now?: () => number
}

/** More requests at once would not be faster: the services limit them. */
const MAX_SIGNATURES_AT_ONCE = 4

/** Creates a signer that uses the identity of the job. */
export async function createKeylessSigner(options: SigningOptions): Promise<StatementSigner> {
  const loadPublicConfig = (): Promise<string> =>
    readNewestTarget('sigstore', 'signing_config.v0.2.json', options)
  const services = await chooseSigningServices({ ...options, loadPublicConfig })
  const { env, signal, limits, log, now } = options
  const onRetry = logRepeatedRetries(log.info, messageOf)
  const client = createServiceClient({ env, signal, onRetry, ...(limits && { limits }) })
  const certify = async (): Promise<CertifiedKey> =>
    requestCertificate(client, services.fulcio, await options.requestToken())
  const signing = { client, services, certifiedKey: shareCertificate(certify, now) }
  const limit = limitConcurrency(MAX_SIGNATURES_AT_ONCE)
  return { sign: statement => limit(() => signWithIdentity(statement, signing)) }
}

/**
 * Returns a function that returns the same key until half of its certificate's time is over: a signature must get its timestamp
 * before the end. A failed request is not kept.
 */
function shareCertificate(
  certify: () => Promise<CertifiedKey>,
  now = () => performance.now(),
): () => Promise<CertifiedKey> {
  let current: { readonly key: Promise<CertifiedKey>; renewAt: number } | undefined
  const renew = (): Promise<CertifiedKey> => {
    const started = now()
    const next = { key: certify(), renewAt: Number.POSITIVE_INFINITY }
    current = next
    next.key.then(
      key => {
        next.renewAt = started + lifetimeOf(key) / 2
      },
      () => {
        if (current === next) current = undefined
      },
    )
    return next.key
  }
  return () => (current && now() < current.renewAt ? current.key : renew())
}

/** In milliseconds. The clock of this machine may be wrong, so it is not compared with the certificate. */
function lifetimeOf({ certificate: { validFrom, validTo } }: CertifiedKey): number {
  return Date.parse(validTo) - Date.parse(validFrom)
}

interface Signing {
  readonly client: ServiceClient
  readonly services: SigningServices
  readonly certifiedKey: () => Promise<CertifiedKey>
}

async function signWithIdentity(statement: Statement, signing: Signing): Promise<SignedBundle> {
  const key = await signing.certifiedKey()
  try {
    return await signOnce(statement, signing, key)
  } catch (error) {
    if (!(error instanceof EntryExists)) throw error
    // ECDSA signatures contain a random number, so the next one is another.
    return signOnce(statement, signing, key)
  }
}

async function signOnce(
  statement: Statement,
  { client, services }: Signing,
  { privateKey, certificate }: CertifiedKey,
): Promise<SignedBundle> {
  const payload = encodeStatement(statement)
  const signature = signPayload(payload, privateKey, 'sha256')
  const envelope = createEnvelope(payload, signature)
  const [tlogEntries, timestamps] = await Promise.all([
    Promise.all(services.logs.map(log => createLogEntry(client, log, envelope, certificate))),
    Promise.all(services.timestamps.map(url => requestTimestamp(client, url, signature))),
  ])
  const material = { certificate: { rawBytes: certificate.raw.toString('base64') }, tlogEntries }
  return createBundle(statement, envelope, { ...material, ...timestampsJson(timestamps) })
}

/** Creates a signer with a private key. No service is used, and nothing gets into a public log. */
export function createKeySigner(key: KeyObject): StatementSigner {
  const { createHash, createPublicKey } = process.getBuiltinModule('node:crypto')
  const der = createPublicKey(key).export({ format: 'der', type: 'spki' })
  const hint = createHash('sha256').update(der).digest('base64')
  return { sign: async statement => signWithKey(statement, key, hint) }
}

/** @param hint by which programs find the public key. cosign uses the SHA-256 of its DER form. */
function signWithKey(statement: Statement, key: KeyObject, hint: string): SignedBundle {
  const payload = encodeStatement(statement)
  // The hash of Ed25519 is a part of it.
  const signature = signPayload(payload, key, key.asymmetricKeyType === 'ed25519' ? null : 'sha256')
  const material = { publicKey: { hint }, tlogEntries: [], ...timestampsJson([]) }
  return createBundle(statement, createEnvelope(payload, signature), material)
}

function signPayload(payload: Buffer, key: KeyObject, hash: 'sha256' | null): Buffer {
  const { sign } = process.getBuiltinModule('node:crypto')
  return sign(hash, encodeSignedBytes(PAYLOAD_TYPE, payload), key)
}

/** Without a `keyid`: cosign (3.1.3) refuses one that it has not set. */
function createEnvelope(payload: Buffer, signature: Buffer): Envelope {
  return {
    payload: payload.toString('base64'),
    payloadType: PAYLOAD_TYPE,
    signatures: [{ sig: signature.toString('base64') }],
  }
}

function timestampsJson(timestamps: readonly string[]): JsonObject {
  const rfc3161Timestamps = timestamps.map(signedTimestamp => ({ signedTimestamp }))
  return { timestampVerificationData: { rfc3161Timestamps } }
}

function createBundle(
  statement: Statement,
  dsseEnvelope: Envelope,
  verificationMaterial: JsonObject,
): SignedBundle {
  const json = { mediaType: BUNDLE_TYPE, verificationMaterial, dsseEnvelope }
  return { bytes: Buffer.from(JSON.stringify(json)), statement }
}
