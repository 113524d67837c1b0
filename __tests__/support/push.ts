import type { Index } from '../../src/oci/image-index.js'
import { type PushReport, pushIndexes, pushReport, type UploadResult } from '../../src/registry/push.js'
import type { SendOptions } from '../../src/registry/push-session.js'
import type { Repository } from '../../src/registry/repository.js'
import { checkTags, type TagOptions, tagIndex } from '../../src/registry/set-tags.js'

/** Pushes an index to a repository, without a tag. */
export async function sendIndex(
  index: Index,
  to: Repository,
  options: SendOptions = {},
): Promise<UploadResult> {
  const [transfer] = await pushIndexes([{ index, repository: to }], options)
  return transfer as UploadResult
}

/** Pushes an index, then sets its tags. */
export async function pushIndex(
  index: Index,
  to: Repository,
  tags: readonly string[],
  options: SendOptions & Omit<TagOptions, 'newManifests'> = {},
): Promise<PushReport> {
  const names = [...new Set(tags)]
  checkTags(names)
  const sent = await sendIndex(index, to, options)
  const { meter, moved, refused } = await tagIndex(index, to, names, {
    ...options,
    newManifests: sent.newManifests,
  })
  if (moved[0]) throw moved[0].error
  if (refused[0]) throw refused[0].error
  return pushReport({ index, repository: to, tags: names, upload: sent, tagging: meter })
}
