import { buffer } from 'node:stream/consumers'
import { isDeepStrictEqual } from 'node:util'
import type { Log } from '../../host/host.js'
import { type Bytes, tapBytes } from '../../image/format/bytes.js'
import { decodeDetected } from '../../image/format/decompress.js'
import { findChangedPart } from '../../image/format/tar-without-times.js'
import { CONTENT, PROOF, renameKeys, withPlainKeys, withRenamedKeys } from '../../oci/annotation-keys.js'
import { parseConfig, removeLabels } from '../../oci/config.js'
import type { Annotations, Blob } from '../../oci/descriptor.js'
import { type Digest, Hasher } from '../../oci/digest.js'
import { blobsOf, type Image, parseManifest } from '../../oci/image.js'
import { isAttestation, parseIndex } from '../../oci/image-index.js'
import { formatPlatform } from '../../oci/platform.js'
import { openVerified } from '../../oci/verify.js'
import type { Repository } from '../../registry/repository.js'
import { waitForAll } from '../../util/async.js'
import { messageOf, UserError } from '../../util/error.js'
import { asObject, type JsonObject, parseJson } from '../../util/json.js'
import { pluralize, quoteControlCharacters } from '../../util/text.js'
import type { PlatformImage } from '../shared/platform-image.js'
import {
  describeDifference,
  isNotFoundError,
  type KnownBlobs,
  readImage,
  type TaggedImage,
  UnreadableImage,
} from '../shared/published-images.js'
import {
  COMMIT_KEYS,
  type IndexContent,
  removeCommitKeys,
  removeRecords,
} from './annotate-index-and-manifests.js'

/** The result of a comparison without times. */
interface ContentComparison {
  /** The indexes differ in their commits and in times only. */
  readonly isSame: boolean
  /** What differs, for messages: `Env of linux/amd64`. Empty if the published index was made from other derivations. */
  readonly differences: readonly string[]
}

/** Compares a published index with the new index of a run. */
export type CompareContent = (published: TaggedImage, repository: Repository) => Promise<ContentComparison>

interface CompareOptions {
  readonly signal: AbortSignal
  readonly log: Pick<Log, 'info'>
}

/**
 * Compares published indexes with the index of a container without times: a flake with `created = "now"` or `mtime = "now"`
 * gives other bytes each time the same derivation is built. Only indexes of the same derivations are compared. Manifests and
 * configs are read from the registry. If only the diff_ids of some layers differ, these layers are unpacked, once. Throws a
 * `UserError` if the registry cannot be read.
 */
export function createContentComparer(
  content: IndexContent,
  images: readonly Pick<PlatformImage, 'system' | 'derivation'>[],
  options: CompareOptions,
): CompareContent {
  const results = new Map<string, Promise<ContentComparison>>()
  return (published, repository) => {
    if (describeDifference(published.manifests, images) !== undefined)
      return Promise.resolve({ isSame: false, differences: [] })
    const key = `${repository.name} ${published.digest}`
    const result = results.get(key) ?? compareIndexes(content, { published, repository }, options)
    results.set(key, result)
    return result
  }
}

interface PublishedIndex {
  readonly published: TaggedImage
  readonly repository: Repository
}

async function compareIndexes(
  content: IndexContent,
  source: PublishedIndex,
  options: CompareOptions,
): Promise<ContentComparison> {
  const { annotations, manifests } = withRenamedKeys(parseIndex(source.published.bytes))
  const { [CONTENT]: _, [PROOF]: __, ...published } = annotations ?? {}
  const differences = [
    ...listChangedKeys(comparableAnnotations(published), comparableAnnotations(content.annotations)),
    ...(manifests.some(isAttestation) ? ['attestations'] : []),
  ]
  if (differences.length > 0) return { isSame: false, differences }
  try {
    return await comparePlatforms(content, source, options)
  } catch (error) {
    if (isNotFoundError(error))
      return { isSame: false, differences: ['parts of the published image are missing'] }
    if (error instanceof UnreadableImage) return { isSame: false, differences: [error.message] }
    throw error
  }
}

/** The image of one platform, here and in the registry. */
interface PlatformPair {
  readonly platform: string
  readonly a: ComparableImage
  readonly b: ComparableImage
}

interface ComparableImage {
  readonly image: Image
  readonly config: Buffer
  readonly annotations: Annotations
}

async function comparePlatforms(
  content: IndexContent,
  source: PublishedIndex,
  options: CompareOptions,
): Promise<ContentComparison> {
  const published = await readImages(content, source)
  const pairs = content.images.flatMap((b): PlatformPair[] => {
    const platform = formatPlatform(b.image.platform)
    const a = published.find(({ image }) => formatPlatform(image.platform) === platform)
    return a ? [{ platform, a, b }] : []
  })
  if (pairs.length !== published.length || pairs.length !== content.images.length)
    return { isSame: false, differences: ['the platforms'] }
  const differences = pairs.flatMap(compareMetadata)
  if (differences.length > 0) return { isSame: false, differences }
  const changed = await compareChangedLayers(pairs, source, options)
  return { isSame: changed.length === 0, differences: changed }
}

async function readImages(
  { images }: IndexContent,
  { published, repository }: PublishedIndex,
): Promise<ComparableImage[]> {
  const blobs = blobsOf(images.map(({ image }) => image))
  const known: KnownBlobs = new Map(blobs.map((blob: Blob) => [blob.digest, blob]))
  const { manifests } = parseIndex(published.bytes)
  return waitForAll(
    manifests.map(async descriptor => {
      const { image, config } = await readImage(repository, descriptor, known)
      const { annotations = {} } = parseManifest(await buffer(image.manifest.open()))
      return { image, config, annotations }
    }),
  )
}

/** Compares everything but the content of layers. */
function compareMetadata({ platform, a, b }: PlatformPair): string[] {
  const [configA, configB] = [a, b].map(({ config }) => comparableConfig(config)) as [JsonObject, JsonObject]
  const typesOf = ({ image }: ComparableImage): string[] => image.layers.map(({ mediaType }) => mediaType)
  const annotationsOf = ({ image }: ComparableImage) =>
    image.layers.map(({ annotations = {} }) => annotations)
  const [descriptorA, descriptorB] = [a, b].map(({ image }) =>
    comparableAnnotations(removeRecords(renameKeys(image.manifest.annotations ?? {}))),
  ) as [Annotations, Annotations]
  const changed = [
    ...listChangedKeys(comparableAnnotations(a.annotations), comparableAnnotations(b.annotations)),
    ...listChangedKeys(descriptorA, descriptorB),
    ...listChangedKeys(configA, configB),
    ...(a.image.layers.length === b.image.layers.length
      ? isDeepStrictEqual(typesOf(a), typesOf(b))
        ? []
        : ['the compression of layers']
      : ['the number of layers']),
    ...(isDeepStrictEqual(annotationsOf(a), annotationsOf(b)) ? [] : ['annotations of layers']),
  ]
  return changed.map(key => `${key} of ${platform}`)
}

/** Our own keys are compared without their domain, because the account may have another name. */
function comparableAnnotations(annotations: Annotations): Annotations {
  return withPlainKeys(removeCommitKeys(annotations))
}

/** Returns the fields of a config without times, commit and diff_ids. The fields of `config` are beside the others. */
function comparableConfig(bytes: Buffer): JsonObject {
  const {
    created: _,
    rootfs: __,
    history,
    config,
    ...rest
  } = asObject(parseJson(removeLabels(bytes, COMMIT_KEYS), 'the image config'), 'the image config')
  return { ...rest, ...asObject(config ?? {}, 'config'), history: removeHistoryTimes(history) }
}

function removeHistoryTimes(history: unknown): unknown {
  if (!Array.isArray(history)) return history
  return history.map(entry => {
    if (typeof entry !== 'object' || entry === null) return entry
    const { created: _, ...rest } = entry as JsonObject
    return rest
  })
}

function listChangedKeys(a: JsonObject, b: JsonObject): string[] {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  return keys.filter(key => !isDeepStrictEqual(a[key], b[key])).map(quoteControlCharacters)
}

/** A layer whose diff_id is not the same in both images. */
interface LayerPair {
  /** `layer 2 of linux/amd64`. */
  readonly name: string
  readonly a: ClaimedLayer
  readonly b: ClaimedLayer
}

interface ClaimedLayer {
  readonly layer: Blob
  /** As in the config. */
  readonly diffId: Digest
}

/** Unpacks each pair of layers with different diff_ids, and returns the first difference of each. */
async function compareChangedLayers(
  pairs: readonly PlatformPair[],
  { repository }: PublishedIndex,
  { signal, log }: CompareOptions,
): Promise<string[]> {
  const changed = new Map<string, LayerPair>()
  for (const pair of pairs.flatMap(listChangedLayers)) {
    const key = `${pair.a.diffId} ${pair.b.diffId}`
    if (!changed.has(key)) changed.set(key, pair)
  }
  if (changed.size === 0) return []
  log.info(
    `Comparing ${pluralize(changed.size, 'layer')} with ${repository.name}, because times may be the only difference`,
  )
  const differences: string[] = []
  for (const pair of changed.values()) {
    const difference = await compareLayers(pair, signal)
    if (difference !== undefined) differences.push(difference)
  }
  return differences
}

function listChangedLayers({ platform, a, b }: PlatformPair): LayerPair[] {
  const [idsA, idsB] = [a, b].map(({ config }) => parseConfig(config).diffIds) as [Digest[], Digest[]]
  return b.image.layers.flatMap((layer, n): LayerPair[] => {
    const [diffIdA, diffIdB] = [idsA[n] as Digest, idsB[n] as Digest]
    if (diffIdA === diffIdB) return []
    const name = `layer ${n + 1} of ${platform}`
    return [{ name, a: { layer: a.image.layers[n] as Blob, diffId: diffIdA }, b: { layer, diffId: diffIdB } }]
  })
}

async function compareLayers({ name, a, b }: LayerPair, signal: AbortSignal): Promise<string | undefined> {
  try {
    const changed = await findChangedPart(unpack(a, signal), unpack(b, signal))
    return changed && [changed.name, name].filter(Boolean).map(quoteControlCharacters).join(' in ')
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof UserError) throw error
    return `${name} (${messageOf(error)})`
  }
}

/** Yields the tar of a layer. Throws an `Error` at the end if it does not have its diff_id. */
async function* unpack({ layer, diffId }: ClaimedLayer, signal: AbortSignal): Bytes {
  const hasher = new Hasher()
  yield* tapBytes(decodeDetected(openVerified(layer)), chunk => {
    signal.throwIfAborted()
    hasher.update(chunk)
  })
  const found = hasher.digest()
  if (found !== diffId) throw new Error(`its diff_id is ${found}, not ${diffId}`)
}
