import type { Blob } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { blobsOf, createBlob } from '../../oci/image.js'
import { type Index, parseIndex } from '../../oci/image-index.js'
import type { Repository } from '../../registry/repository.js'
import type { RequestedTag, TagKind } from '../../tags/subject.js'
import { waitForAll } from '../../util/async.js'
import {
  contentDigestOf,
  isNotFoundError,
  type KnownBlobs,
  type RepositoryTags,
  readImage,
  type TaggedImage,
} from '../shared/published-images.js'

/** A repository that the index of a container is pushed to. */
export interface TargetRepository {
  readonly repository: Repository
  readonly requestedTags: readonly RequestedTag[]
  /** What the requested tags point to now. */
  readonly tags: RepositoryTags
}

/** A new index of a container. */
export interface NewIndex {
  readonly index: Index
  /** Two indexes with the same content digest differ in their commits only; see `computeContentDigest`. */
  readonly contentDigest: Digest
  /** Makes the same index with the annotations of another commit. */
  annotateAs(revision: string | undefined, created: Date | undefined): Index
}

/**
 * Returns the published index, byte for byte, if one of the requested tags points to an index with the same content. So an
 * unchanged image keeps its digest from commit to commit. Otherwise returns the new index. An index under an exact version is
 * preferred, because that tag cannot move.
 */
export async function reuseUnchangedIndex(
  { index, contentDigest, annotateAs }: NewIndex,
  targets: readonly TargetRepository[],
): Promise<Index> {
  for (const { repository, published } of listReusableIndexes(targets)) {
    if (published.digest === index.blob.digest) return index
    if (contentDigestOf(published) !== contentDigest) continue
    // Usually the published images can be made again from the blobs of this run, so missing blobs can be restored.
    const remade = annotateAs(published.revision, published.created)
    if (hasSameManifests(remade, published)) return { ...remade, blob: indexBlobOf(published) }
    const existing = await readIndex(repository, published, knownBlobsOf(index))
    if (existing) return existing
  }
  return index
}

/** A published index that may be reused. */
interface ReusableIndex {
  readonly repository: Repository
  readonly published: TaggedImage
  readonly kind: TagKind
}

/**
 * Lists the indexes of exact versions first. If a branch tag points to another index, that branch has returned to an earlier
 * state. Then the index must get the new commit, because an older run could move the branch tag back otherwise.
 */
function listReusableIndexes(targets: readonly TargetRepository[]): ReusableIndex[] {
  const all = targets.flatMap(({ repository, requestedTags, tags: { imageByTag } }) =>
    requestedTags.flatMap(({ tag, kind }): ReusableIndex[] => {
      const published = imageByTag.get(tag)
      return published ? [{ repository, published, kind }] : []
    }),
  )
  const exact = all.filter(({ kind }) => kind === 'exact')
  const branchDigests = new Set(
    all.filter(({ kind }) => kind === 'branch').map(({ published }) => published.digest),
  )
  const others = all.filter(({ kind, published }) => {
    return kind !== 'exact' && [...branchDigests].every(digest => digest === published.digest)
  })
  return [...exact, ...others]
}

/** Compares manifests, not index bytes: the published index may have our annotation keys in an older form. */
function hasSameManifests({ images }: Index, { manifests }: TaggedImage): boolean {
  const digests = images.map(({ manifest }) => manifest.digest)
  return digests.length === manifests.length && manifests.every(({ digest }, n) => digest === digests[n])
}

function indexBlobOf({ bytes, descriptor: { mediaType } }: TaggedImage): Blob {
  return createBlob(bytes, { mediaType })
}

function knownBlobsOf({ images }: Index): KnownBlobs {
  return new Map(blobsOf(images).map((blob: Blob) => [blob.digest, blob]))
}

/** Returns `undefined` if a part of the index does not exist: it is not reused then, so that it is pushed again. */
async function readIndex(
  repository: Repository,
  published: TaggedImage,
  knownBlobs: KnownBlobs,
): Promise<Index | undefined> {
  try {
    const { manifests } = parseIndex(published.bytes)
    const images = await waitForAll(manifests.map(each => readImage(repository, each, knownBlobs)))
    return { blob: indexBlobOf(published), images: images.map(({ image }) => image) }
  } catch (error) {
    if (isNotFoundError(error)) return undefined
    throw error
  }
}
