import type { Blob } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import { blobsOf, type Image } from '../oci/image.js'
import type { Index } from '../oci/image-index.js'
import { type Census, type Place, registryOf } from './census.js'

/** What one repository is to have in the end. */
export interface Order {
  readonly place: Place
  readonly indexes: readonly Index[]
}

/** Something of which nobody knows whether it is there. */
export interface Question {
  readonly place: Place
  readonly digest: Digest
}

/** Where a place has a blob from. */
export type BlobStep =
  | { readonly kind: 'upload'; readonly place: Place; readonly blob: Blob }
  | { readonly kind: 'mount'; readonly place: Place; readonly blob: Blob; readonly from: Place }

export type ManifestStep =
  | { readonly kind: 'image'; readonly place: Place; readonly image: Image }
  | { readonly kind: 'index'; readonly place: Place; readonly index: Index }

/** Taken one after the other, no step needs what a later one brings. */
export type Step = BlobStep | ManifestStep

/** The manifests and indexes to look for. An image whose manifest is there is there as a whole: registries check that. */
export function manifestsToAsk(orders: readonly Order[], census: Census): Question[] {
  return orders.flatMap(({ place, indexes }) => {
    const digests = indexes.flatMap(({ self, images }) => [self, ...images.map(({ manifest }) => manifest)])
    return [...new Set(digests.map(({ digest }) => digest))]
      .filter(digest => census.has(place, digest) === undefined)
      .map(digest => ({ place, digest }))
  })
}

/**
 * The blobs to look for, once it is known which manifests are there. Each one in one place of a registry only: from there, or
 * to there, the others have it by a mount, which needs no look before.
 */
export function blobsToAsk(orders: readonly Order[], census: Census): Question[] {
  return demands(orders, census).flatMap(({ registry, blob: { digest }, places }) => {
    if (census.holder(registry, digest)) return []
    const place = places.find(each => census.has(each, digest) === undefined)
    return place ? [{ place, digest }] : []
  })
}

/**
 * What is to be done so that every place has all of its images and indexes. Each blob is uploaded once for each registry, the largest
 * first, so that none of them is left for the end, and mounted everywhere else.
 */
export function planPush(orders: readonly Order[], census: Census): Step[] {
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
  readonly places: Place[]
}

function demands(orders: readonly Order[], census: Census): Demand[] {
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

function stepsFor({ registry, blob, places }: Demand, census: Census): BlobStep[] {
  const holder = census.holder(registry, blob.digest)
  const home = places.find(place => census.has(place, blob.digest) === false) ?? places[0]
  return places.map(place =>
    holder === undefined && place === home
      ? { kind: 'upload', place, blob }
      : { kind: 'mount', place, blob, from: holder ?? (home as Place) },
  )
}

function missingImages({ place, indexes }: Order, census: Census): Image[] {
  const images = new Map(indexes.flatMap(index => index.images).map(each => [each.manifest.digest, each]))
  return [...images].flatMap(([digest, image]) => (census.has(place, digest) ? [] : [image]))
}

function missingIndexes({ place, indexes }: Order, census: Census): Index[] {
  const all = new Map(indexes.map(each => [each.self.digest, each]))
  return [...all].flatMap(([digest, index]) => (census.has(place, digest) ? [] : [index]))
}
