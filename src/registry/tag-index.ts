import type { Digest } from '../oci/digest.js'
import type { Index } from '../oci/image-index.js'
import { isTag } from '../oci/reference.js'
import { UserError } from '../util/error.js'
import { mapLimit } from '../util/limit.js'
import type { Retry } from '../util/retry.js'
import { confirmTag, expectManifest, expectTag, LAG } from './read-back.js'
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
  for (const tag of tags)
    await repository.putManifest(self, tag).catch(failure => expectTag(repository, tag, self.digest, failure))
  const confirmed = await mapLimit(tags, concurrency, async tag => {
    const error = await confirmTag(repository, tag, self.digest, lag)
    return error === undefined ? [] : [{ tag, error }]
  })
  return { meter, moved: confirmed.flat() }
}

export function checkTags(tags: readonly string[]): void {
  const wrong = tags.find(tag => !isTag(tag))
  if (wrong !== undefined) throw new UserError(`${JSON.stringify(wrong)} is not a tag`)
}
