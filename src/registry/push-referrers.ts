import type { Meter } from '../http/message.js'
import type { Descriptor } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import type { Index } from '../oci/image-index.js'
import { OCI_EMPTY, type Referrer } from '../oci/referrer.js'
import { limitConcurrency, mapLimit, waitForAll } from '../util/async.js'
import { MAX_PARALLEL_REQUESTS } from './client.js'
import { listReferrers } from './list-referrers.js'
import { planBlobs, type RepositoryKey, repositoryKey } from './push-plan.js'
import { PushSession, type SendOptions } from './push-session.js'
import { addToReferrersTag } from './referrers-tag.js'
import type { Repository } from './repository.js'
import { transferBlobs } from './send-blobs.js'

/** The referrers of an index and of its images, for one repository that has these already. */
export interface ReferrersToPush {
  readonly index: Index
  readonly referrers: readonly Referrer[]
  readonly repository: Repository
  /** The manifests and indexes that this run has put: they have no referrers yet, so none are looked for. */
  readonly newSubjects: readonly Digest[]
  /** The referrers of subjects whose lists were read already. */
  readonly listed?: ReadonlyMap<Digest, readonly Digest[]>
}

/** A referrer that a repository does not have. */
interface MissingReferrer {
  readonly to: RepositoryKey
  readonly referrer: Referrer
}

/**
 * Pushes referrers, after their subjects and before any tag is set. Existing referrers are not sent again, and a blob that
 * several repositories need is sent once. Returns the requests and bytes for each item. Throws the first failure when all running
 * tasks have ended.
 */
export async function pushReferrers(
  items: readonly ReferrersToPush[],
  options: Omit<SendOptions, 'beforeManifests'> = {},
): Promise<Meter[]> {
  const session = new PushSession(items, options)
  try {
    const missing = (
      await mapLimit(items, session.concurrency, item => session.failFast(() => findMissing(item, session)))
    ).flat()
    await findEmptyConfigs(missing, session)
    const wanted = missing.flatMap(({ to, referrer }) => referrer.blobs.map(blob => ({ to, blob })))
    await transferBlobs(planBlobs(wanted, session.known), session)
    // An index whose documents are listed has those of its images, too: a plan only asks for those of the index.
    const indexes = new Set(items.map(({ index }) => index.blob.digest))
    const isAboutIndex = ({ referrer }: MissingReferrer): boolean => indexes.has(referrer.subject.digest)
    await putAndList(
      missing.filter(each => !isAboutIndex(each)),
      session,
    )
    await putAndList(missing.filter(isAboutIndex), session)
    return items.map(({ repository }, n) => meterOf(repository, session, items.slice(0, n)))
  } catch (error) {
    options.signal?.throwIfAborted()
    throw session.failure ?? error
  }
}

/** Lists the referrers of the subjects that this run has not put, and returns the referrers that are not listed. */
async function findMissing(
  { referrers, repository, newSubjects, listed = new Map() }: ReferrersToPush,
  session: PushSession,
): Promise<MissingReferrer[]> {
  const to = repositoryKey(repository.reference)
  const subjects = [...new Set(referrers.map(({ subject }) => subject.digest))]
  const older = subjects.filter(subject => !newSubjects.includes(subject) && !listed.has(subject))
  const [first, ...others] = older
  const list = (subject: Digest) => listReferrers(session.repository(to), subject)
  // The first answer shows whether the registry has the API.
  const listOfFirst = first === undefined ? [] : await list(first)
  const lists = [listOfFirst, ...(await mapLimit(others, MAX_PARALLEL_REQUESTS, list))]
  const existing = new Set([...lists.flat().map(({ digest }) => digest), ...[...listed.values()].flat()])
  const missing = await mapLimit(referrers, MAX_PARALLEL_REQUESTS, async referrer => {
    const { digest } = referrer.manifest
    return existing.has(digest) && (await isKept(digest, to, session)) ? [] : [{ to, referrer }]
  })
  const documents = missing.flat().flatMap(({ referrer }) => referrer.blobs.filter(isDocument))
  // A document without its manifest is garbage that an interrupted run has left. It is sent again.
  for (const { digest } of documents) session.known.record(to, digest, false)
  return missing.flat()
}

/** A tag that lists referrers may name manifests that a cleanup job has deleted. */
function isKept(digest: Digest, to: RepositoryKey, session: PushSession): Promise<boolean> {
  const repository = session.repository(to)
  if (repository.client.referrersApis.get(to)) return Promise.resolve(true)
  return repository.hasManifest(digest)
}

const isDocument = ({ mediaType }: Pick<Descriptor, 'mediaType'>): boolean => mediaType !== OCI_EMPTY

/** All referrers have the same config, so a repository often has it. */
async function findEmptyConfigs(missing: readonly MissingReferrer[], session: PushSession): Promise<void> {
  const configs = missing.flatMap(({ to, referrer }) =>
    referrer.blobs.filter(blob => !isDocument(blob)).map(({ digest }) => ({ to, digest })),
  )
  const distinct = [...new Map(configs.map(config => [config.to, config])).values()]
  await mapLimit(distinct, session.concurrency, ({ to, digest }) =>
    session.failFast(async () => {
      session.known.record(to, digest, await session.repository(to).hasBlob(digest))
    }),
  )
}

async function putAndList(referrers: readonly MissingReferrer[], session: PushSession): Promise<void> {
  const unlisted = await putReferrers(referrers, session)
  const limit = limitConcurrency(MAX_PARALLEL_REQUESTS)
  await waitForAll(
    groupBySubject(unlisted).map(({ to, subject, entries }) =>
      session.failFast(() => addToReferrersTag(session.repository(to), subject, entries, limit)),
    ),
  )
}

/** Puts the manifests of referrers. Returns those that the registry does not list as referrers by itself. */
async function putReferrers(
  missing: readonly MissingReferrer[],
  session: PushSession,
): Promise<MissingReferrer[]> {
  const put = await mapLimit(missing, session.concurrency, each =>
    session.failFast(async () => ({ ...each, isListed: await putReferrer(each, session) })),
  )
  const unlisted = put.filter(({ isListed }) => !isListed)
  const oneOfEach = [...new Map(unlisted.map(each => [each.to, each])).values()]
  const listing = await mapLimit(oneOfEach, MAX_PARALLEL_REQUESTS, async ({ to, referrer }) =>
    (await session.failFast(() => hasReferrersApi(to, referrer, session))) ? [to] : [],
  )
  const listers = new Set(listing.flat())
  return unlisted.filter(({ to }) => !listers.has(to))
}

async function putReferrer({ to, referrer }: MissingReferrer, session: PushSession): Promise<boolean> {
  const { manifest, blobs } = referrer
  const { repository } = session.progressOf(to)
  const restore = async (): Promise<void> => {
    await mapLimit(blobs, session.concurrency, blob => {
      session.progress.expect(blob.size)
      return session.upload(to, blob, {})
    })
  }
  const isListed = await repository.putManifest(manifest, manifest.digest, restore)
  if (isListed) repository.client.referrersApis.set(to, true)
  return isListed
}

/** A registry may have the API without saying so when a manifest is put, for example zot 1.4. */
async function hasReferrersApi(
  to: RepositoryKey,
  { subject }: Referrer,
  session: PushSession,
): Promise<boolean> {
  const repository = session.repository(to)
  const { referrersApis } = repository.client
  if (!referrersApis.has(to))
    referrersApis.set(to, (await repository.getReferrersPage(`referrers/${subject.digest}`)) !== undefined)
  return referrersApis.get(to) === true
}

interface SubjectEntries {
  readonly to: RepositoryKey
  readonly subject: Digest
  readonly entries: Descriptor[]
}

/** One subject has one list, which is written once for all of its new entries. */
function groupBySubject(referrers: readonly MissingReferrer[]): SubjectEntries[] {
  const groups = new Map<string, SubjectEntries>()
  for (const { to, referrer } of referrers) {
    const subject = referrer.subject.digest
    const group = groups.get(`${to}@${subject}`) ?? { to, subject, entries: [] }
    group.entries.push(referrer.manifest)
    groups.set(`${to}@${subject}`, group)
  }
  return [...groups.values()]
}

/** If several items go to one repository, the requests are counted for the first of them. */
function meterOf(
  { reference }: Repository,
  session: PushSession,
  before: readonly { readonly repository: Repository }[],
): Meter {
  const key = repositoryKey(reference)
  const isFirst = before.every(other => repositoryKey(other.repository.reference) !== key)
  return isFirst ? session.progressOf(key).meter : { requests: 0, bytesSent: 0 }
}
