import { decodeDetected } from '../../image/format/decompress.js'
import { parseConfig } from '../../oci/config.js'
import { type Blob, deduplicate } from '../../oci/descriptor.js'
import { type Digest, Hasher } from '../../oci/digest.js'
import { type FindLayer, KnownLayers } from '../../oci/image.js'
import { openVerified } from '../../oci/verify.js'
import { MAX_PARALLEL_REQUESTS } from '../../registry/client.js'
import { mapLimit, waitForAll } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import { type ContainerImages, externalDigestsOf, type PlatformImage } from '../shared/platform-image.js'
import { layerFinderOf, type PublishedLayers, readPublishedLayers } from '../shared/published-images.js'
import type { TargetRepository } from './reuse-index.js'

/**
 * Replaces each layer by the first one with the same content, in the order of containers and systems. Each build job compresses
 * the layers for itself, and another compressor may have written other bytes. That the content is the same is only a claim of an
 * archive, so a layer is unpacked once before it replaces another one. Images from a registry, and layers that an archive omits,
 * are not changed and replace nothing: their bytes are not here. Throws a `UserError` that names an archive with a false claim.
 */
export async function shareLayers(
  containers: readonly ContainerImages[],
  signal: AbortSignal,
): Promise<ContainerImages[]> {
  const sharer = new LayerSharer(signal)
  const results: ContainerImages[] = []
  for (const container of containers) {
    if (container.unchanged) results.push(container)
    else results.push({ ...container, images: await sharer.shareAll(container.images) })
  }
  return results
}

class LayerSharer {
  readonly #known = new KnownLayers()
  /** The path of the archive of each known layer. */
  readonly #paths = new Map<Digest, string>()
  readonly #verified = new Set<string>()
  readonly #signal: AbortSignal

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  async shareAll(images: readonly PlatformImage[]): Promise<PlatformImage[]> {
    const shared: PlatformImage[] = []
    for (const image of images) shared.push(await this.#share(image))
    return shared
  }

  async #share(image: PlatformImage): Promise<PlatformImage> {
    const externalDigests = externalDigestsOf(image)
    const layers: Blob[] = []
    for (const { diffId, layer, match } of matchLayers(image, this.#known.find)) {
      const isExternal = externalDigests.has(layer.digest)
      if (!isExternal && match !== layer) await this.#verify(match, diffId)
      layers.push(isExternal ? layer : match)
      if (isExternal) continue
      this.#known.add([diffId], [match])
      if (!this.#paths.has(match.digest)) this.#paths.set(match.digest, image.path)
    }
    return { ...image, image: { ...image.image, layers } }
  }

  async #verify(layer: Blob, diffId: Digest): Promise<void> {
    const key = `${layer.digest} ${diffId}`
    if (this.#verified.has(key)) return
    const found = await computeDiffId(layer, this.#signal)
    if (found !== diffId) {
      const path = this.#paths.get(layer.digest)
      throw new UserError(
        `${path} says that its layer ${layer.digest} has the diff_id ${diffId}, but it has ${found}`,
        {
          hint: 'Build this archive again, and check which job of the workflow run has uploaded it. Nothing was pushed.',
        },
      )
    }
    this.#verified.add(key)
  }
}

/** Unpacks a layer. */
async function computeDiffId(layer: Blob, signal: AbortSignal): Promise<Digest> {
  const hasher = new Hasher()
  for await (const chunk of decodeDetected(openVerified(layer))) {
    signal.throwIfAborted()
    hasher.update(chunk)
  }
  return hasher.digest()
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
