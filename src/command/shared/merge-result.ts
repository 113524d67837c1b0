import { sizeOf } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { blobsOf, type Image } from '../../oci/image.js'
import type { Index } from '../../oci/image-index.js'
import type { System } from '../../oci/platform.js'
import { formatPlatform } from '../../oci/platform.js'
import { formatReference, type Reference } from '../../oci/reference.js'
import type { PushReport } from '../../registry/push.js'
import type { TagDecision } from '../../tags/may-move.js'
import { formatBytes, pluralize } from '../../util/text.js'
import type { Destination } from './destinations.js'

/** One container's multi-arch image, and where it is now. Sizes are in bytes. */
export interface Merged {
  readonly container: string
  readonly digest: Digest
  readonly platforms: readonly {
    readonly platform: string
    readonly system: System
    readonly digest: Digest
    readonly size: number
    readonly layers: number
  }[]
  readonly archive: string | undefined
  /** It was not built: the plan found it in the registry. */
  readonly unchanged: boolean
  /** A tag held the same content already, so its index was kept, down to its digest. */
  readonly kept: boolean
  readonly pushed: readonly Sent[]
}

/** What becomes of one tag in one repository. */
export interface Decision {
  /** `ghcr.io/owner/name:tag` */
  readonly name: string
  readonly tag: string
  readonly verdict: TagDecision
}

/** One push: what the registry lacked was uploaded, the rest existed. */
export interface Sent {
  /** `registry/owner/name@sha256:…` */
  readonly image: string
  /** Those that name the image now, as full references. */
  readonly tags: readonly string[]
  /** Those that were left as they were, and why. */
  readonly left: readonly { readonly tag: string; readonly why: string }[]
  readonly blobs: { readonly uploaded: number; readonly mounted: number; readonly existed: number }
  readonly bytesSent: number
  readonly requests: number
}

export function sentOf(
  report: PushReport,
  { registry, repository }: Reference,
  decisions: readonly Decision[],
): Sent {
  const count = (how: PushReport['blobs'][number]['how']): number =>
    report.blobs.filter(blob => blob.how === how).length
  return {
    image: report.reference,
    tags: report.tags.map(tag => formatReference({ registry, repository, tag })),
    left: decisions.flatMap(({ name, verdict }) =>
      verdict.kind === 'stay' ? [{ tag: name, why: verdict.why }] : [],
    ),
    blobs: { uploaded: count('uploaded'), mounted: count('mounted'), existed: count('existed') },
    bytesSent: report.bytesSent,
    requests: report.requests,
  }
}

/** A container's index, and how it came to be. */
interface Outcome {
  readonly place: Destination
  readonly index: Index
  readonly kept: boolean
}

export function mergedOf({ place, index, kept }: Outcome, pushed: readonly Sent[]): Merged {
  const { whole, archive } = place
  const platforms = whole.pieces.flatMap(({ system, image: { platform } }) => {
    const name = formatPlatform(platform)
    const image = index.images.find(each => formatPlatform(each.platform) === name)
    return image === undefined ? [] : [platformOf(name, system, image)]
  })
  const { container, unchanged } = whole
  return { container, digest: index.blob.digest, platforms, archive, unchanged, kept, pushed }
}

function platformOf(platform: string, system: System, image: Image): Merged['platforms'][number] {
  return {
    platform,
    system,
    digest: image.manifest.digest,
    size: sizeOf(blobsOf([image])),
    layers: image.layers.length,
  }
}

/** One line for the log, and one more for each tag that was left as it was. */
export function summaryOf({ container, digest, platforms, archive, pushed }: Merged): string {
  const places = [...(archive === undefined ? [] : [archive]), ...pushed.map(placeOf)]
  const left = pushed.flatMap(each => each.left.map(({ tag, why }) => `\n${tag} stays: ${why}`))
  const names = platforms.map(each => each.platform).join(', ')
  const where = places.length === 0 ? ', in the registry already' : ` in ${places.join('; ')}`
  return `${container}: ${names} as ${digest}${where}${left.join('')}`
}

function placeOf({ image, tags, bytesSent, blobs }: Sent): string {
  const sent = `${pluralize(blobs.uploaded, 'blob')} and ${formatBytes(bytesSent)} sent, ${blobs.existed} were there`
  return `${tags.length > 0 ? tags.join(', ') : image} (${sent})`
}
