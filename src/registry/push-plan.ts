import type { Blob } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import { blobsOf, type Image } from '../oci/image.js'
import type { Index } from '../oci/image-index.js'
import type { Reference } from '../oci/reference.js'
import { canonicalRegistry } from './registry-url.js'

/** The indexes that one repository must have after the push. */
export interface RepositoryPush {
  readonly to: RepositoryKey
  readonly indexes: readonly Index[]
}

/** A blob or manifest to look for, because it is unknown whether the repository has it. */
export interface ExistenceCheck {
  readonly repository: RepositoryKey
  readonly digest: Digest
}

/** How a repository gets a blob. */
export type BlobStep =
  | { readonly kind: 'upload'; readonly to: RepositoryKey; readonly blob: Blob }
  | {
      readonly kind: 'mount'
      readonly to: RepositoryKey
      readonly blob: Blob
      readonly from: RepositoryKey
    }

export type ManifestStep =
  | { readonly kind: 'image'; readonly to: RepositoryKey; readonly image: Image }
  | { readonly kind: 'index'; readonly to: RepositoryKey; readonly index: Index }

/** In the order of a plan, no step needs the result of a later one. */
export type Step = BlobStep | ManifestStep

/**
 * The manifests and indexes to look for. If an image's manifest exists, its blobs do, too: registries check them when a manifest
 * is pushed.
 */
export function manifestsToCheck(pushes: readonly RepositoryPush[], known: KnownContents): ExistenceCheck[] {
  return pushes.flatMap(({ to, indexes }) => {
    const digests = indexes.flatMap(({ blob, images }) => [blob, ...images.map(({ manifest }) => manifest)])
    return [...new Set(digests.map(({ digest }) => digest))]
      .filter(digest => known.has(to, digest) === undefined)
      .map(digest => ({ repository: to, digest }))
  })
}

/**
 * The blobs to look for, once the existing manifests are known. Each blob is checked in one repository of a registry only: the
 * other repositories mount it from there, and a mount needs no check.
 */
export function blobsToCheck(pushes: readonly RepositoryPush[], known: KnownContents): ExistenceCheck[] {
  return missingBlobs(pushes, known).flatMap(({ registry, blob: { digest }, repositories }) => {
    if (known.repositoryWith(registry, digest)) return []
    const repository = repositories.find(each => known.has(each, digest) === undefined)
    return repository ? [{ repository, digest }] : []
  })
}

/**
 * The steps after which every repository has all of its images and indexes. Each blob is uploaded once per registry, and mounted
 * into the registry's other repositories. The largest blobs come first, so that none of them is left for the end.
 */
export function planPush(pushes: readonly RepositoryPush[], known: KnownContents): Step[] {
  return [
    ...orderBlobSteps(missingBlobs(pushes, known), known),
    ...pushes.flatMap(push =>
      missingImages(push, known).map(image => ({ kind: 'image' as const, to: push.to, image })),
    ),
    ...pushes.flatMap(push =>
      missingIndexes(push, known).map(index => ({ kind: 'index' as const, to: push.to, index })),
    ),
  ]
}

/** A blob that a repository must have after the push. */
interface WantedBlob {
  readonly to: RepositoryKey
  readonly blob: Blob
}

/** The steps after which every repository has its blobs. Each blob is uploaded once per registry, and mounted elsewhere. */
export function planBlobs(wanted: readonly WantedBlob[], known: KnownContents): BlobStep[] {
  const missing = wanted.filter(({ to, blob }) => !known.has(to, blob.digest))
  return orderBlobSteps(groupByRegistry(missing), known)
}

function orderBlobSteps(missing: readonly MissingBlob[], known: KnownContents): BlobStep[] {
  const steps = missing.flatMap(each => planBlob(each, known)).sort((a, b) => b.blob.size - a.blob.size)
  const hasSource = (step: BlobStep): boolean =>
    step.kind === 'mount' && known.has(step.from, step.blob.digest) === true
  return [
    ...steps.filter(hasSource),
    ...steps.filter(({ kind }) => kind === 'upload'),
    ...steps.filter(step => step.kind === 'mount' && !hasSource(step)),
  ]
}

/** A blob, and the repositories of one registry that are not known to have it. */
interface MissingBlob {
  readonly registry: string
  readonly blob: Blob
  readonly repositories: RepositoryKey[]
}

function missingBlobs(pushes: readonly RepositoryPush[], known: KnownContents): MissingBlob[] {
  return groupByRegistry(
    pushes.flatMap(push => missingBlobsOf(push, known).map(blob => ({ to: push.to, blob }))),
  )
}

function groupByRegistry(wanted: readonly WantedBlob[]): MissingBlob[] {
  const all = new Map<string, MissingBlob>()
  for (const { to, blob } of wanted) {
    const registry = registryOf(to)
    const key = `${registry} ${blob.digest}`
    const missing = all.get(key) ?? { registry, blob, repositories: [] }
    if (!missing.repositories.includes(to)) missing.repositories.push(to)
    all.set(key, missing)
  }
  return [...all.values()]
}

/** The blobs of missing images that are not known to exist, and deleted blobs of the others. */
function missingBlobsOf(push: RepositoryPush, known: KnownContents): Blob[] {
  const ofMissing = blobsOf(missingImages(push, known)).filter(({ digest }) => !known.has(push.to, digest))
  const deleted = blobsOf(push.indexes.flatMap(({ images }) => images)).filter(
    ({ digest }) => known.has(push.to, digest) === false,
  )
  return [...new Map([...ofMissing, ...deleted].map(blob => [blob.digest, blob])).values()]
}

function planBlob({ registry, blob, repositories }: MissingBlob, known: KnownContents): BlobStep[] {
  const source = known.repositoryWith(registry, blob.digest)
  const uploadTo = repositories.find(each => known.has(each, blob.digest) === false) ?? repositories[0]
  return repositories.map(to =>
    source === undefined && to === uploadTo
      ? { kind: 'upload', to, blob }
      : { kind: 'mount', to, blob, from: source ?? (uploadTo as RepositoryKey) },
  )
}

function missingImages({ to, indexes }: RepositoryPush, known: KnownContents): Image[] {
  const images = new Map(indexes.flatMap(index => index.images).map(each => [each.manifest.digest, each]))
  return [...images].flatMap(([digest, image]) => (known.has(to, digest) ? [] : [image]))
}

function missingIndexes({ to, indexes }: RepositoryPush, known: KnownContents): Index[] {
  const all = new Map(indexes.map(each => [each.blob.digest, each]))
  return [...all].flatMap(([digest, index]) => (known.has(to, digest) ? [] : [index]))
}

/** A repository as a unique text, with the canonical name of its registry: `ghcr.io/owner/name`. */
export type RepositoryKey = string & { readonly __repository: true }

export function repositoryKey({
  registry,
  repository,
}: Pick<Reference, 'registry' | 'repository'>): RepositoryKey {
  return `${canonicalRegistry(registry)}/${repository}` as RepositoryKey
}

/** Blobs can be mounted only within one registry. */
export function registryOf(key: RepositoryKey): string {
  return key.slice(0, key.indexOf('/'))
}

/** The repository's name within its registry: `owner/name`. */
export function repositoryPath(key: RepositoryKey): string {
  return key.slice(key.indexOf('/') + 1)
}

/** Which blobs and manifests are known to exist, or not to exist, in each repository. */
export class KnownContents {
  readonly #repositories = new Map<RepositoryKey, Map<Digest, boolean>>()
  readonly #empty = new Set<RepositoryKey>()

  record(repository: RepositoryKey, digest: Digest, exists: boolean): void {
    const contents = this.#repositories.get(repository) ?? new Map<Digest, boolean>()
    this.#repositories.set(repository, contents.set(digest, exists))
  }

  /** Digests that are not recorded do not exist in this repository. */
  recordEmpty(repository: RepositoryKey): void {
    this.#empty.add(repository)
  }

  /** `undefined` if it is unknown. */
  has(repository: RepositoryKey, digest: Digest): boolean | undefined {
    return (
      this.#repositories.get(repository)?.get(digest) ?? (this.#empty.has(repository) ? false : undefined)
    )
  }

  /** The first recorded repository of a registry that has the digest. */
  repositoryWith(registry: string, digest: Digest): RepositoryKey | undefined {
    for (const [repository, contents] of this.#repositories)
      if (contents.get(digest) && registryOf(repository) === registry) return repository
    return undefined
  }
}
