import { CONTAINERD_NAME, REF_NAME } from '../oci/annotation-keys.js'
import { artifactTypeOfDescriptor, artifactTypeOfManifest } from '../oci/artifact.js'
import { checkConfigTypes } from '../oci/check-config.js'
import { parseConfig } from '../oci/config.js'
import { type Descriptor, isForeignLayer, isIndexType } from '../oci/descriptor.js'
import { type Digest, digestOf } from '../oci/digest.js'
import { type Manifest, parseManifest } from '../oci/image.js'
import { type IndexDocument, parseIndex } from '../oci/image-index.js'
import { formatPlatform, normalizePlatform, type Platform } from '../oci/platform.js'
import { mapLimit } from '../util/async.js'
import { pluralize, quoteControlCharacters, truncateText } from '../util/text.js'
import { type ArchiveMembers, readDocument } from './archive-members.js'
import { blobPath, describeForeignLayer, INDEX_FILE } from './layout.js'
import {
  type ImageLayer,
  type ImageParts,
  type ListedLayer,
  type PackedLayer,
  type PackPartsOptions,
  packLayers,
} from './pack-layers.js'

/** The blobs of an OCI image. */
export interface OciContent {
  /** Reads and verifies a small blob. */
  readBlob(descriptor: Descriptor): Promise<Buffer>
  packLayer(descriptor: Descriptor): Promise<ImageLayer>
}

/** The blobs of an archive. */
export function contentOf(members: ArchiveMembers): OciContent {
  return {
    async readBlob(descriptor) {
      const bytes = await readDocument(members, blobPath(descriptor))
      const actual = digestOf(bytes)
      if (actual !== descriptor.digest)
        throw new Error(`the content of ${descriptor.digest} has the digest ${actual}`)
      return bytes
    },
    packLayer: descriptor => members.packLayer(blobPath(descriptor)),
  }
}

/** Packs one image of a layout. Throws an `Error` if a part is missing or has the wrong content. */
export async function packOciImage(
  index: IndexDocument,
  content: OciContent,
  platform: Platform | undefined,
  { findKnown, onHead }: PackPartsOptions,
): Promise<ImageParts> {
  const selected = await selectImage(index, content.readBlob, platform)
  const manifest = parseManifest(await content.readBlob(selected))
  const artifactType = artifactTypeOfManifest(manifest)
  if (artifactType !== undefined) throw createArtifactError(artifactType)
  const config = await content.readBlob(manifest.config)
  checkConfigTypes(config)
  const parsed = parseConfig(config)
  if (manifest.layers.length !== parsed.diffIds.length) {
    throw new Error(
      `the manifest lists ${manifest.layers.length} layers, the config ${parsed.diffIds.length}`,
    )
  }
  const names = namesOf(index, selected)
  await onHead({ config, names })
  const listed = manifest.layers.map(layer => toListedLayer(layer, content))
  const layers = await packLayers(listed, parsed, findKnown)
  return { config, layers, names, annotations: manifest.annotations ?? {} }
}

/** Returns the manifest of an image in `index.json`, or `undefined` if it cannot be found or read. */
export async function findManifest(
  index: Buffer,
  { readBlob }: Pick<OciContent, 'readBlob'>,
  platform: Platform | undefined,
): Promise<Manifest | undefined> {
  try {
    const selected = await selectImage(parseIndex(index, INDEX_FILE), readBlob, platform)
    return parseManifest(await readBlob(selected))
  } catch {
    return undefined
  }
}

/** The names in the annotations of an image, or of the only index around it. */
function namesOf({ manifests }: IndexDocument, { annotations = {} }: Descriptor): string[] {
  const [top, ...others] = manifests
  const all = { ...(others.length === 0 && top?.annotations), ...annotations }
  const name = all[CONTAINERD_NAME] ?? all[REF_NAME]
  return name === undefined ? [] : [name]
}

function createArtifactError(type: string): Error {
  return new Error(`it is not an image but an artifact: ${quoteControlCharacters(truncateText(type, 100))}`)
}

function toListedLayer(layer: Descriptor, content: OciContent): ListedLayer {
  return {
    name: layer.digest,
    descriptor: layer,
    pack: () => (isForeignLayer(layer) ? packForeignLayer(layer, content) : content.packLayer(layer)),
    check: packed => checkSourceBlob(packed, layer),
  }
}

/** If the content of a foreign layer is there, it becomes an ordinary layer, as the image-spec recommends since 1.1. */
async function packForeignLayer(layer: Descriptor, content: OciContent): Promise<ImageLayer> {
  try {
    return await content.packLayer(layer)
  } catch (error) {
    throw new Error(describeForeignLayer(layer), { cause: error })
  }
}

function checkSourceBlob({ source }: PackedLayer, expected: Descriptor): void {
  if (source.digest === expected.digest && source.size === expected.size) return
  throw new Error(
    `the content of the layer ${expected.digest} (${expected.size} bytes) has the digest ${source.digest} (${source.size} bytes)`,
  )
}

type ReadBlob = (descriptor: Descriptor) => Promise<Buffer>

/**
 * Selects an image of an index: the only image, or the image for `platform`. Artifacts such as attestations, SBOMs and signatures
 * are ignored. Throws an `Error` that lists the platforms if no image matches, or more than one.
 */
export async function selectImage(
  index: IndexDocument,
  readBlob: ReadBlob,
  platform: Platform | undefined,
): Promise<Descriptor> {
  const listed = await listImages(index, readBlob)
  // A layout may omit images for other platforms. So a manifest is read only if its descriptor does not say what it is.
  const isUnclear = (each: Descriptor): boolean => listed.length > 1 && each.platform === undefined
  const images = await removeArtifacts(listed, isUnclear, readBlob)
  const [only, ...more] = images
  if (!only) throw describeNoImage([...index.manifests, ...listed])
  if (more.length === 0) return only
  const platforms = await mapLimit(images, MAX_PARALLEL_READS, image => readPlatform(image, readBlob))
  const list = quoteControlCharacters(platforms.map(formatPlatform).sort().join(', '))
  if (!platform) throw new Error(`it contains ${images.length} images (${list}), and no platform is selected`)
  const name = formatPlatform(normalizePlatform(platform))
  const candidates = images.filter((_, n) => formatPlatform(platforms[n] as Platform) === name)
  const matches = await removeArtifacts(candidates, () => candidates.length > 1, readBlob)
  if (matches.length === 1 && matches[0]) return matches[0]
  const count = matches.length === 0 ? 'none' : `${matches.length}`
  throw new Error(`it contains ${images.length} images (${list}), ${count} of them for ${name}`)
}

/** Removes the artifacts among the descriptors that are unclear: their manifests are read. */
async function removeArtifacts(
  descriptors: readonly Descriptor[],
  isUnclear: (descriptor: Descriptor) => boolean,
  readBlob: ReadBlob,
): Promise<Descriptor[]> {
  const types = await mapLimit(descriptors, MAX_PARALLEL_READS, async each =>
    isUnclear(each) ? artifactTypeOfManifest(parseManifest(await readBlob(each))) : undefined,
  )
  return descriptors.filter((_, n) => types[n] === undefined)
}

function describeNoImage(descriptors: readonly Descriptor[]): Error {
  const count = new Set(descriptors.map(({ digest }) => digest)).size
  const artifacts = count === 0 ? '' : `, only ${pluralize(count, 'artifact')} such as an SBOM or a signature`
  return new Error(`its index does not list an image${artifacts}`)
}

const MAX_PARALLEL_READS = 4

/** More than any known tool nests indexes. */
const MAX_INDEX_DEPTH = 4

/** Images and indexes together. There are some ten platforms. */
const MAX_IMAGES = 1000

async function listImages(
  index: IndexDocument,
  readBlob: ReadBlob,
  depth = 1,
  seen = new Map<Digest, Descriptor>(),
): Promise<Descriptor[]> {
  if (depth > MAX_INDEX_DEPTH) throw new Error('its indexes are nested too deeply')
  const images = index.manifests.filter(each => artifactTypeOfDescriptor(each) === undefined)
  for (const descriptor of images) {
    const isSeen = seen.has(descriptor.digest)
    seen.set(descriptor.digest, descriptor)
    if (seen.size > MAX_IMAGES) throw new Error(`its indexes list more than ${MAX_IMAGES} images`)
    if (isIndexType(descriptor.mediaType) && !isSeen)
      await listImages(parseIndex(await readBlob(descriptor)), readBlob, depth + 1, seen)
  }
  return [...seen.values()].filter(({ mediaType }) => !isIndexType(mediaType))
}

async function readPlatform(descriptor: Descriptor, readBlob: ReadBlob): Promise<Platform> {
  if (descriptor.platform) return normalizePlatform(descriptor.platform)
  return parseConfig(await readBlob(parseManifest(await readBlob(descriptor)).config)).platform
}
