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

/** One image for one platform. */
export interface Image {
  readonly platform: Platform
  /** The bytes and descriptor of the manifest. The descriptor contains the platform. */
  readonly manifest: Blob
  readonly config: Blob
  /** The layers in the order of the manifest, lowest first. A blob may occur more than once. */
  readonly layers: readonly Blob[]
}

/** Creates a blob of bytes in memory, such as a manifest or a config. */
export function createBlob(bytes: Buffer, fields: Omit<Descriptor, 'digest' | 'size'>): Blob {
  const descriptor = { ...fields, digest: digestOf(bytes), size: bytes.length }
  return { ...descriptorOf(descriptor), open: () => Readable.from([bytes], { objectMode: false }) }
}

/** Creates an image with a new manifest. The bytes of the config, and therefore the image ID, do not change. */
export function makeImage({
  platform,
  config,
  layers,
  annotations,
}: {
  platform: Platform
  config: Buffer
  layers: readonly Blob[]
  annotations?: Annotations
}): Image {
  const configBlob = createBlob(config, { mediaType: OCI_CONFIG })
  const bytes = encodeManifest({ config: configBlob, layers, ...(annotations && { annotations }) })
  const normalized = normalizePlatform(platform)
  return {
    platform: normalized,
    manifest: createBlob(bytes, { mediaType: OCI_MANIFEST, platform: normalized }),
    config: configBlob,
    layers,
  }
}

/** Returns the configs and layers of images, without duplicates. */
export function blobsOf(images: readonly Image[]): Blob[] {
  return deduplicate(images.flatMap(image => [image.config, ...image.layers]))
}

/** An image manifest (OCI image-spec, manifest.md): one image for one platform. */
export interface Manifest {
  readonly mediaType: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly annotations?: Annotations
  /** Of an artifact: what it is, for example an SBOM. */
  readonly artifactType?: string
  /** The manifest that an artifact is about. */
  readonly subject?: Descriptor
}

export function parseManifest(bytes: Buffer): Manifest {
  const manifest = asObject(parseJson(bytes, 'the manifest'), 'the manifest')
  const annotations = asStringMap(manifest.annotations, 'annotations')
  const artifactType = asOptionalString(manifest.artifactType, 'artifactType')
  const subject = manifest.subject ? parseDescriptor(manifest.subject, 'subject') : undefined
  return {
    mediaType: asOptionalString(manifest.mediaType, 'mediaType') ?? OCI_MANIFEST,
    config: parseDescriptor(manifest.config, 'config'),
    // Go writes an empty list as null.
    layers: asArray(manifest.layers ?? [], 'layers').map((layer, n) =>
      parseDescriptor(layer, `layers[${n}]`),
    ),
    ...(annotations && { annotations }),
    ...(artifactType && { artifactType }),
    ...(subject && { subject }),
  }
}

/** Encodes an OCI manifest. Equal input gives equal bytes. */
export function encodeManifest({ config, layers, annotations }: Omit<Manifest, 'mediaType'>): Buffer {
  const document = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: descriptorOf(config),
    layers: layers.map(descriptorOf),
    ...sortAnnotations(annotations),
  }
  return Buffer.from(JSON.stringify(document))
}

/** Returns `{ annotations }` with sorted keys, or `{}` if there are none. */
export function sortAnnotations(annotations: Annotations | undefined): { annotations?: Annotations } {
  const entries = Object.entries(annotations ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  return entries.length === 0 ? {} : { annotations: Object.fromEntries(entries) }
}

/** Finds an existing layer by its diff ID and media type. */
export type FindLayer = (diffId: Digest, mediaType: string) => Blob | undefined

/** Existing layers by diff ID (the digest of the uncompressed tar, as in a config's `diff_ids`) and media type. */
export class KnownLayers {
  readonly #blobs = new Map<string, Blob>()

  /**
   * Adds the layers of an image. `diffIds` and `layers` have the same order; lists of different length are ignored. A known layer
   * is not replaced. Layers with annotations are left out: eStargz and zstd:chunked have a table of contents in them, which may
   * name other content than the one that the diff_id is about.
   */
  add(diffIds: readonly Digest[], layers: readonly Blob[]): void {
    if (diffIds.length !== layers.length) return
    for (const [n, layer] of layers.entries()) {
      if (layer.annotations !== undefined) continue
      const key = layerKeyOf(diffIds[n] as Digest, layer.mediaType)
      if (!this.#blobs.has(key)) this.#blobs.set(key, layer)
    }
  }

  list(): readonly Blob[] {
    return [...this.#blobs.values()]
  }

  readonly find: FindLayer = (diffId, mediaType) => this.#blobs.get(layerKeyOf(diffId, mediaType))
}

function layerKeyOf(diffId: Digest, mediaType: string): string {
  return `${diffId} ${mediaType}`
}
