import type { Readable } from 'node:stream'
import { asCount, asObject, asOptionalString, asString, asStringMap } from '../util/json.js'
import { type Digest, parseDigest } from './digest.js'
import type { Platform } from './platform.js'

export type Annotations = Readonly<Record<string, string>>

/** A content descriptor (OCI image-spec, descriptor.md). `size` is in bytes. */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
  readonly annotations?: Annotations
  readonly platform?: Platform
}

/** Content that can be opened again and again, and so be sent again after a failure. */
export type Blob = Descriptor & { open(): Readable }

/** Just the descriptor of a blob, with its fields in the order in which they are written. */
export function descriptorOf(of: Descriptor): Descriptor {
  const { mediaType, digest, size, annotations, platform } = of
  return {
    mediaType,
    digest,
    size,
    ...(annotations && { annotations }),
    ...(platform && { platform: orderPlatformFields(platform) }),
  }
}

/** The same platform must give the same bytes, whoever wrote it down. */
function orderPlatformFields({ architecture, os, variant, ...rest }: Platform): Platform {
  return { architecture, os, ...rest, ...(variant !== undefined && { variant }) }
}

/** Each digest once: in the place of its first, the last that has it. */
export function deduplicate<T extends Pick<Descriptor, 'digest'>>(all: readonly T[]): T[] {
  return [...new Map(all.map(each => [each.digest, each])).values()]
}

/** In bytes, together. */
export function sizeOf(all: readonly { readonly size: number }[]): number {
  return all.reduce((sum, { size }) => sum + size, 0)
}

/** Throws an `Error` that starts with `what` when `value` is no descriptor. */
export function parseDescriptor(value: unknown, what: string): Descriptor {
  const it = asObject(value, what)
  const annotations = asStringMap(it.annotations, `${what}.annotations`)
  const platform = it.platform === undefined ? undefined : parsePlatform(it.platform, `${what}.platform`)
  return {
    mediaType: asString(it.mediaType, `${what}.mediaType`),
    digest: parseDigest(it.digest),
    size: asCount(it.size, `${what}.size`),
    ...(annotations && { annotations }),
    ...(platform && { platform }),
  }
}

function parsePlatform(value: unknown, what: string): Platform {
  const it = asObject(value, what)
  const variant = asOptionalString(it.variant, `${what}.variant`)
  const version = asOptionalString(it['os.version'], `${what}["os.version"]`)
  return {
    architecture: asString(it.architecture, `${what}.architecture`),
    os: asString(it.os, `${what}.os`),
    ...(version && { 'os.version': version }),
    ...(variant && { variant }),
  }
}

/** Media types of the OCI image specification 1.1 and of the Docker formats that stand for the same things. */
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json'
export const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar'
export const OCI_LAYER_GZIP = `${OCI_LAYER}+gzip`
export const OCI_LAYER_ZSTD = `${OCI_LAYER}+zstd`
export const DOCKER_INDEX = 'application/vnd.docker.distribution.manifest.list.v2+json'
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'

export function isIndexType(mediaType: string): boolean {
  return mediaType === OCI_INDEX || mediaType === DOCKER_INDEX
}

export function isManifestType(mediaType: string): boolean {
  return mediaType === OCI_MANIFEST || mediaType === DOCKER_MANIFEST
}

/** How a layer's tar is stored. */
export type LayerEncoding = 'none' | 'gzip' | 'zstd'

const LAYER_TYPES: Readonly<Record<LayerEncoding, string>> = {
  none: OCI_LAYER,
  gzip: OCI_LAYER_GZIP,
  zstd: OCI_LAYER_ZSTD,
}

export function layerTypeOf(encoding: LayerEncoding): string {
  return LAYER_TYPES[encoding]
}
