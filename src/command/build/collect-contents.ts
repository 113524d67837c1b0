import type { PackedImage } from '../../image/read-image.js'
import { parseHistoryPaths, parseStoreName, readLayerContent } from '../../image/store-paths.js'
import { type PathInfo, readPathInfo } from '../../nix/locally-built-paths.js'
import type { Nix } from '../../nix/nix.js'
import { parseConfig, parseConfigDetails } from '../../oci/config.js'
import type { Digest } from '../../oci/digest.js'
import { openVerified } from '../../oci/verify.js'
import type { Component, ImageContents, OtherLayer, PackageFacts } from '../../sbom/contents.js'
import { mapLimit } from '../../util/async.js'

/** What the values of the flake say about the package that a store path belongs to. */
export interface FoundPackage {
  readonly name: string | undefined
  readonly version: string | undefined
  readonly facts: PackageFacts
}

interface CollectOptions {
  readonly nix: Nix
  /** By store path. */
  readonly packages: ReadonlyMap<string, FoundPackage>
  readonly signal: AbortSignal
}

/**
 * Finds out which store paths are in the layers of a packed image, and what Nix knows about them. The same image gives the same
 * contents.
 */
export async function collectImageContents(
  packed: PackedImage,
  options: CollectOptions,
): Promise<ImageContents> {
  const { diffIds } = parseConfig(packed.config)
  const layers = await readLayerPaths(packed)
  const paths = [...new Set(layers.flat())].sort()
  const infos = await readPathInfo(options.nix, paths, { signal: options.signal })
  const infoOf = new Map(infos.map(info => [info.path, info]))
  const isInImage = new Set(paths)
  const components = paths.map(path => {
    const info = infoOf.get(path)
    const references = info?.references.filter(each => each !== path && isInImage.has(each)) ?? []
    return createComponent({ path, info, references, found: options.packages.get(path) })
  })
  return { components, otherLayers: findOtherLayers(layers, diffIds) }
}

const LAYERS_AT_ONCE = 2

/** Returns the store paths in each layer, lowest first. Reads only layers whose store paths are not known. */
async function readLayerPaths(packed: PackedImage): Promise<(readonly string[])[]> {
  const { history } = parseConfigDetails(packed.config)
  const commented = parseHistoryPaths(history, packed.layers.length)
  return mapLimit(packed.layers, LAYERS_AT_ONCE, async (layer, n) => {
    const known = packed.layerPaths?.[n] ?? commented[n] ?? []
    if (known.length > 0) return known
    const { paths } = await readLayerContent(openVerified(layer))
    return paths.map(({ path }) => path)
  })
}

/**
 * Layers below those with store paths are a base image. The highest layer is not: dockerTools writes links and the files of
 * `extraCommands` to it, whose targets are store paths.
 */
function findOtherLayers(layers: readonly (readonly string[])[], diffIds: readonly Digest[]): OtherLayer[] {
  const last = layers.findLastIndex(paths => paths.length > 0)
  const others = diffIds.filter((_, n) => layers[n]?.length === 0 && (n < last || last < 0))
  return others.map(diffId => ({ diffId }))
}

interface ComponentParts {
  readonly path: string
  readonly info: PathInfo | undefined
  readonly references: readonly string[]
  readonly found: FoundPackage | undefined
}

function createComponent({ path, info, references, found }: ComponentParts): Component {
  const named = parseStoreName(nameSourceOf(path, info))
  return {
    path,
    name: found?.name ?? named.name,
    version: found?.version ?? named.version,
    ...(info && { narHash: info.narHash, narSize: info.narSize }),
    references: [...references].sort(),
    ...(found && { package: found.facts }),
  }
}

/** The name of the derivation has no output: the derivation of `<hash>-openssl-3.5.1-bin` is `<hash>-openssl-3.5.1.drv`. */
function nameSourceOf(path: string, info: PathInfo | undefined): string {
  const [own, derivation] = [path, info?.deriver?.replace(/\.drv$/, '') ?? ''].map(each =>
    each.slice(HASH_END),
  )
  return derivation && own?.startsWith(derivation) ? (info?.deriver?.replace(/\.drv$/, '') ?? path) : path
}

/** `/nix/store/`, and 32 digits. */
const HASH_END = 43
