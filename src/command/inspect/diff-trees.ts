import type { Digest } from '../../oci/digest.js'
import { type Change, changesBetween } from './changes.js'
import { diffConfigs } from './diff-config.js'
import { diffLayers, type LayersDiff } from './diff-layers.js'
import { diffPaths, type PathsDiff } from './diff-paths.js'
import { isUntold } from './layer-paths.js'
import { type Pair, pairPlatforms } from './platform-pairs.js'
import type { ImageTree } from './tree.js'
import type { LayerPath, PlatformTree } from './tree-platform.js'

/** What changed from an image A to an image B. */
export interface ImageDiff {
  /** Their digests are equal, and so is all that they hold. */
  readonly same: boolean
  readonly a: Side
  readonly b: Side
  /** Of the two as a whole; each platform has its own. */
  readonly annotations: readonly Change[]
  readonly platforms: readonly PlatformDiff[]
}

type Side = Pick<ImageTree, 'name' | 'digest' | 'size'>

export type PlatformDiff =
  | ({ readonly kind: 'only-a' | 'only-b' } & Pick<PlatformTree, 'platform' | 'digest' | 'size'>)
  | {
      readonly kind: 'same'
      readonly platform: string
      readonly digest: Digest
      readonly annotations: readonly Change[]
    }
  | {
      readonly kind: 'different'
      readonly platform: string
      readonly a: Digest
      readonly b: Digest
      /** Of B as a whole, in bytes. */
      readonly size: number
      readonly layers: LayersDiff
      /** Missing where it is not known which paths the layers hold. */
      readonly paths?: PathsDiff
      readonly config: readonly Change[]
      readonly annotations: readonly Change[]
    }

export function diffTrees(a: ImageTree, b: ImageTree): ImageDiff {
  return {
    same: a.digest === b.digest,
    a: sideOf(a),
    b: sideOf(b),
    annotations: changesBetween(a.annotations, b.annotations),
    platforms: pairPlatforms(a.platforms, b.platforms).flatMap(diffPair),
  }
}

function sideOf({ name, digest, size }: ImageTree): Side {
  return { name, digest, size }
}

function diffPair({ a, b }: Pair): PlatformDiff[] {
  if (a && b) return [diffPlatforms(a, b)]
  const only = a ?? b
  if (!only) return []
  const { platform, digest, size } = only
  return [{ kind: a ? 'only-a' : 'only-b', platform, digest, size }]
}

function diffPlatforms(a: PlatformTree, b: PlatformTree): PlatformDiff {
  const { platform, digest } = b
  const annotations = changesBetween(a.annotations, b.annotations)
  if (a.digest === digest) return { kind: 'same', platform, digest, annotations }
  const paths = isTold(a, b) ? diffPaths(pathsOf(a), pathsOf(b)) : undefined
  return {
    kind: 'different',
    platform,
    a: a.digest,
    b: digest,
    size: b.size,
    layers: diffLayers(a, b),
    ...(paths && { paths }),
    config: diffConfigs(a, b),
    annotations,
  }
}

/** Layers that both have may hold what they will: it is the same. */
function isTold(a: PlatformTree, b: PlatformTree): boolean {
  const [left, right] = [a, b].map(({ layers }) => new Set(layers.map(({ digest }) => digest)))
  return ![...a.layers, ...b.layers].some(
    layer => isUntold(layer) && !(left?.has(layer.digest) && right?.has(layer.digest)),
  )
}

function pathsOf({ layers }: PlatformTree): LayerPath[] {
  return layers.flatMap(({ paths = [] }) => paths)
}
