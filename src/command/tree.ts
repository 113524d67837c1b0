import { type Config, parseConfig } from '../oci/config.js'
import type { Annotations, Descriptor } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import { parseIndex } from '../oci/image-index.js'
import { parseManifest } from '../oci/manifest.js'
import { isIndexType, isManifestType } from '../oci/media-type.js'
import { normalizePlatform, platformName } from '../oci/platform.js'
import { UserError } from '../util/error.js'
import { formatBytes, plural } from '../util/format.js'

/** What an image holds, down to its layers. Sizes are in bytes, of the content as it is stored. */
export interface ImageTree {
  readonly name: string
  readonly digest: Digest
  readonly mediaType: string
  /** Of all distinct blobs together. */
  readonly size: number
  readonly annotations: Annotations
  readonly platforms: readonly PlatformTree[]
}

export interface PlatformTree {
  readonly platform: string
  readonly digest: Digest
  readonly size: number
  readonly config: { readonly digest: Digest; readonly size: number }
  readonly entrypoint: readonly string[]
  readonly cmd: readonly string[]
  readonly annotations: Annotations
  readonly layers: readonly LayerTree[]
}

export interface LayerTree {
  readonly digest: Digest
  readonly diffId: Digest | undefined
  readonly size: number
  readonly mediaType: string
}

/** Reads a small JSON blob, verified. */
export type ReadBlob = (descriptor: Descriptor) => Promise<Buffer>

/** Walks from what a name stands for, an index or a manifest, down to the layers. */
export async function loadTree(name: string, top: Descriptor, read: ReadBlob): Promise<ImageTree> {
  const { digest, mediaType } = top
  if (isManifestType(mediaType)) {
    const platform = await loadPlatform(top, read)
    return {
      name,
      digest,
      mediaType,
      size: totalSize([platform]),
      annotations: top.annotations ?? {},
      platforms: [platform],
    }
  }
  if (!isIndexType(mediaType)) throw new UserError(`${name} is no image: its media type is ${mediaType}`)
  const document = parseIndex(await read(top))
  const manifests = document.manifests.filter(each => isManifestType(each.mediaType) && !isAttestation(each))
  const platforms = await Promise.all(manifests.map(each => loadPlatform(each, read)))
  return {
    name,
    digest,
    mediaType,
    size: totalSize(platforms),
    annotations: document.annotations ?? {},
    platforms,
  }
}

/** BuildKit hangs provenance into an index as an image for no platform. */
function isAttestation(descriptor: Descriptor): boolean {
  return descriptor.platform?.os === 'unknown'
}

async function loadPlatform(descriptor: Descriptor, read: ReadBlob): Promise<PlatformTree> {
  const manifest = parseManifest(await read(descriptor))
  const config = parseConfig(await read(manifest.config))
  const layers = manifest.layers.map(({ digest, size, mediaType }, n) => ({
    digest,
    diffId: config.diffIds[n],
    size,
    mediaType,
  }))
  return {
    platform: platformLabel(descriptor, config),
    digest: descriptor.digest,
    size: manifest.config.size + layers.reduce((sum, layer) => sum + layer.size, 0),
    config: { digest: manifest.config.digest, size: manifest.config.size },
    entrypoint: config.entrypoint,
    cmd: config.cmd,
    annotations: { ...descriptor.annotations, ...manifest.annotations },
    layers,
  }
}

function platformLabel(descriptor: Descriptor, config: Config): string {
  return platformName(normalizePlatform(descriptor.platform ?? config.platform))
}

function totalSize(platforms: readonly PlatformTree[]): number {
  const blobs = platforms.flatMap(({ config, layers }) => [config, ...layers])
  const sizes = new Map(blobs.map(({ digest, size }) => [digest, size]))
  return [...sizes.values()].reduce((sum, size) => sum + size, 0)
}

/** The tree as text, a line for each thing. */
export function renderTree(tree: ImageTree): string {
  const kind = isIndexType(tree.mediaType) ? plural(tree.platforms.length, 'platform') : 'a single image'
  const branches = [
    ...annotationLines(tree.annotations),
    ...tree.platforms.map(platform => renderPlatform(platform, tree.annotations)),
  ]
  return [tree.name, `${tree.digest}  ${kind}, ${formatBytes(tree.size)}`, ...branchLines(branches)].join(
    '\n',
  )
}

/** A line, and those below it. */
type Branch = string | readonly [string, readonly Branch[]]

/** @param known what the index says already, and need not be said again for each platform */
function renderPlatform(of: PlatformTree, known: Annotations): Branch {
  const own = Object.entries(of.annotations).filter(([key, value]) => known[key] !== value)
  const command = [...of.entrypoint, ...of.cmd].join(' ')
  return [
    `${of.platform}  ${of.digest}  ${plural(of.layers.length, 'layer')}, ${formatBytes(of.size)}`,
    [
      `config  ${of.config.digest}  ${formatBytes(of.config.size)}${command && `  runs ${command}`}`,
      ...of.layers.map(layer => `layer   ${layer.digest}  ${formatBytes(layer.size)}  ${encodingOf(layer)}`),
      ...annotationLines(Object.fromEntries(own)),
    ],
  ]
}

function annotationLines(annotations: Annotations): string[] {
  return Object.entries(annotations).map(([key, value]) => `${key} = ${value}`)
}

function encodingOf(layer: LayerTree): string {
  return /[+.](gzip|zstd)$/.exec(layer.mediaType)?.[1] ?? 'tar'
}

function branchLines(branches: readonly Branch[]): string[] {
  return branches.flatMap((branch, n) => {
    const last = n === branches.length - 1
    const [line, below] = typeof branch === 'string' ? [branch, []] : branch
    return [
      `${last ? '└─' : '├─'} ${line}`,
      ...branchLines(below).map(text => `${last ? '  ' : '│ '} ${text}`),
    ]
  })
}
