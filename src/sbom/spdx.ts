import { hexOf } from '../oci/digest.js'
import { formatPlatform } from '../oci/platform.js'
import type { Component, Patch, Source } from './contents.js'
import { formatDocument, TOOL } from './document-text.js'
import { groupOtherLayers, LAYERS_NOTE, type LayerGroup } from './group-other-layers.js'
import { findIdentifiers, isHostAddress, parseSri, statedVersionOf, toUri } from './identifiers.js'
import { listUnlistedLicenses, toExpression } from './licenses.js'
import { findSupplier, formatImagePurl, formatTime, type ImageIdentity, type Sbom } from './subject.js'

/** The media type of SPDX documents in JSON. */
export const SPDX_TYPE = 'application/spdx+json'

/** Writes the SBOM of one platform in SPDX 2.3. Equal input gives equal bytes. */
export function writeSpdx({ subject, contents, basis }: Sbom): string {
  const { components, otherLayers } = contents
  const created = creationTimeOf(subject)
  const groups = groupOtherLayers(otherLayers)
  const supplier = describeSupplier(subject)
  const image = describeImage(subject, formatImagePurl(subject, subject.platform))
  const parts = [...components.map(spdxIdOf), ...groups.map(spdxIdOfLayers)]
  return formatDocument(documentNamespace => ({
    ...documentHead(subject, documentNamespace, {
      name: `${subject.name} for ${formatPlatform(subject.platform)}`,
      comment: BASIS_COMMENTS[basis],
    }),
    packages: [
      image,
      ...components.map(each => describeComponent(each, supplier, created)),
      ...groups.map(each => describeLayers(each, supplier)),
    ],
    ...describeLicenses(components),
    relationships: [
      relate('SPDXRef-DOCUMENT', 'DESCRIBES', image.SPDXID),
      ...parts.map(part => relate(image.SPDXID, 'CONTAINS', part)),
      ...components.flatMap(each =>
        each.references.map(path => relate(spdxIdOf(each), 'DEPENDS_ON', spdxIdOf({ path }))),
      ),
    ],
  }))
}

const BASIS_COMMENTS: Readonly<Record<Sbom['basis'], string>> = {
  build: 'The packages are the store paths in the image, as Nix knew them when the image was built.',
  layers:
    'The packages are the store paths in the layers of the image, read after the build. ' +
    'Licenses, sources, patches and identifiers of packages are not known.',
}

/** The time that Nix gives to everything that has no time. SPDX requires one, and today would change each document. */
const NO_TIME = '1970-01-01T00:00:01Z'

function creationTimeOf({ commitDate }: ImageIdentity): string {
  return commitDate === undefined ? NO_TIME : formatTime(commitDate)
}

/** The fields that every document has. */
export function documentHead(
  identity: ImageIdentity,
  documentNamespace: string,
  { name, comment }: { readonly name: string; readonly comment: string },
): object {
  const supplier = findSupplier(identity)
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name,
    documentNamespace,
    creationInfo: {
      created: creationTimeOf(identity),
      creators: [TOOL, ...(supplier === undefined ? [] : [`Organization: ${supplier}`])],
    },
    comment,
  }
}

function describeSupplier(identity: ImageIdentity): { readonly supplier: string } {
  const name = findSupplier(identity)
  return { supplier: name === undefined ? 'NOASSERTION' : `Organization: ${name}` }
}

/** Nothing is concluded from files: only what Nix says is repeated. */
const NOT_ANALYZED = {
  filesAnalyzed: false,
  licenseConcluded: 'NOASSERTION',
  copyrightText: 'NOASSERTION',
} as const

/** An image or an index, as a package. */
export function describeImage(identity: ImageIdentity, purl: string): { readonly SPDXID: string } {
  const { name, version, digest } = identity
  return {
    SPDXID: `SPDXRef-image-${hexOf(digest)}`,
    name,
    versionInfo: version ?? digest,
    ...describeSupplier(identity),
    downloadLocation: 'NOASSERTION',
    ...NOT_ANALYZED,
    licenseDeclared: 'NOASSERTION',
    primaryPackagePurpose: 'CONTAINER',
    checksums: [{ algorithm: 'SHA256', checksumValue: hexOf(digest) }],
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
  } as { readonly SPDXID: string }
}

function describeComponent(component: Component, supplier: object, created: string): object {
  const { name, package: facts } = component
  const { homepage, description, licenses, sources = [], patches = [] } = facts ?? {}
  return {
    SPDXID: spdxIdOf(component),
    name,
    versionInfo: statedVersionOf(component),
    ...supplier,
    downloadLocation: findDownloadLocation(sources),
    ...NOT_ANALYZED,
    licenseDeclared: licenses ? toExpression(licenses) : 'NOASSERTION',
    ...(sources.length > 0 && { sourceInfo: describeSources(sources) }),
    ...(homepage && isHostAddress(toUri(homepage)) && { homepage: toUri(homepage) }),
    ...(description && { summary: description }),
    externalRefs: listReferences(component),
    ...(patches.length > 0 && { annotations: patches.map(patch => annotatePatch(patch, created)) }),
  }
}

/** The hash makes it unique. SPDX allows letters, digits, dots and dashes. */
export function spdxIdOf({ path }: Pick<Component, 'path'>): string {
  return `SPDXRef-${path.replace(/^\/nix\/store\//, '').replace(/[^A-Za-z0-9.-]/g, '-')}`
}

/** The first source. Its hash is not a checksum of the package, which was built from it. */
function findDownloadLocation(sources: readonly Source[]): string {
  return sources.map(({ url }) => toUri(url)).find(isHostAddress) ?? 'NOASSERTION'
}

function describeSources(sources: readonly Source[]): string {
  const texts = sources.map(({ url, hash, unpacked }) => {
    const address = toUri(url)
    if (hash === undefined || !(unpacked || parseSri(hash))) return address
    return `${address} (${unpacked ? 'unpacked, as a NAR: ' : ''}${hash})`
  })
  return `Built from ${texts.join(', ')}`
}

interface ExternalRef {
  readonly referenceCategory: string
  readonly referenceType: string
  readonly referenceLocator: string
  readonly comment?: string
}

/** A hash of a NAR is not a checksum: these are of a file, and a reader would compare them with a file. */
function listReferences(component: Component): ExternalRef[] {
  const { path, narHash, package: facts } = component
  const { cpe, purl } = findIdentifiers(component)
  const refer = (
    referenceCategory: string,
    referenceType: string,
    referenceLocator: string,
  ): ExternalRef => ({
    referenceCategory,
    referenceType,
    referenceLocator,
  })
  return [
    ...(cpe === undefined ? [] : [refer('SECURITY', 'cpe23Type', cpe)]),
    ...(purl === undefined ? [] : [refer('PACKAGE-MANAGER', 'purl', purl)]),
    refer('OTHER', 'nix-store-path', path),
    ...(narHash === undefined ? [] : [refer('OTHER', 'nix-nar-hash', narHash)]),
    ...(facts?.patches ?? []).flatMap(({ url, resolves }) =>
      url !== undefined && resolves.length > 0 && isHostAddress(toUri(url))
        ? [{ ...refer('SECURITY', 'fix', toUri(url)), comment: `Resolves ${resolves.join(', ')}` }]
        : [],
    ),
  ]
}

/** Names a patch as CycloneDX does: by its address, or by the name of its file if it has none. */
function annotatePatch({ name, url, resolves }: Patch, annotationDate: string): object {
  const resolved = resolves.length > 0 ? `, which resolves ${resolves.join(', ')}` : ''
  return {
    annotationType: 'OTHER',
    annotator: TOOL,
    annotationDate,
    comment: `Built with the patch ${toUri(url ?? name)}${resolved}`,
  }
}

function spdxIdOfLayers({ version }: LayerGroup): string {
  return `SPDXRef-layers-${hexOf(version)}`
}

function describeLayers(group: LayerGroup, supplier: object): object {
  return {
    SPDXID: spdxIdOfLayers(group),
    name: group.name,
    versionInfo: group.version,
    ...supplier,
    downloadLocation: 'NOASSERTION',
    ...NOT_ANALYZED,
    licenseDeclared: 'NOASSERTION',
    primaryPackagePurpose: 'CONTAINER',
    comment: LAYERS_NOTE,
    externalRefs: group.diffIds.map(referenceLocator => ({
      referenceCategory: 'OTHER',
      referenceType: 'oci-diff-id',
      referenceLocator,
    })),
  }
}

/** SPDX requires an entry for each license that is not in its list. The text of these licenses is not known. */
function describeLicenses(components: readonly Component[]): object {
  const unlisted = listUnlistedLicenses(components.flatMap(({ package: facts }) => facts?.licenses || []))
  if (unlisted.length === 0) return {}
  return {
    hasExtractedLicensingInfos: unlisted.map(({ id, name }) => ({
      licenseId: id,
      name,
      extractedText: `The flake states the license "${name}", which SPDX does not list.`,
    })),
  }
}

export function relate(spdxElementId: string, relationshipType: string, relatedSpdxElement: string): object {
  return { spdxElementId, relationshipType, relatedSpdxElement }
}
