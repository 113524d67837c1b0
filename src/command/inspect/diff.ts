import type { Host } from '../../host/host.js'
import { decodeDetected } from '../../image/format/decompress.js'
import { findChangedPart } from '../../image/format/tar-without-times.js'
import { parseStoreName, type StoreName } from '../../image/store/store-paths.js'
import type { InspectInputs } from '../../input/input-table.js'
import { renameKeys } from '../../oci/annotation-keys.js'
import { type Annotations, deduplicate, sizeOf } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { UserError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'
import { pluralize } from '../../util/text.js'
import { type ImageLocation, type PackResult, withLocations } from '../shared/image-locations.js'
import {
  hasUnknownPaths,
  isTarLayer,
  type LayerContents,
  loadTrees,
  readStorePaths,
  selectLayers,
} from './inspect.js'
import type { ImageTree, LayerPath, LayerTree, PlatformTree } from './tree.js'

/** The command `inspect --diff`: compares two images. Each name is a file, a folder or a reference. */
export async function diff(
  names: readonly [a: string, b: string],
  inputs: InspectInputs,
  host: Host,
  packResult: PackResult,
): Promise<ImageDiff> {
  return withLocations(names, { inputs, host, packResult }, async locations => {
    const [locationA, locationB] = locations as [ImageLocation, ImageLocation]
    const [a, b] = await Promise.all([loadOnlyImage(locationA, host), loadOnlyImage(locationB, host)])
    const contents: LayerContents = new Map()
    const retimed = await findRetimedLayers([a, b], [locationA, locationB], inputs)
    return diffTrees(
      await readNeededPaths(a, b, { location: locationA, inputs, contents }),
      await readNeededPaths(b, a, { location: locationB, inputs, contents }),
      retimed,
    )
  })
}

async function loadOnlyImage(location: ImageLocation, host: Host): Promise<ImageTree> {
  const { name } = location
  const images = (await loadTrees(location, host)).filter(({ platforms }) => platforms.length > 0)
  const [tree, ...others] = images
  if (tree && others.length === 0) {
    if (tree.omitted === undefined) return tree
    const count = tree.platforms.length + tree.omitted
    throw new UserError(`${name} contains ${count} platforms, which are too many to compare`)
  }
  throw new UserError(
    `${name} contains ${pluralize(images.length, 'image')}, but ${nameInput('diff')} compares single images`,
    {
      hint: 'Use a file with one image, or a reference.',
    },
  )
}

interface ReadContext {
  readonly location: ImageLocation
  readonly inputs: InspectInputs
  readonly contents: LayerContents
}

/** Reads the layers of platforms that the other image also has, with another digest. */
async function readNeededPaths(
  tree: ImageTree,
  other: ImageTree,
  { location, inputs, contents }: ReadContext,
): Promise<ImageTree> {
  const platforms: PlatformTree[] = []
  for (const { a, b } of pairPlatforms(tree.platforms, other.platforms)) {
    if (!a) continue
    const isNeeded = b !== undefined && b.digest !== a.digest
    const selection = isNeeded ? selectLayers(inputs, location) : 'none'
    platforms.push(...(await readStorePaths([a], location, selection, contents)))
  }
  return { ...tree, platforms }
}

/** The digests of layers of both images. */
type RetimedLayers = ReadonlySet<Digest>

/**
 * Finds the layers that differ from the layer in the same place of the other image in times only, as with `mtime = "now"`. Reads
 * layers that are on this machine; with `--paths` also layers in a registry. Layers that cannot be compared are left out.
 */
async function findRetimedLayers(
  [a, b]: readonly [ImageTree, ImageTree],
  [locationA, locationB]: readonly [ImageLocation, ImageLocation],
  inputs: InspectInputs,
): Promise<RetimedLayers> {
  const retimed = new Set<Digest>()
  if ([locationA, locationB].some(location => selectLayers(inputs, location) === 'none')) return retimed
  for (const pair of pairPlatforms(a.platforms, b.platforms)) {
    for (const [layerA, layerB] of pairChangedLayers(pair)) {
      if (retimed.has(layerA.digest) && retimed.has(layerB.digest)) continue
      const compare = () =>
        findChangedPart(
          decodeDetected(locationA.openLayer(layerA)),
          decodeDetected(locationB.openLayer(layerB)),
        )
      const isSame = await locationA
        .retry(() => locationB.retry(compare))
        .then(changed => changed === undefined, isNotComparable)
      if (isSame) retimed.add(layerA.digest).add(layerB.digest)
    }
  }
  return retimed
}

/** A damaged layer is reported when its paths are read. */
function isNotComparable(error: unknown): false {
  if (error instanceof UserError || !(error instanceof Error) || error.name !== 'Error') throw error
  return false
}

/** Pairs layers in the same place whose content is known to differ. */
function pairChangedLayers({ a, b }: PlatformPair): (readonly [LayerTree, LayerTree])[] {
  if (!a || !b || a.layers.length !== b.layers.length) return []
  return a.layers.flatMap((layer, n) => {
    const other = b.layers[n] as LayerTree
    const isChanged =
      layer.diffId !== undefined && other.diffId !== undefined && layer.diffId !== other.diffId
    return isChanged && isTarLayer(layer) && isTarLayer(other) ? [[layer, other] as const] : []
  })
}

/** The changes from an image A to an image B. Printed by `inspect --diff --json`. */
export interface ImageDiff {
  /** The digests are equal. */
  readonly same: boolean
  readonly a: ImageSummary
  readonly b: ImageSummary
  /** The changes of the index. Each platform has its own. */
  readonly annotations: readonly Change[]
  readonly platforms: readonly PlatformDiff[]
}

type ImageSummary = Pick<ImageTree, 'name' | 'digest' | 'size'>

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
      /** The size of B, in bytes. */
      readonly size: number
      readonly layers: LayersDiff
      /** Absent if the store paths of some layers are not known. */
      readonly paths?: PathsDiff
      readonly config: readonly Change[]
      readonly annotations: readonly Change[]
    }

function diffTrees(a: ImageTree, b: ImageTree, retimed: RetimedLayers): ImageDiff {
  return {
    same: a.digest === b.digest,
    a: summaryOf(a),
    b: summaryOf(b),
    annotations: diffAnnotations(a, b),
    platforms: pairPlatforms(a.platforms, b.platforms).flatMap(pair => diffPair(pair, retimed)),
  }
}

function summaryOf({ name, digest, size }: ImageTree): ImageSummary {
  return { name, digest, size }
}

type Annotated = { readonly annotations: Annotations }

/** Our own keys are renamed, so that images of different versions of this program can be compared. */
function diffAnnotations(a: Annotated, b: Annotated): Change[] {
  return diffValues(renameKeys(a.annotations), renameKeys(b.annotations))
}

function diffPair({ a, b }: PlatformPair, retimed: RetimedLayers): PlatformDiff[] {
  if (a && b) return [diffPlatforms(a, b, retimed)]
  const only = a ?? b
  if (!only) return []
  const { platform, digest, size } = only
  return [{ kind: a ? 'only-a' : 'only-b', platform, digest, size }]
}

function diffPlatforms(a: PlatformTree, b: PlatformTree, retimed: RetimedLayers): PlatformDiff {
  const { platform, digest } = b
  const annotations = diffAnnotations(a, b)
  if (a.digest === digest) return { kind: 'same', platform, digest, annotations }
  const paths = canDiffPaths(a, b) ? diffPaths(pathsOf(a), pathsOf(b)) : undefined
  return {
    kind: 'different',
    platform,
    a: a.digest,
    b: digest,
    size: b.size,
    layers: diffLayers(a, b, retimed),
    ...(paths && { paths }),
    config: diffValues(configValuesOf(a), configValuesOf(b)),
    annotations,
  }
}

/** True if the store paths of all layers are known. Layers that both images have are ignored: their paths are the same. */
function canDiffPaths(a: PlatformTree, b: PlatformTree): boolean {
  return [...a.layers, ...b.layers].every(
    layer => !hasUnknownPaths(layer) || (hasLayer(a.layers, layer) && hasLayer(b.layers, layer)),
  )
}

function pathsOf({ layers }: PlatformTree): LayerPath[] {
  return layers.flatMap(({ paths = [] }) => paths)
}

type Values = Readonly<Record<string, string>>

/** Returns the values of a config that determine how the image runs: `entrypoint`, `env.PATH`, `labels.title`. */
function configValuesOf({ env, labels, ...config }: PlatformTree): Values {
  const variables = env.map(entry => {
    const [name = ''] = entry.split('=', 1)
    return [`env.${name}`, entry.slice(name.length + 1)] as const
  })
  return Object.fromEntries([
    ...createEntry('entrypoint', config.entrypoint),
    ...createEntry('cmd', config.cmd),
    ...createEntry('user', config.user),
    ...createEntry('workdir', config.workingDir),
    ...createEntry('ports', config.exposedPorts.join(' ')),
    ...createEntry('volumes', config.volumes),
    ...variables,
    ...Object.entries(labels).map(([key, value]) => [`labels.${key}`, value] as const),
  ])
}

/** Empty and absent values are the same. A list is encoded as JSON, so that the end of each element is visible. */
function createEntry(key: string, value: string | readonly string[]): [string, string][] {
  if (value.length === 0) return []
  return [[key, typeof value === 'string' ? value : JSON.stringify(value)]]
}

export interface LayersDiff {
  readonly shared: { readonly count: number; readonly size: number }
  readonly onlyA: readonly UnsharedLayer[]
  readonly onlyB: readonly UnsharedLayer[]
  /** The size of the layers and the config that a client with A has to download for B, in bytes. */
  readonly pull: number
}

/** A layer that only one of two images has. Sizes are in bytes, of the stored content. */
export interface UnsharedLayer extends Pick<LayerTree, 'digest' | 'diffId' | 'size' | 'encoding'> {
  /** The other image has a layer with the same content but other compression. */
  readonly isRecompressed: boolean
  /** The other image has a layer that differs in the times of its files only. Known if both layers were read. */
  readonly isRetimed: boolean
}

/** Repeated layers are counted once. */
function diffLayers(a: PlatformTree, b: PlatformTree, retimed: RetimedLayers): LayersDiff {
  const [layersA, layersB] = [deduplicate(a.layers), deduplicate(b.layers)]
  const shared = layersB.filter(layer => hasLayer(layersA, layer))
  const onlyB = findUnsharedLayers(layersB, layersA, retimed)
  const config = a.config.digest === b.config.digest ? 0 : b.config.size
  return {
    shared: { count: shared.length, size: sizeOf(shared) },
    onlyA: findUnsharedLayers(layersA, layersB, retimed),
    onlyB,
    pull: config + sizeOf(onlyB),
  }
}

function hasLayer(layers: readonly LayerTree[], { digest }: LayerTree): boolean {
  return layers.some(layer => layer.digest === digest)
}

function findUnsharedLayers(
  layers: readonly LayerTree[],
  others: readonly LayerTree[],
  retimed: RetimedLayers,
): UnsharedLayer[] {
  const otherDiffIds = new Set(others.map(({ diffId }) => diffId))
  return layers
    .filter(layer => !hasLayer(others, layer))
    .map(({ digest, diffId, size, encoding }) => {
      const isRecompressed = diffId !== undefined && otherDiffIds.has(diffId)
      return { digest, diffId, size, encoding, isRecompressed, isRetimed: retimed.has(digest) }
    })
}

export interface PathsDiff {
  /** The number of store paths that both images have. */
  readonly same: number
  readonly came: readonly LayerPath[]
  readonly went: readonly LayerPath[]
  /** The same name with another version. */
  readonly changed: readonly PathChange[]
  /** The same name and version with another hash. */
  readonly rebuilt: readonly PathChange[]
}

/** One package that has different store paths in two images. */
export interface PathChange {
  readonly name: string
  readonly a: VersionedPath
  readonly b: VersionedPath
}

interface VersionedPath extends LayerPath {
  readonly version: string
}

type ParsedPath = VersionedPath & StoreName

/** Compares the store paths of two images. */
export function diffPaths(a: readonly LayerPath[], b: readonly LayerPath[]): PathsDiff {
  const [pathsA, pathsB] = [parsePaths(a), parsePaths(b)]
  const onlyA = [...pathsA.values()].filter(({ path }) => !pathsB.has(path))
  const onlyB = [...pathsB.values()].filter(({ path }) => !pathsA.has(path))
  const changes = pairPaths(onlyA, onlyB)
  const paired = new Set(changes.flatMap(change => [change.a.path, change.b.path]))
  const isUnpaired = ({ path }: LayerPath): boolean => !paired.has(path)
  return {
    same: pathsA.size - onlyA.length,
    came: onlyB.filter(isUnpaired).map(layerPathOf),
    went: onlyA.filter(isUnpaired).map(layerPathOf),
    changed: changes.filter(change => change.a.version !== change.b.version),
    rebuilt: changes.filter(change => change.a.version === change.b.version),
  }
}

function parsePaths(paths: readonly LayerPath[]): Map<string, ParsedPath> {
  return new Map(paths.map(each => [each.path, { ...each, ...parseStoreName(each.path) }]))
}

/** Two paths with the same key are the same package. The most specific key is first. */
const PAIRING_KEYS: readonly ((path: ParsedPath) => string)[] = [
  ({ name, version }) => `${name} ${version}`,
  // Pairs glibc-2.40-bin with glibc-2.42-bin, not with glibc-2.42.
  ({ name, version }) => `${name} ${/-([a-z]+)$/.exec(version)?.[1] ?? ''}`,
  ({ name }) => name,
]

/**
 * Pairs paths with the same key in the order of their versions. If one side has more of them, they are not paired by this key.
 */
function pairPaths(onlyA: readonly ParsedPath[], onlyB: readonly ParsedPath[]): PathChange[] {
  const pairs: PathChange[] = []
  const paired = new Set<string>()
  for (const keyOf of PAIRING_KEYS) {
    const groupsA = groupPaths(onlyA, paired, keyOf)
    const groupsB = groupPaths(onlyB, paired, keyOf)
    for (const [key, groupA] of groupsA) {
      const groupB = groupsB.get(key) ?? []
      if (groupA.length !== groupB.length) continue
      for (const [n, a] of groupA.entries()) {
        const b = groupB[n] as ParsedPath
        pairs.push({ name: a.name, a: versionedPathOf(a), b: versionedPathOf(b) })
        paired.add(a.path).add(b.path)
      }
    }
  }
  return pairs.sort((x, y) => compareVersions(x.name, y.name) || compareVersions(x.a.version, y.a.version))
}

function groupPaths(
  paths: readonly ParsedPath[],
  paired: ReadonlySet<string>,
  keyOf: (path: ParsedPath) => string,
): Map<string, ParsedPath[]> {
  const groups = new Map<string, ParsedPath[]>()
  for (const path of paths.filter(each => !paired.has(each.path))) {
    groups.set(keyOf(path), [...(groups.get(keyOf(path)) ?? []), path])
  }
  for (const group of groups.values()) group.sort((a, b) => compareVersions(a.version, b.version))
  return groups
}

/** Sorts 1.10 after 1.9. */
const { compare: compareVersions } = new Intl.Collator('en', { numeric: true })

function versionedPathOf({ path, version, size }: ParsedPath): VersionedPath {
  return { path, version, ...(size !== undefined && { size }) }
}

function layerPathOf({ path, size }: ParsedPath): LayerPath {
  return { path, ...(size !== undefined && { size }) }
}

/** The same platform in two images. One of them may not have it. */
interface PlatformPair {
  readonly a?: PlatformTree
  readonly b?: PlatformTree
}

/** Pairs the platforms of two images. If an index has a platform more than once, they are paired in order. */
function pairPlatforms(a: readonly PlatformTree[], b: readonly PlatformTree[]): PlatformPair[] {
  const [numberedA, numberedB] = [numberPlatforms(a), numberPlatforms(b)]
  const keys = [...new Set([...numberedA.keys(), ...numberedB.keys()])]
  return keys.map(key => {
    const [platformA, platformB] = [numberedA.get(key), numberedB.get(key)]
    return { ...(platformA && { a: platformA }), ...(platformB && { b: platformB }) }
  })
}

function numberPlatforms(platforms: readonly PlatformTree[]): Map<string, PlatformTree> {
  const counts = new Map<string, number>()
  return new Map(
    platforms.map(each => {
      const n = (counts.get(each.platform) ?? 0) + 1
      counts.set(each.platform, n)
      return [`${each.platform} ${n}`, each]
    }),
  )
}

/** A value that differs. A side without the value has no entry. */
export interface Change {
  readonly key: string
  readonly a?: string
  readonly b?: string
}

/** Returns the differences in the order of the keys of A, followed by the keys that only B has. */
function diffValues(a: Values, b: Values): Change[] {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  return keys.flatMap(key => {
    const [before, after] = [getValue(a, key), getValue(b, key)]
    if (before === after) return []
    return [{ key, ...(before !== undefined && { a: before }), ...(after !== undefined && { b: after }) }]
  })
}

/** A key such as `constructor` must not find a property of every object. */
function getValue(values: Values, key: string): string | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined
}
