import { isIndexType } from '../../src/oci/descriptor.js'
import { type Digest, parseDigest } from '../../src/oci/digest.js'
import type { StoredManifest } from './registry-store.js'

interface Descriptor {
  mediaType: string
  digest: string
  size: number
}

/** The fields of a manifest or index that a registry reads. Parsed here so that this does not rely on the code under test. */
export interface Document {
  schemaVersion?: unknown
  mediaType?: unknown
  artifactType?: string
  annotations?: Record<string, string>
  manifests?: Descriptor[]
  config?: Descriptor
  layers?: Descriptor[]
  subject?: Descriptor
}

/** Throws an `Error` if it is not a JSON object. */
export function documentOf({ bytes }: Pick<StoredManifest, 'bytes'>): Document {
  const value: unknown = JSON.parse(bytes.toString())
  if (typeof value !== 'object' || value === null) throw new Error('not an object')
  return value
}

/** The digests that a manifest or index refers to. Throws an `Error` if a required field is missing. */
export function childrenOf(manifest: StoredManifest): { manifests: Digest[]; blobs: Digest[] } {
  const { manifests, config, layers } = documentOf(manifest)
  const digests = (of: readonly Descriptor[]): Digest[] => of.map(({ digest }) => parseDigest(digest))
  if (isIndexType(manifest.mediaType)) {
    if (!Array.isArray(manifests)) throw new Error('an index without manifests')
    return { manifests: digests(manifests), blobs: [] }
  }
  if (!config || !Array.isArray(layers)) throw new Error('a manifest without config or layers')
  return { manifests: [], blobs: digests([config, ...layers]) }
}
