import { type Descriptor, isManifestType } from '../../oci/descriptor.js'
import { type Digest, hexOf } from '../../oci/digest.js'
import { type Manifest, parseManifest } from '../../oci/image.js'
import { compareNewestFirst } from '../../oci/referrer.js'
import { listReferrers } from '../../registry/list-referrers.js'
import { CYCLONEDX_TYPE } from '../../sbom/cyclonedx.js'
import { isOwnDocument } from '../../sbom/document-text.js'
import { parseCycloneDx } from '../../sbom/read-cyclonedx.js'
import { SPDX_TYPE, writeSpdx } from '../../sbom/spdx.js'
import { messageOf, UserError } from '../../util/error.js'
import { asObject, type JsonObject, parseJson } from '../../util/json.js'
import type { ImageLocation } from '../shared/image-locations.js'
import { ImageNotFound } from '../shared/published-images.js'

export type SbomFormat = 'cyclonedx' | 'spdx'

const TYPES: Readonly<Record<SbomFormat, string>> = { cyclonedx: CYCLONEDX_TYPE, spdx: SPDX_TYPE }

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

/** In a file, the descriptor does not always have the type of the artifact. */
function isPossibleSbom({ mediaType, artifactType }: Descriptor): boolean {
  return (
    isManifestType(mediaType) && (artifactType === undefined || Object.values(TYPES).includes(artifactType))
  )
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
    const layer = manifest.layers.find(({ mediaType }) => mediaType === TYPES[format])
    if (layer === undefined) continue
    const text = await readDocument(layer, location)
    if (!isOwnDocument(parseDocument(text, `${location.name}: the SBOM ${layer.digest}`))) others.push(text)
    else if (text.includes(hexOf(subject))) return text
    else throw new UserError(`${location.name}: the SBOM ${layer.digest} is not about ${subject}`)
  }
  return others[0]
}

/** An SBOM of 10,000 store paths has some 20 MB. */
const MAX_BYTES = 128 << 20

async function readDocument(layer: Descriptor, location: ImageLocation): Promise<string> {
  if (layer.size > MAX_BYTES)
    throw new UserError(`${location.name}: the SBOM ${layer.digest} is too large: ${layer.size} bytes`)
  return location.retry(async () => {
    const chunks: Uint8Array[] = []
    for await (const chunk of location.openLayer(layer)) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  })
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
