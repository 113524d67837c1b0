import { parseConfig } from '../../oci/config.js'
import type { Blob } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { type FindLayer, KnownLayers } from '../../oci/image.js'
import { MAX_PARALLEL_REQUESTS } from '../../registry/client.js'
import { mapLimit, waitForAll } from '../../util/async.js'
import {
  type ContainerImages,
  type ExternalLayers,
  externalDigestsOf,
  type PlatformImage,
} from '../shared/platform-image.js'
import { hasRecord, ProvedLayers } from '../shared/proof-record.js'
import {
  layerFinderOf,
  type PublishedLayers,
  parseTaggedImage,
  readPublishedLayers,
} from '../shared/published-images.js'
import { addReused } from '../shared/recipe.js'
import type { TargetRepository } from './reuse-index.js'

/**
 * Replaces each layer by the first one with the same diff_id, in the order of containers and systems. Each build job compresses
 * the layers for itself, and another compressor may have written other bytes. A diff_id is only a claim of an archive: the caller
 * unpacks the layers before the result is used (`LayerProver`). Images from a registry, and layers that an archive omits, are not
 * changed and replace nothing: their bytes are not here.
 */
export function shareLayers(containers: readonly ContainerImages[]): ContainerImages[] {
  const known = new KnownLayers()
  return containers.map(container =>
    container.unchanged
      ? container
      : { ...container, images: container.images.map(image => shareImageLayers(image, known)) },
  )
}

function shareImageLayers(image: PlatformImage, known: KnownLayers): PlatformImage {
  const externalDigests = externalDigestsOf(image)
  const diffIds = diffIdsOf(image)
  const layers = image.image.layers.map((layer, n) => {
    if (externalDigests.has(layer.digest) || layer.annotations) return layer
    const diffId = diffIds[n] as Digest
    known.add([diffId], [layer])
    const first = known.find(diffId, layer.mediaType) ?? layer
    return first.digest === layer.digest ? layer : first
  })
  return withLayers(image, layers)
}

/** A container with layers of its repositories. Layers that they do not have are unchanged. */
interface ReusedLayers {
  readonly container: ContainerImages
  /** What each repository has, in the order of the targets. */
  readonly publishedLayers: readonly PublishedLayers[]
}

/** Replaces layers by published ones with the same content, if all repositories have them. So these are not uploaded again. */
export async function reusePublishedLayers(
  container: ContainerImages,
  targets: readonly TargetRepository[],
): Promise<ReusedLayers> {
  const publishedLayers = await waitForAll(targets.map(readTargetLayers))
  const existing = await findExistingLayers(container, layerFinderOf(publishedLayers), targets)
  return { container: replaceLayers(container, existing.find), publishedLayers }
}

function readTargetLayers({ repository, tags }: TargetRepository): Promise<PublishedLayers> {
  return readPublishedLayers({ repository, indexes: [...tags.imageByTag.values()] })
}

/** Reads the layers that a record covers. */
export function readRecordedLayers(targets: readonly TargetRepository[]): Promise<PublishedLayers[]> {
  return waitForAll(
    targets.map(({ repository, tags }) =>
      readPublishedLayers({ repository, indexes: [...tags.imageByTag.values()].filter(hasRecord) }),
    ),
  )
}

/**
 * Returns the layers that a record covers: in images of the targets, or in the index in which the build found the layers that a
 * thin archive omits.
 */
export async function findProvedLayers(
  container: ContainerImages,
  published: readonly PublishedLayers[],
): Promise<ProvedLayers> {
  const proved = new ProvedLayers().addAll(published.map(each => each.proved))
  for (const { externalLayers, image, config } of container.images) {
    const { diffIds } = parseConfig(config)
    const external = new Set(externalLayers?.layers.map(({ digest }) => digest))
    const isProved = (layer: Blob, n: number): boolean => proved.has(diffIds[n] as Digest, layer)
    if (image.layers.some((layer, n) => external.has(layer.digest) && !isProved(layer, n)))
      proved.addAll(await readNamedIndex(externalLayers))
  }
  return proved
}

async function readNamedIndex(externalLayers: ExternalLayers | undefined): Promise<ProvedLayers[]> {
  if (externalLayers?.index === undefined) return []
  const { repository, index } = externalLayers
  const found = await repository.getManifest(index)
  const tagged = found && parseTaggedImage(found)
  if (tagged === undefined || !hasRecord(tagged)) return []
  return [(await readPublishedLayers({ repository, indexes: [tagged] })).proved]
}

/** All layers of a container. */
export function layersOf({ images }: ContainerImages): ProvedLayers {
  const layers = new ProvedLayers()
  for (const { image, config } of images) layers.add(parseConfig(config).diffIds, image.layers)
  return layers
}

/** Checks that the layers still exist in all repositories: after the replacement, this run cannot upload them. */
async function findExistingLayers(
  container: ContainerImages,
  find: FindLayer,
  targets: readonly TargetRepository[],
): Promise<KnownLayers> {
  const existing = new KnownLayers()
  await mapLimit(listReplacements(container, find), MAX_PARALLEL_REQUESTS, async ({ diffId, layer }) => {
    const checks = targets.map(({ repository }) => repository.canReadBlob(layer.digest))
    if ((await waitForAll(checks)).every(Boolean)) existing.add([diffId], [layer])
  })
  return existing
}

/** A layer that could replace another one with the same content. */
interface Replacement {
  readonly diffId: Digest
  readonly layer: Blob
}

/** Lists each replacement once. */
function listReplacements(container: ContainerImages, find: FindLayer): Replacement[] {
  const matches = container.images.flatMap(image => matchLayers(image, find))
  const changed = matches.filter(({ layer, match }) => match !== layer)
  return [...new Map(changed.map(({ diffId, match }) => [match.digest, { diffId, layer: match }])).values()]
}

/** Replaces the layers that `find` finds. */
export function replaceLayers(container: ContainerImages, find: FindLayer): ContainerImages {
  return { ...container, images: container.images.map(image => replaceImageLayers(image, find)) }
}

function replaceImageLayers(platformImage: PlatformImage, find: FindLayer): PlatformImage {
  const layers = matchLayers(platformImage, find).map(({ match }) => match)
  return withLayers(platformImage, layers)
}

/** The recipe names layers with other bytes than the build has packed: a rebuild takes them from the image. */
function withLayers(image: PlatformImage, layers: readonly Blob[]): PlatformImage {
  const recipe = addReused(image.recipe, image.image.layers, layers)
  return { ...image, image: { ...image.image, layers }, ...(recipe && { recipe }) }
}

/** Returns each layer with the one that `find` returns for it, or with itself. */
function matchLayers(platformImage: PlatformImage, find: FindLayer) {
  const diffIds = diffIdsOf(platformImage)
  return platformImage.image.layers.map((layer, n) => {
    const diffId = diffIds[n] as Digest
    const found = find(diffId, layer.mediaType)
    // If the bytes are the same, keep the layer of this run: it can be opened without a download.
    const isSame = found === undefined || found.digest === layer.digest || layer.annotations !== undefined
    return { diffId, layer, match: isSame ? layer : found }
  })
}

function diffIdsOf({ config }: PlatformImage): readonly Digest[] {
  return parseConfig(config).diffIds
}
