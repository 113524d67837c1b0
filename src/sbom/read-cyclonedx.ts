import { parseDigest } from '../oci/digest.js'
import { parsePlatformText } from '../oci/platform.js'
import {
  asArray,
  asCount,
  asObject,
  asOptionalString,
  asString,
  asStrings,
  type JsonObject,
  parseJson,
} from '../util/json.js'
import type { Component, OtherLayer, PackageFacts, Patch, Source } from './contents.js'
import { ALGORITHMS, PROPERTIES, UNPACKED_HASH } from './cyclonedx.js'
import { UNKNOWN_LAYERS } from './group-other-layers.js'
import { formatSri, fromUri, storeHashOf } from './identifiers.js'
import type { ImageRepository, Sbom, Subject } from './subject.js'

/**
 * Reads a document that `writeCycloneDx` wrote. Components that are not store paths are left out. Throws an `Error` that names
 * the field if it is another document, such as the SBOM of an index.
 */
export function parseCycloneDx(text: string | Buffer): Sbom {
  const document = asObject(parseJson(text, 'the SBOM'), 'the SBOM')
  if (document.bomFormat !== 'CycloneDX') throw new Error('it is not an SBOM in CycloneDX')
  const metadata = asObject(document.metadata, 'metadata')
  const all = asArray(document.components ?? [], 'components').map((each, n) =>
    asObject(each, `components[${n}]`),
  )
  const references = parseDependencies(document.dependencies)
  const [phase] = asArray(metadata.lifecycles ?? [], 'metadata.lifecycles')
  return {
    subject: parseSubject(metadata),
    contents: {
      components: all.flatMap(each => parseComponent(each, references)),
      otherLayers: all.flatMap(parseLayers),
    },
    basis: asObject(phase ?? {}, 'metadata.lifecycles[0]').phase === 'post-build' ? 'layers' : 'build',
  }
}

function parseSubject(metadata: JsonObject): Subject {
  const component = asObject(metadata.component, 'metadata.component')
  const [platform] = valuesOf(component, PROPERTIES.platform)
  if (platform === undefined) throw new Error(`metadata.component has no property ${PROPERTIES.platform}`)
  const digest = parseDigest(component['bom-ref'])
  const version = asOptionalString(component.version, 'metadata.component.version')
  const repository = parseRepository(asString(component.purl, 'metadata.component.purl'))
  const commitDate = parseTime(asOptionalString(metadata.timestamp, 'metadata.timestamp'))
  return {
    name: asString(component.name, 'metadata.component.name'),
    ...(version !== undefined && version !== digest && { version }),
    platform: parsePlatformText(platform),
    digest,
    ...(repository && { repository }),
    ...(commitDate && { commitDate }),
  }
}

function parseTime(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) throw new Error('metadata.timestamp is not a time')
  return date
}

function parseRepository(purl: string): ImageRepository | undefined {
  const [, registry, repository] = /[?&]repository_url=([^/&]+)\/([^&]+)/.exec(purl) ?? []
  return registry === undefined || repository === undefined ? undefined : { registry, repository }
}

/** The values of all properties of a name. */
function valuesOf(component: JsonObject, name: string): string[] {
  return asArray(component.properties ?? [], 'properties')
    .map(each => asObject(each, 'properties[]'))
    .filter(each => each.name === name)
    .map(({ value }) => asString(value, name))
}

function parseDependencies(value: unknown): ReadonlyMap<string, readonly string[]> {
  const dependencies = asArray(value ?? [], 'dependencies').map(each => asObject(each, 'dependencies[]'))
  return new Map(
    dependencies.map(({ ref, dependsOn }) => [
      asString(ref, 'dependencies[].ref'),
      asStrings(dependsOn ?? [], 'dependencies[].dependsOn'),
    ]),
  )
}

function parseComponent(
  component: JsonObject,
  references: ReadonlyMap<string, readonly string[]>,
): readonly Component[] {
  const [path] = valuesOf(component, PROPERTIES.storePath)
  if (path === undefined) return []
  const [narHash] = valuesOf(component, PROPERTIES.narHash)
  const [narSize] = valuesOf(component, PROPERTIES.narSize)
  const version = asOptionalString(component.version, 'version') ?? ''
  const facts = parseFacts(component)
  return [
    {
      path,
      name: asString(component.name, 'name'),
      version: version === storeHashOf({ path }) ? '' : version,
      ...(narHash !== undefined && { narHash }),
      ...(narSize !== undefined && { narSize: asCount(Number(narSize), PROPERTIES.narSize) }),
      references: references.get(asString(component['bom-ref'], 'bom-ref')) ?? [],
      ...(facts && { package: facts }),
    },
  ]
}

/** Returns `undefined` if the document says nothing about the package. */
function parseFacts(component: JsonObject): PackageFacts | undefined {
  const text = (field: string): string | undefined => asOptionalString(component[field], field)
  const [license] = asArray(component.licenses ?? [], 'licenses')
  const { expression, license: named } = asObject(license ?? {}, 'licenses[0]')
  const licenses = asOptionalString(expression ?? asObject(named ?? {}, 'license').name, 'expression')
  const links = asArray(component.externalReferences ?? [], 'externalReferences').map(each =>
    asObject(each, 'externalReferences[]'),
  )
  const website = links.find(({ type }) => type === 'website')
  const facts = {
    description: text('description'),
    homepage: website && fromUri(asString(website.url, 'url')),
    licenses,
    cpe: text('cpe'),
    purl: text('purl'),
  }
  const known = Object.entries(facts).filter(([, value]) => value !== undefined)
  const sources = links.filter(({ type }) => type === 'source-distribution').map(parseSource)
  const patches = parsePatches(component.pedigree)
  if (known.length + sources.length + patches.length === 0) return undefined
  return { ...Object.fromEntries(known), sources, patches }
}

function parseSource(link: JsonObject): Source {
  const url = fromUri(asString(link.url, 'url'))
  const comment = asOptionalString(link.comment, 'comment') ?? ''
  if (comment.startsWith(UNPACKED_HASH))
    return { url, hash: comment.slice(UNPACKED_HASH.length), unpacked: true }
  const [first] = asArray(link.hashes ?? [], 'hashes')
  if (first === undefined) return { url }
  const { alg, content } = asObject(first, 'hashes[0]')
  const algorithm = Object.keys(ALGORITHMS).find(each => ALGORITHMS[each] === alg)
  return algorithm === undefined ? { url } : { url, hash: formatSri(algorithm, asString(content, 'content')) }
}

function parsePatches(pedigree: unknown): Patch[] {
  const { patches } = asObject(pedigree ?? {}, 'pedigree')
  return asArray(patches ?? [], 'pedigree.patches').map(value => {
    const patch = asObject(value, 'pedigree.patches[]')
    const uri = asString(asObject(patch.diff, 'diff').url, 'diff.url')
    const address = fromUri(uri)
    const issues = asArray(patch.resolves ?? [], 'resolves').map(each => asObject(each, 'resolves[]'))
    return {
      name: address.replace(/^.*\//, ''),
      ...(/^[a-z][a-z0-9+.-]*:/i.test(uri) && { url: address }),
      resolves: issues.map(({ id }) => asString(id, 'resolves[].id')),
    }
  })
}

function parseLayers(component: JsonObject): OtherLayer[] {
  const from = asString(component.name, 'name')
  return valuesOf(component, PROPERTIES.diffId).map(diffId => ({
    diffId: parseDigest(diffId),
    ...(from !== UNKNOWN_LAYERS && { from }),
  }))
}
