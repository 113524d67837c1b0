import { Readable } from 'node:stream'
import { asArray, asObject, asOptionalString, asStringMap, parseJson } from '../util/json.js'
import {
  type Annotations,
  type Blob,
  type Descriptor,
  deduplicate,
  descriptorOf,
  OCI_CONFIG,
  OCI_MANIFEST,
  parseDescriptor,
} from './descriptor.js'
import { type Digest, digestOf } from './digest.js'
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
export function createBlob(bytes: Buffer, of: Omit<Descriptor, 'digest' | 'size'>): Blob {
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
  const config = createBlob(of.config, { mediaType: OCI_CONFIG })
  const bytes = encodeManifest({
    config,
    layers: of.layers,
    ...(of.annotations && { annotations: of.annotations }),
  })
  const platform = normalizePlatform(of.platform)
  return {
    platform,
    manifest: createBlob(bytes, { mediaType: OCI_MANIFEST, platform }),
    config,
    layers: of.layers,
  }
}

/** Every blob of an image but its manifest, each digest once. */
export function blobsOf(images: readonly Image[]): Blob[] {
  return deduplicate(images.flatMap(image => [image.config, ...image.layers]))
}

/** An image manifest (OCI image-spec, manifest.md): one image for one platform. */
export interface Manifest {
  readonly mediaType: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly annotations?: Annotations
}

export function parseManifest(bytes: Buffer): Manifest {
  const it = asObject(parseJson(bytes, 'the manifest'), 'the manifest')
  const annotations = asStringMap(it.annotations, 'annotations')
  return {
    mediaType: asOptionalString(it.mediaType, 'mediaType') ?? OCI_MANIFEST,
    config: parseDescriptor(it.config, 'config'),
    layers: asArray(it.layers, 'layers').map((layer, n) => parseDescriptor(layer, `layers[${n}]`)),
    ...(annotations && { annotations }),
  }
}

/** The bytes of an OCI manifest: the same input gives the same bytes. */
export function encodeManifest(of: Omit<Manifest, 'mediaType'>): Buffer {
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: descriptorOf(of.config),
    layers: of.layers.map(descriptorOf),
    ...sortAnnotations(of.annotations),
  }
  return Buffer.from(JSON.stringify(manifest))
}

/** `{ annotations }` with sorted keys, or nothing when there are none. */
export function sortAnnotations(annotations: Annotations | undefined): { annotations?: Annotations } {
  const entries = Object.entries(annotations ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  return entries.length === 0 ? {} : { annotations: Object.fromEntries(entries) }
}

/** Finds a layer that needs not be made, by what it unpacks to and its media type. */
export type FindLayer = (diffId: Digest, mediaType: string) => Blob | undefined

/** Layers that lie somewhere already, by the digest of what they unpack to (a config's `diff_ids`) and their media type. */
export class KnownLayers {
  readonly #blobs = new Map<string, Blob>()

  /** Each diff_id pairs with the layer in the same place. Lists that do not match tell nothing; what was known first stays. */
  add(diffIds: readonly Digest[], layers: readonly Blob[]): void {
    if (diffIds.length !== layers.length) return
    for (const [n, layer] of layers.entries()) {
      const key = layerKeyOf(diffIds[n] as Digest, layer.mediaType)
      if (!this.#blobs.has(key)) this.#blobs.set(key, layer)
    }
  }

  readonly find: FindLayer = (diffId, mediaType) => this.#blobs.get(layerKeyOf(diffId, mediaType))
}

function layerKeyOf(diffId: Digest, mediaType: string): string {
  return `${diffId} ${mediaType}`
}
