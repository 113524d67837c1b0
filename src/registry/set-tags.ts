import type { Meter } from '../http/message.js'
import type { Retry } from '../http/retry.js'
import type { Digest } from '../oci/digest.js'
import type { Index } from '../oci/image-index.js'
import { isTag } from '../oci/reference.js'
import { mapLimit } from '../util/async.js'
import { UserError } from '../util/error.js'
import { mendIndex } from './put-manifests.js'
import { confirmTag, expectManifest, expectTag, LAG } from './read-back.js'
import type { Repository } from './repository.js'

export interface TagOptions {
  /** How many looks at once; 4 if absent. */
  readonly concurrency?: number
  /** After an abort no tag moves any more. */
  readonly signal?: AbortSignal
  /** How long the registry may show something else than what was put there. */
  readonly lag?: Retry
  /** The manifests that this run put, which are looked for before a tag names them; all if absent. Others are looked for after that. */
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
 * where it was put: throws a `UserError` for one that is not. Those that were there before must still be when the tags name them.
 */
export async function tagIndex(
  index: Index,
  to: Repository,
  tags: readonly string[],
  options: TagOptions = {},
): Promise<Tagged> {
  checkTags(tags)
  const { signal, concurrency = 4, lag = LAG } = options
  const meter: Meter = { requests: 0, bytesSent: 0 }
  if (tags.length === 0) return { meter, moved: [] }
  const repository = to.with({ access: 'push', meter, ...(signal && { signal }) })
  const digests = index.images.map(({ manifest }) => manifest.digest)
  const isPut = (digest: Digest): boolean => options.put?.includes(digest) ?? true
  await mapLimit(digests.filter(isPut), concurrency, digest => expectManifest(repository, digest, lag))
  for (const tag of tags) await setTag(index, repository, tag, meter, options)
  const confirmed = await mapLimit(tags, concurrency, async tag => {
    const error = await confirmTag(repository, tag, index.self.digest, lag, signal)
    return error === undefined ? [] : [{ tag, error }]
  })
  const moved = confirmed.flat()
  const held = tags.filter(tag => moved.every(each => each.tag !== tag))
  // From here on nothing cleans them up; what was gone before that is found out now. Nobody needs them where no tag has stayed.
  const older = held.length === 0 ? [] : digests.filter(digest => !isPut(digest))
  await mapLimit(older, concurrency, digest => expectManifest(repository, digest, lag, held))
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
    const mended = await mendIndex(index, repository, options)
    meter.requests += mended.requests
    meter.bytesSent += mended.bytesSent
  }
  try {
    await repository.putManifest(index.self, tag, mend)
  } catch (failure) {
    // Where nothing was sent, nothing can have had an effect.
    if (meter.bytesSent === before) throw failure
    await expectTag(repository, tag, index.self.digest, failure, options.signal)
  }
}

export function checkTags(tags: readonly string[]): void {
  const wrong = tags.find(tag => !isTag(tag))
  if (wrong !== undefined) throw new UserError(`${JSON.stringify(wrong)} is not a tag`)
}
