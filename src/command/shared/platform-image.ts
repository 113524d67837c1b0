import type { Annotations, Descriptor } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import type { Image } from '../../oci/image.js'
import type { System } from '../../oci/system.js'
import type { Repository } from '../../registry/repository.js'

/** The most images that are read, compared or pushed at the same time. */
export const IMAGES_AT_ONCE = 4

/** One container's image for one system, in an archive or in a registry. */
export interface Piece {
  /** The archive's path, the reference in the registry, or what Nix made where it was packed just now. */
  readonly path: string
  readonly container: string
  readonly system: System
  readonly imageName: string
  readonly derivation: string | undefined
  /** What the build side says of it, as annotations. */
  readonly facts: Annotations
  readonly image: Image
  /** The bytes of the image's config. */
  readonly config: Buffer
  /** What is not here. */
  readonly elsewhere?: Elsewhere | undefined
}

/** Layers that a piece names and does not carry: they are opened from the registry that has them. */
export interface Elsewhere {
  readonly repository: Repository
  readonly layers: readonly Descriptor[]
  /** They were looked for in this very run. */
  readonly seen: boolean
}

/** The digests of what a piece names and has not. */
export function absentFrom({ elsewhere }: Pick<Piece, 'elsewhere'>): ReadonlySet<Digest> {
  return new Set(elsewhere?.layers.map(({ digest }) => digest))
}

/** All that one container has: an image for each system. */
export interface Whole {
  readonly container: string
  readonly imageName: string
  readonly pieces: readonly Piece[]
  /** Taken from a registry, where the plan found that nothing has changed. */
  readonly unchanged: boolean
}
