import { canonicalRegistry } from '../http/message.js'
import type { Blob } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import { blobsOf, type Image } from '../oci/image.js'
import type { Index } from '../oci/image-index.js'
import type { Reference } from '../oci/reference.js'

/** What one repository is to have in the end. */
export interface RepositoryPush {
  readonly place: RepositoryKey
  readonly indexes: readonly Index[]
}

/** Something of which nobody knows whether it is there. */
export interface ExistenceCheck {
  readonly place: RepositoryKey
  readonly digest: Digest
}

/** Where a place has a blob from. */
export type BlobStep =
  | { readonly kind: 'upload'; readonly place: RepositoryKey; readonly blob: Blob }
  | {
      readonly kind: 'mount'
      readonly place: RepositoryKey
      readonly blob: Blob
      readonly from: RepositoryKey
    }

export type ManifestStep =
  | { readonly kind: 'image'; readonly place: RepositoryKey; readonly image: Image }
  | { readonly kind: 'index'; readonly place: RepositoryKey; readonly index: Index }

/** Taken one after the other, no step needs what a later one brings. */
export type Step = BlobStep | ManifestStep

/** The manifests and indexes to look for. An image whose manifest is there is there as a whole: registries check that. */
export function manifestsToAsk(orders: readonly RepositoryPush[], census: KnownContents): ExistenceCheck[] {
  return orders.flatMap(({ place, indexes }) => {
    const digests = indexes.flatMap(({ blob, images }) => [blob, ...images.map(({ manifest }) => manifest)])
    return [...new Set(digests.map(({ digest }) => digest))]
      .filter(digest => census.has(place, digest) === undefined)
      .map(digest => ({ place, digest }))
  })
}

/**
 * The blobs to look for, once it is known which manifests are there. Each one in one place of a registry only: from there, or
 * to there, the others have it by a mount, which needs no look before.
 */
export function blobsToAsk(orders: readonly RepositoryPush[], census: KnownContents): ExistenceCheck[] {
  return demands(orders, census).flatMap(({ registry, blob: { digest }, places }) => {
    if (census.repositoryWith(registry, digest)) return []
    const place = places.find(each => census.has(each, digest) === undefined)
    return place ? [{ place, digest }] : []
  })
}

/**
 * What is to be done so that every place has all of its images and indexes. Each blob is uploaded once for each registry, the largest
 * first, so that none of them is left for the end, and mounted everywhere else.
 */
export function planPush(orders: readonly RepositoryPush[], census: KnownContents): Step[] {
  const blobs = demands(orders, census)
    .flatMap(demand => stepsFor(demand, census))
    .sort((a, b) => b.blob.size - a.blob.size)
  const isEarly = (step: BlobStep): boolean =>
    step.kind === 'mount' && census.has(step.from, step.blob.digest) === true
  return [
    ...blobs.filter(isEarly),
    ...blobs.filter(({ kind }) => kind === 'upload'),
    ...blobs.filter(step => step.kind === 'mount' && !isEarly(step)),
    ...orders.flatMap(order =>
      missingImages(order, census).map(image => ({ kind: 'image' as const, place: order.place, image })),
    ),
    ...orders.flatMap(order =>
      missingIndexes(order, census).map(index => ({ kind: 'index' as const, place: order.place, index })),
    ),
  ]
}

/** A blob, and the places of one registry that do not have it, as far as is known. */
interface Demand {
  readonly registry: string
  readonly blob: Blob
  readonly places: RepositoryKey[]
}

function demands(orders: readonly RepositoryPush[], census: KnownContents): Demand[] {
  const all = new Map<string, Demand>()
  for (const order of orders) {
    const registry = registryOf(order.place)
    for (const blob of blobsOf(missingImages(order, census))) {
      if (census.has(order.place, blob.digest)) continue
      const key = `${registry} ${blob.digest}`
      const demand = all.get(key) ?? { registry, blob, places: [] }
      demand.places.push(order.place)
      all.set(key, demand)
    }
  }
  return [...all.values()]
}

function stepsFor({ registry, blob, places }: Demand, census: KnownContents): BlobStep[] {
  const holder = census.repositoryWith(registry, blob.digest)
  const home = places.find(place => census.has(place, blob.digest) === false) ?? places[0]
  return places.map(place =>
    holder === undefined && place === home
      ? { kind: 'upload', place, blob }
      : { kind: 'mount', place, blob, from: holder ?? (home as RepositoryKey) },
  )
}

function missingImages({ place, indexes }: RepositoryPush, census: KnownContents): Image[] {
  const images = new Map(indexes.flatMap(index => index.images).map(each => [each.manifest.digest, each]))
  return [...images].flatMap(([digest, image]) => (census.has(place, digest) ? [] : [image]))
}

function missingIndexes({ place, indexes }: RepositoryPush, census: KnownContents): Index[] {
  const all = new Map(indexes.map(each => [each.blob.digest, each]))
  return [...all].flatMap(([digest, index]) => (census.has(place, digest) ? [] : [index]))
}

/** A repository, by a text that tells it from all others: `ghcr.io/owner/name`. */
export type RepositoryKey = string & { readonly __place: true }

export function repositoryKey({
  registry,
  repository,
}: Pick<Reference, 'registry' | 'repository'>): RepositoryKey {
  return `${canonicalRegistry(registry)}/${repository}` as RepositoryKey
}

/** Blobs are mounted only within one registry. */
export function registryOf(place: RepositoryKey): string {
  return place.slice(0, place.indexOf('/'))
}

/** The repository's name within its registry. */
export function repositoryPath(place: RepositoryKey): string {
  return place.slice(place.indexOf('/') + 1)
}

/** What is known of what lies where: blobs and manifests, by place. */
export class KnownContents {
  readonly #places = new Map<RepositoryKey, Map<Digest, boolean>>()
  readonly #empty = new Set<RepositoryKey>()

  record(place: RepositoryKey, digest: Digest, isThere: boolean): void {
    const known = this.#places.get(place) ?? new Map<Digest, boolean>()
    this.#places.set(place, known.set(digest, isThere))
  }

  /** What was not told of a place is not there. */
  recordEmpty(place: RepositoryKey): void {
    this.#empty.add(place)
  }

  /** `undefined` when nobody has looked. */
  has(place: RepositoryKey, digest: Digest): boolean | undefined {
    return this.#places.get(place)?.get(digest) ?? (this.#empty.has(place) ? false : undefined)
  }

  /** A place in a registry where a digest lies, the one that was told of first. */
  repositoryWith(registry: string, digest: Digest): RepositoryKey | undefined {
    for (const [place, known] of this.#places)
      if (known.get(digest) && registryOf(place) === registry) return place
    return undefined
  }
}
