import {
  CONTENT,
  CREATED,
  DERIVATION,
  DESCRIPTION,
  DOCUMENTATION,
  LICENSES,
  REVISION,
  SOURCE,
  SYSTEM,
  TITLE,
  URL,
  VERSION,
  withPlainKeys,
} from '../../oci/annotations.js'
import { addLabels, removeLabels } from '../../oci/config.js'
import { type Annotations, type Blob, OCI_CONFIG, OCI_MANIFEST } from '../../oci/descriptor.js'
import { type Digest, digestOf } from '../../oci/digest.js'
import { blobsOf, createBlob, encodeManifest, type Image, sortAnnotations } from '../../oci/image.js'
import { type Index, makeIndex, parseIndex } from '../../oci/image-index.js'
import { formatPlatform } from '../../oci/platform.js'
import type { Repository } from '../../registry/repository.js'
import type { RequestedTag, TagKind } from '../../tags/subject.js'
import { waitForAll } from '../../util/async.js'
import type { GitFacts } from '../shared/git.js'
import type { ContainerImages, PlatformImage } from '../shared/platform-image.js'
import {
  contentDigestOf,
  isNotFoundError,
  type KnownBlobs,
  type RepositoryTags,
  readImage,
  type TaggedImage,
} from '../shared/published.js'

/** What a merge adds to the annotations of the build. */
interface IndexMetadata {
  readonly git: GitFacts
  /** Overrides the version of the images. */
  readonly version: string | undefined
  /** The annotations of the inputs. They override all others. */
  readonly annotations: { readonly index: Annotations; readonly manifest: Annotations }
  /** The labels of the inputs, for the image configs. */
  readonly labels: Annotations
}

/** The annotations that the build derives from the container. */
const CONTAINER_KEYS = [TITLE, DESCRIPTION, LICENSES, VERSION, SOURCE, URL, DOCUMENTATION]

/**
 * Joins the images of a container into an index, and annotates the index and the manifests. Layers are not changed. The same
 * arguments give the same bytes.
 */
export function annotateIndex(
  container: ContainerImages,
  metadata: IndexMetadata,
): { index: Index; contentDigest: Digest } {
  const annotated = container.images.map(image => annotateImage(image, metadata))
  const common = findCommonAnnotations(container.images)
  const annotations = mergeAnnotations(common, metadata, metadata.annotations.index)
  const contentDigest = computeContentDigest(annotated, annotations)
  const images = annotated.map(({ image }) => image)
  return { index: makeIndex(images, { ...annotations, [CONTENT]: contentDigest }), contentDigest }
}

export interface AnnotatedImage {
  readonly image: Image
  /** The bytes of the image config. */
  readonly config: Buffer
  /** The annotations of the manifest. */
  readonly annotations: Annotations
}

function annotateImage(
  { image, config, system, derivation, annotations }: PlatformImage,
  metadata: IndexMetadata,
): AnnotatedImage {
  const manifestAnnotations = mergeAnnotations(
    selectContainerKeys(annotations),
    metadata,
    metadata.annotations.manifest,
  )
  const labelled = addLabels(config, metadata.labels)
  const configBlob = labelled === config ? image.config : createBlob(labelled, { mediaType: OCI_CONFIG })
  const bytes = encodeManifest({
    config: configBlob,
    layers: image.layers,
    annotations: manifestAnnotations,
  })
  const manifest = createBlob(bytes, {
    mediaType: OCI_MANIFEST,
    platform: image.platform,
    annotations: { [SYSTEM]: system, ...(derivation && { [DERIVATION]: derivation }) },
  })
  return {
    image: { ...image, config: configBlob, manifest },
    config: labelled,
    annotations: manifestAnnotations,
  }
}

function mergeAnnotations(
  fromContainer: Annotations,
  { git, version }: IndexMetadata,
  fromInputs: Annotations,
): Annotations {
  const { source, ref } = git
  return {
    ...(source && { [SOURCE]: source, [URL]: source, [DOCUMENTATION]: `${source}#readme` }),
    ...fromContainer,
    ...(version && { [VERSION]: version }),
    ...(ref.sha && { [REVISION]: ref.sha }),
    ...(ref.commitDate && { [CREATED]: formatRfc3339(ref.commitDate) }),
    ...fromInputs,
  }
}

/** Without fractions of a second: Git dates have none. */
function formatRfc3339(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}

/** An index describes all of its platforms, so it only gets annotations that all images have in common. */
function findCommonAnnotations(images: readonly PlatformImage[]): Annotations {
  const common = CONTAINER_KEYS.flatMap(key => {
    const [value, ...others] = new Set(images.map(({ annotations }) => annotations[key]))
    return value !== undefined && others.length === 0 ? [[key, value] as const] : []
  })
  return Object.fromEntries(common)
}

function selectContainerKeys(annotations: Annotations): Annotations {
  return Object.fromEntries(
    CONTAINER_KEYS.flatMap(key => (annotations[key] === undefined ? [] : [[key, annotations[key]]])),
  )
}

/** The annotations and labels that differ from commit to commit, even if the image is the same. */
const COMMIT_KEYS = [REVISION, CREATED]

/**
 * Computes a digest of everything in an index except the commit and its date. Layers are identified by their diff_ids (in the
 * config) and their compression, not by their bytes: another version of a compressor may write other bytes. Our own annotation
 * keys are used without their domain, so an index with the keys of another account has the same content.
 */
export function computeContentDigest(
  images: readonly AnnotatedImage[],
  indexAnnotations: Annotations,
): Digest {
  const contents = images
    .map(({ image, config, annotations }) => ({
      platform: formatPlatform(image.platform),
      about: withPlainKeys(image.manifest.annotations ?? {}),
      config: digestOf(removeLabels(config, COMMIT_KEYS)),
      layers: image.layers.map(({ mediaType }) => mediaType),
      ...sortAnnotations(removeCommitKeys(annotations)),
    }))
    .sort((a, b) => (a.platform < b.platform ? -1 : 1))
  const content = { images: contents, ...sortAnnotations(removeCommitKeys(indexAnnotations)) }
  return digestOf(Buffer.from(JSON.stringify(content)))
}

function removeCommitKeys(annotations: Annotations): Annotations {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !COMMIT_KEYS.includes(key)))
}

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
