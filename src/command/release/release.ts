import type { GitHubRelease, GitHubRepository } from '../../github/github-repository.js'
import type { Log } from '../../host/host.js'
import { type GitRef, isDefaultBranch } from '../../tags/subject.js'
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
  if (await tools.repository.findRelease(tag)) return { kind: 'none', why: `${tag} is released already` }
  // An earlier run of this version has made the tag and then broken off, or somebody made it by hand.
  if (!['same', 'descendant'].includes(await tools.repository.compareCommits(plan.sha, commit)))
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
  const held = await repository.findTagCommit(tag)
  if (held !== undefined) return held
  if ((await repository.createTag(tag, sha)) === 'made') return sha
  // Another run was faster, or the answer to our own first try was lost.
  const taken = await repository.findTagCommit(tag)
  if (taken !== undefined) return taken
  throw new UserError(`GitHub says that the Git tag ${tag} exists, but does not show it`, {
    hint: 'Run the job again.',
  })
}

async function createRelease(version: Version, images: readonly ReleasedImage[], tools: ReleaseTools) {
  const stable = stableReleases(await tools.repository.listReleases())
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

/** What a run is to release, as known before anything is pushed. */
export type ReleasePlan =
  | { readonly kind: 'release'; readonly version: Version; readonly sha: string }
  | { readonly kind: 'none'; readonly why: string }

export interface ReleaseSubject {
  /** Each container's version: the input's, else its own; may be no semver. */
  readonly versions: readonly { readonly container: string; readonly version?: string | undefined }[]
  readonly ref: GitRef
  /** Whether there is a token for GitHub. What it may do cannot be asked for. */
  readonly hasToken: boolean
}

/**
 * Decides whether this run may release. Throws `UserError` when the containers have several versions, whatever started the
 * run, so that a pull request shows it already; and when a release could not be made for want of a token.
 */
export function checkRelease({ versions, ref, hasToken }: ReleaseSubject): ReleasePlan {
  const text = onlyVersion(versions)
  const why = notNow(ref)
  if (why !== undefined) return { kind: 'none', why }
  if (text === undefined) return { kind: 'none', why: 'there is no version; `version` can name one' }
  const version = parseVersion(text)
  if (!version) return { kind: 'none', why: `${text} is no version such as 1.2.3` }
  if (ref.sha === undefined) return { kind: 'none', why: 'the commit is not known' }
  if (hasToken) return { kind: 'release', version, sha: ref.sha }
  throw new UserError('A release needs a token for GitHub, and there is none', {
    hint: 'Leave `github-token` at its default, and give the job `permissions: contents: write`.',
  })
}

function onlyVersion(versions: ReleaseSubject['versions']): string | undefined {
  const distinct = [...new Set(versions.map(({ version }) => version))]
  if (distinct.length <= 1) return distinct[0]
  const list = versions.map(({ container, version }) => `${container} ${version ?? '(none)'}`).join(', ')
  throw new UserError(`A release has one version, but the containers have several: ${list}`, {
    hint: 'Name one with `version`, or leave `release` off.',
  })
}

function notNow(ref: GitRef): string | undefined {
  if (ref.event === 'push' && isDefaultBranch(ref)) return undefined
  const branch =
    ref.defaultBranch === undefined ? 'the default branch' : `the default branch (${ref.defaultBranch})`
  return `that is for pushes to ${branch} on GitHub`
}
