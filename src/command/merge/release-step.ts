import type { GitHubRepository } from '../../github/github-repository.js'
import { sizeOf } from '../../oci/descriptor.js'
import { blobsOf } from '../../oci/image.js'
import { formatPlatform } from '../../oci/platform.js'
import { parseReference, type Reference } from '../../oci/reference.js'
import { Repository } from '../../registry/repository.js'
import type { GitRef } from '../../tags/subject.js'
import { waitForAll } from '../../util/async.js'
import type { PlatformSize } from '../release/notes.js'
import { checkRelease, type ReleasePlan, releaseAll } from '../release/release.js'
import type { Merged } from '../shared/merge-result.js'
import { imageFrom, taggedImage } from '../shared/published.js'
import type { IndexContext } from './prepare-indexes.js'
import type { IndexToPush } from './push-index.js'

/** What a run will release. Throws a `UserError` for what no release can be made of. */
export function releasePlanOf(goods: readonly IndexToPush[], ref: GitRef, hasToken: boolean): ReleasePlan {
  const versions = goods.map(({ place, version }) => ({ container: place.whole.container, version }))
  return checkRelease({ versions, ref, hasToken })
}

/** Makes the release of what was pushed. */
export async function releaseMerged(
  plan: ReleasePlan,
  merged: readonly Merged[],
  repository: GitHubRepository,
  { client, signal, log }: IndexContext,
): Promise<void> {
  const now = plan.kind === 'release' ? plan.version.text : ''
  const previousSizes = async (container: string, version: string): Promise<PlatformSize[] | undefined> => {
    const [pushed] = merged.find(each => each.container === container)?.pushed ?? []
    return pushed && sizesOf(new Repository(client, earlierTag(pushed.tags, now, version), { signal }))
  }
  await releaseAll(plan, merged, { repository, log, previousSizes })
}

/** The tag of an earlier version, by the one that this version has: what stands before and after is the same. */
function earlierTag(tags: readonly string[], now: string, version: string): Reference {
  const own = tags.map(parseReference).find(({ tag = '' }) => tag.includes(inTag(now)))
  if (own === undefined) throw new Error('no tag bears the version')
  const { registry, repository, tag = '' } = own
  return { registry, repository, tag: tag.replace(inTag(now), inTag(version)) }
}

/** A tag cannot hold a plus. */
function inTag(version: string): string {
  return version.replaceAll('+', '-')
}

async function sizesOf(repository: Repository): Promise<PlatformSize[] | undefined> {
  const found = await repository.getManifest(repository.reference.tag ?? '')
  if (!found) return undefined
  const images = await waitForAll(taggedImage(found).manifests.map(each => imageFrom(repository, each)))
  return images.map(({ image }) => ({
    platform: formatPlatform(image.platform),
    size: sizeOf(blobsOf([image])),
  }))
}
