import { Readable } from 'node:stream'
import type { Host } from '../../host/host.js'
import type { VerifyInputs } from '../../input/input-table.js'
import { readPathInfo } from '../../nix/locally-built-paths.js'
import type { Nix } from '../../nix/nix.js'
import { DERIVATION, renameKeys } from '../../oci/annotation-keys.js'
import { parseConfig } from '../../oci/config.js'
import { type Annotations, type Blob, type Descriptor, descriptorOf } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { parseIndex } from '../../oci/image-index.js'
import { formatPlatform } from '../../oci/platform.js'
import { UserError } from '../../util/error.js'
import type { ImageOrigin } from '../shared/build-report.js'
import type { ImageLocation } from '../shared/image-locations.js'
import { type Recipe, readRecipe } from '../shared/recipe.js'
import type { CheckedPlatform } from '../verify/check-platform.js'
import type { VerifiedImage } from '../verify/verify.js'
import { type BuiltAgain, buildAgain } from './build-again.js'
import { type ChangedPath, compareStorePaths } from './compare-store-paths.js'
import { findSource } from './find-source.js'
import {
  findRecompressedLayers,
  type RebuiltPlatform,
  type RecompressedLayer,
  type RepeatedIndex,
  repeatIndex,
} from './repeat-index.js'

/**
 * - `identical`: the index has the same digest;
 * - `same content`: the configs are equal, and with them the diff_ids of all layers;
 * - `different`: an image has another config or other layers.
 */
export type RebuildVerdict = 'identical' | 'same content' | 'different'

/** The result of a rebuild. Printed by `verify --rebuild --json`. */
export interface Rebuild {
  readonly verdict: RebuildVerdict
  /** The flake reference that was built. */
  readonly flake: string
  /** The digest of the index that the rebuild gives. */
  readonly digest: Digest
  readonly platforms: readonly PlatformComparison[]
  /** Annotations whose values differ, of the index and of its images. */
  readonly annotations: readonly string[]
  /** Layers with the same content and other bytes. */
  readonly recompressed: readonly RecompressedLayer[]
  /** What was taken from the image, because its source does not say it. */
  readonly copied: readonly string[]
}

export interface PlatformComparison {
  readonly platform: string
  readonly isSame: boolean
  /** How this machine got the image: only `built` and `emulated` show that it can be built. */
  readonly how: ImageOrigin
  /** How the published image was packed. */
  readonly recipe?: Recipe
  /** If they differ, the flake has other inputs than when the image was published. */
  readonly derivation: { readonly published?: string; readonly rebuilt: string }
  /** The positions of the layers that differ, from 1. */
  readonly layers: readonly number[]
  /** Whether something else in the config differs. */
  readonly isConfigChanged: boolean
  readonly paths: readonly ComparedPath[]
}

/** A store path that differs, with the derivation that made it. */
export interface ComparedPath extends ChangedPath {
  readonly derivation?: string
}

/** Builds a verified image again from the source that it names, and compares the result. */
export async function rebuild(
  { index, platforms, verification: { name } }: VerifiedImage,
  location: ImageLocation,
  inputs: VerifyInputs,
  host: Host,
): Promise<Rebuild> {
  const { bytes } = index ?? {}
  if (index === undefined || bytes === undefined)
    throw new UserError(`${name} is not a multi-arch image, so it cannot be rebuilt`, {
      hint: 'Rebuild the index that merge or publish has made.',
    })
  const recipes = platforms.flatMap(({ descriptor }) => readRecipe(descriptor.annotations) ?? [])
  const source = findSource({
    name,
    annotations: renameKeys(index.annotations ?? {}),
    flake: inputs.flake,
    parameters: recipes[0]?.flake,
  })
  host.log.info(`Building ${source.flake}`)
  const { images, commitDate, nix } = await buildAgain(platforms, source, inputs, host)
  const pairs = images.map(pairOf)
  const openLayer = (layer: Descriptor): Blob => ({
    ...descriptorOf(layer),
    open: () => Readable.from(location.openLayer(layer), { objectMode: false }),
  })
  const repeated = await repeatIndex({
    index: { ...index, bytes },
    platforms: pairs,
    revision: source.revision,
    commitDate,
    openLayer,
  })
  const comparisons: PlatformComparison[] = []
  for (const [n, pair] of pairs.entries()) {
    const image = findImage(repeated, pair)
    comparisons.push(
      await comparePlatform(pair, image, { built: images[n] as BuiltAgain, location, nix, host }),
    )
  }
  const digest = repeated.index.blob.digest
  return {
    verdict: verdictOf(digest === location.images[0]?.top.digest, comparisons),
    flake: source.flake,
    digest,
    platforms: comparisons,
    annotations: listChangedAnnotations(bytes, repeated),
    recompressed: pairs.flatMap(pair => findRecompressedLayers(pair, findImage(repeated, pair).layers)),
    copied: repeated.copied,
  }
}

function verdictOf(isIdentical: boolean, platforms: readonly PlatformComparison[]): RebuildVerdict {
  if (isIdentical) return 'identical'
  return platforms.every(({ isSame }) => isSame) ? 'same content' : 'different'
}

type ReadPlatform = RebuiltPlatform['published']

function pairOf({ published, image }: BuiltAgain): RebuiltPlatform {
  return { platform: published.platform, published: requireRead(published), image }
}

function requireRead(platform: CheckedPlatform): ReadPlatform {
  const { manifest, config, configBytes } = platform
  if (manifest !== undefined && config !== undefined && configBytes !== undefined)
    return { ...platform, manifest, config, configBytes }
  throw new UserError(
    `The image for ${platform.platform} cannot be read, so it cannot be compared with a rebuild`,
  )
}

function findImage({ index }: RepeatedIndex, { platform }: RebuiltPlatform) {
  const image = index.images.find(each => formatPlatform(each.platform) === platform)
  if (image === undefined) throw new Error(`the rebuild has no image for ${platform}`)
  return image
}

interface CompareContext {
  readonly built: BuiltAgain
  readonly location: ImageLocation
  readonly nix: Nix
  readonly host: Host
}

async function comparePlatform(
  { platform, published, image }: RebuiltPlatform,
  repeated: ReturnType<typeof findImage>,
  { built, location, nix, host }: CompareContext,
): Promise<PlatformComparison> {
  const annotations = published.descriptor.annotations ?? {}
  const isSame = repeated.config.digest === published.manifest.config.digest
  const [a, b] = [published.config.diffIds, parseConfig(image.config).diffIds]
  const count = Math.max(a.length, b.length)
  const layers = Array.from({ length: count }, (_, n) => n).filter(n => a[n] !== b[n])
  const recipe = readRecipe(annotations)
  const recorded = annotations[DERIVATION]
  const bytesOf = (
    all: readonly Descriptor[],
    open: (layer: Descriptor, n: number) => AsyncIterable<Buffer>,
  ) => layers.flatMap(n => (all[n] === undefined ? [] : [open(all[n] as Descriptor, n)]))
  const paths = isSame
    ? []
    : await compareStorePaths(
        bytesOf(published.manifest.layers, layer => location.openLayer(layer)),
        bytesOf(image.image.layers, (_, n) => (image.image.layers[n] as Blob).open()),
      )
  return {
    platform,
    isSame,
    how: built.how,
    ...(recipe && { recipe }),
    derivation: { ...(recorded !== undefined && { published: recorded }), rebuilt: image.derivation ?? '' },
    layers: layers.map(n => n + 1),
    isConfigChanged: !isSame && layers.length === 0,
    paths: await addDerivations(paths, nix, host),
  }
}

/** The derivation of a path is only for the message, so a Nix that does not know it is not an error. */
async function addDerivations(
  paths: readonly ChangedPath[],
  nix: Nix,
  { signal }: Host,
): Promise<ComparedPath[]> {
  const known = new Map<string, string>()
  for (const { path } of paths.filter(({ kind }) => kind !== 'only published')) {
    const [info] = await readPathInfo(nix, [path], { signal }).catch(() => [])
    if (info?.deriver !== undefined) known.set(path, info.deriver)
  }
  return paths.map(each => {
    const derivation = known.get(each.path)
    return { ...each, ...(derivation !== undefined && { derivation }) }
  })
}

/** Lists the annotations that differ, after those that only the image can say were copied. */
function listChangedAnnotations(published: Buffer, { index }: RepeatedIndex): string[] {
  const [a, b] = [parseIndex(published), parseIndex(index.blob.open().read() as Buffer)]
  const compare = (before: Annotations = {}, after: Annotations = {}, where = ''): string[] =>
    [...new Set([...Object.keys(before), ...Object.keys(after)])]
      .filter(key => before[key] !== after[key])
      .map(key => `${key}${where}`)
  return [
    ...compare(a.annotations, b.annotations),
    ...a.manifests.flatMap((each, n) => {
      const platform = each.platform && formatPlatform(each.platform)
      return compare(each.annotations, b.manifests[n]?.annotations, ` of ${platform ?? each.digest}`)
    }),
  ]
}
