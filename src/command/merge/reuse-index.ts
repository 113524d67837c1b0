import { buffer } from 'node:stream/consumers'
import { isDeepStrictEqual } from 'node:util'
import { CONTENT, PROOF, renameKeys, withPlainKeys } from '../../oci/annotation-keys.js'
import { type Annotations, type Blob, OCI_INDEX } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { blobsOf, createBlob, type Image } from '../../oci/image.js'
import { encodeIndex, type Index, parseIndex } from '../../oci/image-index.js'
import type { Repository } from '../../registry/repository.js'
import type { RequestedTag, TagKind } from '../../tags/subject.js'
import { waitForAll } from '../../util/async.js'
import { nameSetting } from '../../util/input-name.js'
import { asArray, asObject, asStringMap, type JsonObject, parseJson } from '../../util/json.js'
import { createRecord, hasRecord } from '../shared/proof-record.js'
import {
  contentDigestOf,
  isNotFoundError,
  type KnownBlobs,
  type RepositoryTags,
  readImage,
  type TaggedImage,
  UnreadableImage,
} from '../shared/published-images.js'
import { removeRecords } from './annotate-index-and-manifests.js'
import type { CompareContent } from './compare-content.js'
import type { LayerProver } from './prove-layers.js'

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
  /** Compares the content of a published index without times. */
  readonly compareContent: CompareContent
  /** Makes the same index with the annotations of another commit. */
  annotateAs(revision: string | undefined, created: Date | undefined): Index
}

/** The index to push, and what is known about the published indexes. */
export interface IndexChoice {
  readonly index: Index
  /** The images are those of a published index. */
  readonly isReused: boolean
  /** The images are those of this run, byte for byte. */
  readonly hasOwnImages: boolean
  /** A published index with a record lists the images of this run, so none of their layers must be unpacked. */
  readonly isRecorded: boolean
  /** Published indexes with the same content digest that must not be kept, and why. */
  readonly distrusted: ReadonlyMap<string, string>
}

/** How the layers of a published index are proved. */
export interface RecordTrust {
  readonly prover: LayerProver
  /**
   * The index is signed, so no record is believed: everyone who can push can write one, and a program that does not unpack layers
   * does not compare them.
   */
  readonly signs: boolean
}

const OWN = { isReused: false, hasOwnImages: true } as const

/**
 * Chooses the published index, byte for byte, if one of the requested tags points to an index with the same content. So an
 * unchanged image keeps its digest from commit to commit, also if its flake sets the current time. Otherwise chooses the new
 * index. An index with a record is preferred, then an index under an exact version, because that tag cannot move.
 *
 * The content digest does not depend on the bytes of layers. An index without a record is therefore kept only if its images are
 * those of this run, which are proved, or if its layers were unpacked now. It gets a record, unless no tag can move to it.
 */
export async function reuseUnchangedIndex(
  made: NewIndex,
  targets: readonly TargetRepository[],
  trust: RecordTrust,
): Promise<IndexChoice> {
  const { index } = made
  const distrusted = new Map<string, string>()
  let choice: Omit<IndexChoice, 'distrusted'> = { index, ...OWN, isRecorded: false }
  for (const { repository, published, kind } of listReusableIndexes(targets)) {
    const isChosen = choice.isReused || choice.isRecorded
    // After the choice, only the tags that stay at their index are left to check.
    if (isChosen && kind !== 'exact') continue
    if (published.digest === index.blob.digest) {
      if (!isChosen) choice = { index, ...OWN, isRecorded: true }
      continue
    }
    const isKept = isChosen && (hasRecord(published) || hasSameManifests(choice.index, published))
    if (isKept || distrusted.has(published.digest)) continue
    if (!(await hasSameContent(made, published, repository))) continue
    const { images, isSame, problem } = await checkImages(repository, published, { ...made, ...trust })
    if (problem !== undefined) distrusted.set(published.digest, problem)
    if (isChosen || problem !== undefined || images === undefined) continue
    const blob =
      hasRecord(published) || !canMoveTags(targets) ? indexBlobOf(published) : withRecord(published)
    const isRecorded = isSame && hasRecord(published)
    choice = { index: { blob, images }, isReused: true, hasOwnImages: isSame, isRecorded }
  }
  return { ...choice, distrusted }
}

/** Times are not content. The content digest depends on the times in a config, so without it the indexes are compared. */
async function hasSameContent(
  { contentDigest, compareContent }: NewIndex,
  published: TaggedImage,
  repository: Repository,
): Promise<boolean> {
  return contentDigestOf(published) === contentDigest || (await compareContent(published, repository)).isSame
}

/**
 * With `force`, nothing that is published is believed. Only an exact version with images that this run can make again is kept:
 * their layers are those of this run.
 */
export async function chooseNewIndex(
  made: NewIndex,
  targets: readonly TargetRepository[],
): Promise<IndexChoice> {
  const why = `it has other bytes than this run, and with ${nameSetting('force', 'true')} they are not believed`
  const distrusted = new Map<string, string>()
  for (const { published } of listReusableIndexes(targets)) {
    if (contentDigestOf(published) !== made.contentDigest) continue
    const remade = made.annotateAs(published.revision, published.created)
    if (!(await isRemade(remade, published))) distrusted.set(published.digest, why)
  }
  return { index: made.index, ...OWN, isRecorded: false, distrusted }
}

interface CheckedImages {
  /** Missing if a part of the index does not exist: then it is not reused, so that it is pushed again. */
  readonly images?: readonly Image[]
  /** They are the images of this run. */
  readonly isSame: boolean
  /** The reason not to keep the index. */
  readonly problem?: string
}

/** Opens the images of an index with the same content, and unpacks their layers unless they are proved. */
async function checkImages(
  repository: Repository,
  published: TaggedImage,
  { index, annotateAs, compareContent, prover, signs }: NewIndex & RecordTrust,
): Promise<CheckedImages> {
  // Usually the published images can be made again from the blobs of this run, so missing blobs can be restored.
  const remade = annotateAs(published.revision, published.created)
  if (await isRemade(remade, published)) return { images: remade.images, isSame: true }
  const read = await readImages(repository, published, knownBlobsOf(index))
  if (read === undefined) return { isSame: false }
  const images = read.map(({ image }) => image)
  // The content digest is only a claim, too: another program may have copied the annotations to an index of other images.
  const { isSame: isTrue, differences } = await compareContent(published, repository)
  if (!isTrue) return { isSame: false, problem: describeOtherImages(differences) }
  if (hasRecord(published) && !signs) return { images, isSame: false }
  try {
    for (const { image, config } of read) {
      const problem = await prover.findFalseLayer(image.layers, config, repository)
      if (problem !== undefined) return { isSame: false, problem }
    }
    return { images, isSame: false }
  } catch (error) {
    if (isNotFoundError(error)) return { isSame: false }
    throw error
  }
}

function describeOtherImages(differences: readonly string[]): string {
  const details = differences.length === 0 ? '' : `; different: ${differences.join(', ')}`
  return `its images are not the ones that its annotations are about${details}`
}

/** Whether a tag that is not an exact version can point to a new index: otherwise nothing would point to it. */
function canMoveTags(targets: readonly TargetRepository[]): boolean {
  return targets.every(({ requestedTags }) => requestedTags.some(({ kind }) => kind !== 'exact'))
}

/** The same index with a record. */
function withRecord({ bytes }: TaggedImage): Blob {
  const { manifests, annotations } = parseIndex(bytes)
  return createBlob(encodeIndex(manifests, { ...annotations, ...createRecord(manifests) }), {
    mediaType: OCI_INDEX,
  })
}

/** A published index that may be reused. */
interface ReusableIndex {
  readonly repository: Repository
  readonly published: TaggedImage
  readonly kind: TagKind
}

/**
 * Lists the indexes with a record first, and of these the indexes of exact versions. If a branch tag points to another index,
 * that branch has returned to an earlier state. Then the index must get the new commit, because an older run could move the
 * branch tag back otherwise.
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
  const sorted = [...exact, ...others]
  return [
    ...sorted.filter(({ published }) => hasRecord(published)),
    ...sorted.filter(({ published }) => !hasRecord(published)),
  ]
}

/**
 * Whether a published index is one that this run can make: the same manifests, platforms and annotations. Everyone who can push
 * can write an index that lists the images of this run for other platforms, or with other annotations.
 */
async function isRemade(remade: Index, published: TaggedImage): Promise<boolean> {
  if (!hasSameManifests(remade, published)) return false
  const own = await buffer(remade.blob.open())
  return isDeepStrictEqual(describeIndex(own), describeIndex(published.bytes))
}

/** What an index says, without records of how it was made: another version of this program writes others. */
function describeIndex(bytes: Buffer): JsonObject {
  const index = asObject(parseJson(bytes, 'the index'), 'the index')
  const { [CONTENT]: _, [PROOF]: __, ...annotations } = annotationsOf(index, 'the index')
  const manifests = asArray(index.manifests, 'manifests').map(each => {
    const manifest = asObject(each, 'a manifest')
    return { ...manifest, annotations: withPlainKeys(removeRecords(annotationsOf(manifest, 'a manifest'))) }
  })
  return { ...index, annotations: withPlainKeys(annotations), manifests }
}

function annotationsOf({ annotations }: JsonObject, what: string): Annotations {
  return renameKeys(asStringMap(annotations, `annotations of ${what}`) ?? {})
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

/** Returns `undefined` if a part of the index is missing or not an image: then the index is not reused, and is pushed again. */
async function readImages(
  repository: Repository,
  published: TaggedImage,
  knownBlobs: KnownBlobs,
): Promise<{ image: Image; config: Buffer }[] | undefined> {
  try {
    const { manifests } = parseIndex(published.bytes)
    return await waitForAll(manifests.map(each => readImage(repository, each, knownBlobs)))
  } catch (error) {
    if (isNotFoundError(error) || error instanceof UnreadableImage) return undefined
    throw error
  }
}
