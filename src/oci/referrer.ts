import { CREATED } from './annotation-keys.js'
import { type Annotations, type Blob, type Descriptor, descriptorOf, OCI_MANIFEST } from './descriptor.js'
import { type Digest, hexOf } from './digest.js'
import { createBlob, sortAnnotations } from './image.js'

/** The config of an artifact that has no config (OCI image-spec 1.1, "Guidance for an empty descriptor"). */
export const OCI_EMPTY = 'application/vnd.oci.empty.v1+json'

/** A document about an image or an index, as an artifact that refers to it (OCI image-spec 1.1, "Subject"). */
export interface Referrer {
  /** The descriptor also has the artifact type and the annotations, as in a list of referrers. */
  readonly manifest: Blob
  /** The empty config and the document. */
  readonly blobs: readonly Blob[]
  /** The image or index that the document is about. */
  readonly subject: Descriptor
}

interface NewReferrer {
  readonly subject: Descriptor
  /** Its media type is the type of the artifact. */
  readonly document: Blob
  /** The annotations of the manifest. */
  readonly annotations?: Annotations
}

/** Creates a referrer with one layer, the document. Equal input gives equal bytes. */
export function makeReferrer({ subject, document, annotations }: NewReferrer): Referrer {
  const artifactType = document.mediaType
  const config = createBlob(Buffer.from('{}'), { mediaType: OCI_EMPTY })
  const subjectDescriptor = plainDescriptorOf(subject)
  const sorted = sortAnnotations(annotations)
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType,
      config: plainDescriptorOf(config),
      layers: [descriptorOf(document)],
      subject: subjectDescriptor,
      ...sorted,
    }),
  )
  return {
    manifest: createBlob(bytes, { mediaType: OCI_MANIFEST, artifactType, ...sorted }),
    blobs: [config, document],
    subject: subjectDescriptor,
  }
}

/** Returns the tag that lists the referrers of a digest in a registry without the referrers API. */
export function referrersTagOf(digest: Digest): string {
  return `sha256-${hexOf(digest)}`
}

/** Compares by the annotated dates, which can be of several time zones. What has no date is last. */
export function compareNewestFirst(a: Annotated, b: Annotated): number {
  return createdAt(b) - createdAt(a)
}

type Annotated = Pick<Descriptor, 'annotations'>

function createdAt({ annotations }: Annotated): number {
  return Date.parse(annotations?.[CREATED] ?? '') || 0
}

function plainDescriptorOf({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size }
}
