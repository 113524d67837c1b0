import { buffer } from 'node:stream/consumers'
import type { Descriptor } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { parseManifest } from '../../oci/image.js'
import { formatPlatform } from '../../oci/platform.js'
import { compareNewestFirst } from '../../oci/referrer.js'
import { listReferrers } from '../../registry/list-referrers.js'
import type { Repository } from '../../registry/repository.js'
import { comparePackages } from '../../sbom/compare.js'
import type { ImageContents } from '../../sbom/contents.js'
import { CYCLONEDX_TYPE } from '../../sbom/cyclonedx.js'
import { parseCycloneDx } from '../../sbom/read-cyclonedx.js'
import type { PackageChanges } from '../shared/package-changes.js'
import type { ContainerImages } from '../shared/platform-image.js'
import { parseTaggedImage, type TaggedImage } from '../shared/published-images.js'

/** An image in a registry, to compare with. */
export interface PublishedImage {
  readonly repository: Repository
  readonly image: Pick<TaggedImage, 'digest' | 'manifests'>
  /** A tag or a version, for people. */
  readonly name: string
}

/**
 * Compares the packages of a container with those of an image in a registry, for the first platform that both have: packages are
 * rarely different between platforms, and each platform needs several requests. Returns `undefined` if the image has no SBOM.
 */
export async function findPackageChanges(
  { name: container, images }: ContainerImages,
  { repository, image, name: since }: PublishedImage,
): Promise<PackageChanges | undefined> {
  for (const { contents, image: current } of images) {
    const platform = formatPlatform(current.platform)
    const earlier = image.manifests.find(each => each.platform && formatPlatform(each.platform) === platform)
    if (contents === undefined || earlier === undefined) continue
    const before = await readPublishedContents(repository, earlier.digest)
    if (before === undefined) return undefined
    return { container, platform, since, changes: comparePackages(before.components, contents.components) }
  }
  return undefined
}

/** Like `findPackageChanges`, for the image that a tag points to. */
export async function findChangesSinceTag(
  container: ContainerImages,
  repository: Repository,
  name: string,
): Promise<PackageChanges | undefined> {
  const found = await repository.getManifest(repository.reference.tag ?? '')
  return found && findPackageChanges(container, { repository, image: parseTaggedImage(found), name })
}

/** Reads the contents of an image from the newest SBOM that this program has attached to it; `undefined` if there is none. */
export async function readPublishedContents(
  repository: Repository,
  subject: Digest,
): Promise<ImageContents | undefined> {
  const listed = await listReferrers(repository, subject, { artifactType: CYCLONEDX_TYPE })
  for (const referrer of listed.toSorted(compareNewestFirst)) {
    const contents = await readDocument(repository, subject, referrer)
    if (contents) return contents
  }
  return undefined
}

/** In bytes. An SBOM of 10,000 store paths has some 20 MB. */
const MAX_DOCUMENT_BYTES = 64 << 20

/** Returns `undefined` for the SBOM of another program. */
async function readDocument(
  repository: Repository,
  subject: Digest,
  referrer: Descriptor,
): Promise<ImageContents | undefined> {
  const found = await repository.getManifest(referrer.digest)
  if (found === undefined) return undefined
  try {
    const [layer] = parseManifest(found.bytes).layers
    if (layer === undefined || layer.size > MAX_DOCUMENT_BYTES) return undefined
    const text = await repository.retryLayer(async () => buffer(await repository.getBlob(layer)))
    const sbom = parseCycloneDx(text)
    return sbom.subject.digest === subject ? sbom.contents : undefined
  } catch (error) {
    if ((error as Error).name !== 'Error') throw error
    return undefined
  }
}
