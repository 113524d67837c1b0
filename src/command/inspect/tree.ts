import { parseHistoryPaths } from '../../image/store-paths.js'
import { type Config, type ConfigDetails, parseConfig, parseConfigDetails } from '../../oci/config.js'
import {
  type Annotations,
  type Descriptor,
  deduplicate,
  isIndexType,
  isManifestType,
  type LayerEncoding,
  sizeOf,
} from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { type Manifest, parseManifest } from '../../oci/image.js'
import { type IndexDocument, isAttestation, parseIndex } from '../../oci/image-index.js'
import { formatPlatform, normalizePlatform } from '../../oci/platform.js'
import { UserError } from '../../util/error.js'
import { quoteControlCharacters } from '../../util/text.js'

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

/** Walks from what a name stands for, an index or a manifest, down to the layers. */
export async function loadTree(name: string, top: Descriptor, read: ReadBlob): Promise<ImageTree> {
  try {
    return await loadImage(name, top, read)
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error) || error.name !== 'Error') throw error
    throw new UserError(`${name} is no image of programs: ${quoteControlCharacters(error.message)}`, {
      cause: error,
    })
  }
}

async function loadImage(name: string, top: Descriptor, read: ReadBlob): Promise<ImageTree> {
  const { manifests, annotations = {} } = await imagesOf(name, top, read)
  const platforms = await Promise.all(manifests.map(each => loadPlatform(each, read)))
  const { digest, mediaType } = top
  return { name, digest, mediaType, size: totalSize(platforms), annotations, platforms }
}

async function imagesOf(
  name: string,
  top: Descriptor,
  read: ReadBlob,
): Promise<Pick<IndexDocument, 'manifests' | 'annotations'>> {
  const { annotations } = top
  if (isManifestType(top.mediaType)) return { manifests: [top], ...(annotations && { annotations }) }
  if (!isIndexType(top.mediaType)) {
    throw new UserError(`${name} is no image: its media type is ${quoteControlCharacters(top.mediaType)}`)
  }
  const index = parseIndex(await read(top))
  const isImage = (each: Descriptor): boolean => isManifestType(each.mediaType) && !isAttestation(each)
  return { ...index, manifests: index.manifests.filter(isImage) }
}

function totalSize(platforms: readonly PlatformTree[]): number {
  return sizeOf(deduplicate(platforms.flatMap(({ config, layers }) => [config, ...layers])))
}

/** One platform's image. Sizes are in bytes, of the content as it is stored. */
export interface PlatformTree extends Omit<ConfigDetails, 'history'> {
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
  readonly encoding: LayerEncoding
  /** Of its tar, uncompressed; only known where it was read. */
  readonly contentSize?: number
  /** The store paths in it; missing where they are not known. */
  readonly paths?: readonly LayerPath[]
}

export interface LayerPath {
  readonly path: string
  /** Of its files in the layer, uncompressed; only known where the layer was read. */
  readonly size?: number
}

/** Reads a small JSON blob, verified. */
export type ReadBlob = (descriptor: Descriptor) => Promise<Buffer>

/** Reads the manifest and the config of one platform's image. Throws an `Error` that says what is wrong in them. */
async function loadPlatform(descriptor: Descriptor, read: ReadBlob): Promise<PlatformTree> {
  const manifest = parseManifest(await read(descriptor))
  const bytes = await read(manifest.config)
  const config = parseConfig(bytes)
  const { history, ...details } = parseConfigDetails(bytes)
  const layers = layersOf(manifest, config, parseHistoryPaths(history, manifest.layers.length))
  return {
    platform: formatPlatform(normalizePlatform(descriptor.platform ?? config.platform)),
    digest: descriptor.digest,
    size: sizeOf([manifest.config, ...layers]),
    config: { digest: manifest.config.digest, size: manifest.config.size },
    entrypoint: config.entrypoint,
    cmd: config.cmd,
    ...details,
    annotations: { ...descriptor.annotations, ...manifest.annotations },
    layers,
  }
}

function layersOf(
  { layers }: Manifest,
  { diffIds }: Config,
  named: readonly (readonly string[] | undefined)[],
): LayerTree[] {
  return layers.map(({ digest, size, mediaType }, n) => {
    const paths = named[n]?.map(path => ({ path }))
    const encoding = encodingOf(mediaType)
    return { digest, diffId: diffIds[n], size, mediaType, encoding, ...(paths && { paths }) }
  })
}

function encodingOf(mediaType: string): LayerEncoding {
  const [, suffix] = /[+.](gzip|zstd)$/.exec(mediaType) ?? []
  return suffix === 'gzip' || suffix === 'zstd' ? suffix : 'none'
}
