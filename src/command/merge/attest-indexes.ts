import { createPublicKey } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { makeBundleReferrer } from '../../attestation/bundle-artifact.js'
import { requestIdentityToken } from '../../attestation/identity-token.js'
import type { StatementSigner } from '../../attestation/sign-statements.js'
import { type ExpectedSigner, signerWorkflowOf } from '../../attestation/signer-identity.js'
import { loadTrustRoots } from '../../attestation/trust-root.js'
import { verifyBundle } from '../../attestation/verify-bundle.js'
import type { GitHubAttestations } from '../../github/attestations.js'
import type { Host, Log } from '../../host/host.js'
import { showPartsIfSlow } from '../../host/progress.js'
import type { MergeInputs } from '../../input/input-table.js'
import type { Referrer } from '../../oci/referrer.js'
import { pushReferrers } from '../../registry/push-referrers.js'
import { type Limit, limitConcurrency, mapLimit } from '../../util/async.js'
import { messageOf, UserError } from '../../util/error.js'
import { nameInput, nameSetting } from '../../util/input-name.js'
import { limitList, MIB } from '../../util/text.js'
import { githubOf } from '../shared/git.js'
import type { PlanDocument } from '../shared/plan-document.js'
import { IMAGES_AT_ONCE } from '../shared/platform-image.js'
import type { SigningWay } from '../shared/signing-way.js'
import { hasBundleFiles, writeBundleFiles } from './bundle-files.js'
import type { ProvenanceRun } from './describe-provenance.js'
import {
  findAttachedBundle,
  GitHubLists,
  type ListedBundles,
  listBundles,
  type SignatureCheck,
} from './find-attestations.js'
import { listListedSboms, listStatements, type WantedStatement } from './index-statements.js'
import { type DescribedIndex, nameIndexes, type SentIndex } from './push-index.js'
import { type StatementBundle, storeBundle } from './statement-bundle.js'

export { checkBundlePaths, uploadBundles } from './bundle-files.js'

/** How a run signs, verifies and sends statements. */
export interface Attestation {
  readonly check: SignatureCheck
  /** Called for the first statement that has to be signed. */
  readonly openSigner: () => Promise<StatementSigner>
  /** Absent if nothing is sent to GitHub. */
  readonly github: GitHubAttestations | undefined
  readonly run: ProvenanceRun
  readonly host: Host
}

/** A plan without attestations does not look for those of unchanged containers, so these may have none. */
export function reportPlanWithoutAttestations(
  plan: PlanDocument | undefined,
  log: Pick<Log, 'warning'>,
): void {
  const unchanged = plan?.containers.filter(({ build }) => !build).map(({ name }) => name) ?? []
  if (plan === undefined || plan.attest || unchanged.length === 0) return
  log.warning(
    `The plan was made without ${nameSetting('attest', 'true')}, so it was not checked whether ${limitList(unchanged)} ` +
      `${unchanged.length === 1 ? 'has' : 'have'} attestations. Set the same value for the plan, the build and the merge`,
  )
}

interface AttestationOptions {
  readonly inputs: Pick<MergeInputs, 'signingConfig' | 'trustedRoot' | 'githubToken'> &
    ProvenanceRun['inputs']
  readonly planBinding?: ProvenanceRun['planBinding']
  readonly host: Host
}

export async function openAttestation(
  signing: SigningWay,
  { inputs, planBinding, host }: AttestationOptions,
): Promise<Attestation> {
  const { env, log, signal } = host
  const isKey = signing.way === 'key'
  const services = { cacheFolder: host.tools, env, log, signal }
  const trust = isKey ? undefined : await loadTrustRoots({ trustedRoot: inputs.trustedRoot, ...services })
  let signer: Promise<StatementSigner> | undefined
  const openSigner = async (): Promise<StatementSigner> => {
    // Loaded only if something has to be signed.
    const { createKeylessSigner, createKeySigner } = await import('../../attestation/sign-statements.js')
    if (isKey) return createKeySigner(signing.privateKey)
    return createKeylessSigner({
      ...services,
      signingConfig: inputs.signingConfig,
      instance: signing.way,
      serverUrl: env.GITHUB_SERVER_URL,
      requestToken: () => requestIdentityToken(host),
    })
  }
  return {
    check: { expected: expectedSignerOf(signing), trust, log },
    openSigner: () => {
      signer ??= openSigner()
      return signer
    },
    github: !isKey && signing.sendsToGitHub ? await openGitHub(inputs, host) : undefined,
    run: { claims: isKey ? undefined : signing.claims, planBinding, inputs, env, log },
    host,
  }
}

function expectedSignerOf(signing: SigningWay): ExpectedSigner {
  if (signing.way === 'key') return { kind: 'key', publicKey: createPublicKey(signing.privateKey) }
  const { issuer, repository, jobWorkflowRef } = signing.claims
  return { kind: 'identity', repository, ...signerWorkflowOf(jobWorkflowRef), issuer }
}

async function openGitHub(
  inputs: AttestationOptions['inputs'],
  host: Host,
): Promise<GitHubAttestations | undefined> {
  const github = await githubOf(inputs, host)
  if (github === undefined) return undefined
  const { createGitHubAttestations } = await import('../../github/attestations.js')
  return createGitHubAttestations(github.api, github.name, { env: host.env, signal: host.signal })
}

/** What is signed for one index. */
interface IndexWork {
  readonly index: SentIndex
  readonly listed: ListedBundles
  readonly wanted: readonly WantedStatement[]
}

/** A statement with its bundle. */
interface Attested {
  readonly wanted: WantedStatement
  readonly bundle: StatementBundle
  readonly referrers: readonly Referrer[]
  readonly isNew: boolean
}

/**
 * Signs what is said about pushed indexes, attaches the bundles to the indexes and their images in all repositories, and sends
 * them to GitHub, before any tag is set. A valid bundle that exists is not signed again, and is copied to the places that do not
 * have it. So after a failure, the next run does only the rest.
 */
export async function attestIndexes(
  indexes: readonly SentIndex[],
  attestation: Attestation,
): Promise<SentIndex[]> {
  if (indexes.every(({ targets }) => targets.length === 0)) return [...indexes]
  try {
    return await attestPushed(indexes, attestation)
  } catch (error) {
    attestation.host.signal.throwIfAborted()
    throw addConsequence(error)
  }
}

const UNCHANGED = 'No tag was changed.'

/** The services say it, too, because they also fail before anything is pushed. */
function addConsequence(error: unknown): unknown {
  if (!(error instanceof UserError)) return error
  const advice = error.hint?.replace(`${UNCHANGED} `, '') ?? 'Run the job again.'
  const hint = `${UNCHANGED} ${advice}\nThe next run signs and sends only what is missing.`
  return new UserError(`The images were pushed, but not attested: ${error.message}`, { hint, cause: error })
}

/** Signs what is said about an index that is not pushed. Its bundles are files next to its archive. */
export async function attestArchive(
  index: DescribedIndex,
  attestation: Attestation,
): Promise<DescribedIndex> {
  const { run, host, check } = attestation
  // A signature with an identity gets into a public log, and nobody could pull the image that it is about.
  if (!hasBundleFiles(index.destination) || check.expected.kind !== 'key') return index
  const work = {
    index: { ...index, targets: [] },
    listed: NOTHING_LISTED,
    wanted: listStatements(index, run, host.log),
  }
  const [attested = []] = await signAll([work], attestation)
  return writeBundleFiles({ ...index, attestations: attested.map(({ bundle }) => bundle) }, host)
}

const NOTHING_LISTED: ListedBundles = { entries: [], bySubject: [] }

async function attestPushed(indexes: readonly SentIndex[], attestation: Attestation): Promise<SentIndex[]> {
  const { host, run } = attestation
  const work = await mapLimit(indexes, IMAGES_AT_ONCE, async (index): Promise<IndexWork> => {
    return { index, listed: await listBundles(index), wanted: listStatements(index, run, host.log) }
  })
  const attested = await signAll(work, attestation)
  const meters = await host.log.showProgress(nameIndexes(indexes), report => {
    report({ activity: 'uploading attestations' })
    return pushReferrers(
      work.flatMap((each, n) => listItems(each, attested[n] ?? [])),
      { signal: host.signal },
    )
  })
  if (attestation.github !== undefined) {
    const lists = new GitHubLists(attestation.github, attestation.check)
    await sendToGitHub(work, attested, { ...attestation, github: attestation.github, lists })
  }
  let next = 0
  return indexes.map((index, n) => ({
    ...index,
    attestations: (attested[n] ?? []).map(({ bundle }) => bundle),
    targets: index.targets.map(target => addRequests(target, meters[next++])),
  }))
}

function listItems({ index, listed }: IndexWork, attested: readonly Attested[]) {
  return index.targets.map(({ repository }, n) => ({
    index: index.index,
    referrers: attested.flatMap(({ referrers }) => referrers),
    repository,
    newSubjects: [],
    listed: listed.bySubject[n] ?? new Map(),
  }))
}

/** The requests of this program for referrers are counted for the push. */
function addRequests(
  target: SentIndex['targets'][number],
  { requests, bytesSent } = { requests: 0, bytesSent: 0 },
): SentIndex['targets'][number] {
  const { upload } = target
  const sums = { requests: upload.requests + requests, bytesSent: upload.bytesSent + bytesSent }
  return { ...target, upload: { ...upload, ...sums } }
}

/** The services for signatures answer in seconds, and their rate is limited. */
const SIGNED_AT_ONCE = 4
/** Larger statements are read, signed and sent one after another. */
const SMALL_BYTES = MIB

/** Finds or signs the bundles of all statements. Returns those of each index. */
async function signAll(work: readonly IndexWork[], attestation: Attestation): Promise<Attested[][]> {
  const tasks = work.flatMap(({ index, listed, wanted }, n) =>
    wanted.map((each): SigningTask => ({ index, listed, wanted: each, n })),
  )
  const limit = limitLarge()
  const parts = {
    title: nameIndexes(work.map(({ index }) => index)),
    activity: 'signing',
    total: tasks.length,
  }
  // A signature of an image in a public log cannot be deleted. So nothing is signed before all unbuilt images have a provenance.
  const isFirst = ({ wanted, index }: SigningTask): boolean =>
    wanted.kind === 'provenance' && index.destination.container.unchanged
  const phases = [tasks.filter(isFirst), tasks.filter(task => !isFirst(task))]
  const attested = new Map<SigningTask, Attested>()
  await showPartsIfSlow(attestation.host.log, parts, async countOne => {
    for (const phase of phases) {
      await mapLimit(phase, SIGNED_AT_ONCE, async task => {
        attestation.host.signal.throwIfAborted()
        const sign = (): Promise<Attested> => attestOne(task.wanted, task, attestation)
        attested.set(task, await limit(task.wanted, sign).finally(countOne))
      })
    }
  })
  return work.map((_, n) => tasks.filter(task => task.n === n).flatMap(task => attested.get(task) ?? []))
}

/** A statement about the index with the number `n`. */
interface SigningTask extends Pick<IndexWork, 'index' | 'listed'> {
  readonly wanted: WantedStatement
  readonly n: number
}

function limitLarge(): <T>(wanted: WantedStatement, task: () => Promise<T>) => Promise<T> {
  const one: Limit = limitConcurrency(1)
  return (wanted, task) => (wanted.size > SMALL_BYTES ? one(task) : task())
}

async function attestOne(
  wanted: WantedStatement,
  { index, listed }: Pick<IndexWork, 'index' | 'listed'>,
  attestation: Attestation,
): Promise<Attested> {
  const found = await findAttachedBundle(wanted, listed, attestation.check)
  if (found === undefined) checkIsBuilt(wanted, index)
  const bytes = found?.bytes ?? (await signStatement(wanted, attestation))
  const bundle = await storeBundle(bytes, wanted.fileName, attestation.host)
  const { kind, fileName, platform, predicateType } = wanted
  const created = found?.created ?? new Date().toISOString()
  return {
    wanted,
    bundle: { kind, fileName, predicateType, bundle, ...(platform !== undefined && { platform }) },
    referrers: wanted.attachedTo.map(subject =>
      makeBundleReferrer({ subject, bundle, predicateType, created }),
    ),
    isNew: found === undefined,
  }
}

/**
 * The plan builds a container without attestations. So this plan did not look for them, or they are not valid. Whoever can push
 * can write such an image, with annotations that say that it is unchanged: a signature would make it trusted.
 */
function checkIsBuilt({ kind }: WantedStatement, { destination: { container } }: DescribedIndex): void {
  if (kind !== 'provenance' || !container.unchanged) return
  throw new UserError(
    `${container.name} has no valid provenance of this workflow, and this run has not built it, so nothing shows what is in ` +
      'its images',
    {
      hint:
        `Run the workflow once with ${nameSetting('force', 'true')}, which builds it again. Set the same value of ` +
        `${nameInput('attest')} for the plan, the build and the merge.`,
    },
  )
}

/** Signs a statement, and verifies the result as a consumer would, before it leaves this machine. */
async function signStatement(
  wanted: WantedStatement,
  { openSigner, check }: Pick<Attestation, 'openSigner' | 'check'>,
): Promise<Buffer> {
  const signer = await openSigner()
  const { subjects, predicateType } = wanted
  const bundle = await signer.sign({ subjects, predicateType, predicate: await wanted.readPredicate() })
  try {
    await verifyBundle(bundle, check.expected, check.trust)
  } catch (error) {
    throw new UserError(`The new signature in ${wanted.fileName} is not valid: ${messageOf(error)}`, {
      hint:
        `The services that sign and the keys to trust do not belong together: set both ${nameInput('signing-config')} and ` +
        `${nameInput('trusted-root')}, or none.`,
      cause: error,
    })
  }
  return bundle.bytes
}

interface GitHubContext extends Attestation {
  readonly github: GitHubAttestations
  readonly lists: GitHubLists
}

/** SBOMs before the provenance, and those of images before those of indexes: the last ones show that all others are there. */
const ORDER = [
  ({ kind, platform }: WantedStatement) => kind === 'sbom' && platform !== undefined,
  ({ kind, platform }: WantedStatement) => kind === 'sbom' && platform === undefined,
  ({ kind }: WantedStatement) => kind === 'provenance',
]

/** A signature says nothing that the provenance does not say, so it is only in registries, for `cosign verify`. */
async function sendToGitHub(
  work: readonly IndexWork[],
  attested: readonly (readonly Attested[])[],
  context: GitHubContext,
): Promise<void> {
  const limit = limitLarge()
  const send = async ({ wanted, bundle, isNew }: Attested): Promise<void> => {
    const bytes = await buffer(bundle.bundle.open())
    if (isNew || !(await context.lists.has(wanted, bytes))) await context.github.create(bytes)
  }
  const restored = await mapLimit(work, IMAGES_AT_ONCE, each => restoreSboms(each, context))
  const all = [...attested.flat(), ...restored.flat()]
  for (const isNext of ORDER) {
    const next = all.filter(({ wanted }) => isNext(wanted))
    await mapLimit(next, SIGNED_AT_ONCE, each => limit(each.wanted, () => send(each)))
  }
}

/**
 * The SBOMs of an unchanged container are not known to this run. They are read from the registry if GitHub does not have all
 * that was sent last, because an earlier run was interrupted.
 */
async function restoreSboms(
  { index, listed, wanted }: IndexWork,
  context: GitHubContext,
): Promise<Attested[]> {
  const sboms = listListedSboms(index, listed.entries)
  const last = [...wanted.filter(({ kind }) => kind === 'provenance'), ...sboms.filter(isAboutIndex)]
  if (sboms.length === 0 || (await areAtGitHub(last, context))) return []
  const restored: Attested[] = []
  for (const each of sboms) {
    const found = await findAttachedBundle(each, listed, context.check)
    if (found === undefined) continue
    const bundle = await storeBundle(found.bytes, each.fileName, context.host)
    restored.push({ wanted: each, bundle: { ...each, bundle }, referrers: [], isNew: false })
  }
  return restored
}

const isAboutIndex = ({ platform }: WantedStatement): boolean => platform === undefined

async function areAtGitHub(
  statements: readonly WantedStatement[],
  { lists }: GitHubContext,
): Promise<boolean> {
  for (const each of statements) if (!(await lists.has(each))) return false
  return true
}
