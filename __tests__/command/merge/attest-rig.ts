import { BUNDLE_TYPE } from '../../../src/attestation/bundle.js'
import type { MergeRequest } from '../../../src/command/merge/merge.js'
import type { Digest } from '../../../src/oci/digest.js'
import { parseManifest } from '../../../src/oci/image.js'
import type { TestHost } from '../../support/host.js'
import type { RegistryOptions } from '../../support/registry.js'
import { type Claims, type SigstoreServices, startSigstoreServices } from '../../support/sigstore-services.js'
import { type MergeRig, mergeRig, type RunOptions } from './merge-rig.js'

/** A rig with the services that sign. The images of `one` have contents for SBOMs, if the test has built it with them. */
export interface AttestRig extends MergeRig {
  readonly sigstore: SigstoreServices
  /** Returns the inputs of a step that signs with Rekor v2. */
  signed(overrides?: Readonly<Record<string, string>>): MergeRequest
  /** A job that may request identity tokens. */
  job(commit: string, more?: RunOptions): TestHost
  /** The bundles that are attached in a repository. */
  bundles(repository?: string): AttachedBundle[]
  /** The number of signatures with an identity so far. */
  signatures(): number
}

export interface AttachedBundle {
  /** Of the artifact. */
  readonly digest: Digest
  readonly subject: Digest | undefined
  readonly annotations: Readonly<Record<string, string>>
  readonly statement: SignedStatement
  /** The digest of the bundle. */
  readonly bundle: Digest | undefined
}

interface SignedStatement {
  readonly predicateType: string
  readonly predicate: Readonly<Record<string, unknown>>
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[]
}

export async function attestRig(options: RegistryOptions = {}, claims: Claims = {}): Promise<AttestRig> {
  const rig = await mergeRig(options)
  const sigstore = await startSigstoreServices({ claims: { repository: 'owner/repo', ...claims } })
  const files = sigstore.writeFiles(rig.services)
  return {
    ...rig,
    sigstore,
    signed: overrides =>
      rig.request({
        attest: 'true',
        tags: '1.0, latest',
        'signing-config': files.signingConfig2,
        'trusted-root': files.trustedRoot,
        ...overrides,
      }),
    job: (commit, more = {}) =>
      rig.runOf(commit, { ...more, env: { ...sigstore.environment(), ...more.env } }),
    bundles: (repository = 'o/one') => listBundles(rig, repository),
    signatures: () => sigstore.rekor.size() + sigstore.rekor2.size(),
    async close() {
      await rig.close()
      await sigstore.close()
    },
  }
}

function listBundles({ registry }: MergeRig, repository: string): AttachedBundle[] {
  return [...registry.repository(repository).manifests].flatMap(([digest, { bytes }]) => {
    if (!String(bytes).includes('"subject"')) return []
    const { subject, artifactType, layers, annotations = {} } = parseManifest(bytes)
    if (artifactType !== BUNDLE_TYPE) return []
    const bundle = layers[0]?.digest
    const document = String(registry.blobs.get(bundle as Digest))
    // A test may have attached something else.
    if (!document.startsWith('{')) return []
    const statement = statementOf(document)
    return [{ digest, subject: subject?.digest, annotations, statement, bundle }]
  })
}

export function statementOf(bundle: Buffer | string): SignedStatement {
  const { dsseEnvelope } = JSON.parse(String(bundle))
  return JSON.parse(String(Buffer.from(dsseEnvelope.payload, 'base64')))
}
