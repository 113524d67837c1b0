import { parseConfig } from '../../oci/config.js'
import type { Descriptor } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { isAttestation } from '../../oci/image-index.js'
import { type FindLayer, KnownLayers } from '../../oci/known-layers.js'
import { RegistryError } from '../../registry/describe-error.js'
import type { Repository } from '../../registry/repository.js'
import { mapLimit, together } from '../../util/async.js'
import { IMAGES_AT_ONCE } from './platform-image.js'
import { imageFrom, isGone } from './registry-image.js'

/** Images that a repository holds under a tag. */
export interface Base {
  readonly repository: Repository
  readonly manifests: readonly Descriptor[]
}

/** What a repository was seen to have. */
export interface RegistryLayers {
  readonly repository: Repository
  /** Manifests, configs and layers. */
  readonly has: ReadonlySet<Digest>
  readonly layers: KnownLayers
}

/**
 * Reads manifests and configs, whose diff_ids pair with the layers. What cannot be read or is of another shape tells nothing: then
 * there is more to do, and no less to be had.
 */
export async function layersIn({ repository, manifests }: Base): Promise<RegistryLayers> {
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
export function layersInAll([first, ...others]: readonly RegistryLayers[]): FindLayer {
  return (diffId, mediaType) => {
    const layer = first?.layers.find(diffId, mediaType)
    return layer && others.every(({ has }) => has.has(layer.digest)) ? layer : undefined
  }
}

/** Layers that a container's repositories have, and the first of these. */
export interface There {
  readonly repository: Repository
  readonly find: FindLayer
}

/** What all of a container's repositories have; nothing where one of them holds none of its images. */
export async function layersThere(bases: readonly Base[], repositories: number): Promise<There | undefined> {
  const [first] = bases
  if (first === undefined || bases.length < repositories) return undefined
  return { repository: first.repository, find: layersInAll(await together(bases.map(layersIn))) }
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
