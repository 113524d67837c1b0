import { isStorePath } from '../../image/store/store-paths.js'
import { CONTENTS } from '../../oci/annotation-keys.js'
import {
  type Annotations,
  type Blob,
  type Descriptor,
  descriptorOf,
  parseDescriptor,
} from '../../oci/descriptor.js'
import { isDigest } from '../../oci/digest.js'
import { createBlob } from '../../oci/image.js'
import type {
  Component,
  ImageContents,
  OtherLayer,
  PackageFacts,
  Patch,
  Source,
} from '../../sbom/contents.js'
import { UserError } from '../../util/error.js'
import { nameSetting } from '../../util/input-name.js'
import {
  asArray,
  asCount,
  asOptionalString,
  asString,
  asStrings,
  parseFields,
  parseJson,
} from '../../util/json.js'
import { isSriHash } from '../../util/sri-hash.js'

/** The blob is in the archive of a platform only. It is not pushed. */
const CONTENTS_TYPE = 'application/vnd.nix-multiarch.image-contents.v1+json'

/** The size up to which a blob of an archive is read. 10,000 store paths have some 10 MB. */
const MAX_BYTES = 16 << 20

/** Encodes the contents of an image for its archive. The same contents give the same bytes. */
export function encodeContents(contents: ImageContents): Blob {
  const bytes = Buffer.from(JSON.stringify(contents))
  if (bytes.length > MAX_BYTES)
    throw new UserError(
      `The image has ${contents.components.length} store paths, and the list of them has ${bytes.length} bytes. ` +
        `At most ${MAX_BYTES} bytes are possible`,
      { hint: `Build this image without an SBOM: set ${nameSetting('sbom', 'false')}.` },
    )
  return createBlob(bytes, { mediaType: CONTENTS_TYPE })
}

/** Returns the annotation of a descriptor that names the blob. */
export function recordContents(blob: Blob | undefined): Annotations {
  return blob === undefined ? {} : { [CONTENTS]: JSON.stringify(descriptorOf(blob)) }
}

/** Returns the descriptor of the blob, if an archive has one. Throws an `Error` if the annotation is damaged. */
export function readContentsDescriptor(annotations: Annotations): Descriptor | undefined {
  const text = annotations[CONTENTS]
  if (text === undefined) return undefined
  const what = 'the record of its contents'
  const descriptor = parseDescriptor(parseJson(text, what), what)
  if (descriptor.mediaType !== CONTENTS_TYPE)
    throw new Error(`${what} has the type ${JSON.stringify(descriptor.mediaType)}`)
  return descriptor
}

/** Parses the blob. Archives can come from other jobs, so each field is checked. Throws an `Error` that names the field. */
export function parseContents(bytes: Buffer): ImageContents {
  const json = parseFields(parseJson(bytes, 'the contents'), 'the contents', ['components', 'otherLayers'])
  const components = asArray(json.components, 'components').map(parseComponent)
  checkSorted(
    components.map(({ path }) => path),
    'components',
  )
  const paths = new Set(components.map(({ path }) => path))
  for (const { path, references } of components) {
    const foreign = references.find(reference => !paths.has(reference))
    if (foreign !== undefined) throw new Error(`${path} refers to ${foreign}, which is not in the image`)
  }
  return { components, otherLayers: asArray(json.otherLayers, 'otherLayers').map(parseOtherLayer) }
}

function parseComponent(value: unknown): Component {
  const what = 'a component'
  const json = parseFields(value, what, COMPONENT_FIELDS)
  const narHash = asOptionalString(json.narHash, 'narHash')
  if (narHash !== undefined && !isSriHash(narHash)) throw new Error('narHash is not a hash')
  const references = asStrings(json.references, 'references').map(asStorePath)
  checkSorted(references, 'references')
  return {
    path: asStorePath(json.path),
    name: asString(json.name, 'name'),
    version: asString(json.version, 'version'),
    ...(narHash !== undefined && { narHash }),
    ...(json.narSize !== undefined && { narSize: asCount(json.narSize, 'narSize') }),
    references,
    ...(json.package !== undefined && { package: parsePackageFacts(json.package) }),
  }
}

const COMPONENT_FIELDS = ['path', 'name', 'version', 'narHash', 'narSize', 'references', 'package']

const TEXT_FACTS = ['description', 'homepage', 'licenses', 'cpe', 'purl'] as const

/** Parses what a derivation and its `meta` say, from an archive or from an evaluation. */
export function parsePackageFacts(value: unknown): PackageFacts {
  const json = parseFields(value, 'a package', [...TEXT_FACTS, 'sources', 'patches'])
  const texts = TEXT_FACTS.map(field => [field, asOptionalString(json[field], field)] as const)
  return {
    ...Object.fromEntries(texts.filter(([, text]) => text !== undefined)),
    sources: asArray(json.sources, 'sources').map(parseSource),
    patches: asArray(json.patches, 'patches').map(parsePatch),
  }
}

function parseSource(value: unknown): Source {
  const json = parseFields(value, 'a source', ['url', 'hash', 'unpacked'])
  const hash = asOptionalString(json.hash, 'hash')
  if (hash !== undefined && !isSriHash(hash)) throw new Error('the hash of a source is not a hash')
  const url = asString(json.url, 'url')
  return { url, ...(hash !== undefined && { hash }), ...(json.unpacked === true && { unpacked: true }) }
}

function parsePatch(value: unknown): Patch {
  const json = parseFields(value, 'a patch', ['name', 'url', 'resolves'])
  const url = asOptionalString(json.url, 'url')
  return {
    name: asString(json.name, 'name'),
    ...(url !== undefined && { url }),
    resolves: asStrings(json.resolves, 'resolves'),
  }
}

function parseOtherLayer(value: unknown): OtherLayer {
  const json = parseFields(value, 'a layer', ['diffId', 'from'])
  const from = asOptionalString(json.from, 'from')
  if (!isDigest(json.diffId)) throw new Error('the diffId of a layer is not a digest')
  return { diffId: json.diffId, ...(from !== undefined && { from }) }
}

function asStorePath(value: unknown): string {
  const path = asString(value, 'path')
  if (!isStorePath(path)) throw new Error(`${JSON.stringify(path)} is not a store path`)
  return path
}

/** The order is a part of the format, and a list without duplicates has only one. */
function checkSorted(texts: readonly string[], what: string): void {
  const isSorted = texts.every((text, n) => n === 0 || (texts[n - 1] as string) < text)
  if (!isSorted) throw new Error(`${what} are not sorted, or not distinct`)
}
