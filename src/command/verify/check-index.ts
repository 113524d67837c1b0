import {
  CONTENT,
  CREATED,
  DERIVATION,
  LAYER_KEYS,
  REVISION,
  renameKeys,
  SOURCE,
  SYSTEM,
  VERSION,
} from '../../oci/annotation-keys.js'
import { artifactTypeOfDescriptor } from '../../oci/artifact.js'
import { type Annotations, type Descriptor, isManifestType } from '../../oci/descriptor.js'
import { digestOf } from '../../oci/digest.js'
import { type IndexDocument, parseIndex } from '../../oci/image-index.js'
import {
  formatPlatform,
  isSystem,
  normalizePlatform,
  type Platform,
  resolvePlatform,
} from '../../oci/platform.js'
import type { ImageLocation } from '../shared/image-locations.js'
import { hasForeignRecord, hasRecord } from '../shared/proof-record.js'
import type { Findings } from './finding.js'

/** An index, or a single manifest as an index of one. */
export interface CheckedIndex extends IndexDocument {
  /** The bytes of the index. Absent for a single manifest. */
  readonly bytes?: Buffer
  /** The descriptors of the images, without artifacts. Our own annotation keys are in their current form. */
  readonly images: readonly Descriptor[]
  /** What else the index lists, such as attestations. */
  readonly others: readonly Descriptor[]
  readonly hasRecord: boolean
}

/** Reads an index and checks everything that it says by itself. Returns `undefined` if it cannot be read. */
export async function checkIndex(
  descriptor: Descriptor,
  { readBlob }: Pick<ImageLocation, 'readBlob'>,
  findings: Findings,
): Promise<CheckedIndex | undefined> {
  if (isManifestType(descriptor.mediaType)) return createIndexOfOne(descriptor)
  try {
    const bytes = await readBlob(descriptor)
    checkBytes(bytes, descriptor, findings)
    const index = parseIndex(bytes)
    if (index.mediaType !== descriptor.mediaType)
      findings.add(
        `the index has the media type ${index.mediaType}, but is stored as ${descriptor.mediaType}`,
      )
    const parts = splitManifests(index)
    const annotations = renameKeys(index.annotations ?? {})
    checkList(parts.images, findings)
    checkIndexAnnotations(annotations, index.manifests, findings)
    return { ...index, annotations, bytes, ...parts, hasRecord: hasRecord({ ...index, annotations }) }
  } catch (error) {
    findings.addError('the index cannot be read', error, descriptor.digest)
    return undefined
  }
}

function createIndexOfOne(descriptor: Descriptor): CheckedIndex {
  const annotations = renameKeys(descriptor.annotations ?? {})
  const manifests = [{ ...descriptor, annotations }]
  return {
    mediaType: descriptor.mediaType,
    manifests,
    images: manifests,
    others: [],
    hasRecord: false,
    annotations,
  }
}

/** A registry returns a manifest by its digest, whatever size the descriptor says. */
export function checkBytes(bytes: Buffer, { digest, size }: Descriptor, findings: Findings): void {
  if (bytes.length !== size)
    findings.add(`it has ${bytes.length} bytes, but its descriptor says ${size}`, digest)
  const found = digestOf(bytes)
  if (found !== digest) findings.add(`its content has the digest ${found}`, digest)
}

function splitManifests({ manifests }: IndexDocument): Pick<CheckedIndex, 'images' | 'others'> {
  const isImage = (each: Descriptor): boolean =>
    isManifestType(each.mediaType) && artifactTypeOfDescriptor(each) === undefined
  return {
    images: manifests
      .filter(isImage)
      .map(each => (each.annotations ? { ...each, annotations: renameKeys(each.annotations) } : each)),
    others: manifests.filter(each => !isImage(each)),
  }
}

/** The platform as clients compare it, without a version of Windows. */
export function nameOfPlatform(platform: Platform): string {
  return formatPlatform(normalizePlatform(platform))
}

/** Two images for one platform: a client pulls the first, whatever the second contains. */
function checkList(images: readonly Descriptor[], findings: Findings): void {
  if (images.length === 0) findings.add('the index does not list an image')
  const known = new Set<string>()
  for (const { digest, platform, annotations = {} } of images) {
    if (platform === undefined) {
      findings.add('the index does not say the platform of an image', digest)
      continue
    }
    const key = `${nameOfPlatform(platform)} ${platform['os.version'] ?? ''}`
    if (known.has(key)) findings.add(`the index lists ${nameOfPlatform(platform)} more than once`, digest)
    known.add(key)
    checkSystem(annotations[SYSTEM], platform, digest, findings)
  }
}

function checkSystem(
  system: string | undefined,
  platform: Platform,
  digest: Descriptor['digest'],
  findings: Findings,
): void {
  if (system === undefined) return
  if (isSystem(system) && resolvePlatform(system, platform) !== undefined) return
  findings.add(`the index says that ${nameOfPlatform(platform)} was built for the system ${system}`, digest)
}

/** RFC 3339, as the image-spec requires. */
const DATE_TIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/

export function checkCreated(annotations: Annotations, what: string, findings: Findings): void {
  const { [CREATED]: created } = annotations
  if (created !== undefined && !(DATE_TIME.test(created) && !Number.isNaN(Date.parse(created))))
    findings.add(`${what} ${CREATED} is not a date and time: ${JSON.stringify(created)}`)
}

function checkIndexAnnotations(
  annotations: Annotations,
  manifests: readonly Descriptor[],
  findings: Findings,
): void {
  checkCreated(annotations, 'the annotation', findings)
  const { [CONTENT]: content, [REVISION]: revision } = annotations
  if (content !== undefined && !/^sha256:[0-9a-f]{64}$/.test(content))
    findings.add(`the annotation ${CONTENT} is not a digest: ${JSON.stringify(content)}`)
  if (revision !== undefined && !/^[0-9a-f]{7,64}$/i.test(revision))
    findings.add(`the annotation ${REVISION} is not a commit: ${JSON.stringify(revision)}`)
  if (hasForeignRecord({ annotations, manifests }))
    findings.add('the record of unpacked layers is about other images: another program has changed the index')
}

/** The annotations that an index and its manifests have in common, if this program wrote them. */
const COMMON_KEYS = [VERSION, CREATED, REVISION, SOURCE]

/** An index and a manifest that name different commits or versions cannot both be right. */
export function compareAnnotations(index: Annotations, manifest: Annotations, findings: Findings): void {
  for (const key of COMMON_KEYS) {
    const [a, b] = [index[key], manifest[key]]
    if (a !== undefined && b !== undefined && a !== b)
      findings.add(`the annotation ${key} is ${JSON.stringify(b)}, but the index has ${JSON.stringify(a)}`)
  }
}

/** Our own annotations of an image in an index, as far as they can be checked without its layers. */
export function checkImageAnnotations(
  annotations: Annotations,
  layerCount: number,
  findings: Findings,
): void {
  const { [DERIVATION]: derivation, [LAYER_KEYS]: keys } = annotations
  if (derivation !== undefined && !/^\/[^\0\n]+\.drv$/.test(derivation))
    findings.add(`the annotation ${DERIVATION} is not a derivation: ${JSON.stringify(derivation)}`)
  const keyCount = keys?.split(' ').length
  if (keyCount !== undefined && keyCount !== layerCount)
    findings.add(`the annotation ${LAYER_KEYS} is about ${keyCount} layers, but the image has ${layerCount}`)
}
