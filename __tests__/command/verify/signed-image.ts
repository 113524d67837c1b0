import { buffer } from 'node:stream/consumers'
import type { SerializedBundle } from '@sigstore/bundle'
import { PREDICATE_TYPES } from '../../../src/attestation/statement.js'
import { type Blob, type Descriptor, OCI_INDEX, OCI_MANIFEST } from '../../../src/oci/descriptor.js'
import { type Digest, digestOf, hexOf } from '../../../src/oci/digest.js'
import { createBlob, type Image } from '../../../src/oci/image.js'
import { encodeIndex, type Index, makeIndex } from '../../../src/oci/image-index.js'
import { makeReferrer, referrersTagOf } from '../../../src/oci/referrer.js'
import type { TestRegistry } from '../../support/registry.js'
import { signBundle, type TestStatement, type Witnesses } from '../../support/sign-bundle.js'
import type { Claims, SigstoreServices } from '../../support/sigstore-services.js'
import { layerWithPaths, storeImage, storePath } from '../../support/store-images.js'

export const REPOSITORY = 'octo-org/app'
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json'

/** An image with one store path. Another seed gives another image. */
export function imageOf(platform: string, seed = ''): Image {
  return storeImage(platform, { layers: [layerWithPaths({ [pathOf(seed)]: 30 })] })
}

export const pathOf = (seed = ''): string => storePath('app-1.0', seed)

export const indexOf = (...images: readonly Image[]): Index => makeIndex(images)

/** Stores an index and its images in a registry, under a tag. Returns the reference. */
export function storeIndex(registry: TestRegistry, { blob, images }: Index, tag = '1.0'): string {
  for (const image of images) storeImageOf(registry, image)
  addManifest(registry, bytesOf(blob), OCI_INDEX)
  return setTag(registry, tag, blob.digest)
}

/** Stores an image without an index. */
export function storeSingle(registry: TestRegistry, image: Image, tag = '1.0'): string {
  storeImageOf(registry, image)
  return setTag(registry, tag, image.manifest.digest)
}

function storeImageOf(registry: TestRegistry, { manifest, config, layers }: Image): void {
  for (const blob of [config, ...layers]) registry.store.addBlob(REPOSITORY, bytesOf(blob), blob.digest)
  addManifest(registry, bytesOf(manifest), OCI_MANIFEST)
}

function setTag(registry: TestRegistry, tag: string, digest: Digest): string {
  registry.store.repository(REPOSITORY).tags.set(tag, digest)
  return `${registry.host}/${REPOSITORY}:${tag}`
}

function addManifest(registry: TestRegistry, bytes: Buffer, mediaType: string): void {
  registry.store.repository(REPOSITORY).manifests.set(digestOf(bytes), { bytes, mediaType })
}

function bytesOf(blob: Blob): Buffer {
  return blob.open().read() as Buffer
}

/** Attaches a document to an image, with the referrers API or with the tag in its place. Returns the digest of the artifact. */
export function attach(
  registry: TestRegistry,
  subject: Descriptor,
  document: { readonly bytes: Buffer; readonly mediaType: string },
): Digest {
  const blob = createBlob(document.bytes, { mediaType: document.mediaType })
  const { manifest, blobs } = makeReferrer({ subject, document: blob })
  for (const each of blobs) registry.store.addBlob(REPOSITORY, bytesOf(each), each.digest)
  addManifest(registry, bytesOf(manifest), OCI_MANIFEST)
  if (registry.options.referrers === false) addToTag(registry, subject.digest, manifest)
  return manifest.digest
}

function addToTag(registry: TestRegistry, subject: Digest, entry: Descriptor): void {
  const { tags, manifests } = registry.store.repository(REPOSITORY)
  const tag = referrersTagOf(subject)
  const before = manifests.get(tags.get(tag) as Digest)
  const listed = before ? (JSON.parse(String(before.bytes)).manifests as Descriptor[]) : []
  const bytes = encodeIndex([...listed, entry])
  addManifest(registry, bytes, OCI_INDEX)
  tags.set(tag, digestOf(bytes))
}

export function attachBundle(
  registry: TestRegistry,
  subject: Descriptor,
  bundle: SerializedBundle | object,
): Digest {
  return attach(registry, subject, { bytes: Buffer.from(JSON.stringify(bundle)), mediaType: BUNDLE })
}

/** The digests of an index and its images, as a statement has them. */
export const digestsOf = ({ blob, images }: Index): string[] =>
  [blob, ...images.map(({ manifest }) => manifest)].map(({ digest }) => hexOf(digest))

/** What the provenance of a job says. Written by hand, and not with the code that creates provenances. */
export function predicateFor(claims: Claims): object {
  const { repository, workflow_ref: workflow = '', sha, ref, job_workflow_ref: builder } = claims
  const [path = ''] = workflow.slice(`${repository}/`.length).split('@')
  return {
    buildDefinition: {
      buildType: 'https://example.com/build',
      externalParameters: {
        workflow: { ref, repository: `https://github.com/${repository}`, path },
        container: 'app',
        version: '1.2.3',
      },
      internalParameters: {
        isolation: { level: 'reusable-workflow', meaning: 'text' },
        caches: { githubActions: 'not used' },
        platforms: [{ platform: 'linux/amd64', build: 'this run' }],
      },
      resolvedDependencies: [
        {
          name: 'source',
          uri: `git+https://github.com/${repository}@${ref}`,
          digest: { gitCommit: sha },
        },
        {
          name: 'input:nixpkgs',
          uri: `github:NixOS/nixpkgs/${'b'.repeat(40)}`,
          digest: { gitCommit: 'b'.repeat(40) },
          annotations: { narHash: 'sha256-AAAA' },
        },
      ],
    },
    runDetails: {
      builder: { id: `https://github.com/${builder}` },
      metadata: {
        invocationId: `https://github.com/${repository}/actions/runs/${claims.run_id}/attempts/${claims.run_attempt}`,
      },
    },
  }
}

interface SignOptions extends TestStatement {
  readonly witnesses?: Witnesses
}

/** Signs the provenance of an index, with the identity of the job. */
export function signProvenance(
  services: SigstoreServices,
  index: Index,
  { witnesses = 'rekor', ...more }: SignOptions = {},
): Promise<SerializedBundle> {
  const predicate = predicateFor(services.identity.claims())
  return signBundle(services, witnesses, { digests: digestsOf(index), predicate, ...more })
}

export function signSbom(
  services: SigstoreServices,
  subject: Descriptor,
  document: object,
): Promise<SerializedBundle> {
  const predicateType = PREDICATE_TYPES.cyclonedx
  return signBundle(services, 'rekor', {
    digests: [hexOf(subject.digest)],
    predicate: document,
    predicateType,
  })
}

export const readBlob = (blob: Blob): Promise<Buffer> => buffer(blob.open())
