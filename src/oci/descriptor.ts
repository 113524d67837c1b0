import type { Readable } from 'node:stream'
import { asCount, asObject, asOptionalString, asString, asStringMap, asStrings } from '../util/json.js'
import { type Digest, parseDigest } from './digest.js'
import { type Platform, parsePlatform } from './platform.js'

export type Annotations = Readonly<Record<string, string>>

/** A content descriptor (OCI image-spec, descriptor.md). `size` is in bytes. */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
  readonly annotations?: Annotations
  readonly platform?: Platform
  /** Of an artifact: what it is, for example an SBOM. */
  readonly artifactType?: string
  /** Other places of the content. Registries often do not have the content of such a layer. */
  readonly urls?: readonly string[]
}

/** A part of a file. `offset` and `size` are in bytes. */
export interface FileSlice {
  readonly path: string
  readonly offset: number
  readonly size: number
}

/**
 * Content with its descriptor. It can be opened more than once, for retries of an upload. `file` is where the content is, without
 * a check of its digest, if it is a part of a file.
 */
export type Blob = Descriptor & { open(): Readable; readonly file?: FileSlice }

/** Copies only the fields of a descriptor, in the order in which they are written. */
export function descriptorOf(blob: Descriptor): Descriptor {
  const { mediaType, digest, size, annotations, platform, artifactType, urls } = blob
  return {
    mediaType,
    digest,
    size,
    ...(urls && { urls }),
    ...(annotations && { annotations }),
    ...(platform && { platform: orderPlatformFields(platform) }),
    ...(artifactType && { artifactType }),
  }
}

/** Equal platforms must give equal bytes. */
function orderPlatformFields({ architecture, os, variant, ...rest }: Platform): Platform {
  return { architecture, os, ...rest, ...(variant !== undefined && { variant }) }
}

/** Removes duplicates by digest. The last duplicate is kept, at the position of the first. */
export function deduplicate<T extends Pick<Descriptor, 'digest'>>(descriptors: readonly T[]): T[] {
  return [...new Map(descriptors.map(descriptor => [descriptor.digest, descriptor])).values()]
}

/** The total size in bytes. */
export function sizeOf(blobs: readonly { readonly size: number }[]): number {
  return blobs.reduce((sum, { size }) => sum + size, 0)
}

/** Throws an `Error` that starts with `what` if the value is not a descriptor. */
export function parseDescriptor(value: unknown, what: string): Descriptor {
  const descriptor = asObject(value, what)
  const annotations = asStringMap(descriptor.annotations, `${what}.annotations`)
  const platform =
    descriptor.platform === undefined || descriptor.platform === null
      ? undefined
      : parsePlatform(asObject(descriptor.platform, `${what}.platform`), `${what}.platform.`)
  const artifactType = asOptionalString(descriptor.artifactType, `${what}.artifactType`)
  const urls = asStrings(descriptor.urls ?? [], `${what}.urls`)
  return {
    mediaType: asString(descriptor.mediaType, `${what}.mediaType`),
    digest: parseDigest(descriptor.digest),
    size: asCount(descriptor.size, `${what}.size`),
    ...(annotations && { annotations }),
    ...(platform && { platform }),
    ...(artifactType && { artifactType }),
    ...(urls.length > 0 && { urls }),
  }
}

/** Media types of the OCI image specification 1.1 and of the equivalent Docker formats. */
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json'
export const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar'
export const OCI_LAYER_GZIP = `${OCI_LAYER}+gzip`
export const OCI_LAYER_ZSTD = `${OCI_LAYER}+zstd`
export const DOCKER_INDEX = 'application/vnd.docker.distribution.manifest.list.v2+json'
export const DOCKER_CONFIG = 'application/vnd.docker.container.image.v1+json'
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'

export function isIndexType(mediaType: string): boolean {
  return mediaType === OCI_INDEX || mediaType === DOCKER_INDEX
}

export function isManifestType(mediaType: string): boolean {
  return mediaType === OCI_MANIFEST || mediaType === DOCKER_MANIFEST
}

/**
 * Whether a layer is meant to be downloaded from elsewhere, as the layers of Windows once were: an image may be without its
 * content.
 */
export function isForeignLayer({ mediaType, urls = [] }: Descriptor): boolean {
  return urls.length > 0 || /\.(nondistributable|foreign)\./.test(mediaType)
}

/** The compression of a layer's tar. */
export type LayerEncoding = 'none' | 'gzip' | 'zstd'

const LAYER_TYPES: Readonly<Record<LayerEncoding, string>> = {
  none: OCI_LAYER,
  gzip: OCI_LAYER_GZIP,
  zstd: OCI_LAYER_ZSTD,
}

/** Returns the compression that a media type names, also that of a Docker format; `undefined` for other media types. */
export function layerEncodingOf(mediaType: string): LayerEncoding | undefined {
  const match = /\.tar(?:[.+](gzip|zstd))?$/.exec(mediaType)
  return match === null ? undefined : ((match[1] ?? 'none') as LayerEncoding)
}

export function layerTypeOf(encoding: LayerEncoding): string {
  return LAYER_TYPES[encoding]
}
