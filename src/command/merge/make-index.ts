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
import { addLabels, parseConfig, removeLabels } from '../../oci/config.js'
import { type Annotations, type Blob, OCI_CONFIG, OCI_MANIFEST } from '../../oci/descriptor.js'
import { type Digest, digestOf } from '../../oci/digest.js'
import {
  blobsOf,
  createBlob,
  encodeManifest,
  type FindLayer,
  type Image,
  KnownLayers,
  sortAnnotations,
} from '../../oci/image.js'
import { type Index, makeIndex, parseIndex } from '../../oci/image-index.js'
import { formatPlatform } from '../../oci/platform.js'
import type { Repository } from '../../registry/repository.js'
import type { RequestedTag, TagKind } from '../../tags/choose-tags.js'
import { waitForAll } from '../../util/async.js'
import type { GitFacts } from '../shared/git.js'
import type { ContainerImages, PlatformImage } from '../shared/platform-image.js'
import {
  type AtHand,
  contentOf,
  imageFrom,
  isGone,
  type RepositoryTags,
  type TaggedImage,
} from '../shared/published.js'

/** What a merge writes on an image beside what its build said. */
interface IndexAnnotations {
  readonly git: GitFacts
  /** In place of what the images say. */
  readonly version: string | undefined
  /** Users' own; they have the last word. */
  readonly annotations: { readonly index: Annotations; readonly manifest: Annotations }
  /** For the images' configs. */
  readonly labels: Annotations
}

/** What follows from a container's derivation, and so stands on its manifests from the build on. */
const FACTS = [TITLE, DESCRIPTION, LICENSES, VERSION, SOURCE, URL, DOCUMENTATION]

/**
 * Joins a container's images into an index, with what is known of them on it and on their manifests. Everything follows from the
 * pieces and the stamp, so it is the same each time; layers stay as they are.
 */
export function annotateIndex(
  whole: ContainerImages,
  stamp: IndexAnnotations,
): { index: Index; content: Digest } {
  const pieces = whole.pieces.map(piece => annotateImage(piece, stamp))
  const annotations = withAnnotations(sharedFacts(whole.pieces), stamp, stamp.annotations.index)
  const content = contentDigest(pieces, annotations)
  const images = pieces.map(({ image }) => image)
  return { index: makeIndex(images, { ...annotations, [CONTENT]: content }), content }
}

export interface AnnotatedImage {
  readonly image: Image
  readonly config: Buffer
  readonly annotations: Annotations
}

function annotateImage(
  { image, config, system, derivation, facts }: PlatformImage,
  stamp: IndexAnnotations,
): AnnotatedImage {
  const annotations = withAnnotations(pick(facts), stamp, stamp.annotations.manifest)
  const bytes = addLabels(config, stamp.labels)
  const blob = bytes === config ? image.config : createBlob(bytes, { mediaType: OCI_CONFIG })
  const manifest = createBlob(encodeManifest({ config: blob, layers: image.layers, annotations }), {
    mediaType: OCI_MANIFEST,
    platform: image.platform,
    annotations: { [SYSTEM]: system, ...(derivation && { [DERIVATION]: derivation }) },
  })
  return { image: { ...image, config: blob, manifest }, config: bytes, annotations }
}

function withAnnotations(
  facts: Annotations,
  { git, version }: IndexAnnotations,
  own: Annotations,
): Annotations {
  const { source, ref } = git
  return {
    ...(source && { [SOURCE]: source, [URL]: source, [DOCUMENTATION]: `${source}#readme` }),
    ...facts,
    ...(version && { [VERSION]: version }),
    ...(ref.sha && { [REVISION]: ref.sha }),
    ...(ref.commitDate && { [CREATED]: rfc3339(ref.commitDate) }),
    ...own,
  }
}

/** Without fractions of a second, which Git does not know. */
function rfc3339(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}

/** The facts on which all pieces agree: an index speaks for all its platforms. */
function sharedFacts(pieces: readonly PlatformImage[]): Annotations {
  const agreed = FACTS.flatMap(key => {
    const [value, ...others] = new Set(pieces.map(({ facts }) => facts[key]))
    return value !== undefined && others.length === 0 ? [[key, value] as const] : []
  })
  return Object.fromEntries(agreed)
}

function pick(facts: Annotations): Annotations {
  return Object.fromEntries(FACTS.flatMap(key => (facts[key] === undefined ? [] : [[key, facts[key]]])))
}

/** What changes from commit to commit though an image stays as it is. */
const PASSING = [REVISION, CREATED]

interface Part {
  readonly image: Image
  readonly config: Buffer
  /** Of the manifest. */
  readonly annotations: Annotations
}

/**
 * A digest over what an index holds and says, but for the commit and its time. Layers count by what they unpack to, which configs
 * name, and by how they are compressed; not by their bytes, which another version of a compressor may write otherwise. Our own keys
 * count by their names alone, so that what was pushed under other ones has the same content.
 */
export function contentDigest(parts: readonly Part[], annotations: Annotations): Digest {
  const images = parts
    .map(({ image, config, annotations }) => ({
      platform: formatPlatform(image.platform),
      about: withPlainKeys(image.manifest.annotations ?? {}),
      config: digestOf(removeLabels(config, PASSING)),
      layers: image.layers.map(({ mediaType }) => mediaType),
      ...sortAnnotations(lasting(annotations)),
    }))
    .sort((a, b) => (a.platform < b.platform ? -1 : 1))
  return digestOf(Buffer.from(JSON.stringify({ images, ...sortAnnotations(lasting(annotations)) })))
}

function lasting(annotations: Annotations): Annotations {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !PASSING.includes(key)))
}

/** A repository that a container goes to, the tags that it is to have there, and what they hold now. */
export interface Target {
  readonly repository: Repository
  readonly wanted: readonly RequestedTag[]
  readonly standing: RepositoryTags
}

/** A container's index as it would be, with what is needed to make it anew. */
export interface Fresh {
  readonly index: Index
  /** Says whether another index holds the same. */
  readonly content: Digest
  /** The same, as from another commit. */
  from(revision: string | undefined, created: Date | undefined): Index
}

/**
 * The index to push: one that a wanted tag holds already where it has the same content, down to its bytes, so that what has not
 * changed keeps its digest from commit to commit; else the new one. An exact version has the first word, since it cannot follow.
 */
export async function reuseUnchangedIndex(
  { index, content, from }: Fresh,
  targets: readonly Target[],
): Promise<Index> {
  for (const { repository, holding } of candidates(targets)) {
    if (holding.digest === index.blob.digest) return index
    if (contentOf(holding) !== content) continue
    // As a rule it is made again from what is here; then nothing of it has to be there any more.
    const again = from(holding.revision, holding.created)
    if (hasImagesOf(again, holding)) return { ...again, blob: indexBlob(holding) }
    const kept = await indexFrom(repository, holding, atHand(index))
    if (kept) return kept
  }
  return index
}

interface Candidate {
  readonly repository: Repository
  readonly holding: TaggedImage
  readonly kind: TagKind
}

/**
 * A branch that holds something else meanwhile has come back to what it was: then the commit on the index must be the new one, or an
 * older run could take the branch back.
 */
function candidates(targets: readonly Target[]): Candidate[] {
  const all = targets.flatMap(({ repository, wanted, standing }) =>
    wanted.flatMap(({ tag, kind }): Candidate[] => {
      const holding = standing.held.get(tag)
      return holding ? [{ repository, holding, kind }] : []
    }),
  )
  const exact = all.filter(({ kind }) => kind === 'exact')
  const branches = new Set(all.filter(({ kind }) => kind === 'branch').map(({ holding }) => holding.digest))
  const others = all.filter(({ kind, holding }) => {
    return kind !== 'exact' && [...branches].every(digest => digest === holding.digest)
  })
  return [...exact, ...others]
}

/** The index that a tag holds may have other keys of ours: its content is known to be the same, so it stands for its images. */
function hasImagesOf({ images }: Index, { manifests }: TaggedImage): boolean {
  const digests = images.map(({ manifest }) => manifest.digest)
  return digests.length === manifests.length && manifests.every(({ digest }, n) => digest === digests[n])
}

/** The very bytes. */
function indexBlob({ bytes, descriptor: { mediaType } }: TaggedImage): Blob {
  return createBlob(bytes, { mediaType })
}

function atHand({ images }: Index): AtHand {
  return new Map(blobsOf(images).map((blob: Blob) => [blob.digest, blob]))
}

/** Nothing when a part of it is gone: then it is not to be kept but mended. */
async function indexFrom(
  repository: Repository,
  holding: TaggedImage,
  known: AtHand,
): Promise<Index | undefined> {
  try {
    const parts = await waitForAll(
      parseIndex(holding.bytes).manifests.map(each => imageFrom(repository, each, known)),
    )
    return { blob: indexBlob(holding), images: parts.map(({ image }) => image) }
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

/**
 * Where two images have the same layer, be it for two platforms or in two containers, each compressed it for itself, and another
 * compressor may have made other bytes. The first one stands for all, in the order of containers and systems. What comes out of a
 * registry is left as it is: nobody has held its layers against what its configs say.
 */
export function shareLayers(wholes: readonly ContainerImages[]): ContainerImages[] {
  const known = new KnownLayers()
  const shared = (piece: PlatformImage): PlatformImage => {
    const result = pieceWith(piece, known.find)
    known.add(diffIdsOf(result), result.image.layers)
    return result
  }
  return wholes.map(whole => (whole.unchanged ? whole : { ...whole, pieces: whole.pieces.map(shared) }))
}

/** The same images, with the layers that are found in place of their own. */
export function wholeWith(whole: ContainerImages, find: FindLayer): ContainerImages {
  return { ...whole, pieces: whole.pieces.map(piece => pieceWith(piece, find)) }
}

/** A layer that would be put in place of others. */
interface Replacement {
  readonly diffId: Digest
  readonly layer: Blob
}

/** Each once. */
export function replacements(whole: ContainerImages, find: FindLayer): Replacement[] {
  const pairs = whole.pieces.flatMap(piece => pairsOf(piece, find))
  const others = pairs.filter(({ own, found }) => found !== own)
  return [...new Map(others.map(({ diffId, found }) => [found.digest, { diffId, layer: found }])).values()]
}

function pieceWith(piece: PlatformImage, find: FindLayer): PlatformImage {
  const layers = pairsOf(piece, find).map(({ found }) => found)
  return { ...piece, image: { ...piece.image, layers } }
}

function pairsOf(piece: PlatformImage, find: FindLayer) {
  const diffIds = diffIdsOf(piece)
  return piece.image.layers.map((own, n) => {
    const diffId = diffIds[n] as Digest
    const found = find(diffId, own.mediaType)
    // What is the same down to its bytes is better opened here.
    const isSame = found === undefined || found.digest === own.digest
    return { diffId, own, found: isSame ? own : found }
  })
}

function diffIdsOf({ config }: PlatformImage): readonly Digest[] {
  return parseConfig(config).diffIds
}
