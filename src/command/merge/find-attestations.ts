import { buffer } from 'node:stream/consumers'
import { isDeepStrictEqual } from 'node:util'
import { BUNDLE_TYPE, parseBundle } from '../../attestation/bundle.js'
import { predicateTypeOf } from '../../attestation/bundle-artifact.js'
import type { ExpectedSigner } from '../../attestation/signer-identity.js'
import type { TrustRoots } from '../../attestation/trust-root.js'
import { verifyBundle } from '../../attestation/verify-bundle.js'
import type { GitHubAttestations } from '../../github/attestations.js'
import type { Log } from '../../host/host.js'
import { CREATED } from '../../oci/annotation-keys.js'
import type { Descriptor } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { parseManifest } from '../../oci/image.js'
import { compareNewestFirst } from '../../oci/referrer.js'
import { MAX_PARALLEL_REQUESTS } from '../../registry/client.js'
import { listReferrers } from '../../registry/list-referrers.js'
import type { Repository } from '../../registry/repository.js'
import { mapLimit } from '../../util/async.js'
import { messageOf, UserError } from '../../util/error.js'
import { parseObjectOrEmpty } from '../../util/json.js'
import { MIB } from '../../util/text.js'
import { isAboutSame, type WantedStatement } from './index-statements.js'
import type { SentIndex } from './push-index.js'

/** Who must have signed an existing bundle, so that it is not signed again. */
export interface SignatureCheck {
  readonly expected: ExpectedSigner
  /** Absent if a key signs. */
  readonly trust: TrustRoots | undefined
  readonly log: Pick<Log, 'debug'>
}

/** The bundles that the registries list for an index and its images. Nothing is verified. */
export interface ListedBundles {
  readonly entries: readonly ListedBundle[]
  /** For each repository of the index, in order: the listed manifests by subject. */
  readonly bySubject: readonly ReadonlyMap<Digest, readonly Digest[]>[]
}

interface ListedBundle {
  readonly repository: Repository
  readonly subject: Digest
  /** Of the artifact that has the bundle. */
  readonly manifest: Descriptor
}

/**
 * Lists the bundles of an index and its images in all repositories. The lists of new manifests are read, too: an earlier run may
 * have been interrupted before it set a tag.
 */
export async function listBundles({ index, targets }: SentIndex): Promise<ListedBundles> {
  const subjects = [index.blob, ...index.images.map(({ manifest }) => manifest)].map(({ digest }) => digest)
  const lists = await mapLimit(targets, MAX_PARALLEL_REQUESTS, ({ repository }) =>
    listInRepository(repository, subjects),
  )
  return {
    entries: lists.flat(),
    bySubject: lists.map(list => {
      const listed = (subject: Digest): Digest[] =>
        list.filter(each => each.subject === subject).map(({ manifest }) => manifest.digest)
      return new Map(subjects.map(subject => [subject, listed(subject)]))
    }),
  }
}

async function listInRepository(
  repository: Repository,
  [first, ...others]: readonly Digest[],
): Promise<ListedBundle[]> {
  const list = async (subject: Digest): Promise<ListedBundle[]> => {
    const manifests = await listReferrers(repository, subject, { artifactType: BUNDLE_TYPE })
    return manifests.map(manifest => ({ repository, subject, manifest }))
  }
  // The first answer shows whether the registry has the API.
  const ofFirst = first === undefined ? [] : await list(first)
  return [...ofFirst, ...(await mapLimit(others, MAX_PARALLEL_REQUESTS, list)).flat()]
}

/** A bundle that is attached already. */
export interface FoundBundle {
  readonly bytes: Buffer
  /** The time that its artifact has, if it has one. */
  readonly created: string | undefined
}

/** More bundles of one kind for one digest are not from this program. */
const MAX_CANDIDATES = 20

/** Finds a valid bundle of a statement among the listed ones, the newest first. */
export async function findAttachedBundle(
  wanted: WantedStatement,
  { entries }: ListedBundles,
  check: SignatureCheck,
): Promise<FoundBundle | undefined> {
  const tried = new Set<Digest>()
  for (const entry of selectCandidates(wanted, entries).slice(0, MAX_CANDIDATES)) {
    const bytes = await readAttachedBundle(entry, tried)
    if (bytes !== undefined && (await isValid(bytes, wanted, check))) return { bytes, created: timeOf(entry) }
  }
  return undefined
}

function selectCandidates(wanted: WantedStatement, entries: readonly ListedBundle[]): ListedBundle[] {
  const subjects = wanted.attachedTo.map(({ digest }) => digest).reverse()
  // Several repositories can have the same one.
  const byName = entries.map(each => [`${each.subject} ${each.manifest.digest}`, each] as const)
  return [...new Map(byName.toReversed()).values()]
    .filter(({ subject, manifest }) => {
      const predicateType = predicateTypeOf(manifest)
      return subjects.includes(subject) && (predicateType ?? wanted.predicateType) === wanted.predicateType
    })
    .sort(
      (a, b) =>
        subjects.indexOf(a.subject) - subjects.indexOf(b.subject) ||
        compareNewestFirst(a.manifest, b.manifest),
    )
}

function timeOf({ manifest }: ListedBundle): string | undefined {
  const created = manifest.annotations?.[CREATED]
  return created === undefined || Number.isNaN(Date.parse(created)) ? undefined : created
}

const MAX_BUNDLE_BYTES = 64 * MIB

/** Returns `undefined` if it is not there any more, is not a bundle, or is one of the bundles that were tried. */
async function readAttachedBundle(
  { repository, subject, manifest }: ListedBundle,
  tried: Set<Digest>,
): Promise<Buffer | undefined> {
  const found = await repository.getManifest(manifest.digest)
  const layer = found && findBundleLayer(found.bytes, subject)
  if (layer === undefined || tried.has(layer.digest) || layer.size > MAX_BUNDLE_BYTES) return undefined
  tried.add(layer.digest)
  return repository.retryLayer(async () => buffer(await repository.getBlob(layer)))
}

function findBundleLayer(bytes: Buffer, subject: Digest): Descriptor | undefined {
  try {
    const manifest = parseManifest(bytes)
    if (manifest.subject?.digest !== subject) return undefined
    return manifest.layers.find(({ mediaType }) => mediaType === BUNDLE_TYPE)
  } catch {
    return undefined
  }
}

function withSourceRef(expected: ExpectedSigner, { sourceRef }: WantedStatement): ExpectedSigner {
  return expected.kind === 'identity' && sourceRef !== undefined ? { ...expected, sourceRef } : expected
}

async function isValid(
  bytes: Buffer,
  wanted: WantedStatement,
  { expected, trust, log }: SignatureCheck,
): Promise<boolean> {
  try {
    const bundle = parseBundle(bytes, wanted.fileName)
    if (!isAboutSame(wanted, bundle.statement)) return false
    await verifyBundle(bundle, withSourceRef(expected, wanted), trust)
    return await wanted.isPredicate(bundle.statement.predicate)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    log.debug(`An existing bundle is not used: ${messageOf(error)}`)
    return false
  }
}

/** The SBOM of a platform can be large, so not all of its versions are read. */
const NEWEST = 2

/** Whether GitHub has a valid bundle of a statement. The lists of indexes are read once. */
export class GitHubLists {
  readonly #github: GitHubAttestations
  readonly #check: SignatureCheck
  readonly #byDigest = new Map<Digest, Promise<Buffer[]>>()

  constructor(github: GitHubAttestations, check: SignatureCheck) {
    this.#github = github
    this.#check = check
  }

  /** @param verified the bundle that a registry has. The same one need not be verified again. */
  async has(wanted: WantedStatement, verified?: Buffer): Promise<boolean> {
    const bundles = await this.#list(wanted)
    if (verified !== undefined && bundles.some(each => hasSameSignature(each, verified))) return true
    for (const bytes of bundles) if (await isValid(bytes, wanted, this.#check)) return true
    return false
  }

  #list({ attachedTo, platform, predicateType }: WantedStatement): Promise<Buffer[]> {
    const digest = attachedTo.at(-1)?.digest as Digest
    if (platform !== undefined) return this.#github.list(digest, { predicateType, newest: NEWEST })
    const list = this.#byDigest.get(digest) ?? this.#github.list(digest)
    this.#byDigest.set(digest, list)
    return list
  }
}

/** GitHub may write the JSON of a bundle in another way. */
function hasSameSignature(bundle: Buffer, other: Buffer): boolean {
  return isDeepStrictEqual(envelopeOf(bundle), envelopeOf(other))
}

function envelopeOf(bundle: Buffer): unknown {
  return parseObjectOrEmpty(bundle.toString()).dsseEnvelope ?? bundle
}
