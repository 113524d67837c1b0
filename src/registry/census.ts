import { canonicalRegistry } from '../http/origin.js'
import type { Digest } from '../oci/digest.js'
import type { Reference } from '../oci/reference.js'

/** A repository, by a text that tells it from all others: `ghcr.io/owner/name`. */
export type Place = string & { readonly __place: true }

export function placeOf({ registry, repository }: Pick<Reference, 'registry' | 'repository'>): Place {
  return `${canonicalRegistry(registry)}/${repository}` as Place
}

/** Blobs are mounted only within one registry. */
export function registryOf(place: Place): string {
  return place.slice(0, place.indexOf('/'))
}

/** The repository's name within its registry. */
export function nameIn(place: Place): string {
  return place.slice(place.indexOf('/') + 1)
}

/** What is known of what lies where: blobs and manifests, by place. */
export class Census {
  readonly #places = new Map<Place, Map<Digest, boolean>>()
  readonly #empty = new Set<Place>()

  tell(place: Place, digest: Digest, isThere: boolean): void {
    const known = this.#places.get(place) ?? new Map<Digest, boolean>()
    this.#places.set(place, known.set(digest, isThere))
  }

  /** What was not told of a place is not there. */
  tellEmpty(place: Place): void {
    this.#empty.add(place)
  }

  /** `undefined` when nobody has looked. */
  has(place: Place, digest: Digest): boolean | undefined {
    return this.#places.get(place)?.get(digest) ?? (this.#empty.has(place) ? false : undefined)
  }

  /** A place in a registry where a digest lies, the one that was told of first. */
  holder(registry: string, digest: Digest): Place | undefined {
    for (const [place, known] of this.#places)
      if (known.get(digest) && registryOf(place) === registry) return place
    return undefined
  }
}
