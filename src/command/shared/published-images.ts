import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Log } from '../../host/host.js'
import type { LayerFiles } from '../../image/programs/layer-contents.js'
import type { LayerKey } from '../../image/store/layer-key.js'
import {
  CONTENT,
  CREATED,
  DERIVATION,
  REVISION,
  SYSTEM,
  VERSION,
  withRenamedKeys,
} from '../../oci/annotation-keys.js'
import { checkConfigTypes } from '../../oci/check-config.js'
import { parseConfig } from '../../oci/config.js'
import {
  type Annotations,
  type Blob,
  type Descriptor,
  deduplicate,
  descriptorOf,
  isIndexType,
  OCI_CONFIG,
} from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { createBlob, type FindLayer, type Image, KnownLayers, parseManifest } from '../../oci/image.js'
import { type IndexDocument, isAttestation, parseIndex } from '../../oci/image-index.js'
import { normalizePlatform, type System } from '../../oci/platform.js'
import { formatReference } from '../../oci/reference.js'
import { MAX_PARALLEL_REQUESTS } from '../../registry/client.js'
import { isAccessDenied, RegistryError } from '../../registry/describe-error.js'
import type { FoundManifest } from '../../registry/manifests.js'
import { IncompleteTagList } from '../../registry/manifests.js'
import { isListUnsupported, type Repository } from '../../registry/repository.js'
import type { TaggedVersion } from '../../tags/may-move.js'
import type { RequestedTag } from '../../tags/subject.js'
import { mapLimit, waitForAll } from '../../util/async.js'
import { messageOf, UserError } from '../../util/error.js'
import { nameSetting } from '../../util/input-name.js'
import { quoteControlCharacters } from '../../util/text.js'
import { findAgreedFiles, RecordedLayerFiles } from './layer-files.js'
import { RecordedDiffIds, readLayerKeys } from './layer-keys.js'
import { IMAGES_AT_ONCE } from './platform-image.js'
import { hasRecord, ProvedLayers } from './proof-record.js'

/** What a repository has under the tags of a run. */
export interface RepositoryTags {
  /** The images that the requested tags point to. A tag that does not exist is not in the map. */
  readonly imageByTag: ReadonlyMap<string, TaggedImage>
  /** All tags of the repository. Empty if no requested tag needs to be compared with others. */
  readonly allTags: readonly string[]
  /** The registry did not list all tags: the others are not in `allTags`. */
  readonly isTagListIncomplete: boolean
  /** The registry says that the repository does not exist yet. */
  readonly isNewRepository: boolean
}

/** The image or index that a tag points to. Our annotation keys are renamed to their current form; `bytes` are not changed. */
export interface TaggedImage extends TaggedVersion {
  readonly descriptor: Descriptor
  readonly bytes: Buffer
  readonly annotations: Annotations
  /** The descriptors of the images of an index. Empty if it is not an index. */
  readonly manifests: readonly Descriptor[]
}

/**
 * Reads what the requested tags point to.
 *
 * @param log gets a warning if the registry does not allow listing tags; omit it when reading the tags again
 */
export async function readTags(
  repository: Repository,
  requested: readonly RequestedTag[],
  log?: Pick<Log, 'warning'>,
): Promise<RepositoryTags> {
  const needsAllTags = requested.some(({ kind }) => kind === 'newest' || kind === 'branch')
  const [{ tags: allTags, isIncomplete: isTagListIncomplete }, found] = await waitForAll([
    needsAllTags ? listTags(repository, log) : Promise.resolve({ tags: [], isIncomplete: false }),
    mapLimit(
      requested,
      IMAGES_AT_ONCE,
      async ({ tag }) => [tag, await repository.findManifest(tag)] as const,
    ),
  ])
  const images = found.flatMap(([tag, manifest]) =>
    typeof manifest === 'string' ? [] : [[tag, parseTaggedImage(manifest)] as const],
  )
  const isNewRepository = found.length > 0 && found.every(([, manifest]) => manifest === 'no repository')
  return { imageByTag: new Map(images), allTags, isTagListIncomplete, isNewRepository }
}

/**
 * Lists the tags of a repository. Some registries allow a push, but do not list tags or do not allow it: then there are none, and
 * only the requested tags are compared.
 */
export async function listTags(
  repository: Repository,
  log?: Pick<Log, 'warning'>,
): Promise<{ tags: readonly string[]; isIncomplete: boolean }> {
  try {
    return { tags: await repository.listTags(), isIncomplete: false }
  } catch (error) {
    if (error instanceof IncompleteTagList) return { tags: error.tags, isIncomplete: true }
    const isUnsupported = isListUnsupported(error)
    if (!isUnsupported && !isAccessDenied(error)) throw error
    const { registry, repository: path } = repository.reference
    const problem = isUnsupported
      ? `${registry} does not list the tags of ${path}`
      : `No permission to list the tags of ${registry}/${path}`
    log?.warning(`${problem}: newer versions are only found under the tags of this run`)
    return { tags: [], isIncomplete: false }
  }
}

/** Never throws: if another tool pushed something that is not a valid manifest, the annotations and manifests are empty. */
export function parseTaggedImage({ descriptor, bytes }: FoundManifest): TaggedImage {
  const { manifests, annotations = {} } = withRenamedKeys(parseDocument({ descriptor, bytes }))
  const { [VERSION]: version, [REVISION]: revision, [CREATED]: created } = annotations
  const date = new Date(created ?? '')
  return {
    descriptor,
    bytes,
    annotations,
    manifests: manifests.map(withRenamedKeys),
    digest: descriptor.digest,
    ...(version && { version }),
    ...(revision && { revision }),
    ...(!Number.isNaN(date.getTime()) && { created: date }),
  }
}

function parseDocument({
  descriptor,
  bytes,
}: FoundManifest): Pick<IndexDocument, 'manifests' | 'annotations'> {
  try {
    if (isIndexType(descriptor.mediaType)) return parseIndex(bytes)
    const { annotations } = parseManifest(bytes)
    return { manifests: [], ...(annotations && { annotations }) }
  } catch {
    return { manifests: [] }
  }
}

/** Returns the content digest that the merge put on the index; see `computeContentDigest`. */
export function contentDigestOf({ annotations }: TaggedImage): string | undefined {
  return annotations[CONTENT]
}

/**
 * Compares the derivations of an index with other ones, and describes the difference. Returns `undefined` if the index has the
 * same derivations for the same systems.
 */
export function describeDifference(
  manifests: readonly Descriptor[],
  systems: readonly { readonly system: System; readonly derivation?: string | undefined }[],
): string | undefined {
  const images = manifests.filter(each => !isAttestation(each))
  const published = new Map(
    images.map(({ annotations = {} }) => [annotations[SYSTEM], annotations[DERIVATION]]),
  )
  if (images.length === 0 || published.has(undefined))
    return 'changed: the published image does not record its derivations'
  const changed = systems.filter(
    ({ system, derivation }) =>
      published.has(system) && (derivation === undefined || published.get(system) !== derivation),
  )
  const added = systems.filter(({ system }) => !published.has(system))
  const removed = [...published.keys()].filter(system => systems.every(each => each.system !== system))
  const parts = [
    ...formatChange(
      'changed for',
      changed.map(({ system }) => system),
    ),
    ...formatChange(
      'new for',
      added.map(({ system }) => system),
    ),
    ...formatChange('removed for', removed),
  ]
  return parts.length === 0 ? undefined : parts.join(', ')
}

function formatChange(change: string, systems: readonly (string | undefined)[]): string[] {
  return systems.length === 0 ? [] : [`${change} ${systems.join(' and ')}`]
}

/** Blobs that this run already has, by digest. */
export type KnownBlobs = ReadonlyMap<Digest, Blob>

/**
 * Reads the manifest and the config of an image from a registry. Layers are read when they are opened. Throws a `UserError` for
 * which `isNotFoundError` is true if the manifest or config does not exist, and `UnreadableImage` if it is not an image.
 *
 * @param knownBlobs are used instead of blobs of the registry
 */
export async function readImage(
  repository: Repository,
  descriptor: Descriptor,
  knownBlobs: KnownBlobs = new Map(),
): Promise<{ image: Image; config: Buffer }> {
  const found = await repository.getManifest(descriptor.digest)
  if (!found) throw createNotFoundError(repository, descriptor)
  const parse = <T>(task: () => T): T => parsePublished(task, { repository, digest: descriptor.digest })
  const manifest = parse(() => parseManifest(found.bytes))
  const knownConfig = knownBlobs.get(manifest.config.digest)
  const config = knownConfig ? await buffer(knownConfig.open()) : await repository.getBytes(manifest.config)
  const platform = parse(() => {
    checkConfigTypes(config)
    return normalizePlatform(descriptor.platform ?? parseConfig(config).platform)
  })
  const { mediaType } = found.descriptor
  const { annotations } = descriptor
  const image = {
    platform,
    manifest: createBlob(found.bytes, { mediaType, platform, ...(annotations && { annotations }) }),
    config: createBlob(config, { mediaType: OCI_CONFIG }),
    layers: manifest.layers.map(layer => {
      const known = knownBlobs.get(layer.digest)
      // The media type, the size and the annotations are those of the published manifest.
      return known
        ? { ...descriptorOf(layer), open: () => known.open() }
        : createRegistryBlob(repository, layer)
    }),
  }
  return { image, config }
}

/** Another tool pushed something that is not an image, or an image that other tools cannot read. */
export class UnreadableImage extends UserError {
  override readonly name = 'UnreadableImage'
}

function parsePublished<T>(
  parse: () => T,
  { repository, digest }: { readonly repository: Repository; readonly digest: Digest },
): T {
  try {
    return parse()
  } catch (error) {
    const reason = quoteControlCharacters(messageOf(error))
    throw new UnreadableImage(`${repository.name}@${digest} is not an image that can be used: ${reason}`, {
      hint: `Build it again with ${nameSetting('force', 'true')}.`,
      cause: error,
    })
  }
}

/** Creates a blob that is downloaded from the registry each time it is opened. */
export function createRegistryBlob(repository: Repository, descriptor: Descriptor): Blob {
  const download = async function* () {
    yield* await repository.getBlob(descriptor)
  }
  return {
    ...descriptorOf(descriptor),
    open: () => Readable.from(download(), { objectMode: false }),
  }
}

/** True if an error means that the registry does not have a manifest or blob. */
export function isNotFoundError(error: unknown): boolean {
  return error instanceof ImageNotFound || (error instanceof RegistryError && error.failure.status === 404)
}

/** The registry does not have a manifest. */
export class ImageNotFound extends UserError {
  override readonly name = 'ImageNotFound'
}

function createNotFoundError(
  { reference: { registry, repository } }: Repository,
  { digest }: Descriptor,
): UserError {
  return new ImageNotFound(
    `${formatReference({ registry, repository, digest })} no longer exists in its registry`,
    {
      hint: `A cleanup may delete untagged images that an index still uses. Build it again with ${nameSetting('force', 'true')}.`,
    },
  )
}

/** Indexes in a repository. */
export interface PublishedImages {
  readonly repository: Repository
  readonly indexes: readonly TaggedImage[]
}

/** The layers of published images. */
export interface PublishedLayers {
  readonly repository: Repository
  /** The digests of the manifests, configs and layers that exist in the repository. */
  readonly existing: ReadonlySet<Digest>
  /** The layers of images that a record covers. The others only claim their diff_ids. */
  readonly layers: KnownLayers
  /** The same layers by their digests. */
  readonly proved: ProvedLayers
  /** The diff_ids of layers that are made from store paths. */
  readonly recorded: RecordedDiffIds
  readonly recordedFiles: RecordedLayerFiles
}

/**
 * Reads the manifests and configs of published images. The diff_ids of a config identify the layers, if a record covers the
 * image. Images that cannot be read, or that another tool pushed in another format, are skipped: their layers are then uploaded
 * again.
 */
export async function readPublishedLayers({
  repository,
  indexes,
}: PublishedImages): Promise<PublishedLayers> {
  const existing = new Set<Digest>()
  const layers = new KnownLayers()
  const proved = new ProvedLayers()
  const recorded = new RecordedDiffIds()
  const recordedFiles = new RecordedLayerFiles()
  const covered = recordedManifestsOf(indexes)
  const images = deduplicate(indexes.flatMap(({ manifests }) => manifests)).filter(
    each => !isAttestation(each),
  )
  const found = await mapLimit(images, IMAGES_AT_ONCE, each => tryReadImage(repository, each))
  const descriptors = indexes.filter(hasRecord).flatMap(({ manifests }) => manifests)
  for (const { image, config } of found.filter(each => each !== undefined)) {
    for (const { digest } of [image.manifest, image.config, ...image.layers]) existing.add(digest)
    if (!covered.has(image.manifest.digest)) continue
    const { diffIds } = parseConfig(config)
    layers.add(diffIds, image.layers)
    proved.add(diffIds, image.layers)
    for (const { annotations } of descriptors.filter(({ digest }) => digest === image.manifest.digest)) {
      recorded.add(readLayerKeys(annotations) ?? [], diffIds)
      recordedFiles.add(annotations, diffIds)
    }
  }
  return { repository, existing, layers, proved, recorded, recordedFiles }
}

/** Returns the digests of the manifests that a record covers. */
export function recordedManifestsOf(indexes: readonly TaggedImage[]): ReadonlySet<Digest> {
  return new Set(indexes.filter(hasRecord).flatMap(({ manifests }) => manifests.map(({ digest }) => digest)))
}

async function tryReadImage(repository: Repository, descriptor: Descriptor) {
  try {
    const found = await readImage(repository, descriptor)
    parsePublished(() => parseConfig(found.config), { repository, digest: descriptor.digest })
    return found
  } catch (error) {
    if (error instanceof UnreadableImage || isNotFoundError(error) || error instanceof RegistryError)
      return undefined
    throw error
  }
}

/** Returns a function that finds layers that all of these repositories have. A record in one of them is enough. */
export function layerFinderOf(published: readonly PublishedLayers[]): FindLayer {
  return (diffId, mediaType) =>
    published
      .map(({ layers }) => layers.find(diffId, mediaType))
      .find(layer => layer && published.every(({ existing }) => existing.has(layer.digest)))
}

/** Layers that all repositories of a container have. */
export interface FoundLayers {
  /** The first repository that has a record. */
  readonly repository: Repository
  /** An index with a record in this repository. */
  readonly index: Digest
  readonly find: FindLayer
  /** Returns the diff_id that all of these repositories record for a layer. */
  readonly findDiffId: (key: LayerKey) => Digest | undefined
  /** Returns the files that all of these repositories record for a layer. */
  readonly findFiles: (diffId: Digest) => LayerFiles | undefined
}

/**
 * Finds the layers that all repositories of a container have, if a record covers them. Returns `undefined` if one of the
 * repositories has no image of it, or if none of them has a record.
 *
 * @param published at most one for each repository
 * @param repositoryCount the number of repositories of the container
 */
export async function findPublishedLayers(
  published: readonly PublishedImages[],
  repositoryCount: number,
): Promise<FoundLayers | undefined> {
  if (published.length < repositoryCount) return undefined
  const [found] = published.flatMap(({ repository, indexes }) =>
    indexes.filter(hasRecord).map(({ descriptor }) => ({ repository, index: descriptor.digest })),
  )
  if (found === undefined) return undefined
  const layers = await waitForAll(published.map(readPublishedLayers))
  return {
    ...found,
    find: layerFinderOf(await waitForAll(layers.map(withoutDeletedBlobs))),
    findDiffId: diffIdFinderOf(layers),
    findFiles: diffId =>
      findAgreedFiles(
        layers.map(({ recordedFiles }) => recordedFiles),
        diffId,
      ),
  }
}

/** Returns a function that finds the diff_id of a key. It is used only if all repositories record the same one. */
function diffIdFinderOf(published: readonly PublishedLayers[]): FoundLayers['findDiffId'] {
  return key => {
    const [diffId, ...others] = new Set(published.map(({ recorded }) => recorded.find(key)))
    return others.length === 0 ? diffId : undefined
  }
}

/** The registry may have deleted a layer of a published image. Layers that are not packed cannot be sent again. */
async function withoutDeletedBlobs(published: PublishedLayers): Promise<PublishedLayers> {
  const { repository, layers } = published
  const existing = new Set(published.existing)
  await mapLimit(layers.list(), MAX_PARALLEL_REQUESTS, async ({ digest }) => {
    if (!(await repository.canReadBlob(digest))) existing.delete(digest)
  })
  return { ...published, existing }
}
