import type { BaseLayers } from '../../image/pack-layers.js'
import { parseStoreName } from '../../image/store/store-paths.js'
import type { PathInfo } from '../../nix/locally-built-paths.js'
import type { Digest } from '../../oci/digest.js'
import type { Component, ImageContents, OtherLayer, PackageFacts } from '../../sbom/contents.js'

/** What the values of the flake say about the package that a store path belongs to. */
export interface FoundPackage {
  readonly name: string | undefined
  readonly version: string | undefined
  readonly facts: PackageFacts
}

/** What is known about an image. */
interface ContentsParts {
  /** The store paths in each layer, lowest first. */
  readonly layers: readonly (readonly string[])[]
  readonly diffIds: readonly Digest[]
  /** Of the base image, if it is known. */
  readonly base?: BaseLayers | undefined
  /** What Nix knows about store paths. */
  readonly infos: readonly PathInfo[]
  /** By store path. */
  readonly packages: ReadonlyMap<string, FoundPackage>
}

/** Describes what is in an image. The same parts give the same contents. */
export function describeContents(parts: ContentsParts): ImageContents {
  const { layers, infos, packages } = parts
  const paths = [...new Set(layers.flat())].sort()
  const infoOf = new Map(infos.map(info => [info.path, info]))
  const isInImage = new Set(paths)
  const components = paths.map(path => {
    const info = infoOf.get(path)
    const references = info?.references.filter(each => each !== path && isInImage.has(each)) ?? []
    return createComponent({ path, info, references, found: packages.get(path) })
  })
  return { components, otherLayers: findOtherLayers(parts) }
}

/**
 * Layers below those with store paths are a base image. The highest layer is not: dockerTools writes links and the files of
 * `extraCommands` to it, whose targets are store paths.
 */
function findOtherLayers({ layers, diffIds, base }: ContentsParts): OtherLayer[] {
  const last = layers.findLastIndex(paths => paths.length > 0)
  return diffIds.flatMap((diffId, n) => {
    if (layers[n]?.length !== 0 || (n >= last && last >= 0)) return []
    const from = base && n < base.count ? base.name : undefined
    return [{ diffId, ...(from !== undefined && { from }) }]
  })
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

/**
 * The name of the derivation has no output: the derivation of `<hash>-openssl-3.5.1-bin` is `<hash>-openssl-3.5.1.drv`. If it is
 * not known, the usual names of outputs are removed.
 */
function nameSourceOf(path: string, info: PathInfo | undefined): string {
  const derivation = info?.deriver?.replace(/\.drv$/, '')
  if (derivation === undefined) return path.replace(OUTPUT, '')
  return path.slice(HASH_END).startsWith(derivation.slice(HASH_END)) ? derivation : path
}

/** `/nix/store/`, and 32 digits. */
const HASH_END = 43

/** The outputs of `multiple-outputs.sh` and of some large packages in nixpkgs, after a version. */
const OUTPUT = /(?<=-\d[^-]*)-(bin|data|debug|dev|devdoc|dist|doc|info|lib|libgcc|man|out|static)$/
