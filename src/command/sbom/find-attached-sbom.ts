import { type Digest, hexOf } from '../../oci/digest.js'
import { type Manifest, parseManifest } from '../../oci/image.js'
import { compareNewestFirst } from '../../oci/referrer.js'
import { listReferrers } from '../../registry/list-referrers.js'
import { isOwnDocument } from '../../sbom/document-text.js'
import { SBOM_FORMATS, type SbomFormat } from '../../sbom/formats.js'
import { parseCycloneDx } from '../../sbom/read-cyclonedx.js'
import { writeSpdx } from '../../sbom/spdx.js'
import { messageOf, UserError } from '../../util/error.js'
import { asObject, type JsonObject, parseJson } from '../../util/json.js'
import { isPossibleSbom, readSbomDocument } from '../shared/attached-sboms.js'
import type { ImageLocation } from '../shared/image-locations.js'
import { ImageNotFound } from '../shared/published-images.js'

/**
 * Finds the SBOM that refers to a manifest. If the document exists only in CycloneDX, it is written in SPDX. Returns `undefined`
 * if there is none. Throws a `UserError` if a document of this program is about another image.
 */
export async function findAttachedSbom(
  location: ImageLocation,
  subject: Digest,
  format: SbomFormat,
): Promise<string | undefined> {
  const documents = await listDocuments(location, subject)
  const read = (as: SbomFormat) => readFirst(documents, { location, subject, format: as })
  const found = await read(format)
  if (found !== undefined || format === 'cyclonedx') return found
  const other = await read('cyclonedx')
  return other && convertToSpdx(other, location.name)
}

/** The newest first. The list of a registry is a claim, so the subject in each manifest is compared. */
async function listDocuments(location: ImageLocation, subject: Digest): Promise<Manifest[]> {
  const { repository, images, readBlob } = location
  const listed = repository
    ? await listReferrers(repository, subject)
    : images.map(({ top }) => top).filter(top => top.digest !== subject)
  const manifests: Manifest[] = []
  for (const descriptor of listed.filter(isPossibleSbom)) {
    const manifest = parseIfManifest(await readBlob(descriptor).catch(ignoreMissing))
    if (manifest?.subject?.digest === subject) manifests.push(manifest)
  }
  return manifests.sort(compareNewestFirst)
}

/** A tag that lists referrers may name manifests that a cleanup job has deleted. */
function ignoreMissing(error: unknown): undefined {
  if (!(error instanceof ImageNotFound)) throw error
}

/** Returns `undefined` for an artifact of another program that is not an image manifest. */
function parseIfManifest(bytes: Buffer | undefined): Manifest | undefined {
  try {
    return bytes && parseManifest(bytes)
  } catch {
    return undefined
  }
}

interface DocumentRequest {
  readonly location: ImageLocation
  readonly subject: Digest
  readonly format: SbomFormat
}

/** Returns the first document of a format that this program wrote, or else the first one of another program. */
async function readFirst(
  documents: readonly Manifest[],
  { location, subject, format }: DocumentRequest,
): Promise<string | undefined> {
  const others: string[] = []
  for (const manifest of documents) {
    const layer = manifest.layers.find(({ mediaType }) => mediaType === SBOM_FORMATS[format].type)
    if (layer === undefined) continue
    const text = (await readSbomDocument(layer, location)).toString()
    if (!isOwnDocument(parseDocument(text, `${location.name}: the SBOM ${layer.digest}`))) others.push(text)
    else if (text.includes(hexOf(subject))) return text
    else throw new UserError(`${location.name}: the SBOM ${layer.digest} is not about ${subject}`)
  }
  return others[0]
}

/** Throws a `UserError` if it is not JSON. */
function parseDocument(text: string, what: string): JsonObject {
  try {
    return asObject(parseJson(text, what), what)
  } catch (error) {
    throw new UserError(messageOf(error), { cause: error })
  }
}

function convertToSpdx(text: string, name: string): string {
  try {
    return writeSpdx(parseCycloneDx(text))
  } catch (error) {
    throw new UserError(
      `${name} has an SBOM in CycloneDX only, which cannot be written in SPDX: ${messageOf(error)}`,
      { hint: 'Use the format cyclonedx.', cause: error },
    )
  }
}
