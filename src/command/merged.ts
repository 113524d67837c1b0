import type { Digest } from '../oci/digest.js'
import { blobsOf } from '../oci/image.js'
import type { Index } from '../oci/image-index.js'
import { platformName } from '../oci/platform.js'
import { type Reference, referenceName } from '../oci/reference.js'
import type { System } from '../oci/system.js'
import type { PushReport } from '../registry/push.js'
import { formatBytes, plural } from '../util/format.js'
import type { Destination } from './destination.js'

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
  readonly pushed: readonly Sent[]
}

/** One push: what the registry lacked was uploaded, the rest existed. */
export interface Sent {
  /** `registry/owner/name@sha256:…` */
  readonly image: string
  /** As full references. */
  readonly tags: readonly string[]
  readonly blobs: { readonly uploaded: number; readonly mounted: number; readonly existed: number }
  readonly bytesSent: number
  readonly requests: number
}

export function sentOf(report: PushReport, { registry, repository }: Reference): Sent {
  const count = (how: PushReport['blobs'][number]['how']): number =>
    report.blobs.filter(blob => blob.how === how).length
  return {
    image: report.reference,
    tags: report.tags.map(tag => referenceName({ registry, repository, tag })),
    blobs: { uploaded: count('uploaded'), mounted: count('mounted'), existed: count('existed') },
    bytesSent: report.bytesSent,
    requests: report.requests,
  }
}

export function mergedOf({ whole, archive }: Destination, index: Index, pushed: readonly Sent[]): Merged {
  const platforms = whole.archives.map(({ system, image }) => ({
    platform: platformName(image.platform),
    system,
    digest: image.manifest.digest,
    size: blobsOf([image]).reduce((sum, blob) => sum + blob.size, 0),
    layers: image.layers.length,
  }))
  return { container: whole.container, digest: index.self.digest, platforms, archive, pushed }
}

export function summaryOf({ container, digest, platforms, archive, pushed }: Merged): string {
  const places = [
    ...(archive === undefined ? [] : [archive]),
    ...pushed.map(({ tags, bytesSent, blobs }) => {
      const sent = `${plural(blobs.uploaded, 'blob')} and ${formatBytes(bytesSent)} sent, ${blobs.existed} were there`
      return `${tags.join(', ')} (${sent})`
    }),
  ]
  return `${container}: ${platforms.map(each => each.platform).join(', ')} as ${digest} in ${places.join('; ')}`
}
