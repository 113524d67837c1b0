import { OutOfTime } from '../http/budget.js'
import type { Retry } from '../http/retry.js'
import type { Digest } from '../oci/digest.js'
import { referenceName } from '../oci/reference.js'
import { messageOf, UserError } from '../util/error.js'
import { RegistryError } from './describe-error.js'
import type { Repository } from './repository.js'

/** Something that the registry does not yet show as it was put. */
class Stale extends Error {}

/** Eight looks over about half a minute. */
export const LAG: Retry = {
  attempts: 8,
  isTransient: failure => failure instanceof Stale,
  backoff: attempt => 250 * 2 ** (attempt - 1),
  longestWait: 60_000,
}

const AGAIN = 'Run it again when the registry answers: nothing is sent twice.'

/**
 * Throws a `UserError` unless a manifest is seen under its digest in the end.
 *
 * @param tags those that were set already
 */
export async function expectManifest(
  repository: Repository,
  digest: Digest,
  lag: Retry,
  tags: readonly string[] = [],
): Promise<void> {
  const look = async () => (await repository.headManifest(digest))?.digest
  const { isShown } = await waitFor(repository, look, digest, lag)
  if (isShown) return
  const state =
    tags.length === 0 ? 'No tag was set.' : `${tags.join(', ')} cannot be pulled for its platform.`
  throw new UserError(`${nameOf(repository, { digest })} should be there but is not to be found`, {
    hint: `${state} The registry, or something that cleans up there, removes images without a tag. Run it again: what is missing is sent again.`,
  })
}

/**
 * What a tag shows that was set to a digest is read, since a digest is only what the bytes are found to be. Gives an error for
 * something else, and throws one where nothing can be read.
 */
export async function confirmTag(
  repository: Repository,
  tag: string,
  digest: Digest,
  lag: Retry,
  signal?: AbortSignal,
): Promise<UserError | undefined> {
  const name = nameOf(repository, { tag })
  const look = async () => (await repository.getManifest(tag))?.descriptor.digest
  const { isShown, seen } = await waitFor(repository, look, digest, lag).catch((error: unknown) => {
    if (!(error instanceof RegistryError || isEnd(error, signal))) throw error
    throw new UserError(`${name} was set to ${digest} but could not be read back: ${messageOf(error)}`, {
      hint: AGAIN,
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
export async function expectTag(
  repository: Repository,
  tag: string,
  digest: Digest,
  failure: unknown,
  signal?: AbortSignal,
): Promise<void> {
  if (!isUnclear(failure, signal)) throw failure
  let shown: Digest | undefined
  try {
    shown = (await repository.getManifest(tag))?.descriptor.digest
  } catch (error) {
    if (!(error instanceof RegistryError || isEnd(error, signal))) throw error
    throw new UserError(
      `${nameOf(repository, { tag })} may show ${digest} already, since the registry's answer was lost: ${messageOf(failure)}`,
      { hint: AGAIN, cause: failure },
    )
  }
  if (shown !== digest) throw failure
}

/** Whether a request may have had its effect although it failed. */
function isUnclear(failure: unknown, signal: AbortSignal | undefined): boolean {
  if (failure instanceof RegistryError) return (failure.failure.status ?? 500) >= 500
  return isEnd(failure, signal)
}

/** Whether there was no time left, or the user's patience has ended. */
function isEnd(failure: unknown, signal: AbortSignal | undefined): boolean {
  return failure instanceof OutOfTime || (signal?.aborted === true && failure === signal.reason)
}

function nameOf(
  { reference: { registry, repository } }: Repository,
  of: { tag: string } | { digest: Digest },
): string {
  return referenceName({ registry, repository, ...of })
}

/** Looks until the digest is shown or the registry's time is over; `seen` is what was shown last. */
async function waitFor(
  repository: Repository,
  look: () => Promise<Digest | undefined>,
  digest: Digest,
  lag: Retry,
): Promise<{ readonly isShown: boolean; readonly seen: Digest | undefined }> {
  let seen: Digest | undefined
  try {
    await repository.retryTask(async () => {
      seen = await look()
      if (seen !== digest) throw new Stale(`${digest} is not shown yet`)
    }, lag)
    return { isShown: true, seen }
  } catch (error) {
    if (!(error instanceof Stale)) throw error
    return { isShown: false, seen }
  }
}
