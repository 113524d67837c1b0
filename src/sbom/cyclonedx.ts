import { hexOf } from '../oci/digest.js'
import { formatPlatform } from '../oci/platform.js'
import type { Component, ImageContents, PackageFacts, Patch, Source } from './contents.js'
import { formatDocument, TOOLS } from './document-text.js'
import { groupOtherLayers, LAYERS_NOTE, type LayerGroup } from './group-other-layers.js'
import { findIdentifiers, parseSri, statedVersionOf, toUri } from './identifiers.js'
import { isLicenseExpression } from './licenses.js'
import { findSupplier, formatImagePurl, formatTime, type ImageIdentity, type Sbom } from './subject.js'

/** The media type of CycloneDX documents in JSON. */
export const CYCLONEDX_TYPE = 'application/vnd.cyclonedx+json'

/**
 * The names of properties. Those of Nix are in the taxonomy of nixpkgs (doc/interoperability/cyclonedx.md). A hash of a NAR is
 * not among the hashes of a component: these are of a file, and a reader would compare them with a file.
 */
export const PROPERTIES = {
  storePath: 'nix:store_path',
  narHash: 'nix:narinfo:nar_hash',
  narSize: 'nix:narinfo:nar_size',
  platform: 'nix-multiarch:platform',
  diffId: 'nix-multiarch:diff_id',
} as const

/** Before the hash of unpacked sources, in a comment. */
export const UNPACKED_HASH = 'Hash of the unpacked files, as a NAR: '

/** Writes the SBOM of one platform in CycloneDX 1.6. Equal input gives equal bytes. */
export function writeCycloneDx({ subject, contents, basis }: Sbom): string {
  const { components, otherLayers } = contents
  const supplier = describeSupplier(subject)
  const groups = groupOtherLayers(otherLayers)
  return formatDocument(serialNumber => ({
    ...documentHead(serialNumber),
    metadata: {
      ...(subject.commitDate && { timestamp: formatTime(subject.commitDate) }),
      lifecycles: [{ phase: basis === 'build' ? 'build' : 'post-build' }],
      tools: TOOLS,
      component: describeImage(subject, formatImagePurl(subject, subject.platform), [
        { name: PROPERTIES.platform, value: formatPlatform(subject.platform) },
      ]),
      ...supplier,
    },
    components: [
      ...components.map(each => describeComponent(each, supplier)),
      ...groups.map(group => ({ ...describeLayers(group), ...supplier })),
    ],
    dependencies: [
      { ref: subject.digest, dependsOn: [...findRoots(contents), ...groups.map(refOfGroup)] },
      ...components.map(({ path, references }) => ({ ref: path, dependsOn: references })),
    ],
    compositions: describeCompositions(contents, subject.digest, groups.map(refOfGroup)),
  }))
}

/** The fields that every document has. */
export function documentHead(serialNumber: string): object {
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    ...(serialNumber !== '' && { serialNumber }),
    version: 1,
  }
}

export function describeSupplier(identity: ImageIdentity): { readonly supplier?: { readonly name: string } } {
  const name = findSupplier(identity)
  return name === undefined ? {} : { supplier: { name } }
}

interface Property {
  readonly name: string
  readonly value: string
}

/** An image or an index, as a component. */
export function describeImage(
  identity: ImageIdentity,
  purl: string,
  properties: readonly Property[] = [],
): object {
  const { name, version, digest } = identity
  return {
    type: 'container',
    'bom-ref': digest,
    ...describeSupplier(identity),
    name,
    version: version ?? digest,
    hashes: [{ alg: 'SHA-256', content: hexOf(digest) }],
    purl,
    ...(properties.length > 0 && { properties }),
  }
}

function describeComponent(component: Component, supplier: object): object {
  const { path, name, narHash, narSize, package: facts } = component
  return {
    type: 'library',
    'bom-ref': path,
    ...supplier,
    name,
    version: statedVersionOf(component),
    ...(facts?.description && { description: facts.description }),
    ...(facts?.licenses && { licenses: [describeLicense(facts.licenses)] }),
    ...findIdentifiers(component),
    ...(facts && describePatches(facts)),
    ...(facts && describeLinks(facts)),
    properties: [
      { name: PROPERTIES.storePath, value: path },
      ...(narHash === undefined ? [] : [{ name: PROPERTIES.narHash, value: narHash }]),
      ...(narSize === undefined ? [] : [{ name: PROPERTIES.narSize, value: String(narSize) }]),
    ],
  }
}

function describeLicense(text: string): object {
  return isLicenseExpression(text) ? { expression: text } : { license: { name: text } }
}

function describePatches({ patches }: PackageFacts): object {
  return patches.length === 0 ? {} : { pedigree: { patches: patches.map(describePatch) } }
}

/** A patch has no name in CycloneDX. The name of the file is an address relative to nothing, so it is only used without URL. */
function describePatch({ name, url, resolves }: Patch): object {
  return {
    type: 'unofficial',
    diff: { url: toUri(url ?? name) },
    ...(resolves.length > 0 && { resolves: resolves.map(id => ({ type: 'security', id })) }),
  }
}

function describeLinks({ homepage, sources }: PackageFacts): object {
  const links = [
    ...(homepage ? [{ type: 'website', url: toUri(homepage) }] : []),
    ...sources.map(describeSource),
  ]
  return links.length === 0 ? {} : { externalReferences: links }
}

function describeSource({ url, hash, unpacked }: Source): object {
  const parsed = hash === undefined ? undefined : parseSri(hash)
  return {
    type: 'source-distribution',
    url: toUri(url),
    ...(unpacked && hash !== undefined && { comment: UNPACKED_HASH + hash }),
    ...(!unpacked && parsed && { hashes: [{ alg: ALGORITHMS[parsed.algorithm], content: parsed.hex }] }),
  }
}

/** The names of hash algorithms, by those of Nix. */
export const ALGORITHMS: Readonly<Record<string, string>> = {
  md5: 'MD5',
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha384: 'SHA-384',
  sha512: 'SHA-512',
}

function refOfGroup({ version }: LayerGroup): string {
  return `layers:${version}`
}

function describeLayers(group: LayerGroup): object {
  return {
    type: 'container',
    'bom-ref': refOfGroup(group),
    name: group.name,
    version: group.version,
    description: LAYERS_NOTE,
    properties: group.diffIds.map(value => ({ name: PROPERTIES.diffId, value })),
  }
}

/** Returns the store paths that no other one refers to. All others can be reached from them. */
export function findRoots({ components }: ImageContents): string[] {
  const referenced = new Set(components.flatMap(({ references }) => references))
  return components.filter(({ path }) => !referenced.has(path)).map(({ path }) => path)
}

/** What is complete: Nix knows all references of a store path, but not what layers of others contain. */
function describeCompositions(
  { components }: ImageContents,
  image: string,
  others: readonly string[],
): object[] {
  const [known, unknown] = [true, false].map(isKnown =>
    components.filter(({ narHash }) => (narHash !== undefined) === isKnown).map(({ path }) => path),
  ) as [string[], string[]]
  return [
    { aggregate: others.length > 0 ? 'incomplete' : 'complete', assemblies: [image] },
    ...(others.length > 0 ? [{ aggregate: 'incomplete', assemblies: others }] : []),
    ...(known.length > 0 ? [{ aggregate: 'complete', dependencies: known }] : []),
    ...(unknown.length > 0 ? [{ aggregate: 'unknown', dependencies: unknown }] : []),
  ]
}
