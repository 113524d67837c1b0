import type { Host } from '../../host/host.js'
import type { PackedImage } from '../../image/read-image.js'
import { parseHistoryPaths, readLayerContent } from '../../image/store/store-paths.js'
import type { Container } from '../../nix/container.js'
import { type PathInfo, readPathInfo } from '../../nix/locally-built-paths.js'
import { lookUpPackages, type PackageQuery } from '../../nix/look-up-packages.js'
import type { Nix } from '../../nix/nix.js'
import { parseConfig, parseConfigDetails } from '../../oci/config.js'
import { formatPlatform, platformOf } from '../../oci/platform.js'
import { openVerified } from '../../oci/verify.js'
import type { Component, ImageContents } from '../../sbom/contents.js'
import { mapLimit } from '../../util/async.js'
import { messageOf, UserError } from '../../util/error.js'
import { limitList, pluralize } from '../../util/text.js'
import { describeContents } from '../shared/describe-contents.js'
import { readPackages } from './read-packages.js'

interface CollectOptions {
  /** Without it, hashes and references are not known. */
  readonly nix: Nix | undefined
  /** What the evaluation of the flake says about packages (`Container.packages`). */
  readonly packages: readonly unknown[]
  /** Looks for other packages by their names. */
  readonly lookUp?:
    | ((names: readonly string[], paths: readonly string[]) => Promise<readonly unknown[]>)
    | undefined
  readonly signal: AbortSignal
}

/**
 * Finds out which store paths are in the layers of a packed image, and what Nix knows about them. The same image gives the same
 * contents.
 */
export async function collectImageContents(
  packed: PackedImage,
  { nix, packages, lookUp, signal }: CollectOptions,
): Promise<ImageContents> {
  const { diffIds } = parseConfig(packed.config)
  const layers = await readLayerPaths(packed)
  const infos = nix === undefined ? [] : await readAllInfo(nix, [...new Set(layers.flat())], signal)
  const parts = { layers, diffIds, base: packed.base, infos, packages: readPackages(packages) }
  const contents = describeContents(parts)
  const unknown = listUnknown(contents, infos)
  if (lookUp === undefined || unknown.length === 0) return contents
  const names = [...new Set(unknown.map(({ name }) => name))]
  const found = readPackages(
    await lookUp(
      names,
      unknown.map(({ path }) => path),
    ),
  )
  return describeContents({ ...parts, packages: new Map([...found, ...parts.packages]) })
}

/** Returns the store paths without a package. Only derivations have one, and not sources. */
function listUnknown({ components }: ImageContents, infos: readonly PathInfo[]): Component[] {
  const built = new Set(infos.filter(({ deriver }) => deriver !== undefined).map(({ path }) => path))
  return components.filter(each => each.package === undefined && built.has(each.path))
}

/**
 * An image that was downloaded from a binary cache can have store paths that this machine does not have. The caches know them. A
 * cache that cannot be asked is left out.
 */
async function readAllInfo(nix: Nix, paths: readonly string[], signal: AbortSignal): Promise<PathInfo[]> {
  const infos = [...(await readPathInfo(nix, paths, { signal }))]
  for (const store of nix.settings.substituters) {
    const known = new Set(infos.map(({ path }) => path))
    const missing = paths.filter(path => !known.has(path))
    if (missing.length === 0) break
    infos.push(...(await readPathInfo(nix, missing, { store, signal }).catch(ignoreUserError)))
  }
  return infos
}

function ignoreUserError(error: unknown): [] {
  if (error instanceof UserError) return []
  throw error
}

const LAYERS_AT_ONCE = 2

/**
 * Returns the store paths in each layer, lowest first. A layer is read only if it was not read before, and if neither its
 * description nor the history of the image names its store paths.
 */
async function readLayerPaths(packed: PackedImage): Promise<(readonly string[])[]> {
  const { history } = parseConfigDetails(packed.config)
  const commented = parseHistoryPaths(history, packed.layers.length)
  return mapLimit(packed.layers, LAYERS_AT_ONCE, async (layer, n) => {
    const known = packed.layerPaths?.[n] ?? packed.contents[n]?.storePaths
    if (known !== undefined) return known
    const comment = commented[n] ?? []
    if (comment.length > 0) return comment
    const { paths } = await readLayerContent(openVerified(layer))
    return paths.map(({ path }) => path)
  })
}

/**
 * Returns the function that looks for packages in nixpkgs, if it is an input of the flake. Without an answer, less is known about
 * packages.
 */
export function createLookUp(
  nix: Nix,
  of: Pick<PackageQuery, 'flake' | 'system'>,
  { log, signal }: Pick<Host, 'log' | 'signal'>,
): NonNullable<CollectOptions['lookUp']> {
  return async (names, paths) => {
    try {
      return await lookUpPackages(nix, { ...of, cwd: process.cwd(), names, paths, signal })
    } catch (error) {
      signal.throwIfAborted()
      log.debug(`The packages ${limitList(names)} were not found: ${messageOf(error)}`)
      return []
    }
  }
}

/** `SBOM of hello (linux/amd64): 14 store paths, 9 with package facts`. */
export function describeCoverage(
  { components, otherLayers }: ImageContents,
  { name, system }: Pick<Container, 'name' | 'system'>,
): string {
  const described = components.filter(each => each.package !== undefined).length
  const others =
    otherLayers.length === 0 ? '' : `; the content of ${pluralize(otherLayers.length, 'layer')} is not known`
  const paths = pluralize(components.length, 'store path')
  return `SBOM of ${name} (${formatPlatform(platformOf(system))}): ${paths}, ${described} with package facts${others}`
}
