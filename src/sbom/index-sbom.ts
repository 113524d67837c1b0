import type { Digest } from '../oci/digest.js'
import { formatPlatform, type Platform } from '../oci/platform.js'
import * as cyclonedx from './cyclonedx.js'
import { formatDocument, TOOLS } from './document-text.js'
import * as spdx from './spdx.js'
import { formatImagePurl, formatTime, type ImageIdentity } from './subject.js'

/** A multi-arch image. Its store paths are in the SBOMs of its platforms. */
export interface IndexSubject extends ImageIdentity {
  /** In the order of the index. */
  readonly platforms: readonly { readonly platform: Platform; readonly digest: Digest }[]
}

const NOTE =
  'The packages of each platform are in its own SBOM, which refers to the manifest of the platform.'

/** Writes the SBOM of an index in CycloneDX 1.6. Equal input gives equal bytes. */
export function writeIndexCycloneDx(index: IndexSubject): string {
  const images = listImages(index)
  return formatDocument(serialNumber => ({
    ...cyclonedx.documentHead(serialNumber),
    metadata: {
      ...(index.commitDate && { timestamp: formatTime(index.commitDate) }),
      lifecycles: [{ phase: 'build' }],
      tools: TOOLS,
      component: { ...cyclonedx.describeImage(index, formatImagePurl(index, undefined)), description: NOTE },
      ...cyclonedx.describeSupplier(index),
    },
    components: images.map(({ identity, platform, purl }) =>
      cyclonedx.describeImage(identity, purl, [
        { name: cyclonedx.PROPERTIES.platform, value: formatPlatform(platform) },
      ]),
    ),
    dependencies: [
      { ref: index.digest, dependsOn: images.map(({ identity }) => identity.digest) },
      ...images.map(({ identity }) => ({ ref: identity.digest })),
    ],
    compositions: [
      { aggregate: 'complete', assemblies: [index.digest] },
      { aggregate: 'not_specified', assemblies: images.map(({ identity }) => identity.digest) },
    ],
  }))
}

/** Writes the SBOM of an index in SPDX 2.3. Equal input gives equal bytes. */
export function writeIndexSpdx(index: IndexSubject): string {
  const top = spdx.describeImage(index, formatImagePurl(index, undefined))
  const images = listImages(index).map(({ identity, platform, purl }) => ({
    ...spdx.describeImage(identity, purl),
    comment: `The image for ${formatPlatform(platform)}.`,
  }))
  return formatDocument(documentNamespace => ({
    ...spdx.documentHead(index, documentNamespace, { name: index.name, comment: NOTE }),
    packages: [top, ...images],
    relationships: [
      spdx.relate('SPDXRef-DOCUMENT', 'DESCRIBES', top.SPDXID),
      ...images.flatMap(({ SPDXID }) => [
        spdx.relate(top.SPDXID, 'CONTAINS', SPDXID),
        spdx.relate(SPDXID, 'VARIANT_OF', top.SPDXID),
      ]),
    ],
  }))
}

/** The image of a platform, as a component of the index. */
interface IndexedImage {
  readonly identity: ImageIdentity
  readonly platform: Platform
  readonly purl: string
}

function listImages(index: IndexSubject): IndexedImage[] {
  return index.platforms.map(({ platform, digest }) => {
    const identity = { ...index, digest }
    return { identity, platform, purl: formatImagePurl(identity, platform) }
  })
}
