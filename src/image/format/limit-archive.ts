import { formatBytes } from '../../util/text.js'
import type { Bytes } from './bytes.js'

/** The largest archive or layer that is read. */
export interface ArchiveLimits {
  readonly members: number
  /** The names and link targets of all members together, in characters. */
  readonly names: number
  /** The uncompressed content, in bytes. */
  readonly content: number
}

/**
 * About ten times what real images need. Without limits, a few megabytes of gzip can name millions of members, and a script can
 * write without end.
 *
 * - members: `docker save` writes four for each layer, and a manifest of 16,384 layers is the largest that registries accept.
 * - names: the longest that tools write have 77 characters (`<64 hex digits>/layer.tar`, `blobs/sha256/<64 hex digits>`).
 * - content: images with CUDA have about 25 GB.
 */
export const ARCHIVE_LIMITS: ArchiveLimits = {
  members: 100_000,
  names: 16 * 1024 ** 2,
  content: 256 * 1024 ** 3,
}

/** A member of a tar. */
interface Member {
  readonly name: string
  readonly size: number
  /** Of a link. */
  readonly target?: string
}

/** Yields the members of an image archive, which are kept in memory. Throws an `Error` if they exceed a limit. */
export async function* limitEntries<T extends Member>(
  entries: AsyncIterable<T>,
  limits = ARCHIVE_LIMITS,
): AsyncGenerator<T> {
  let members = 0
  let names = 0
  let content = 0
  for await (const entry of entries) {
    members += 1
    names += entry.name.length + (entry.target?.length ?? 0)
    content += entry.size
    if (members > limits.members) throw new Error(`it has more than ${limits.members} members`)
    if (names > limits.names)
      throw new Error(`the names of its members have more than ${limits.names} characters`)
    if (content > limits.content) throw makeContentError(limits.content)
    yield entry
  }
}

/** Yields the same bytes. Throws an `Error` as soon as there are more than `max`. */
export async function* limitBytes(bytes: Bytes, max = ARCHIVE_LIMITS.content): Bytes {
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > max) throw makeContentError(max)
    yield chunk
  }
}

/** For content that is larger than any image. */
export function makeContentError(max = ARCHIVE_LIMITS.content): Error {
  return new Error(`its content has more than ${formatBytes(max)}, uncompressed`)
}

/** The manifest of an image with more layers has more than the 4 MiB that registries accept. Overlay file systems take 127. */
const MAX_LAYERS = 16_384

/** Throws an `Error` if an image has more layers than any registry accepts. */
export function checkLayerCount(count: number): void {
  if (count > MAX_LAYERS) throw new Error(`it has more than ${MAX_LAYERS} layers`)
}
