import type { Digest } from '../oci/digest.js'
import type { Index } from '../oci/image-index.js'
import { isTag, referenceName } from '../oci/reference.js'
import { UserError } from '../util/error.js'
import { mapLimit } from '../util/limit.js'
import type { Retry } from '../util/retry.js'
import type { Repository } from './repository.js'
import type { Meter } from './request.js'

export interface TagOptions {
  /** How many looks at once; 4 if absent. */
  readonly concurrency?: number
  /** After an abort no tag moves any more. */
  readonly signal?: AbortSignal
  /** How long the registry may show something else than what was put there. */
  readonly lag?: Retry
  /** The manifests that this run put, which are looked for before a tag names them; all if absent. */
  readonly put?: readonly Digest[]
}

/** What came of setting tags. */
export interface Tagged {
  readonly meter: Meter
  /** Those that show something else than what they were set to, with an error that says so. */
  readonly moved: readonly { readonly tag: string; readonly error: UserError }[]
}

/** Something that the registry does not yet show as it was put. */
class Stale extends Error {}

/** Eight looks over about half a minute. */
const LAG: Retry = {
  attempts: 8,
  isTransient: failure => failure instanceof Stale,
  backoff: attempt => 250 * 2 ** (attempt - 1),
  longestWait: 60_000,
}

/**
 * Sets tags to an index that has been sent, one after the other, and reads each of them back. Before that every image must be seen
 * where it was put: throws a `UserError` for one that is not.
 */
export async function tagIndex(
  { self, images }: Index,
  to: Repository,
  tags: readonly string[],
  options: TagOptions = {},
): Promise<Tagged> {
  checkTags(tags)
  const { signal, concurrency = 4, lag = LAG } = options
  const meter: Meter = { requests: 0, bytesSent: 0 }
  if (tags.length === 0) return { meter, moved: [] }
  const repository = to.with({ access: 'push', meter, ...(signal && { signal }) })
  const digests = images.map(({ manifest }) => manifest.digest)
  const put = digests.filter(digest => options.put?.includes(digest) ?? true)
  await mapLimit(put, concurrency, digest => expectManifest(repository, digest, lag))
  for (const tag of tags) await repository.putManifest(self, tag)
  const confirmed = await mapLimit(tags, concurrency, async tag => {
    const error = await confirm(repository, tag, self.digest, lag)
    return error === undefined ? [] : [{ tag, error }]
  })
  return { meter, moved: confirmed.flat() }
}

export function checkTags(tags: readonly string[]): void {
  const wrong = tags.find(tag => !isTag(tag))
  if (wrong !== undefined) throw new UserError(`${JSON.stringify(wrong)} is not a tag`)
}

async function expectManifest(repository: Repository, digest: Digest, lag: Retry): Promise<void> {
  const look = async () => (await repository.headManifest(digest))?.digest
  const { isShown } = await waitFor(repository, look, digest, lag)
  if (isShown) return
  const { registry, repository: path } = repository.reference
  throw new UserError(
    `${referenceName({ registry, repository: path, digest })} should be there but is not to be found`,
    {
      hint: 'No tag was set. The registry, or something that cleans up there, removes images without a tag. Run it again: what is missing is sent again.',
    },
  )
}

/** The tag's bytes are read, since a digest is only what they are found to be. */
async function confirm(
  repository: Repository,
  tag: string,
  digest: Digest,
  lag: Retry,
): Promise<UserError | undefined> {
  const look = async () => (await repository.getManifest(tag))?.descriptor.digest
  const { isShown, seen } = await waitFor(repository, look, digest, lag)
  if (isShown) return undefined
  const { registry, repository: path } = repository.reference
  const name = referenceName({ registry, repository: path, tag })
  return new UserError(`${name} was set to ${digest} but shows ${seen ?? 'nothing'}`, {
    hint: 'Another job may have moved the tag meanwhile. See which of them should have the last word.',
  })
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
    await repository.retrying(async () => {
      seen = await look()
      if (seen !== digest) throw new Stale()
    }, lag)
    return { isShown: true, seen }
  } catch (error) {
    if (!(error instanceof Stale)) throw error
    return { isShown: false, seen }
  }
}
