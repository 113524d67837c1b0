import { parseConfig } from '../oci/config.js'
import { type Descriptor, deduplicate, isIndexType } from '../oci/descriptor.js'
import { digestOf, hexOf } from '../oci/digest.js'
import { parseManifest } from '../oci/image.js'
import { type IndexDocument, isAttestation, parseIndex } from '../oci/image-index.js'
import { formatPlatform, normalizePlatform, type Platform } from '../oci/platform.js'
import { quoteControlCharacters } from '../util/text.js'
import { BLOBS_FOLDER } from './layout.js'
import { type ArchiveMembers, readDocument } from './members.js'
import {
  type FindKnown,
  type ImageLayer,
  type ImageParts,
  type ListedLayer,
  type PackedLayer,
  packLayers,
} from './pack-layers.js'

/** Where the blobs of an OCI image come from. */
export interface OciContent {
  /** A small blob, verified. */
  readBlob(descriptor: Descriptor): Promise<Buffer>
  packLayer(descriptor: Descriptor): Promise<ImageLayer>
}

/** Takes one image of a layout. Throws an `Error` that says what is missing or is not what it should be. */
export async function packOciImage(
  index: IndexDocument,
  content: OciContent,
  platform: Platform | undefined,
  findKnown: FindKnown,
): Promise<ImageParts> {
  const chosen = await selectImage(index, content.readBlob, platform)
  const manifest = parseManifest(await content.readBlob(chosen))
  const config = await content.readBlob(manifest.config)
  const parsed = parseConfig(config)
  if (manifest.layers.length !== parsed.diffIds.length) {
    throw new Error(
      `the manifest lists ${manifest.layers.length} layers, the config ${parsed.diffIds.length}`,
    )
  }
  const listed = manifest.layers.map(layer => toListedLayer(layer, content))
  return { config, layers: await packLayers(listed, parsed, findKnown) }
}

function toListedLayer(layer: Descriptor, content: OciContent): ListedLayer {
  return {
    name: layer.digest,
    pack: () => content.packLayer(layer),
    check: staged => checkSourceBlob(staged, layer),
  }
}

function checkSourceBlob({ source }: PackedLayer, expected: Descriptor): void {
  if (source.digest === expected.digest && source.size === expected.size) return
  throw new Error(
    `the layer ${expected.digest} (${expected.size} bytes) holds ${source.digest} (${source.size} bytes)`,
  )
}

type ReadBlob = (descriptor: Descriptor) => Promise<Buffer>

/** Deeper than any tool nests indexes. */
const MAX_INDEX_DEPTH = 4

/**
 * Finds the image to take: the only one there is, or the one for `wanted`. Attestations count as none. Throws an
 * `Error` that names what is there when that leaves none or more than one.
 */
export async function selectImage(
  index: IndexDocument,
  readBlob: ReadBlob,
  platform: Platform | undefined,
): Promise<Descriptor> {
  const all = deduplicate(await listImages(index, readBlob))
  const [only, ...more] = all
  if (!only) throw new Error('its index lists no image')
  if (more.length === 0) return only
  const platforms = await Promise.all(all.map(each => readPlatform(each, readBlob)))
  const there = quoteControlCharacters(platforms.map(formatPlatform).sort().join(', '))
  if (!platform) throw new Error(`it holds ${all.length} images (${there}), and no platform was asked for`)
  const name = formatPlatform(normalizePlatform(platform))
  const fitting = all.filter((_, n) => formatPlatform(platforms[n] as Platform) === name)
  if (fitting.length === 1 && fitting[0]) return fitting[0]
  const count = fitting.length === 0 ? 'none' : `${fitting.length}`
  throw new Error(`it holds ${all.length} images (${there}), ${count} of them for ${name}`)
}

/** The images that an index leads to. */
async function listImages(index: IndexDocument, read: ReadBlob, depth = 1): Promise<Descriptor[]> {
  if (depth > MAX_INDEX_DEPTH) throw new Error('its indexes are nested too deeply')
  const found: Descriptor[] = []
  for (const descriptor of index.manifests.filter(each => !isAttestation(each))) {
    if (isIndexType(descriptor.mediaType)) {
      found.push(...(await listImages(parseIndex(await read(descriptor)), read, depth + 1)))
    } else found.push(descriptor)
  }
  return found
}

async function readPlatform(descriptor: Descriptor, read: ReadBlob): Promise<Platform> {
  if (descriptor.platform) return normalizePlatform(descriptor.platform)
  return parseConfig(await read(parseManifest(await read(descriptor)).config)).platform
}

/** The blobs of an archive that is read as members. */
export function contentOf(members: ArchiveMembers): OciContent {
  const nameOf = (descriptor: Descriptor): string => `${BLOBS_FOLDER}/${hexOf(descriptor.digest)}`
  return {
    async readBlob(descriptor) {
      const bytes = await readDocument(members, nameOf(descriptor))
      const actual = digestOf(bytes)
      if (actual !== descriptor.digest) throw new Error(`${descriptor.digest} holds ${actual}`)
      return bytes
    },
    packLayer: descriptor => members.packLayer(nameOf(descriptor)),
  }
}
