import type { Digest } from '../../oci/digest.js'
import { mapLimit } from '../../util/async.js'
import type { ImageLocation } from '../shared/image-locations.js'
import type { SignatureCheck } from './check-attestations.js'
import type { CheckedLayer } from './check-layer.js'
import type { CheckedPlatform } from './check-platform.js'
import {
  type AttachedSboms,
  checkSboms,
  readAttachedSboms,
  type SbomDocument,
  type SbomState,
} from './check-sboms.js'
import { type AttestationCollector, listSignedDocuments } from './collect-attestations.js'
import { keyOfText } from './compare-documents.js'
import type { Findings } from './finding.js'

/** What was found out about the SBOMs of one image. */
export interface SbomCheck {
  readonly state: SbomState
  /** `none`: no SBOM, or signatures are not verified. */
  readonly signature: 'signed' | 'not signed' | 'none'
}

interface SbomOptions {
  readonly layers: ReadonlyMap<Digest, CheckedLayer>
  readonly location: ImageLocation
  readonly signatures: SignatureCheck | undefined
}

type DescribedImage = Pick<CheckedPlatform, 'descriptor' | 'findings'>

const IMAGES_AT_ONCE = 4

/**
 * Compares the SBOMs of images with their layers, and with the signed SBOMs. The findings are added to those of the images.
 * Returns the results in the order of the platforms.
 *
 * @param index absent for a single manifest. Its SBOMs are only compared with the signed ones
 */
export async function checkAllSboms(
  platforms: readonly CheckedPlatform[],
  index: DescribedImage | undefined,
  { layers, location, signatures }: SbomOptions,
): Promise<SbomCheck[]> {
  const documents = await mapLimit(platforms, IMAGES_AT_ONCE, each => readAttachedSboms(each, location))
  const states = platforms.map((each, n) => checkSboms(each, documents[n] ?? [], layers))
  if (signatures === undefined) return states.map(state => ({ state, signature: 'none' }))
  const { attestations } = signatures
  if (index) await compareWithSigned(index, await readAttachedSboms(index, location), attestations)
  const checks: SbomCheck[] = []
  for (const [n, state] of states.entries()) {
    const image = platforms[n] as CheckedPlatform
    checks.push({ state, signature: await compareWithSigned(image, documents[n] ?? [], attestations) })
  }
  return checks
}

/**
 * Compares the SBOMs that are attached to an image with the signed ones. Everyone who can push can attach an SBOM. So if any SBOM
 * of the image is signed, each attached one must be.
 */
async function compareWithSigned(
  { descriptor: { digest }, findings }: DescribedImage,
  documents: AttachedSboms,
  attestations: AttestationCollector,
): Promise<SbomCheck['signature']> {
  if (documents === 'not readable' || documents.length === 0) return 'none'
  const keyed = documents.map(document => ({ document, key: keyOfText(document.bytes) }))
  const unsignedIn = (signed: ReadonlySet<string>): SbomDocument[] =>
    keyed.filter(({ key }) => key === undefined || !signed.has(key)).map(({ document }) => document)
  await attestations.collect(digest, valid => unsignedIn(listSignedDocuments(valid, digest)).length === 0)
  const signed = listSignedDocuments(attestations.valid, digest)
  if (signed.size === 0) return 'not signed'
  addUnsigned(unsignedIn(signed), findings)
  return 'signed'
}

function addUnsigned(documents: readonly SbomDocument[], findings: Findings): void {
  for (const { digest } of documents) findings.add('its attached SBOM is not a signed one', digest)
}
