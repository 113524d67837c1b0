import { buffer } from 'node:stream/consumers'
import { isDeepStrictEqual } from 'node:util'
import { predicateTypeOf } from '../../attestation/bundle-artifact.js'
import { createProvenance } from '../../attestation/provenance.js'
import { PREDICATE_TYPES, type Statement, type Subject } from '../../attestation/statement.js'
import type { Host } from '../../host/host.js'
import type { Descriptor } from '../../oci/descriptor.js'
import { type Digest, hexOf } from '../../oci/digest.js'
import { formatPlatform } from '../../oci/platform.js'
import { formatReference } from '../../oci/reference.js'
import type { SbomFormat } from '../../sbom/formats.js'
import { asObject, type JsonObject, parseJson } from '../../util/json.js'
import { formatBytes, MIB, pluralize } from '../../util/text.js'
import type { SbomDocument } from './create-sboms.js'
import { collectProvenanceFacts, type ProvenanceRun } from './describe-provenance.js'
import type { DescribedIndex } from './push-index.js'

/** A statement that this run signs, unless a valid bundle of it exists. */
export interface WantedStatement {
  readonly kind: 'provenance' | 'signature' | 'sbom'
  /** `fd.provenance.sigstore.json` */
  readonly fileName: string
  /** `linux/arm64`; absent if it is about the index. */
  readonly platform?: string
  readonly predicateType: string
  readonly subjects: readonly Subject[]
  /** An existing signature must be from this ref. Absent: from any. */
  readonly sourceRef?: string | undefined
  /** The images and the index that the bundle is attached to. */
  readonly attachedTo: readonly Descriptor[]
  /** About the size of the statement, in bytes. */
  readonly size: number
  /** Reads the predicate again each time, so that many large ones need no memory. */
  readPredicate(): Promise<JsonObject>
  /** Whether an existing statement says the same, if it has the same type and is about the same subjects. */
  isPredicate(predicate: JsonObject): Promise<boolean>
}

/** GitHub refuses larger ones. */
const MAX_PREDICATE_BYTES = 16 * MIB

/** Lists what is said about an index: provenance, signature, and its SBOMs. */
export function listStatements(
  index: DescribedIndex,
  run: ProvenanceRun,
  log: Pick<Host['log'], 'warning'>,
): WantedStatement[] {
  return [
    createProvenanceStatement(index, run),
    createSignatureStatement(index, run),
    ...selectSmall(index, log).map(sbom => createSbomStatement(index, sbom)),
  ]
}

/** The program of a deployment may ask for the digest of one platform. So it is a subject, and has the bundle, too. */
function createProvenanceStatement(index: DescribedIndex, run: ProvenanceRun): WantedStatement {
  return {
    ...describeWhole(index, 'provenance', run),
    // It warns of what it cannot say, so it is only created if it is signed.
    readPredicate: async () => createProvenance(collectProvenanceFacts(index, run)),
    // It says how exactly this index was made, also if an earlier run has made it.
    isPredicate: async () => true,
  }
}

function createSignatureStatement(index: DescribedIndex, run: ProvenanceRun): WantedStatement {
  return {
    ...describeWhole(index, 'signature', run),
    readPredicate: async () => ({}),
    isPredicate: async predicate => Object.keys(predicate).length === 0,
  }
}

/**
 * A signature of an earlier run on a feature branch would not be accepted by a consumer who expects the default branch. So an
 * image that this run has built is signed for its own ref.
 */
function describeWhole(index: DescribedIndex, kind: 'provenance' | 'signature', { claims }: ProvenanceRun) {
  const {
    index: { images, blob },
    destination,
  } = index
  return {
    kind,
    fileName: `${destination.container.name}.${kind}${BUNDLE_ENDING}`,
    predicateType: PREDICATE_TYPES[kind],
    sourceRef: destination.container.unchanged ? undefined : claims?.ref,
    subjects: [
      subjectOf(index, blob),
      ...images.map(({ manifest, platform }) => subjectOf(index, manifest, formatPlatform(platform))),
    ],
    attachedTo: [...images.map(({ manifest }) => manifest), blob],
    size: 0,
  }
}

const BUNDLE_ENDING = '.sigstore.json'

/** The names are for people: a program compares digests. */
function subjectOf({ destination }: DescribedIndex, { digest }: Descriptor, platform?: string): Subject {
  const { container, repositories } = destination
  const name = repositories[0] === undefined ? container.name : formatReference(repositories[0])
  return { name: platform === undefined ? name : `${name} (${platform})`, digest }
}

const SBOM_TYPES: Readonly<Record<SbomFormat, string>> = {
  cyclonedx: PREDICATE_TYPES.cyclonedx,
  spdx: PREDICATE_TYPES.spdx,
}

function createSbomStatement(index: DescribedIndex, sbom: SbomDocument): WantedStatement {
  const { document, fileName, format, platform, referrer } = sbom
  const readPredicate = async (): Promise<JsonObject> =>
    asObject(parseJson(await buffer(document.open()), fileName), fileName)
  return {
    kind: 'sbom',
    fileName: fileName.replace(/\.json$/, BUNDLE_ENDING),
    ...(platform !== undefined && { platform }),
    predicateType: SBOM_TYPES[format],
    subjects: [subjectOf(index, referrer.subject, platform)],
    attachedTo: [referrer.subject],
    size: document.size,
    readPredicate,
    isPredicate: async predicate => isDeepStrictEqual(predicate, await readPredicate()),
  }
}

function selectSmall(
  { sboms, destination }: DescribedIndex,
  log: Pick<Host['log'], 'warning'>,
): SbomDocument[] {
  const large = sboms.filter(({ document }) => document.size > MAX_PREDICATE_BYTES)
  if (large.length > 0)
    log.warning(
      `${pluralize(large.length, 'SBOM')} of ${destination.container.name} ${large.length === 1 ? 'is' : 'are'} not signed: ` +
        `${large.map(({ fileName, document }) => `${fileName} has ${formatBytes(document.size)}`).join(', ')}, and at most ` +
        `${formatBytes(MAX_PREDICATE_BYTES)} are possible`,
    )
  return sboms.filter(sbom => !large.includes(sbom))
}

/** Whether a statement has the type and exactly the subjects of a wanted one. */
export function isAboutSame(
  { predicateType, subjects }: Pick<WantedStatement, 'predicateType' | 'subjects'>,
  statement: Statement,
): boolean {
  const digestsOf = (each: readonly Subject[]): string[] => each.map(({ digest }) => digest).sort()
  return (
    statement.predicateType === predicateType &&
    isDeepStrictEqual(digestsOf(statement.subjects), digestsOf(subjects))
  )
}

/** An entry in a list of referrers: which manifest has which bundle. */
interface ListedEntry {
  readonly subject: Digest
  readonly manifest: Descriptor
}

/** Lists the SBOMs of an unchanged container that registries list as signed. Its run has not created them. */
export function listListedSboms(index: DescribedIndex, entries: readonly ListedEntry[]): WantedStatement[] {
  if (!index.destination.container.unchanged || index.sboms.length > 0) return []
  const { blob, images } = index.index
  const subjects = [
    ...images.map(({ manifest, platform }) => ({ manifest, platform: formatPlatform(platform) })),
    { manifest: blob, platform: undefined },
  ]
  return subjects.flatMap(({ manifest, platform }) =>
    Object.values(SBOM_TYPES)
      .filter(type =>
        entries.some(each => each.subject === manifest.digest && predicateTypeOf(each.manifest) === type),
      )
      .map(predicateType => ({
        kind: 'sbom' as const,
        fileName: `${hexOf(manifest.digest)}.${predicateType === SBOM_TYPES.spdx ? 'spdx' : 'cdx'}${BUNDLE_ENDING}`,
        ...(platform !== undefined && { platform }),
        predicateType,
        subjects: [subjectOf(index, manifest, platform)],
        attachedTo: [manifest],
        size: MAX_PREDICATE_BYTES,
        readPredicate: () => Promise.reject(new Error('not created by this run')),
        isPredicate: async () => true,
      })),
  )
}
