import type { Digest } from '../oci/digest.js'
import type { Reference } from '../oci/reference.js'
import { placeOf } from './census.js'
import type { FoundManifest } from './manifests.js'

/** The manifests that were read in a run. What a digest names never changes, so nobody has to ask for it twice. */
export class SeenManifests {
  readonly #manifests = new Map<string, FoundManifest>()

  add(of: Reference, found: FoundManifest): void {
    this.#manifests.set(keyOf(of, found.descriptor.digest), found)
  }

  find(of: Reference, digest: Digest): FoundManifest | undefined {
    return this.#manifests.get(keyOf(of, digest))
  }
}

function keyOf(of: Reference, digest: Digest): string {
  return `${placeOf(of)}@${digest}`
}
