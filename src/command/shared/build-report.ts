import type { Container } from '../../nix/container.js'
import type { Digest } from '../../oci/digest.js'
import type { Image } from '../../oci/image.js'
import { platformName } from '../../oci/platform.js'
import type { System } from '../../oci/system.js'
import type { Measured } from './stopwatch.js'

/**
 * How an image came to be:
 * - `built` by Nix, on this machine or a remote builder;
 * - `emulated`: built, under QEMU;
 * - `fetched`: Nix had it, in its store or a binary cache;
 * - `cached`: its archive came from an earlier run, and nothing was asked of Nix.
 */
export const HOWS = ['built', 'emulated', 'fetched', 'cached'] as const
export type How = (typeof HOWS)[number]

/** What a container's time is spent on, in this order. */
export const BUILD_PHASES = ['build', 'pack', 'upload'] as const

export type BuildPhase = (typeof BUILD_PHASES)[number]

/** One image that was built and packed. Sizes are in bytes. */
export interface BuiltImage extends Measured<BuildPhase> {
  readonly container: string
  readonly system: System
  readonly platform: string
  /** Of its archive, or of what it brings to the registry. */
  readonly size: number
  readonly layers: number
  /** Of the image's manifest. */
  readonly digest: Digest
  readonly derivation: string
  readonly how: How
  /** It was made in an earlier run, and nothing was built now. */
  readonly cached: boolean
}

/** An image in an archive. */
export interface Built extends BuiltImage {
  readonly file: string
}

/** What is known of a container and its image. */
export function builtOf(
  { name, system, derivation }: Container,
  { platform, manifest, layers }: Image,
  about: Pick<BuiltImage, 'size' | 'how' | 'began' | 'times'>,
): BuiltImage {
  return {
    container: name,
    system,
    platform: platformName(platform),
    ...about,
    cached: about.how === 'cached',
    layers: layers.length,
    digest: manifest.digest,
    derivation,
  }
}
