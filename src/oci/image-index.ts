import { asArray, asObject, asOptionalString, asStringMap, parseJson } from '../util/json.js'
import {
  type Annotations,
  type Blob,
  type Descriptor,
  descriptorOf,
  OCI_INDEX,
  parseDescriptor,
} from './descriptor.js'
import { createBlob, type Image, sortAnnotations } from './image.js'
import { formatPlatform } from './platform.js'

/** A multi-arch image: an OCI index (image-spec, image-index.md) with its images. */
export interface Index {
  /** The bytes and descriptor of the index. */
  readonly blob: Blob
  readonly images: readonly Image[]
}

/** A parsed OCI index or Docker manifest list. */
export interface IndexDocument {
  readonly mediaType: string
  readonly manifests: readonly Descriptor[]
  readonly annotations?: Annotations
}

export function parseIndex(bytes: Buffer, what = 'the index'): IndexDocument {
  const index = asObject(parseJson(bytes, what), what)
  const annotations = asStringMap(index.annotations, 'annotations')
  return {
    mediaType: asOptionalString(index.mediaType, 'mediaType') ?? OCI_INDEX,
    // Go writes an empty list as null.
    manifests: asArray(index.manifests === null ? [] : index.manifests, 'manifests').map((each, n) =>
      parseDescriptor(each, `manifests[${n}]`),
    ),
    ...(annotations && { annotations }),
  }
}

/** BuildKit adds its provenance and SBOM manifests to the index with the platform `unknown/unknown`, and this annotation. */
export function isAttestation({ platform, annotations = {} }: Descriptor): boolean {
  if (annotations['vnd.docker.reference.type'] === 'attestation-manifest') return true
  return platform?.os === 'unknown' && platform.architecture === 'unknown'
}

/** Encodes an OCI index. Equal input gives equal bytes. */
export function encodeIndex(manifests: readonly Descriptor[], annotations?: Annotations): Buffer {
  const index = {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: manifests.map(descriptorOf),
    ...sortAnnotations(annotations),
  }
  return Buffer.from(JSON.stringify(index))
}

/** Creates an index of images, sorted by platform. Throws an `Error` if two images have the same platform. */
export function makeIndex(images: readonly Image[], annotations?: Annotations): Index {
  const byPlatform = new Map<string, Image>()
  for (const image of images) {
    const name = formatPlatform(image.platform)
    if (byPlatform.has(name)) throw new Error(`two images for ${name}`)
    byPlatform.set(name, image)
  }
  const sorted = [...byPlatform].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, image]) => image)
  const bytes = encodeIndex(
    sorted.map(image => image.manifest),
    annotations,
  )
  return { blob: createBlob(bytes, { mediaType: OCI_INDEX }), images: sorted }
}
