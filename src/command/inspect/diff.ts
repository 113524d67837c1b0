import type { Host } from '../../host/host.js'
import { parseStoreName, type StoreName } from '../../image/store-paths.js'
import type { InspectInputs } from '../../input/inputs.js'
import { renameKeys } from '../../oci/annotations.js'
import { type Annotations, deduplicate, sizeOf } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { UserError } from '../../util/error.js'
import { pluralize } from '../../util/text.js'
import { hasUnknownPaths, type LayerContents, readStorePaths, selectLayers } from './inspect.js'
import { type ImageLocation, withLocations } from './locations.js'
import { type ImageTree, type LayerPath, type LayerTree, loadTree, type PlatformTree } from './tree.js'

/** What changed from one image to another; each is a file, a folder or a reference. */
export async function diff(
  names: readonly [a: string, b: string],
  inputs: InspectInputs,
  host: Host,
): Promise<ImageDiff> {
  return withLocations(names, inputs, { host, signal: host.signal }, async places => {
    const [placeA, placeB] = places as [ImageLocation, ImageLocation]
    const [a, b] = await Promise.all([onlyImage(placeA), onlyImage(placeB)])
    const contents: LayerContents = new Map()
    return diffTrees(
      await withNeededPaths(a, b, { place: placeA, inputs, contents }),
      await withNeededPaths(b, a, { place: placeB, inputs, contents }),
    )
  })
}

function onlyImage(place: ImageLocation): Promise<ImageTree> {
  const [image, ...more] = place.images
  if (image && more.length === 0) return loadTree(image.name, image.top, place.readBlob)
  throw new UserError(
    `${place.name} holds ${pluralize(place.images.length, 'image')}, and --diff compares one with one`,
    {
      hint: 'Name a file with one image, or a reference.',
    },
  )
}

/** Layers are read only where the other image has the platform too, and not the same for it. */
async function withNeededPaths(
  tree: ImageTree,
  other: ImageTree,
  of: { place: ImageLocation; inputs: InspectInputs; contents: LayerContents },
): Promise<ImageTree> {
  const platforms: PlatformTree[] = []
  for (const { a, b } of pairPlatforms(tree.platforms, other.platforms)) {
    if (!a) continue
    const isNeeded = b !== undefined && b.digest !== a.digest
    const reading = isNeeded ? selectLayers(of.inputs, of.place) : 'none'
    platforms.push(...(await readStorePaths([a], of.place, reading, of.contents)))
  }
  return { ...tree, platforms }
}

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

function diffTrees(a: ImageTree, b: ImageTree): ImageDiff {
  return {
    same: a.digest === b.digest,
    a: sideOf(a),
    b: sideOf(b),
    annotations: annotationChanges(a, b),
    platforms: pairPlatforms(a.platforms, b.platforms).flatMap(diffPair),
  }
}

/** A tree shows keys as they are; here our own count by what they say. */
function annotationChanges(a: Annotated, b: Annotated): Change[] {
  return changesBetween(renameKeys(a.annotations), renameKeys(b.annotations))
}

type Annotated = { readonly annotations: Annotations }

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
  const annotations = annotationChanges(a, b)
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
    layer => hasUnknownPaths(layer) && !(left?.has(layer.digest) && right?.has(layer.digest)),
  )
}

function pathsOf({ layers }: PlatformTree): LayerPath[] {
  return layers.flatMap(({ paths = [] }) => paths)
}

/** What differs in how two images are run: `entrypoint`, `env.PATH`, `labels.title`. */
function diffConfigs(a: PlatformTree, b: PlatformTree): Change[] {
  return changesBetween(factsOf(a), factsOf(b))
}

/** Empty and absent is the same here. */
function factsOf(of: PlatformTree): Facts {
  const env = of.env.map(entry => [`env.${nameIn(entry)}`, entry.slice(nameIn(entry).length + 1)] as const)
  const labels = Object.entries(of.labels).map(([key, value]) => [`labels.${key}`, value] as const)
  return Object.fromEntries([
    ...present('entrypoint', of.entrypoint),
    ...present('cmd', of.cmd),
    ...present('user', of.user),
    ...present('workdir', of.workingDir),
    ...present('ports', of.exposedPorts.join(' ')),
    ...present('volumes', of.volumes),
    ...env,
    ...labels,
  ])
}

/** A list is told as JSON, so that it is seen where each of its words ends. */
function present(key: string, value: string | readonly string[]): [string, string][] {
  if (value.length === 0) return []
  return [[key, typeof value === 'string' ? value : JSON.stringify(value)]]
}

function nameIn(entry: string): string {
  return entry.split('=', 1)[0] ?? entry
}

/** A layer that one of two images has. Sizes are in bytes, as stored. */
export interface UnsharedLayer extends Pick<LayerTree, 'digest' | 'diffId' | 'size' | 'encoding'> {
  /** The other image has the same content, compressed otherwise. */
  readonly isRecompressed: boolean
}

export interface LayersDiff {
  readonly shared: { readonly count: number; readonly size: number }
  readonly onlyA: readonly UnsharedLayer[]
  readonly onlyB: readonly UnsharedLayer[]
  /** What one who has A still has to fetch for B, layers and config, in bytes. */
  readonly pull: number
}

/** The layers of two images, each once. */
function diffLayers(a: PlatformTree, b: PlatformTree): LayersDiff {
  const [layersA, layersB] = [deduplicate(a.layers), deduplicate(b.layers)]
  const shared = layersB.filter(layer => has(layersA, layer))
  const onlyB = lonely(layersB, layersA)
  const config = a.config.digest === b.config.digest ? 0 : b.config.size
  return {
    shared: { count: shared.length, size: sizeOf(shared) },
    onlyA: lonely(layersA, layersB),
    onlyB,
    pull: config + sizeOf(onlyB),
  }
}

function has(layers: readonly LayerTree[], { digest }: LayerTree): boolean {
  return layers.some(layer => layer.digest === digest)
}

function lonely(own: readonly LayerTree[], others: readonly LayerTree[]): UnsharedLayer[] {
  const contents = new Set(others.map(({ diffId }) => diffId))
  return own
    .filter(layer => !has(others, layer))
    .map(({ digest, diffId, size, encoding }) => {
      return { digest, diffId, size, encoding, isRecompressed: diffId !== undefined && contents.has(diffId) }
    })
}

/** One thing in two images, under two store paths. */
export interface PathChange {
  readonly name: string
  readonly a: VersionedPath
  readonly b: VersionedPath
}

interface VersionedPath extends LayerPath {
  readonly version: string
}

export interface PathsDiff {
  /** How many both have. */
  readonly same: number
  readonly came: readonly LayerPath[]
  readonly went: readonly LayerPath[]
  /** Of one name, in another version. */
  readonly changed: readonly PathChange[]
  /** Of one name and version, made in another way. */
  readonly rebuilt: readonly PathChange[]
}

type Parsed = VersionedPath & StoreName

/** What makes two paths the same thing, the surest first. */
const LIKENESS: readonly ((path: Parsed) => string)[] = [
  ({ name, version }) => `${name} ${version}`,
  // glibc-2.40-bin goes with glibc-2.42-bin, not with glibc-2.42.
  ({ name, version }) => `${name} ${/-([a-z]+)$/.exec(version)?.[1] ?? ''}`,
  ({ name }) => name,
]

/** What came to, went from and changed in the store paths of an image. */
export function diffPaths(a: readonly LayerPath[], b: readonly LayerPath[]): PathsDiff {
  const [left, right] = [byPath(a), byPath(b)]
  const went = [...left.values()].filter(({ path }) => !right.has(path))
  const came = [...right.values()].filter(({ path }) => !left.has(path))
  const changes = pairsOf(went, came)
  const paired = new Set(changes.flatMap(change => [change.a.path, change.b.path]))
  const alone = ({ path }: LayerPath): boolean => !paired.has(path)
  return {
    same: left.size - went.length,
    came: came.filter(alone).map(sized),
    went: went.filter(alone).map(sized),
    changed: changes.filter(change => change.a.version !== change.b.version),
    rebuilt: changes.filter(change => change.a.version === change.b.version),
  }
}

function byPath(paths: readonly LayerPath[]): Map<string, Parsed> {
  return new Map(paths.map(each => [each.path, { ...each, ...parseStoreName(each.path) }]))
}

/** Paths that are alike go together in the order of their versions; where one side has more of them, nobody knows how. */
function pairsOf(went: readonly Parsed[], came: readonly Parsed[]): PathChange[] {
  const pairs: PathChange[] = []
  const paired = new Set<string>()
  for (const likeness of LIKENESS) {
    const left = grouped(went, paired, likeness)
    const right = grouped(came, paired, likeness)
    for (const [key, own] of left) {
      const others = right.get(key) ?? []
      if (own.length !== others.length) continue
      for (const [n, a] of own.entries()) {
        const b = others[n] as Parsed
        pairs.push({ name: a.name, a: versioned(a), b: versioned(b) })
        paired.add(a.path).add(b.path)
      }
    }
  }
  return pairs.sort((x, y) => byVersion(x.name, y.name) || byVersion(x.a.version, y.a.version))
}

function grouped(
  paths: readonly Parsed[],
  paired: ReadonlySet<string>,
  likeness: (path: Parsed) => string,
): Map<string, Parsed[]> {
  const groups = new Map<string, Parsed[]>()
  for (const path of paths.filter(each => !paired.has(each.path))) {
    groups.set(likeness(path), [...(groups.get(likeness(path)) ?? []), path])
  }
  for (const group of groups.values()) group.sort((a, b) => byVersion(a.version, b.version))
  return groups
}

/** 1.10 stands behind 1.9. */
const { compare: byVersion } = new Intl.Collator('en', { numeric: true })

function versioned({ path, version, size }: Parsed): VersionedPath {
  return { path, version, ...(size !== undefined && { size }) }
}

function sized({ path, size }: Parsed): LayerPath {
  return { path, ...(size !== undefined && { size }) }
}

/** One platform in two images. */
interface Pair {
  readonly a?: PlatformTree
  readonly b?: PlatformTree
}

/** The platforms of both; where an index has one twice, the first goes with the first. */
function pairPlatforms(a: readonly PlatformTree[], b: readonly PlatformTree[]): Pair[] {
  const [left, right] = [numbered(a), numbered(b)]
  const keys = [...new Set([...left.keys(), ...right.keys()])]
  return keys.map(key => {
    const [one, other] = [left.get(key), right.get(key)]
    return { ...(one && { a: one }), ...(other && { b: other }) }
  })
}

function numbered(platforms: readonly PlatformTree[]): Map<string, PlatformTree> {
  const count = new Map<string, number>()
  return new Map(
    platforms.map(each => {
      const n = (count.get(each.platform) ?? 0) + 1
      count.set(each.platform, n)
      return [`${each.platform} ${n}`, each]
    }),
  )
}

/** A value that two images do not share; the side that lacks it has none. */
export interface Change {
  readonly key: string
  readonly a?: string
  readonly b?: string
}

type Facts = Readonly<Record<string, string>>

/** What differs between two sets of values, in the order of the first; what only the second has comes last. */
function changesBetween(a: Facts, b: Facts): Change[] {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  return keys.flatMap(key => {
    const [before, after] = [own(a, key), own(b, key)]
    if (before === after) return []
    return [{ key, ...(before !== undefined && { a: before }), ...(after !== undefined && { b: after }) }]
  })
}

/** A key may be called as something that every object has. */
function own(facts: Facts, key: string): string | undefined {
  return Object.hasOwn(facts, key) ? facts[key] : undefined
}
