import { parseConfig } from '../oci/config.js'
import { type Descriptor, distinct } from '../oci/descriptor.js'
import { type IndexDocument, isAttestation, parseIndex } from '../oci/image-index.js'
import { parseManifest } from '../oci/manifest.js'
import { isIndexType } from '../oci/media-type.js'
import { normalizePlatform, type Platform, platformName } from '../oci/platform.js'
import { onOneLine } from '../util/on-one-line.js'

type Read = (descriptor: Descriptor) => Promise<Buffer>

/** Deeper than any tool nests indexes. */
const MAX_DEPTH = 4

/**
 * Finds the image to take: the only one there is, or the one for `wanted`. Attestations count as none. Throws an
 * `Error` that names what is there when that leaves none or more than one.
 */
export async function selectImage(
  index: IndexDocument,
  read: Read,
  wanted: Platform | undefined,
): Promise<Descriptor> {
  const all = distinct(await candidates(index, read))
  const [only, ...more] = all
  if (!only) throw new Error('its index lists no image')
  if (more.length === 0) return only
  const platforms = await Promise.all(all.map(each => platformOf(each, read)))
  const there = onOneLine(platforms.map(platformName).sort().join(', '))
  if (!wanted) throw new Error(`it holds ${all.length} images (${there}), and no platform was asked for`)
  const name = platformName(normalizePlatform(wanted))
  const fitting = all.filter((_, n) => platformName(platforms[n] as Platform) === name)
  if (fitting.length === 1 && fitting[0]) return fitting[0]
  const count = fitting.length === 0 ? 'none' : `${fitting.length}`
  throw new Error(`it holds ${all.length} images (${there}), ${count} of them for ${name}`)
}

/** The images that an index leads to. */
async function candidates(index: IndexDocument, read: Read, depth = 1): Promise<Descriptor[]> {
  if (depth > MAX_DEPTH) throw new Error('its indexes are nested too deeply')
  const found: Descriptor[] = []
  for (const descriptor of index.manifests.filter(each => !isAttestation(each))) {
    if (isIndexType(descriptor.mediaType)) {
      found.push(...(await candidates(parseIndex(await read(descriptor)), read, depth + 1)))
    } else found.push(descriptor)
  }
  return found
}

async function platformOf(descriptor: Descriptor, read: Read): Promise<Platform> {
  if (descriptor.platform) return normalizePlatform(descriptor.platform)
  return parseConfig(await read(parseManifest(await read(descriptor)).config)).platform
}
