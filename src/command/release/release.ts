import type { GitHubRelease, GitHubRepository } from '../../github/github-repository.js'
import type { ReleaseAsset } from '../../github/release-with-assets.js'
import type { Log } from '../../host/host.js'
import { type GitRef, isDefaultBranch } from '../../tags/subject.js'
import { compareVersions, parseVersion, type Version } from '../../tags/version.js'
import { mapLimit } from '../../util/async.js'
import { messageOf, UserError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'
import { warnOnFailure } from '../shared/failures.js'
import type { PackageChanges } from '../shared/package-changes.js'
import { IMAGES_AT_ONCE } from '../shared/platform-image.js'
import type { NamedSigner } from '../shared/verification-lines.js'
import {
  formatReleaseNotes,
  hasImagesMarker,
  type PlatformSize,
  type PreviousRelease,
  type PreviousSizes,
  parseImagesMarker,
  type ReleasedImage,
} from './write-release-notes.js'

/** What a run will release, decided before anything is pushed. */
export type ReleasePlan =
  | { readonly kind: 'release'; readonly version: Version; readonly sha: string }
  | { readonly kind: 'none'; readonly why: string }

export interface ReleaseRequest {
  /** The version of each container: of the input, otherwise of the image. It may not be a semver version. */
  readonly versions: readonly { readonly container: string; readonly version?: string | undefined }[]
  readonly ref: GitRef
  /** A token for GitHub is set. Its permissions are not known. */
  readonly hasToken: boolean
}

/**
 * Decides if this run creates a release. Throws a `UserError` if the containers have different versions, also on pull requests,
 * so that it is noticed early; and if there is no token.
 */
export function checkRelease({ versions, ref, hasToken }: ReleaseRequest): ReleasePlan {
  const text = findCommonVersion(versions)
  const why = describeWrongEvent(ref)
  if (why !== undefined) return { kind: 'none', why }
  if (text === undefined) return { kind: 'none', why: `no version is known; set ${nameInput('version')}` }
  const version = parseVersion(text)
  if (!version) return { kind: 'none', why: `${text} is not a version like 1.2.3` }
  if (ref.sha === undefined) return { kind: 'none', why: 'the commit is not known' }
  if (hasToken) return { kind: 'release', version, sha: ref.sha }
  throw new UserError('A release needs a GitHub token, but none is set', {
    hint: `Keep the default of ${nameInput('github-token')}, and give the job \`permissions: contents: write\`.`,
  })
}

function findCommonVersion(versions: ReleaseRequest['versions']): string | undefined {
  const distinct = [...new Set(versions.map(({ version }) => version))]
  if (distinct.length <= 1) return distinct[0]
  const list = versions.map(({ container, version }) => `${container} ${version ?? '(none)'}`).join(', ')
  throw new UserError(`A release has one version, but the containers have several: ${list}`, {
    hint: `Set ${nameInput('version')}, or do not set ${nameInput('release')}.`,
  })
}

/** Returns `undefined` for a push to the default branch. */
function describeWrongEvent(ref: GitRef): string | undefined {
  if (ref.event === 'push' && isDefaultBranch(ref)) return undefined
  const branch =
    ref.defaultBranch === undefined ? 'the default branch' : `the default branch (${ref.defaultBranch})`
  return `releases are only created for pushes to ${branch} on GitHub`
}

export interface ReleaseContext {
  readonly repository: GitHubRepository
  /** The files of the release, for example SBOMs. */
  readonly assets?: readonly ReleaseAsset[]
  /** Absent if the images are not signed. */
  readonly signer?: NamedSigner | undefined
  readonly log: Pick<Log, 'info' | 'warning'>
  /** Reads the sizes of the image of a previous version (`1.2.3`). Returns `undefined` if the image does not exist. */
  readPreviousSizes(container: string, version: string): Promise<readonly PlatformSize[] | undefined>
  /** Compares the packages with those of the image of a previous version. Returns `undefined` if that has no SBOM. */
  readPackageChanges?(container: string, version: string): Promise<PackageChanges | undefined>
}

/** `none`: nothing had to be done, or another run created the release. */
export type ReleaseResult =
  | { readonly kind: 'released'; readonly tag: string; readonly url: string }
  | { readonly kind: 'none'; readonly why: string }

/**
 * Creates the Git tag and the release of a version, after everything is pushed. An existing tag or release is not changed. So
 * this can be repeated, continued after a failure, and run in parallel.
 */
export async function releaseImages(
  plan: ReleasePlan,
  images: readonly ReleasedImage[],
  context: ReleaseContext,
): Promise<ReleaseResult> {
  const result = await createTagAndRelease(plan, images, context)
  context.log.info(
    result.kind === 'none' ? `No release is created: ${result.why}` : `Released ${result.tag}: ${result.url}`,
  )
  return result
}

async function createTagAndRelease(
  plan: ReleasePlan,
  images: readonly ReleasedImage[],
  context: ReleaseContext,
): Promise<ReleaseResult> {
  if (plan.kind === 'none') return plan
  if (!images.some(({ pushed }) => pushed.length > 0)) return { kind: 'none', why: 'no image was pushed' }
  const { repository } = context
  const tag = gitTagOf(plan.version)
  const commit = await ensureTag(tag, plan.sha, repository)
  if (await repository.findRelease(tag)) return { kind: 'none', why: `${tag} is already released` }
  // The tag may be from an earlier run of this version that failed before the release, or from a user.
  if (!['same', 'descendant'].includes(await repository.compareCommits(plan.sha, commit)))
    return { kind: 'none', why: `the Git tag ${tag} points to another commit, ${commit}` }
  const created = await createRelease(plan.version, images, context)
  return created.kind === 'made'
    ? { kind: 'released', tag, url: created.url }
    : { kind: 'none', why: `another run has just released ${tag}` }
}

function gitTagOf({ text }: Version): string {
  return `v${text}`
}

/** Creates the Git tag if it does not exist. Returns the commit that it points to. */
async function ensureTag(tag: string, sha: string, repository: GitHubRepository): Promise<string> {
  const existing = await repository.findTagCommit(tag)
  if (existing !== undefined) return existing
  if ((await repository.createTag(tag, sha)) === 'made') return sha
  // Another run created it first, or the response to the first try of this run was lost.
  const created = await repository.findTagCommit(tag)
  if (created !== undefined) return created
  throw new UserError(`GitHub reports that the Git tag ${tag} exists, but does not return it`, {
    hint: 'Run the job again.',
  })
}

async function createRelease(version: Version, images: readonly ReleasedImage[], context: ReleaseContext) {
  const stable = selectStableReleases(await context.repository.listReleases())
  const latest = stable.find(other => compareVersions(other.version, version) < 0)
  const previous = latest && (await readPreviousRelease(latest, images, context))
  const { assets = [], repository } = context
  const release = {
    tag: gitTagOf(version),
    name: gitTagOf(version),
    body: formatReleaseNotes(version.text, images, previous, context.signer),
    prerelease: !version.stable,
    makeLatest: version.stable && stable.every(other => compareVersions(other.version, version) < 0),
  }
  return await repository.createRelease(release, { assets, isOwn: hasImagesMarker })
}

interface StableRelease {
  readonly version: Version
  readonly body: string
}

/** Returns the newest version first. */
function selectStableReleases(releases: readonly GitHubRelease[]): StableRelease[] {
  const stable = releases.flatMap(({ tag, body, prerelease }) => {
    const version = parseVersion(tag)
    return version?.stable && !prerelease ? [{ version, body }] : []
  })
  return stable.sort((a, b) => compareVersions(b.version, a.version))
}

async function readPreviousRelease(
  { version, body }: StableRelease,
  images: readonly ReleasedImage[],
  context: ReleaseContext,
): Promise<PreviousRelease> {
  const sizes = await mapLimit(
    images,
    IMAGES_AT_ONCE,
    async ({ container }): Promise<[string, PreviousSizes]> => {
      return [container, await readSizes(container, version.text, context)]
    },
  )
  const packages = await mapLimit(images, IMAGES_AT_ONCE, ({ container }) =>
    warnOnFailure(
      `Cannot compare the packages of ${container} with version ${version.text}`,
      context.log,
      async () => context.readPackageChanges?.(container, version.text),
    ),
  )
  return {
    version: version.text,
    sizes: new Map(sizes),
    images: parseImagesMarker(body),
    packages: packages.filter(changes => changes !== undefined),
  }
}

/** The release does not fail if the sizes cannot be read. */
async function readSizes(
  container: string,
  version: string,
  { readPreviousSizes, log }: ReleaseContext,
): Promise<PreviousSizes> {
  try {
    return (await readPreviousSizes(container, version)) ?? 'none'
  } catch (error) {
    log.warning(`Cannot compare the size of ${container} with version ${version}: ${messageOf(error)}`)
    return 'unknown'
  }
}
