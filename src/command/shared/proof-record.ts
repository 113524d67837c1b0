import { PROOF } from '../../oci/annotation-keys.js'
import type { Annotations, Descriptor } from '../../oci/descriptor.js'
import { type Digest, digestOf } from '../../oci/digest.js'

/** The parts of an index that a record is about. */
interface RecordedIndex {
  /** With our own keys in the current form. */
  readonly annotations: Annotations
  readonly manifests: readonly Pick<Descriptor, 'digest'>[]
}

/**
 * Returns the annotation `PROOF` of an index: the run that pushes the index has unpacked every layer of its images and compared
 * the diff_ids, or has found a record of that. The value names the manifests, so it is not valid on an index of other images.
 */
export function createRecord(manifests: RecordedIndex['manifests']): Annotations {
  const digests = manifests.map(({ digest }) => digest).sort()
  return { [PROOF]: `v1:${digestOf(Buffer.from(digests.join('\n')))}` }
}

/** Whether an index has a valid record. Believe it only in a repository that the run pushes the container to. */
export function hasRecord({ annotations, manifests }: RecordedIndex): boolean {
  return manifests.length > 0 && annotations[PROOF] === createRecord(manifests)[PROOF]
}

/** Whether an index has a record of other images: another program has changed the index and copied its annotations. */
export function hasForeignRecord(index: RecordedIndex): boolean {
  return index.annotations[PROOF] !== undefined && !hasRecord(index)
}

/** Layers that this run has packed, with their diff_ids in the same order. */
export interface PackedLayers {
  readonly diffIds: readonly Digest[]
  readonly layers: readonly ProvedLayer[]
}

/** The media type names the compression, which is proved too. */
type ProvedLayer = Pick<Descriptor, 'digest' | 'mediaType'>

/** Layers that are known to have their diff_ids. */
export class ProvedLayers {
  readonly #keys = new Set<string>()

  /** Adds layers with their diff_ids in the same order. Lists of different length are ignored. */
  add(diffIds: readonly Digest[], layers: readonly ProvedLayer[]): this {
    if (diffIds.length !== layers.length) return this
    for (const [n, layer] of layers.entries()) this.#keys.add(keyOf(diffIds[n] as Digest, layer))
    return this
  }

  addAll(others: readonly ProvedLayers[]): this {
    for (const other of others) for (const key of other.#keys) this.#keys.add(key)
    return this
  }

  has(diffId: Digest, layer: ProvedLayer): boolean {
    return this.#keys.has(keyOf(diffId, layer))
  }
}

function keyOf(diffId: Digest, { digest, mediaType }: ProvedLayer): string {
  return `${diffId} ${digest} ${mediaType}`
}
