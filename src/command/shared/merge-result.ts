import { type Descriptor, sizeOf } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { blobsOf, type Image } from '../../oci/image.js'
import type { Index } from '../../oci/image-index.js'
import { formatPlatform, type System } from '../../oci/platform.js'
import { formatReference, type Reference } from '../../oci/reference.js'
import type { Referrer } from '../../oci/referrer.js'
import type { PushReport } from '../../registry/push.js'
import type { TagDecision } from '../../tags/may-move.js'
import type { Destination } from './destinations.js'

/** The multi-arch image of one container, and its locations. Printed by `--json`. Sizes are in bytes. */
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
  /** The plan found the image in the registry, so it was not built. */
  readonly unchanged: boolean
  /** A tag already pointed to the same content, so its images were reused. So is its index, if it has a record. */
  readonly kept: boolean
  readonly pushed: readonly PushResult[]
  /** The SBOMs of the images and of the index. Absent if this run has created none. */
  readonly sboms?: readonly SbomResult[]
  /** What was signed, by this run or by an earlier one. Absent if nothing was requested. */
  readonly attestations?: readonly AttestationResult[]
}

/** A signed statement about the index or one of its images, as a Sigstore bundle. */
export interface AttestationResult {
  /** `linux/arm64`; absent if it is about the index. */
  readonly platform?: string
  readonly predicateType: string
  /** The digest of the bundle. */
  readonly digest: Digest
  /** `fd.provenance.sigstore.json` */
  readonly fileName: string
  /** The file next to the archive, if the image was not pushed. */
  readonly path?: string
}

export interface SbomResult {
  /** `linux/arm64`; absent if it is about the index. */
  readonly platform?: string
  /** The media type of the document. */
  readonly artifactType: string
  /** The digest of the manifest that refers to the image. */
  readonly digest: Digest
  /** `fd-aarch64-linux.cdx.json` */
  readonly fileName: string
  /** The file next to the archive, if the image was not pushed. */
  readonly path?: string
}

/** The result of one push. Only blobs that the registry did not have were uploaded. */
export interface PushResult {
  /** `registry/owner/name@sha256:…` */
  readonly image: string
  /** The tags that point to the image now, as full references. */
  readonly tags: readonly string[]
  /** The tags that were not changed, and why. */
  readonly left: readonly { readonly tag: string; readonly why: string }[]
  readonly blobs: { readonly uploaded: number; readonly mounted: number; readonly existed: number }
  readonly bytesSent: number
  readonly requests: number
}

/** The image of one container in the output `images`. */
interface ImageOutput {
  readonly digest: Digest
  /** Full references, also of tags in several repositories. */
  readonly tags: readonly string[]
  /** `linux/arm64` */
  readonly platforms: readonly string[]
  /** `ghcr.io/owner/name` */
  readonly repositories: readonly string[]
  /** `ghcr.io/owner/name@sha256:…` */
  readonly images: readonly string[]
  /** The path of the multi-arch archive. */
  readonly archive?: string
}

/** Returns the value of the output `images`. */
export function mapByContainer(merged: readonly Merged[]): Readonly<Record<string, ImageOutput>> {
  return Object.fromEntries(merged.map(each => [each.container, imageOutputOf(each)]))
}

function imageOutputOf({ digest, platforms, archive, pushed }: Merged): ImageOutput {
  const images = pushed.map(({ image }) => image)
  return {
    digest,
    tags: pushed.flatMap(({ tags }) => tags),
    platforms: platforms.map(({ platform }) => platform),
    repositories: images.map(image => image.replace(/@.*$/, '')),
    images,
    ...(archive !== undefined && { archive }),
  }
}

/** The decision about one tag in one repository. */
export interface TagOutcome {
  /** `ghcr.io/owner/name:tag` */
  readonly reference: string
  readonly tag: string
  readonly decision: TagDecision
}

export function pushResultOf(
  report: PushReport,
  { registry, repository }: Reference,
  outcomes: readonly TagOutcome[],
): PushResult {
  const count = (how: PushReport['blobs'][number]['how']): number =>
    report.blobs.filter(blob => blob.how === how).length
  return {
    image: report.reference,
    tags: report.tags.map(tag => formatReference({ registry, repository, tag })),
    left: outcomes.flatMap(({ reference, decision }) =>
      decision.kind === 'stay' ? [{ tag: reference, why: decision.why }] : [],
    ),
    blobs: { uploaded: count('uploaded'), mounted: count('mounted'), existed: count('existed') },
    bytesSent: report.bytesSent,
    requests: report.requests,
  }
}

/** The index of a container, and whether an existing one was reused. */
interface MergedIndex {
  readonly destination: Destination
  readonly index: Index
  readonly isReused: boolean
  readonly sboms: readonly {
    readonly platform?: string
    readonly fileName: string
    readonly path?: string
    readonly referrer: Referrer
  }[]
  readonly attestations: readonly (Omit<AttestationResult, 'digest'> & { readonly bundle: Descriptor })[]
}

export function mergedOf(
  { destination, index, isReused, sboms, attestations }: MergedIndex,
  pushed: readonly PushResult[],
): Merged {
  const { container, archive } = destination
  const platforms = container.images.flatMap(({ system, image: { platform } }) => {
    const name = formatPlatform(platform)
    const image = index.images.find(each => formatPlatform(each.platform) === name)
    return image === undefined ? [] : [platformOf(name, system, image)]
  })
  return {
    container: container.name,
    digest: index.blob.digest,
    platforms,
    archive,
    unchanged: container.unchanged,
    kept: isReused,
    pushed,
    ...(sboms.length > 0 && { sboms: sboms.map(sbomResultOf) }),
    ...(attestations.length > 0 && { attestations: attestations.map(attestationResultOf) }),
  }
}

function attestationResultOf(attestation: MergedIndex['attestations'][number]): AttestationResult {
  const { platform, predicateType, bundle, fileName, path } = attestation
  return {
    ...(platform !== undefined && { platform }),
    predicateType,
    digest: bundle.digest,
    fileName,
    ...(path !== undefined && { path }),
  }
}

function sbomResultOf({ platform, fileName, path, referrer }: MergedIndex['sboms'][number]): SbomResult {
  const { artifactType = '', digest } = referrer.manifest
  return {
    ...(platform !== undefined && { platform }),
    artifactType,
    digest,
    fileName,
    ...(path !== undefined && { path }),
  }
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
