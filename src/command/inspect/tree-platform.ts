import { pathsFromHistory } from '../../image/layer-history.js'
import { type Config, parseConfig } from '../../oci/config.js'
import { type ConfigDetails, parseConfigDetails } from '../../oci/config-details.js'
import type { Annotations, Descriptor } from '../../oci/descriptor.js'
import { sizeOf } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { type Manifest, parseManifest } from '../../oci/manifest.js'
import type { LayerEncoding } from '../../oci/media-type.js'
import { normalizePlatform, platformName } from '../../oci/platform.js'

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
export async function loadPlatform(descriptor: Descriptor, read: ReadBlob): Promise<PlatformTree> {
  const manifest = parseManifest(await read(descriptor))
  const bytes = await read(manifest.config)
  const config = parseConfig(bytes)
  const { history, ...details } = parseConfigDetails(bytes)
  const layers = layersOf(manifest, config, pathsFromHistory(history, manifest.layers.length))
  return {
    platform: platformName(normalizePlatform(descriptor.platform ?? config.platform)),
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
