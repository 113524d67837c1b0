import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { bundleToJSON, type SerializedBundle } from '@sigstore/bundle'
import { HashAlgorithm } from '@sigstore/protobuf-specs'
import {
  DSSEBundleBuilder,
  FulcioSigner,
  RekorWitness,
  type Signer,
  TSAWitness,
  type Witness,
} from '@sigstore/sign'
import type { SigstoreServices } from './sigstore-services.js'

export interface TestStatement {
  readonly predicateType?: string
  readonly predicate?: object
  /** Hexadecimal SHA-256. */
  readonly digests?: readonly string[]
  /** The whole statement, in place of the other fields. */
  readonly whole?: object
}

/** What shows the time of a signature. */
export type Witnesses = 'rekor' | 'rekor-2' | 'timestamp' | 'github'

const NO_RETRY = { retry: false, timeout: 5000 }

/** Signs a statement with the identity of a job, without code of this project. */
export async function signBundle(
  services: SigstoreServices,
  witnesses: Witnesses,
  statement: TestStatement = {},
): Promise<SerializedBundle> {
  const { fulcio } = witnesses === 'github' ? services.github : services
  const signer = new FulcioSigner({
    fulcioBaseURL: fulcio.url,
    identityProvider: { getToken: () => requestToken(services) },
    ...NO_RETRY,
  })
  return createBundle(signer, witnessesOf(services, witnesses), statement)
}

/** Signs a statement with a key, without a service. */
export function signBundleWithKey(key: KeyObject, statement: TestStatement = {}): Promise<SerializedBundle> {
  const signer: Signer = {
    sign: async data => ({
      signature: sign('sha256', data, key),
      key: { $case: 'publicKey', publicKey: '', hint: '' },
    }),
  }
  return createBundle(signer, [], statement)
}

export function newKeyPair(): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

async function createBundle(
  signer: Signer,
  witnesses: Witness[],
  statement: TestStatement,
): Promise<SerializedBundle> {
  const builder = new DSSEBundleBuilder({ signer, witnesses })
  const data = Buffer.from(JSON.stringify(statementOf(statement)))
  return bundleToJSON(await builder.create({ data, type: 'application/vnd.in-toto+json' }))
}

function statementOf({
  predicateType = 'https://slsa.dev/provenance/v1',
  predicate = {},
  digests = ['b'.repeat(64)],
  whole,
}: TestStatement): object {
  if (whole !== undefined) return whole
  const subject = digests.map(sha256 => ({ name: 'image', digest: { sha256 } }))
  return { _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate }
}

function witnessesOf(services: SigstoreServices, witnesses: Witnesses): Witness[] {
  const { timestamps } = witnesses === 'github' ? services.github : services
  const time = new TSAWitness({ tsaBaseURL: timestamps.url, ...NO_RETRY })
  if (witnesses === 'rekor') return [new RekorWitness({ rekorBaseURL: services.rekor.url, ...NO_RETRY })]
  return witnesses === 'rekor-2' ? [rekor2Witness(services.rekor2.url), time] : [time]
}

/** Rekor v2 takes only a digest and a signature. The library (4.1.1) would send the envelope. */
function rekor2Witness(rekorBaseURL: string): Witness {
  const rekor = new RekorWitness({ rekorBaseURL, majorApiVersion: 2, ...NO_RETRY })
  return {
    testify(content, publicKey) {
      if (content.$case !== 'dsseEnvelope') throw new Error('not an envelope')
      const { payload, payloadType, signatures } = content.dsseEnvelope
      const signed = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} ${payload}`
      const digest = createHash('sha256').update(signed).digest()
      const messageDigest = { algorithm: HashAlgorithm.SHA2_256, digest }
      const signature = signatures[0]?.sig ?? Buffer.of()
      return rekor.testify(
        { $case: 'messageSignature', messageSignature: { messageDigest, signature } },
        publicKey,
      )
    },
  }
}

async function requestToken(services: SigstoreServices): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = services.environment()
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`${url}&audience=sigstore`, { headers })
  return ((await response.json()) as { value: string }).value
}
