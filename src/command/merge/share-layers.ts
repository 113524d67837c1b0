import { parseConfig } from '../../oci/config.js'
import { type Blob, deduplicate } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { type FindLayer, KnownLayers } from '../../oci/image.js'
import { MAX_PARALLEL_REQUESTS } from '../../registry/client.js'
import { mapLimit, waitForAll } from '../../util/async.js'
import type { ContainerImages, PlatformImage } from '../shared/platform-image.js'
import { layerFinderOf, type PublishedLayers, readPublishedLayers } from '../shared/published-images.js'
import type { TargetRepository } from './reuse-index.js'

/**
 * Replaces each layer by the first one with the same content, in the order of containers and systems. Each build job compresses
 * the layers for itself, and another compressor may have written other bytes. Images from a registry are not changed: their
 * layers were not verified against their diff_ids.
 */
export function shareLayers(containers: readonly ContainerImages[]): ContainerImages[] {
  const known = new KnownLayers()
  const shareImageLayers = (image: PlatformImage): PlatformImage => {
    const shared = replaceImageLayers(image, known.find)
    known.add(diffIdsOf(shared), shared.image.layers)
    return shared
  }
  return containers.map(container =>
    container.unchanged ? container : { ...container, images: container.images.map(shareImageLayers) },
  )
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
  const manifests = [...tags.imageByTag.values()].flatMap(image => image.manifests)
  return readPublishedLayers({ repository, manifests: deduplicate(manifests) })
}

/** Checks that the layers still exist in all repositories: after the replacement, this run cannot upload them. */
async function findExistingLayers(
  container: ContainerImages,
  find: FindLayer,
  targets: readonly TargetRepository[],
): Promise<KnownLayers> {
  const existing = new KnownLayers()
  await mapLimit(listReplacements(container, find), MAX_PARALLEL_REQUESTS, async ({ diffId, layer }) => {
    const checks = targets.map(({ repository }) => repository.hasBlob(layer.digest))
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
  return { ...platformImage, image: { ...platformImage.image, layers } }
}

/** Returns each layer with the one that `find` returns for it, or with itself. */
function matchLayers(platformImage: PlatformImage, find: FindLayer) {
  const diffIds = diffIdsOf(platformImage)
  return platformImage.image.layers.map((layer, n) => {
    const diffId = diffIds[n] as Digest
    const found = find(diffId, layer.mediaType)
    // If the bytes are the same, keep the layer of this run: it can be opened without a download.
    const isSame = found === undefined || found.digest === layer.digest
    return { diffId, layer, match: isSame ? layer : found }
  })
}

function diffIdsOf({ config }: PlatformImage): readonly Digest[] {
  return parseConfig(config).diffIds
}
