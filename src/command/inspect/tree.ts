import { parseHistoryPaths } from '../../image/store/store-paths.js'
import { artifactTypeOfDescriptor, artifactTypeOfManifest } from '../../oci/artifact.js'
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
import { type IndexDocument, parseIndex } from '../../oci/image-index.js'
import { formatPlatform, normalizePlatform } from '../../oci/platform.js'
import { mapLimit } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import { quoteControlCharacters, truncateText } from '../../util/text.js'
import type { ReadBlob } from '../shared/image-locations.js'

/** An image with its platforms and layers. Sizes are in bytes, of the stored content. Printed by `inspect --json`. */
export interface ImageTree {
  readonly name: string
  readonly digest: Digest
  readonly mediaType: string
  /** The size of all distinct configs and layers. */
  readonly size: number
  readonly annotations: Annotations
  readonly platforms: readonly PlatformTree[]
  /** The number of platforms that were not read. Absent if all were read. */
  readonly omitted?: number
  /** What is not an image, such as SBOMs, signatures and attestations. Absent if there are none. */
  readonly artifacts?: readonly ArtifactTree[]
}

/** An artifact in an index or in a layout. */
export interface ArtifactTree {
  readonly digest: Digest
  /** The media type of the artifact, or `attestation`. */
  readonly artifactType: string
  /** Of a Sigstore bundle: what is signed, for example a provenance. */
  readonly predicateType?: string
  /** The size of the manifest, in bytes. */
  readonly size: number
  /** The manifest that the artifact is about, if it says so. */
  readonly subject?: Digest
}

/** The image of one platform. Sizes are in bytes, of the stored content. */
export interface PlatformTree extends Omit<ConfigDetails, 'history'> {
  readonly platform: string
  readonly digest: Digest
  /** The size of the config and the layers. */
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
  /** The size of the uncompressed tar. Absent if the layer was not read. */
  readonly contentSize?: number
  /** The store paths in the layer. Absent if they are not known. */
  readonly paths?: readonly LayerPath[]
}

export interface LayerPath {
  readonly path: string
  /** The uncompressed size of its files in the layer. Absent if the layer was not read. */
  readonly size?: number
}

/**
 * Reads an index or a manifest, with the manifests and configs that it refers to. Throws a `UserError` that names the image if it
 * is not a container image.
 */
export async function loadTree(name: string, top: Descriptor, readBlob: ReadBlob): Promise<ImageTree> {
  try {
    return await loadImage(name, top, readBlob)
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error) || error.name !== 'Error') throw error
    throw new UserError(`${name} is not a container image: ${quoteControlCharacters(error.message)}`, {
      cause: error,
    })
  }
}

/** Each platform opens files or sends requests. */
const PLATFORMS_AT_ONCE = 8

/** A real index has less than 30. */
const MAX_PLATFORMS = 500

async function loadImage(name: string, top: Descriptor, readBlob: ReadBlob): Promise<ImageTree> {
  const { manifests, annotations = {} } = await readManifests(name, top, readBlob)
  const images = manifests.filter(each => artifactTypeOfDescriptor(each) === undefined)
  const read = images.slice(0, MAX_PLATFORMS)
  const parts = await mapLimit(read, PLATFORMS_AT_ONCE, each => loadPlatformOrArtifact(each, readBlob))
  const platforms = parts.filter(part => 'layers' in part)
  const artifacts = [...parts.flatMap(part => ('layers' in part ? [] : part)), ...listArtifacts(manifests)]
  const { digest, mediaType } = top
  const omitted = images.length - read.length
  return {
    name,
    digest,
    mediaType,
    size: totalSizeOf(platforms),
    annotations,
    platforms,
    ...(omitted > 0 && { omitted }),
    ...(artifacts.length > 0 && { artifacts }),
  }
}

/** Lists the artifacts that the descriptors of an index name. */
export function listArtifacts(manifests: readonly Descriptor[]): ArtifactTree[] {
  return manifests
    .flatMap(each => {
      const artifactType = artifactTypeOfDescriptor(each)
      return artifactType === undefined ? [] : [{ digest: each.digest, artifactType, size: each.size }]
    })
    .slice(0, MAX_PLATFORMS)
}

/** Returns the manifests of an index, or a single manifest. */
async function readManifests(
  name: string,
  top: Descriptor,
  readBlob: ReadBlob,
): Promise<Pick<IndexDocument, 'manifests' | 'annotations'>> {
  const { annotations } = top
  if (isManifestType(top.mediaType)) return { manifests: [top], ...(annotations && { annotations }) }
  if (!isIndexType(top.mediaType)) {
    const type = quoteControlCharacters(truncateText(top.mediaType, 100))
    throw new UserError(`${name} is not an image: its media type is ${type}`)
  }
  const index = parseIndex(await readBlob(top))
  return { ...index, manifests: index.manifests.filter(each => !isIndexType(each.mediaType)) }
}

function totalSizeOf(platforms: readonly PlatformTree[]): number {
  return sizeOf(deduplicate(platforms.flatMap(({ config, layers }) => [config, ...layers])))
}

/** Throws an `Error` if the manifest or config is wrong. */
async function loadPlatformOrArtifact(
  descriptor: Descriptor,
  readBlob: ReadBlob,
): Promise<PlatformTree | ArtifactTree> {
  const manifest = parseManifest(await readBlob(descriptor))
  const artifactType = artifactTypeOfManifest(manifest)
  if (artifactType === undefined) return loadPlatform(descriptor, manifest, readBlob)
  const { digest, size } = descriptor
  return { digest, artifactType, size, ...(manifest.subject && { subject: manifest.subject.digest }) }
}

async function loadPlatform(
  descriptor: Descriptor,
  manifest: Manifest,
  readBlob: ReadBlob,
): Promise<PlatformTree> {
  const bytes = await readBlob(manifest.config)
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

/** @param historyPaths the store paths of each layer, as far as the config's history has them */
function layersOf(
  { layers }: Manifest,
  { diffIds }: Config,
  historyPaths: readonly (readonly string[] | undefined)[],
): LayerTree[] {
  return layers.map(({ digest, size, mediaType }, n) => {
    const paths = historyPaths[n]?.map(path => ({ path }))
    const encoding = encodingOf(mediaType)
    return { digest, diffId: diffIds[n], size, mediaType, encoding, ...(paths && { paths }) }
  })
}

function encodingOf(mediaType: string): LayerEncoding {
  const [, suffix] = /[+.](gzip|zstd)$/.exec(mediaType) ?? []
  return suffix === 'gzip' || suffix === 'zstd' ? suffix : 'none'
}
