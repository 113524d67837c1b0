import type { Meter } from '../http/message.js'
import { type Retry, TimeLimitExceeded } from '../http/retry.js'
import type { Digest } from '../oci/digest.js'
import type { Index } from '../oci/image-index.js'
import { formatReference, isTag } from '../oci/reference.js'
import { mapLimit } from '../util/async.js'
import { messageOf, UserError } from '../util/error.js'
import { nameInput } from '../util/input-name.js'
import { RegistryError } from './describe-error.js'
import { restoreMissingManifests } from './put-manifests.js'
import type { Repository } from './repository.js'

export interface TagOptions {
  /** The number of parallel reads; 4 by default. */
  readonly concurrency?: number
  /** After an abort, no further tag is set. */
  readonly signal?: AbortSignal
  /** How long to wait until the registry returns what was pushed. */
  readonly readBackRetry?: Retry
  /**
   * The manifests that this run has pushed; by default all. They are checked before the tags are set. The others are checked
   * after that.
   */
  readonly newManifests?: readonly Digest[]
}

interface TagResult {
  readonly meter: Meter
  /** The tags that the registry refused to change. The others were set. */
  readonly refused: readonly RefusedTag[]
  /** The tags that name something else when they are read back. */
  readonly moved: readonly { readonly tag: string; readonly error: UserError }[]
}

export interface RefusedTag {
  readonly tag: string
  readonly error: UserError
  /** The registry does not let existing tags change. Otherwise it may refuse each tag of this account. */
  readonly isImmutable: boolean
}

/**
 * Sets tags to an index that has been pushed, one after the other, and reads each of them back. Before that it checks that the
 * registry returns every new manifest, and after that every older one. Throws a `UserError` if a manifest is missing, a name is
 * not a tag, or it is unknown whether a tag was set, and a `RegistryError` if the registry fails. A tag that it refuses does not
 * keep the others from being set.
 */
export async function tagIndex(
  index: Index,
  to: Repository,
  tags: readonly string[],
  options: TagOptions = {},
): Promise<TagResult> {
  checkTags(tags)
  const { signal, concurrency = 4, readBackRetry = READ_BACK_RETRY } = options
  const meter: Meter = { requests: 0, bytesSent: 0 }
  if (tags.length === 0) return { meter, moved: [], refused: [] }
  const repository = to.withOptions({ access: 'push', meter, ...(signal && { signal }) })
  const context: TagContext = { index, repository, meter, readBackRetry, options }
  const digests = index.images.map(({ manifest }) => manifest.digest)
  const isNew = (digest: Digest): boolean => options.newManifests?.includes(digest) ?? true
  await mapLimit(digests.filter(isNew), concurrency, digest => checkManifest(context, digest))
  const refused: RefusedTag[] = []
  for (const tag of tags) refused.push(...(await setTag(context, tag)))
  const set = tags.filter(tag => refused.every(each => each.tag !== tag))
  const confirmed = await mapLimit(set, concurrency, async tag => {
    const error = await confirmTag(context, tag)
    return error === undefined ? [] : [{ tag, error }]
  })
  const moved = confirmed.flat()
  const unmoved = set.filter(tag => moved.every(each => each.tag !== tag))
  // The tags protect the manifests from garbage collection from now on, so this finds all that were deleted before.
  const older = unmoved.length === 0 ? [] : digests.filter(digest => !isNew(digest))
  await mapLimit(older, concurrency, digest => checkManifest(context, digest, unmoved))
  return { meter, moved, refused }
}

/** Throws a `UserError` if a name is not a valid tag. */
export function checkTags(tags: readonly string[]): void {
  const invalid = tags.find(tag => !isTag(tag))
  if (invalid !== undefined) throw new UserError(`${JSON.stringify(invalid)} is not a tag`)
}

interface TagContext {
  readonly index: Index
  readonly repository: Repository
  readonly meter: Meter
  readonly readBackRetry: Retry
  readonly options: TagOptions
}

/** Returns the tag if the registry refuses to change it. */
async function setTag(context: TagContext, tag: string): Promise<RefusedTag[]> {
  const { index, repository, meter, options } = context
  const before = meter.bytesSent
  const restore = async (): Promise<void> => {
    const restored = await restoreMissingManifests(index, repository, options)
    meter.requests += restored.requests
    meter.bytesSent += restored.bytesSent
  }
  try {
    await repository.putManifest(index.blob, tag, restore)
  } catch (failure) {
    if (isTagRefusal(failure)) return describeRefusal(context, tag, failure)
    // If no byte was sent, the tag is unchanged.
    if (meter.bytesSent === before) throw failure
    await checkTagAfterFailure(context, tag, failure)
  }
  return []
}

/**
 * The statuses with which registries refuse to change a tag: 400 (Amazon ECR, Nexus), 403 (Artifactory, Google), 405 (Azure),
 * 409 (Quay), 412 (Harbor), 423.
 */
const TAG_REFUSALS: ReadonlySet<number> = new Set([400, 403, 405, 409, 412, 423])
/** Of these, the ones that say it without a look at the tag. */
const IMMUTABLE_STATUSES: ReadonlySet<number> = new Set([409, 412, 423])
const IMMUTABLE =
  /immutab|overw|overrid|already (exists|been|tagged)|redeploy|updating asset|\block(ed)?\b|protected|disallowed/i

function isTagRefusal(failure: unknown): failure is RegistryError {
  return failure instanceof RegistryError && TAG_REFUSALS.has(failure.failure.status ?? 0)
}

/** Whether the registry refused to change a tag because its tags are immutable. */
export function isImmutableRefusal(failure: unknown): failure is RegistryError {
  return isTagRefusal(failure) && saysImmutable(failure)
}

function saysImmutable({ failure }: RegistryError): boolean {
  return (
    IMMUTABLE_STATUSES.has(failure.status ?? 0) ||
    failure.hasErrorCode('TAG_INVALID') ||
    IMMUTABLE.test(failure.problem)
  )
}

/** A tag that exists with other content may be immutable. One that has the content already was set by another run. */
async function describeRefusal(
  { index, repository }: TagContext,
  tag: string,
  error: RegistryError,
): Promise<RefusedTag[]> {
  const { failure } = error
  const current = (await repository.getManifest(tag).catch(ignoreRegistryError))?.descriptor.digest
  if (current === index.blob.digest) return []
  if (!saysImmutable(error)) return [{ tag, error, isImmutable: false }]
  const state = current === undefined ? 'cannot be set' : `cannot be changed, and still points to ${current}`
  const immutable = new UserError(`${fullNameOf(repository, { tag })} ${state}: ${failure.problem}`, {
    hint:
      'Tags are immutable in this repository of the registry. Let its rule exclude tags that move, such as `latest`, or set ' +
      `${nameInput('tags')} to tags that do not exist yet.`,
    cause: error,
  })
  return [{ tag, error: immutable, isImmutable: true }]
}

function ignoreRegistryError(error: unknown): undefined {
  if (!(error instanceof RegistryError)) throw error
}

/** The registry does not return yet what was pushed. */
class NotVisibleYet extends Error {}

/** Eight reads over about half a minute. */
const READ_BACK_RETRY: Retry = {
  attempts: 8,
  isTransient: failure => failure instanceof NotVisibleYet,
  backoff: attempt => 250 * 2 ** (attempt - 1),
  longestWait: 60_000,
}

const RUN_AGAIN_HINT = 'Run it again when the registry answers: nothing is sent twice.'

/**
 * Throws a `UserError` unless the registry returns the manifest within the retry's time.
 *
 * @param tags the tags that are set already
 */
async function checkManifest(
  context: TagContext,
  digest: Digest,
  tags: readonly string[] = [],
): Promise<void> {
  const { repository } = context
  const readDigest = async () => (await repository.headManifest(digest))?.digest
  const { isVisible } = await waitUntilVisible(context, readDigest, digest)
  if (isVisible) return
  const state =
    tags.length === 0 ? 'No tag was set.' : `${tags.join(', ')} cannot be pulled for its platform.`
  const advice =
    'The registry or a cleanup job deletes images without a tag. Run it again: missing images are uploaded again.'
  const name = fullNameOf(repository, { digest })
  throw new UserError(`${name} was pushed, but the registry does not return it`, {
    hint: `${state} ${advice}`,
  })
}

/**
 * Reads back a tag that was set. Its bytes are read, so that the digest is calculated and not only returned by the registry.
 * Returns an error if the tag names something else, and throws a `UserError` if it cannot be read.
 */
async function confirmTag(context: TagContext, tag: string): Promise<UserError | undefined> {
  const { index, repository, options } = context
  const { digest } = index.blob
  const name = fullNameOf(repository, { tag })
  const readDigest = async () => (await repository.getManifest(tag))?.descriptor.digest
  const { isVisible, lastDigest } = await waitUntilVisible(context, readDigest, digest).catch(
    (error: unknown) => {
      if (!(error instanceof RegistryError || isTimeoutOrAbort(error, options.signal))) throw error
      throw new UserError(`${name} was set to ${digest}, but cannot be read: ${messageOf(error)}`, {
        hint: RUN_AGAIN_HINT,
        cause: error,
      })
    },
  )
  if (isVisible) return undefined
  return new UserError(`${name} was set to ${digest}, but points to ${lastDigest ?? 'nothing'}`, {
    hint: 'Another job may have moved the tag. Run only one of them at a time.',
  })
}

/**
 * Reads a tag after a failure to set it, since the registry may have set it and only its response was lost. Throws the failure if
 * the tag names something else, and a `UserError` if the tag cannot be read.
 */
async function checkTagAfterFailure(
  { index, repository, options: { signal } }: TagContext,
  tag: string,
  failure: unknown,
): Promise<void> {
  if (!isOutcomeUnknown(failure, signal)) throw failure
  const { digest } = index.blob
  let current: Digest | undefined
  try {
    current = (await repository.getManifest(tag))?.descriptor.digest
  } catch (error) {
    if (!(error instanceof RegistryError || isTimeoutOrAbort(error, signal))) throw error
    throw new UserError(
      `${fullNameOf(repository, { tag })} may already point to ${digest}, because the registry's ` +
        `answer was lost: ${messageOf(failure)}`,
      { hint: RUN_AGAIN_HINT, cause: failure },
    )
  }
  if (current !== digest) throw failure
}

/** Whether the registry may have completed a request that failed for us. */
function isOutcomeUnknown(failure: unknown, signal: AbortSignal | undefined): boolean {
  if (failure instanceof RegistryError) return (failure.failure.status ?? 500) >= 500
  return isTimeoutOrAbort(failure, signal)
}

function isTimeoutOrAbort(failure: unknown, signal: AbortSignal | undefined): boolean {
  return failure instanceof TimeLimitExceeded || (signal?.aborted === true && failure === signal.reason)
}

function fullNameOf(
  { reference: { registry, repository } }: Repository,
  version: { tag: string } | { digest: Digest },
): string {
  return formatReference({ registry, repository, ...version })
}

/** Reads until the expected digest is returned or the retry's time is over. `lastDigest` is the result of the last read. */
async function waitUntilVisible(
  { repository, readBackRetry }: TagContext,
  readDigest: () => Promise<Digest | undefined>,
  expected: Digest,
): Promise<{ readonly isVisible: boolean; readonly lastDigest: Digest | undefined }> {
  let lastDigest: Digest | undefined
  try {
    await repository.retryTask(async () => {
      lastDigest = await readDigest()
      if (lastDigest !== expected) throw new NotVisibleYet(`${expected} is not visible yet`)
    }, readBackRetry)
    return { isVisible: true, lastDigest }
  } catch (error) {
    if (!(error instanceof NotVisibleYet)) throw error
    return { isVisible: false, lastDigest }
  }
}
