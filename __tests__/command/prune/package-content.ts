import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../../../src/oci/descriptor.js'
import { type Digest, digestOf, hexOf } from '../../../src/oci/digest.js'
import type { StoredManifest } from '../../support/registry-store.js'

// Manifests for tests that are about which manifest names which. Their blobs do not exist.

function storedManifest(mediaType: string, document: object): StoredManifest {
  return { mediaType, bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...document })) }
}

function descriptor(mediaType: string, digest: Digest): object {
  return { mediaType, digest, size: 1 }
}

/** An image, or a referrer of a subject. */
export function imageOf(name: string, subject?: Digest): StoredManifest {
  return storedManifest(OCI_MANIFEST, {
    config: descriptor(OCI_CONFIG, digestOf(Buffer.from(name))),
    layers: [],
    ...(subject && { subject: descriptor(OCI_MANIFEST, subject) }),
  })
}

/** @param name makes the index another one than that of the same images */
export function indexOf(images: readonly Digest[], name = '', subject?: Digest): StoredManifest {
  return storedManifest(OCI_INDEX, {
    manifests: images.map(image => descriptor(OCI_MANIFEST, image)),
    ...(name !== '' && { annotations: { name } }),
    ...(subject && { subject: descriptor(OCI_MANIFEST, subject) }),
  })
}

/** An index of indexes. */
export function nestedIndexOf(indexes: readonly Digest[]): StoredManifest {
  return storedManifest(OCI_INDEX, { manifests: indexes.map(index => descriptor(OCI_INDEX, index)) })
}

export function referrersTag(subject: Digest): string {
  return `sha256-${hexOf(subject)}`
}

export function cosignTag(subject: Digest, kind: 'sig' | 'att' | 'sbom'): string {
  return `${referrersTag(subject)}.${kind}`
}
