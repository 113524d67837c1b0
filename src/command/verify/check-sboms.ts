import { artifactTypeOfDescriptor } from '../../oci/artifact.js'
import type { Descriptor } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { type Manifest, parseManifest } from '../../oci/image.js'
import { RegistryError } from '../../registry/describe-error.js'
import { listReferrers } from '../../registry/list-referrers.js'
import type { ImageContents } from '../../sbom/contents.js'
import { CYCLONEDX_TYPE } from '../../sbom/cyclonedx.js'
import { isOwnDocument } from '../../sbom/document-text.js'
import { isSbomType } from '../../sbom/formats.js'
import { parseCycloneDx } from '../../sbom/read-cyclonedx.js'
import { SPDX_TYPE, spdxIdOf } from '../../sbom/spdx.js'
import { messageOf } from '../../util/error.js'
import { asArray, asObject, asString, parseJson } from '../../util/json.js'
import { formatBytes, limitList, MIB } from '../../util/text.js'
import { isPossibleSbom, readSbomDocument } from '../shared/attached-sboms.js'
import type { ImageLocation } from '../shared/image-locations.js'
import { checkBytes } from './check-index.js'
import type { CheckedLayer } from './check-layer.js'
import type { CheckedPlatform } from './check-platform.js'

/** What was found out about the SBOMs of an image. */
export type SbomState = 'checked' | 'none' | 'of another program' | 'not readable'

/** The SBOMs that refer to an image or an index. */
export type AttachedSboms = readonly SbomDocument[] | 'not readable'

export interface SbomDocument {
  readonly digest: Digest
  readonly type: string
  readonly bytes: Buffer
}

/**
 * Compares the SBOMs that refer to an image with its layers: they must list exactly the store paths in them. The findings are
 * added to those of the image.
 */
export function checkSboms(
  image: CheckedPlatform,
  documents: AttachedSboms,
  checked: ReadonlyMap<Digest, CheckedLayer>,
): SbomState {
  if (documents === 'not readable') return documents
  const own = documents.filter(isOwn)
  const [cycloneDx] = own.filter(({ type }) => type === CYCLONEDX_TYPE)
  if (cycloneDx === undefined) return documents.length === 0 ? 'none' : 'of another program'
  const contents = readCycloneDx(cycloneDx, image)
  if (contents === undefined) return 'checked'
  compareWithLayers(contents, image, checked, cycloneDx.digest)
  for (const spdx of own.filter(({ type }) => type === SPDX_TYPE)) compareSpdx(spdx, contents, image)
  return 'checked'
}

/** Each version of this program can add two SBOMs to an image. Many more come from a user who wants to make this slow. */
const LIMITS = { documents: 500, bytes: 512 * MIB }

/** Reads the SBOMs. The list of a registry is only a claim, so the subject in each manifest is compared. */
export async function readAttachedSboms(
  { descriptor, findings }: Pick<CheckedPlatform, 'descriptor' | 'findings'>,
  location: ImageLocation,
): Promise<AttachedSboms> {
  const documents: SbomDocument[] = []
  try {
    const listed = (await listArtifacts(location, descriptor.digest)).filter(isPossibleSbom)
    if (listed.length > LIMITS.documents)
      findings.add(`it has ${listed.length} SBOMs, and only ${LIMITS.documents} are read`)
    let size = 0
    for (const each of listed.slice(0, LIMITS.documents)) {
      const bytes = await location.readBlob(each)
      const manifest = parseManifest(bytes)
      const layer = manifest.layers.find(({ mediaType }) => isSbomType(mediaType))
      if (layer === undefined) continue
      if (location.repository) checkSubject(manifest, descriptor, image => findings.add(image, each.digest))
      if (manifest.subject?.digest !== descriptor.digest) continue
      checkBytes(bytes, each, findings)
      size += layer.size
      if (size > LIMITS.bytes)
        throw new Error(`its SBOMs have more than ${formatBytes(LIMITS.bytes)} in total`)
      documents.push({
        digest: layer.digest,
        type: layer.mediaType,
        bytes: await readSbomDocument(layer, location),
      })
    }
    return documents
  } catch (error) {
    if (error instanceof RegistryError && error.failure.status !== 200 && error.failure.status !== 404)
      return 'not readable'
    findings.addError('its SBOM cannot be read', error)
    return documents
  }
}

async function listArtifacts(
  { repository, images }: ImageLocation,
  subject: Digest,
): Promise<readonly Descriptor[]> {
  if (repository) return listReferrers(repository, subject)
  return images.map(({ top }) => top).filter(top => artifactTypeOfDescriptor(top) !== undefined)
}

function checkSubject(
  { subject }: Manifest,
  { digest, size }: Descriptor,
  add: (problem: string) => void,
): void {
  if (subject?.digest !== digest)
    add(`the registry lists an SBOM that is about ${subject?.digest ?? 'nothing'}`)
  else if (subject.size !== size) add(`its SBOM says that the image has ${subject.size} bytes, not ${size}`)
}

/** Documents of other programs list what they detect. That need not be the store paths. */
function isOwn({ bytes }: SbomDocument): boolean {
  try {
    return isOwnDocument(asObject(parseJson(bytes, 'the SBOM'), 'the SBOM'))
  } catch {
    return false
  }
}

function readCycloneDx({ bytes, digest }: SbomDocument, image: CheckedPlatform): ImageContents | undefined {
  try {
    const { subject, contents } = parseCycloneDx(bytes)
    if (subject.digest !== image.descriptor.digest)
      image.findings.add(`its SBOM is about ${subject.digest}`, digest)
    return contents
  } catch (error) {
    image.findings.add(`its SBOM is damaged: ${messageOf(error)}`, digest)
    return undefined
  }
}

function compareWithLayers(
  { components, otherLayers }: ImageContents,
  { manifest, config, layers, omitted, findings }: CheckedPlatform,
  checked: ReadonlyMap<Digest, CheckedLayer>,
  document: Digest,
): void {
  if (manifest === undefined || config === undefined || omitted !== undefined) return
  const others = new Set(otherLayers.map(({ diffId }) => diffId))
  const unknown = [...others].filter(diffId => !config.diffIds.includes(diffId))
  if (unknown.length > 0)
    findings.add(`its SBOM lists layers that the image does not have: ${limitList(unknown)}`, document)
  const expected = new Set<string>()
  for (const { digest } of layers) {
    const layer = checked.get(digest)
    // The damage is a finding of its own.
    if (layer === undefined || 'problem' in layer) return
    if (!others.has(layer.facts.diffId)) for (const path of layer.facts.storePaths) expected.add(path)
  }
  comparePaths(expected, new Set(components.map(({ path }) => path)), (problem: string) =>
    findings.add(`its SBOM ${problem}`, document),
  )
}

function comparePaths(
  layers: ReadonlySet<string>,
  sbom: ReadonlySet<string>,
  add: (problem: string) => void,
): void {
  const missing = [...layers].filter(path => !sbom.has(path))
  const extra = [...sbom].filter(path => !layers.has(path))
  if (missing.length > 0) add(`does not list ${limitList(missing)}`)
  if (extra.length > 0) add(`lists ${limitList(extra)}, but the layers do not contain it`)
}

/** Both documents are written from the same contents. */
function compareSpdx(
  { bytes, digest }: SbomDocument,
  { components }: ImageContents,
  { findings }: CheckedPlatform,
): void {
  try {
    const document = asObject(parseJson(bytes, 'the SBOM'), 'the SBOM')
    const ids = asArray(document.packages, 'packages').map(each =>
      asString(asObject(each, 'packages[]').SPDXID, 'SPDXID'),
    )
    const listed = new Set(ids.filter(id => !/^SPDXRef-(image|layers)-/.test(id)))
    const expected = new Set(components.map(spdxIdOf))
    comparePaths(expected, listed, problem => findings.add(`its SBOM in SPDX differs: it ${problem}`, digest))
  } catch (error) {
    findings.add(`its SBOM in SPDX is damaged: ${messageOf(error)}`, digest)
  }
}
