import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Log } from '../../host/host.js'
import {
  CONTENT,
  CREATED,
  DERIVATION,
  REVISION,
  SYSTEM,
  VERSION,
  withRenamedKeys,
} from '../../oci/annotations.js'
import { parseConfig } from '../../oci/config.js'
import {
  type Annotations,
  type Blob,
  type Descriptor,
  descriptorOf,
  isIndexType,
  OCI_CONFIG,
} from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { createBlob, type FindLayer, type Image, KnownLayers, parseManifest } from '../../oci/image.js'
import { type IndexDocument, isAttestation, parseIndex } from '../../oci/image-index.js'
import { normalizePlatform, type System } from '../../oci/platform.js'
import { formatReference } from '../../oci/reference.js'
import { isAccessDenied, RegistryError } from '../../registry/describe-error.js'
import type { FoundManifest } from '../../registry/manifests.js'
import type { Repository } from '../../registry/repository.js'
import type { RequestedTag } from '../../tags/choose-tags.js'
import type { TaggedVersion } from '../../tags/may-move.js'
import { mapLimit, waitForAll } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import { IMAGES_AT_ONCE } from './platform-image.js'

/** What a tag points to. Our own annotation keys are in today's form here; `bytes` are as the registry has them. */
export interface TaggedImage extends TaggedVersion {
  readonly descriptor: Descriptor
  readonly bytes: Buffer
  readonly annotations: Annotations
  /** Its images' descriptors; none when it is no index. */
  readonly manifests: readonly Descriptor[]
}

/** What a repository has, as far as a run's tags are concerned. */
export interface RepositoryTags {
  readonly held: ReadonlyMap<string, TaggedImage>
  /** Every tag, where they are to be compared. */
  readonly tags: readonly string[]
  /** The registry says that there is no such repository yet. */
  readonly empty: boolean
}

/**
 * Looks what the tags that a run asks for hold now.
 *
 * @param log told when tags may not be listed; for a further look, which has nothing new to tell, there is none
 */
export async function readTags(
  repository: Repository,
  wanted: readonly RequestedTag[],
  log?: Pick<Log, 'warning'>,
): Promise<RepositoryTags> {
  const compares = wanted.some(({ kind }) => kind === 'newest' || kind === 'branch')
  const [tags, found] = await waitForAll([
    compares ? listTags(repository, log) : Promise.resolve([]),
    mapLimit(wanted, IMAGES_AT_ONCE, async ({ tag }) => [tag, await repository.findManifest(tag)] as const),
  ])
  const held = found.flatMap(([tag, manifest]) =>
    typeof manifest === 'string' ? [] : [[tag, taggedImage(manifest)] as const],
  )
  const empty = found.length > 0 && found.every(([, manifest]) => manifest === 'no repository')
  return { held: new Map(held), tags, empty }
}

/** Who may push need not have the right to list tags; then what the tags hold has to do. */
async function listTags(repository: Repository, log: Pick<Log, 'warning'> | undefined): Promise<string[]> {
  try {
    return await repository.listTags()
  } catch (error) {
    if (!isAccessDenied(error)) throw error
    const { registry, repository: path } = repository.reference
    log?.warning(
      `The tags of ${registry}/${path} may not be listed, so newer versions are only seen where a tag holds them`,
    )
    return []
  }
}

/** What somebody else's tool has pushed may be of another shape, and says nothing then. */
export function taggedImage({ descriptor, bytes }: FoundManifest): TaggedImage {
  const { manifests, annotations = {} } = withRenamedKeys(read({ descriptor, bytes }))
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

function read({ descriptor, bytes }: FoundManifest): Pick<IndexDocument, 'manifests' | 'annotations'> {
  try {
    if (isIndexType(descriptor.mediaType)) return parseIndex(bytes)
    const { annotations } = parseManifest(bytes)
    return { manifests: [], ...(annotations && { annotations }) }
  } catch {
    return { manifests: [] }
  }
}

export function contentOf({ annotations }: TaggedImage): string | undefined {
  return annotations[CONTENT]
}

/**
 * How what is planned differs from what an index holds, by the derivations that it names, in words; `undefined` when it is
 * the same for exactly the same systems.
 */
export function differenceOf(
  manifests: readonly Descriptor[],
  systems: readonly { readonly system: System; readonly derivation: string | undefined }[],
): string | undefined {
  const images = manifests.filter(each => !isAttestation(each))
  const held = new Map(images.map(({ annotations = {} }) => [annotations[SYSTEM], annotations[DERIVATION]]))
  if (images.length === 0 || held.has(undefined)) return 'changed: it does not say what it was made from'
  const changed = systems.filter(
    ({ system, derivation }) => held.has(system) && held.get(system) !== derivation,
  )
  const added = systems.filter(({ system }) => !held.has(system))
  const gone = [...held.keys()].filter(system => systems.every(each => each.system !== system))
  const parts = [
    ...phrase(
      'changed for',
      changed.map(({ system }) => system),
    ),
    ...phrase(
      'new for',
      added.map(({ system }) => system),
    ),
    ...phrase('no longer for', gone),
  ]
  return parts.length === 0 ? undefined : parts.join(', ')
}

function phrase(words: string, systems: readonly (string | undefined)[]): string[] {
  return systems.length === 0 ? [] : [`${words} ${systems.join(' and ')}`]
}

/** Blobs that are at hand already, by digest. */
export type AtHand = ReadonlyMap<Digest, Blob>

/**
 * An image that lies in a registry. Its manifest and config are read, its layers only when they are opened. Throws a `UserError`
 * where a part of it is gone.
 */
export async function imageFrom(
  repository: Repository,
  descriptor: Descriptor,
  atHand: AtHand = new Map(),
): Promise<{ image: Image; config: Buffer }> {
  const found = await repository.getManifest(descriptor.digest)
  if (!found) throw gone(repository, descriptor)
  const manifest = parseManifest(found.bytes)
  const held = atHand.get(manifest.config.digest)
  const bytes = held ? await buffer(held.open()) : await repository.getBytes(manifest.config)
  const platform = normalizePlatform(descriptor.platform ?? parseConfig(bytes).platform)
  const { mediaType } = found.descriptor
  const { annotations } = descriptor
  const image = {
    platform,
    manifest: createBlob(found.bytes, { mediaType, platform, ...(annotations && { annotations }) }),
    config: createBlob(bytes, { mediaType: OCI_CONFIG }),
    layers: manifest.layers.map(layer => atHand.get(layer.digest) ?? blobIn(repository, layer)),
  }
  return { image, config: bytes }
}

export function blobIn(repository: Repository, of: Descriptor): Blob {
  const open = async function* () {
    yield* await repository.getBlob(of)
  }
  return { ...descriptorOf(of), open: () => Readable.from(open(), { objectMode: false }) }
}

/** Whether an image that is named somewhere is no longer there. */
export function isGone(error: unknown): boolean {
  return error instanceof Gone || (error instanceof RegistryError && error.failure.status === 404)
}

class Gone extends UserError {
  override readonly name = 'Gone'
}

function gone({ reference: { registry, repository } }: Repository, { digest }: Descriptor): UserError {
  return new Gone(`${formatReference({ registry, repository, digest })} is gone from its registry`, {
    hint: 'Something deletes what has no tag of its own, though an index names it. Build it again: with `force: true`.',
  })
}

/** Images that a repository holds under a tag. */
export interface PublishedImages {
  readonly repository: Repository
  readonly manifests: readonly Descriptor[]
}

/** What a repository was seen to have. */
export interface PublishedLayers {
  readonly repository: Repository
  /** Manifests, configs and layers. */
  readonly has: ReadonlySet<Digest>
  readonly layers: KnownLayers
}

/**
 * Reads manifests and configs, whose diff_ids pair with the layers. What cannot be read or is of another shape tells nothing: then
 * there is more to do, and no less to be had.
 */
export async function readPublishedLayers({
  repository,
  manifests,
}: PublishedImages): Promise<PublishedLayers> {
  const has = new Set<Digest>()
  const layers = new KnownLayers()
  const images = manifests.filter(each => !isAttestation(each))
  const found = await mapLimit(images, IMAGES_AT_ONCE, each => imageOrNothing(repository, each))
  for (const { image, config } of found.filter(each => each !== undefined)) {
    for (const { digest } of [image.manifest, image.config, ...image.layers]) has.add(digest)
    layers.add(parseConfig(config).diffIds, image.layers)
  }
  return { repository, has, layers }
}

/** Layers that each of the places has. */
export function findInAll([first, ...others]: readonly PublishedLayers[]): FindLayer {
  return (diffId, mediaType) => {
    const layer = first?.layers.find(diffId, mediaType)
    return layer && others.every(({ has }) => has.has(layer.digest)) ? layer : undefined
  }
}

/** Layers that a container's repositories have, and the first of these. */
export interface FoundLayers {
  readonly repository: Repository
  readonly find: FindLayer
}

/** What all of a container's repositories have; nothing where one of them holds none of its images. */
export async function findPublishedLayers(
  bases: readonly PublishedImages[],
  repositories: number,
): Promise<FoundLayers | undefined> {
  const [first] = bases
  if (first === undefined || bases.length < repositories) return undefined
  return { repository: first.repository, find: findInAll(await waitForAll(bases.map(readPublishedLayers))) }
}

async function imageOrNothing(repository: Repository, descriptor: Descriptor) {
  try {
    const found = await imageFrom(repository, descriptor)
    parseConfig(found.config)
    return found
  } catch (error) {
    // What somebody else's tool has pushed may be no image.
    const isNoImage = error instanceof Error && error.name === 'Error'
    if (isNoImage || isGone(error) || error instanceof RegistryError) return undefined
    throw error
  }
}
