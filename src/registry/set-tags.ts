import type { Meter } from '../http/message.js'
import { type Retry, TimeLimitExceeded } from '../http/retry.js'
import type { Digest } from '../oci/digest.js'
import type { Index } from '../oci/image-index.js'
import { formatReference, isTag } from '../oci/reference.js'
import { mapLimit } from '../util/async.js'
import { messageOf, UserError } from '../util/error.js'
import { RegistryError } from './describe-error.js'
import { restoreMissingManifests } from './put-manifests.js'
import type { Repository } from './repository.js'

export interface TagOptions {
  /** How many looks at once; 4 if absent. */
  readonly concurrency?: number
  /** After an abort no tag moves any more. */
  readonly signal?: AbortSignal
  /** How long the registry may show something else than what was put there. */
  readonly readBackRetry?: Retry
  /** The manifests that this run put, which are looked for before a tag names them; all if absent. Others are looked for after that. */
  readonly newManifests?: readonly Digest[]
}

/** What came of setting tags. */
export interface TagResult {
  readonly meter: Meter
  /** Those that show something else than what they were set to, with an error that says so. */
  readonly moved: readonly { readonly tag: string; readonly error: UserError }[]
}

/**
 * Sets tags to an index that has been sent, one after the other, and reads each of them back. Before that every image must be seen
 * where it was put: throws a `UserError` for one that is not. Those that were there before must still be when the tags name them.
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
  if (tags.length === 0) return { meter, moved: [] }
  const repository = to.withOptions({ access: 'push', meter, ...(signal && { signal }) })
  const digests = index.images.map(({ manifest }) => manifest.digest)
  const isPut = (digest: Digest): boolean => options.newManifests?.includes(digest) ?? true
  await mapLimit(digests.filter(isPut), concurrency, digest =>
    checkManifest(repository, digest, readBackRetry),
  )
  for (const tag of tags) await setTag(index, repository, tag, meter, options)
  const confirmed = await mapLimit(tags, concurrency, async tag => {
    const error = await confirmTag(repository, tag, index.blob.digest, readBackRetry, signal)
    return error === undefined ? [] : [{ tag, error }]
  })
  const moved = confirmed.flat()
  const held = tags.filter(tag => moved.every(each => each.tag !== tag))
  // From here on nothing cleans them up; what was gone before that is found out now. Nobody needs them where no tag has stayed.
  const older = held.length === 0 ? [] : digests.filter(digest => !isPut(digest))
  await mapLimit(older, concurrency, digest => checkManifest(repository, digest, readBackRetry, held))
  return { meter, moved }
}

async function setTag(
  index: Index,
  repository: Repository,
  tag: string,
  meter: Meter,
  options: TagOptions,
): Promise<void> {
  const before = meter.bytesSent
  const mend = async (): Promise<void> => {
    const mended = await restoreMissingManifests(index, repository, options)
    meter.requests += mended.requests
    meter.bytesSent += mended.bytesSent
  }
  try {
    await repository.putManifest(index.blob, tag, mend)
  } catch (failure) {
    // Where nothing was sent, nothing can have had an effect.
    if (meter.bytesSent === before) throw failure
    await checkTagAfterFailure(repository, tag, index.blob.digest, failure, options.signal)
  }
}

export function checkTags(tags: readonly string[]): void {
  const wrong = tags.find(tag => !isTag(tag))
  if (wrong !== undefined) throw new UserError(`${JSON.stringify(wrong)} is not a tag`)
}

/** Something that the registry does not yet show as it was put. */
class NotVisibleYet extends Error {}

/** Eight looks over about half a minute. */
const READ_BACK_RETRY: Retry = {
  attempts: 8,
  isTransient: failure => failure instanceof NotVisibleYet,
  backoff: attempt => 250 * 2 ** (attempt - 1),
  longestWait: 60_000,
}

const RUN_AGAIN_HINT = 'Run it again when the registry answers: nothing is sent twice.'

/**
 * Throws a `UserError` unless a manifest is seen under its digest in the end.
 *
 * @param tags those that were set already
 */
async function checkManifest(
  repository: Repository,
  digest: Digest,
  lag: Retry,
  tags: readonly string[] = [],
): Promise<void> {
  const look = async () => (await repository.headManifest(digest))?.digest
  const { isShown } = await waitUntilVisible(repository, look, digest, lag)
  if (isShown) return
  const state =
    tags.length === 0 ? 'No tag was set.' : `${tags.join(', ')} cannot be pulled for its platform.`
  throw new UserError(`${fullNameOf(repository, { digest })} should be there but is not to be found`, {
    hint: `${state} The registry, or something that cleans up there, removes images without a tag. Run it again: what is missing is sent again.`,
  })
}

/**
 * What a tag shows that was set to a digest is read, since a digest is only what the bytes are found to be. Gives an error for
 * something else, and throws one where nothing can be read.
 */
async function confirmTag(
  repository: Repository,
  tag: string,
  digest: Digest,
  lag: Retry,
  signal?: AbortSignal,
): Promise<UserError | undefined> {
  const name = fullNameOf(repository, { tag })
  const look = async () => (await repository.getManifest(tag))?.descriptor.digest
  const { isShown, seen } = await waitUntilVisible(repository, look, digest, lag).catch((error: unknown) => {
    if (!(error instanceof RegistryError || isTimeoutOrAbort(error, signal))) throw error
    throw new UserError(`${name} was set to ${digest} but could not be read back: ${messageOf(error)}`, {
      hint: RUN_AGAIN_HINT,
      cause: error,
    })
  })
  if (isShown) return undefined
  return new UserError(`${name} was set to ${digest} but shows ${seen ?? 'nothing'}`, {
    hint: 'Another job may have moved the tag meanwhile. See which of them should have the last word.',
  })
}

/**
 * After a failure to set a tag: an answer may have been lost of a request that had its effect. Throws the failure where the tag
 * shows something else, and says so where nobody can know.
 */
async function checkTagAfterFailure(
  repository: Repository,
  tag: string,
  digest: Digest,
  failure: unknown,
  signal?: AbortSignal,
): Promise<void> {
  if (!isOutcomeUnknown(failure, signal)) throw failure
  let shown: Digest | undefined
  try {
    shown = (await repository.getManifest(tag))?.descriptor.digest
  } catch (error) {
    if (!(error instanceof RegistryError || isTimeoutOrAbort(error, signal))) throw error
    throw new UserError(
      `${fullNameOf(repository, { tag })} may show ${digest} already, since the registry's answer was lost: ${messageOf(failure)}`,
      { hint: RUN_AGAIN_HINT, cause: failure },
    )
  }
  if (shown !== digest) throw failure
}

/** Whether a request may have had its effect although it failed. */
function isOutcomeUnknown(failure: unknown, signal: AbortSignal | undefined): boolean {
  if (failure instanceof RegistryError) return (failure.failure.status ?? 500) >= 500
  return isTimeoutOrAbort(failure, signal)
}

/** Whether there was no time left, or the user's patience has ended. */
function isTimeoutOrAbort(failure: unknown, signal: AbortSignal | undefined): boolean {
  return failure instanceof TimeLimitExceeded || (signal?.aborted === true && failure === signal.reason)
}

function fullNameOf(
  { reference: { registry, repository } }: Repository,
  of: { tag: string } | { digest: Digest },
): string {
  return formatReference({ registry, repository, ...of })
}

/** Looks until the digest is shown or the registry's time is over; `seen` is what was shown last. */
async function waitUntilVisible(
  repository: Repository,
  look: () => Promise<Digest | undefined>,
  digest: Digest,
  lag: Retry,
): Promise<{ readonly isShown: boolean; readonly seen: Digest | undefined }> {
  let seen: Digest | undefined
  try {
    await repository.retryTask(async () => {
      seen = await look()
      if (seen !== digest) throw new NotVisibleYet(`${digest} is not shown yet`)
    }, lag)
    return { isShown: true, seen }
  } catch (error) {
    if (!(error instanceof NotVisibleYet)) throw error
    return { isShown: false, seen }
  }
}
