import { Readable } from 'node:stream'
import { type Annotations, type Blob, type Descriptor, descriptorOf, distinct } from './descriptor.js'
import { digestOf } from './digest.js'
import { encodeManifest } from './manifest.js'
import { OCI_CONFIG, OCI_MANIFEST } from './media-type.js'
import { normalizePlatform, type Platform } from './platform.js'

/** One image for one platform, wherever its blobs lie. */
export interface Image {
  readonly platform: Platform
  /** The manifest's own bytes and descriptor; the descriptor carries the platform. */
  readonly manifest: Blob
  readonly config: Blob
  /** Lowest layer first, as in the manifest; the same blob may stand twice. */
  readonly layers: readonly Blob[]
}

/** Bytes in memory as a blob; for what is small, as manifests and configs are. */
export function bytesBlob(bytes: Buffer, of: Omit<Descriptor, 'digest' | 'size'>): Blob {
  const descriptor = { ...of, digest: digestOf(bytes), size: bytes.length }
  return { ...descriptorOf(descriptor), open: () => Readable.from([bytes], { objectMode: false }) }
}

/** Builds the manifest for a config and its layers. The config's bytes stay as they are, so the image ID stays too. */
export function makeImage(of: {
  platform: Platform
  config: Buffer
  layers: readonly Blob[]
  annotations?: Annotations
}): Image {
  const config = bytesBlob(of.config, { mediaType: OCI_CONFIG })
  const bytes = encodeManifest({
    config,
    layers: of.layers,
    ...(of.annotations && { annotations: of.annotations }),
  })
  const platform = normalizePlatform(of.platform)
  return {
    platform,
    manifest: bytesBlob(bytes, { mediaType: OCI_MANIFEST, platform }),
    config,
    layers: of.layers,
  }
}

/** Every blob of an image but its manifest, each digest once. */
export function blobsOf(images: readonly Image[]): Blob[] {
  return distinct(images.flatMap(image => [image.config, ...image.layers]))
}
