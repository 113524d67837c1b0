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

/** Images by platform (OCI image-spec, image-index.md): what a tag names. */
export interface Index {
  /** The index's own bytes and descriptor. */
  readonly blob: Blob
  readonly images: readonly Image[]
}

/** What an index's bytes say. */
export interface IndexDocument {
  readonly mediaType: string
  readonly manifests: readonly Descriptor[]
  readonly annotations?: Annotations
}

export function parseIndex(bytes: Buffer, what = 'the index'): IndexDocument {
  const it = asObject(parseJson(bytes, what), what)
  const annotations = asStringMap(it.annotations, 'annotations')
  return {
    mediaType: asOptionalString(it.mediaType, 'mediaType') ?? OCI_INDEX,
    manifests: asArray(it.manifests, 'manifests').map((each, n) => parseDescriptor(each, `manifests[${n}]`)),
    ...(annotations && { annotations }),
  }
}

/** BuildKit's provenance and SBOM manifests stand among the images under a platform that is none. */
export function isAttestation({ platform }: Descriptor): boolean {
  return platform?.os === 'unknown' && platform.architecture === 'unknown'
}

/** The bytes of an OCI index: the same input gives the same bytes. */
export function encodeIndex(manifests: readonly Descriptor[], annotations?: Annotations): Buffer {
  const index = {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: manifests.map(descriptorOf),
    ...sortAnnotations(annotations),
  }
  return Buffer.from(JSON.stringify(index))
}

/**
 * Joins images into one index, in the order of their platforms' names, whatever order they came in.
 * Throws an `Error` when two are for the same platform.
 */
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
