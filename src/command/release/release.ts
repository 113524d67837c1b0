import type { GitHubRepository } from '../../github/github-repository.js'
import type { GitHubRelease } from '../../github/release.js'
import type { Log } from '../../host/host.js'
import { compareVersions, parseVersion, type Version } from '../../tags/version.js'
import { mapLimit } from '../../util/async.js'
import { messageOf, UserError } from '../../util/error.js'
import { IMAGES_AT_ONCE } from '../shared/platform-image.js'
import {
  imagesIn,
  type PlatformSize,
  type Previous,
  type PreviousSizes,
  type ReleasedImage,
  releaseNotes,
} from './notes.js'
import type { ReleasePlan } from './release-check.js'

export interface ReleaseTools {
  readonly repository: GitHubRepository
  readonly log: Pick<Log, 'info' | 'warning'>
  /** What a container's image of an earlier version (`1.2.3`) holds; `undefined` where there was none. */
  previousSizes(container: string, version: string): Promise<readonly PlatformSize[] | undefined>
}

/** What came of it; `kind` is `none` where nothing had to be done, or another run did it. */
export type Released =
  | { readonly kind: 'released'; readonly tag: string; readonly url: string }
  | { readonly kind: 'none'; readonly why: string }

/**
 * Makes the Git tag and the release of a version, once everything is pushed. What is there already is left as it is, so this
 * may run again, go on where a run broke off, and run beside another.
 */
export async function releaseAll(
  plan: ReleasePlan,
  images: readonly ReleasedImage[],
  tools: ReleaseTools,
): Promise<Released> {
  const released = await releaseOf(plan, images, tools)
  tools.log.info(
    released.kind === 'none'
      ? `Nothing is released: ${released.why}`
      : `${released.tag} is released: ${released.url}`,
  )
  return released
}

async function releaseOf(
  plan: ReleasePlan,
  images: readonly ReleasedImage[],
  tools: ReleaseTools,
): Promise<Released> {
  if (plan.kind === 'none') return plan
  if (!images.some(({ pushed }) => pushed.length > 0)) return { kind: 'none', why: 'no image was pushed' }
  const tag = tagOf(plan.version)
  const commit = await ensureTag(tag, plan.sha, tools.repository)
  if (await tools.repository.releaseByTag(tag)) return { kind: 'none', why: `${tag} is released already` }
  // An earlier run of this version has made the tag and then broken off, or somebody made it by hand.
  if (!['same', 'descendant'].includes(await tools.repository.relation(plan.sha, commit)))
    return { kind: 'none', why: `the Git tag ${tag} is at another commit, ${commit}` }
  const made = await createRelease(plan.version, images, tools)
  return made.kind === 'made'
    ? { kind: 'released', tag, url: made.url }
    : { kind: 'none', why: `another run has just released ${tag}` }
}

function tagOf({ text }: Version): string {
  return `v${text}`
}

/** Makes the Git tag where there is none, and gives the commit that it is at. */
async function ensureTag(tag: string, sha: string, repository: GitHubRepository): Promise<string> {
  const held = await repository.tagCommit(tag)
  if (held !== undefined) return held
  if ((await repository.createTag(tag, sha)) === 'made') return sha
  // Another run was faster, or the answer to our own first try was lost.
  const taken = await repository.tagCommit(tag)
  if (taken !== undefined) return taken
  throw new UserError(`GitHub says that the Git tag ${tag} exists, but does not show it`, {
    hint: 'Run the job again.',
  })
}

async function createRelease(version: Version, images: readonly ReleasedImage[], tools: ReleaseTools) {
  const stable = stableReleases(await tools.repository.releases())
  const before = stable.find(other => compareVersions(other.version, version) < 0)
  const previous = before && (await previousOf(before, images, tools))
  return await tools.repository.createRelease({
    tag: tagOf(version),
    name: tagOf(version),
    body: releaseNotes(version.text, images, previous),
    prerelease: !version.stable,
    makeLatest: version.stable && stable.every(other => compareVersions(other.version, version) < 0),
  })
}

interface StableRelease {
  readonly version: Version
  readonly body: string
}

/** Newest version first. */
function stableReleases(releases: readonly GitHubRelease[]): StableRelease[] {
  const stable = releases.flatMap(({ tag, body, prerelease }) => {
    const version = parseVersion(tag)
    return version?.stable && !prerelease ? [{ version, body }] : []
  })
  return stable.sort((a, b) => compareVersions(b.version, a.version))
}

async function previousOf(
  { version, body }: StableRelease,
  images: readonly ReleasedImage[],
  tools: ReleaseTools,
): Promise<Previous> {
  const sizes = await mapLimit(
    images,
    IMAGES_AT_ONCE,
    async ({ container }): Promise<[string, PreviousSizes]> => {
      return [container, await sizesOf(container, version.text, tools)]
    },
  )
  return { version: version.text, sizes: new Map(sizes), images: imagesIn(body) }
}

/** A comparison is no reason for a release to fail. */
async function sizesOf(container: string, version: string, tools: ReleaseTools): Promise<PreviousSizes> {
  try {
    return (await tools.previousSizes(container, version)) ?? 'none'
  } catch (error) {
    tools.log.warning(`${container} is not compared with ${version}: ${messageOf(error)}`)
    return 'unknown'
  }
}
