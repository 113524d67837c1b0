import { CONTAINERD_NAME, REF_NAME } from '../oci/annotation.js'
import { parseConfig } from '../oci/config.js'
import type { Annotations, Descriptor } from '../oci/descriptor.js'
import { type IndexDocument, parseIndex } from '../oci/image-index.js'
import { parseManifest } from '../oci/manifest.js'
import { isIndexType } from '../oci/media-type.js'
import { normalizePlatform, type Platform, platformName } from '../oci/platform.js'

/** An image that an index leads to. */
export interface Candidate {
  readonly descriptor: Descriptor
  /** Of the descriptors on the way to it, the outermost first. */
  readonly annotations: readonly Annotations[]
}

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
): Promise<Candidate> {
  const all = unique(await candidates(index, read))
  const [only, ...more] = all
  if (!only) throw new Error('its index lists no image')
  if (more.length === 0) return only
  const platforms = await Promise.all(all.map(each => platformOf(each.descriptor, read)))
  const there = platforms.map(platformName).sort().join(', ')
  if (!wanted) throw new Error(`it holds ${all.length} images (${there}), and no platform was asked for`)
  const name = platformName(normalizePlatform(wanted))
  const fitting = all.filter((_, n) => platformName(platforms[n] as Platform) === name)
  if (fitting.length === 1 && fitting[0]) return fitting[0]
  const count = fitting.length === 0 ? 'none' : `${fitting.length}`
  throw new Error(`it holds ${all.length} images (${there}), ${count} of them for ${name}`)
}

/** The names an image has in its layout. */
export function namesOf(candidate: Candidate): string[] {
  const names = candidate.annotations.flatMap(each => [each[CONTAINERD_NAME], each[REF_NAME]])
  return [...new Set(names.filter(name => name !== undefined))]
}

async function candidates(
  index: IndexDocument,
  read: Read,
  above: readonly Annotations[] = [],
): Promise<Candidate[]> {
  if (above.length >= MAX_DEPTH) throw new Error('its indexes are nested too deeply')
  const found: Candidate[] = []
  for (const descriptor of index.manifests.filter(each => !isAttestation(each))) {
    const annotations = [...above, descriptor.annotations ?? {}]
    if (isIndexType(descriptor.mediaType)) {
      found.push(...(await candidates(parseIndex(await read(descriptor)), read, annotations)))
    } else found.push({ descriptor, annotations })
  }
  return found
}

function unique(candidates: readonly Candidate[]): Candidate[] {
  return [...new Map(candidates.map(each => [each.descriptor.digest, each])).values()]
}

/** BuildKit's provenance and SBOM manifests stand among the images under a platform that is none. */
function isAttestation({ platform }: Descriptor): boolean {
  return platform?.os === 'unknown' && platform.architecture === 'unknown'
}

async function platformOf(descriptor: Descriptor, read: Read): Promise<Platform> {
  if (descriptor.platform) return normalizePlatform(descriptor.platform)
  return parseConfig(await read(parseManifest(await read(descriptor)).config)).platform
}
