import { type Digest, hexOf } from '../oci/digest.js'
import type { Platform } from '../oci/platform.js'
import type { Reference } from '../oci/reference.js'
import type { ImageContents } from './contents.js'

/** What an SBOM of one platform says. Both formats are written from it. */
export interface Sbom {
  readonly subject: Subject
  readonly contents: ImageContents
  /**
   * How the contents were found: during the build, or afterwards from the layers. In the latter case, nothing is known about the
   * packages.
   */
  readonly basis: 'build' | 'layers'
}

/** The image of one platform. */
export interface Subject extends ImageIdentity {
  readonly platform: Platform
}

/** What identifies an image or an index. */
export interface ImageIdentity {
  /** The name of the container. */
  readonly name: string
  readonly version?: string
  /** Of the manifest or the index. */
  readonly digest: Digest
  readonly repository?: ImageRepository
  readonly commitDate?: Date
}

/** The repository that contains an image. */
export type ImageRepository = Pick<Reference, 'registry' | 'repository'>

/**
 * The identifier of an image (purl-spec, types/oci): `pkg:oci/fd@sha256%3A…?arch=arm64&repository_url=ghcr.io/me/fd`.
 */
export function formatImagePurl(
  { name, digest, repository }: ImageIdentity,
  platform: Platform | undefined,
): string {
  const last = repository?.repository.replace(/^.*\//, '') ?? name.toLowerCase()
  const qualifiers = [
    ...(platform ? [`arch=${platform.architecture}`] : []),
    ...(repository ? [`repository_url=${repository.registry}/${repository.repository}`] : []),
  ]
  const query = qualifiers.length > 0 ? `?${qualifiers.join('&')}` : ''
  return `pkg:oci/${encodeURIComponent(last)}@sha256%3A${hexOf(digest)}${query}`
}

/**
 * The one who distributes the image, and with it all packages in it: the owner of the repository, `ghcr.io/me`. SPDX and
 * CycloneDX call the distributor a supplier. Who wrote a package is not known.
 */
export function findSupplier({ repository }: ImageIdentity): string | undefined {
  if (repository === undefined) return undefined
  const { registry, repository: path } = repository
  const owner = path.split('/').slice(0, -1)
  return [registry, ...owner].join('/')
}

/** Without fractions of a second: Git dates have none, and SPDX does not allow them. */
export function formatTime(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}
