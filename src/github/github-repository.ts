import { UserError } from '../util/error.js'
import { asArray, asObject, asOptionalString, asString, type JsonObject } from '../util/json.js'
import { ApiError, type GitHubApi, type Refusal } from './api.js'
import { createReleaseWithAssets, type ReleaseAsset } from './release-with-assets.js'

/** How a commit relates to another one. `ancestor`: the first commit is an ancestor of the second. */
type CommitRelation = 'same' | 'ancestor' | 'descendant' | 'diverged' | 'unknown'

export type PullRequestState = 'open' | 'closed' | 'unknown'

/** One repository on GitHub. Commits are full SHAs. Each method throws `UserError`. */
export interface GitHubRepository {
  /** The committer date; `undefined` if GitHub does not have the commit or refuses to show it. */
  readCommitDate(sha: string): Promise<Date | undefined>
  /** `unknown` if GitHub does not have both commits or refuses to show them. */
  compareCommits(sha: string, otherSha: string): Promise<CommitRelation>
  /**
   * The commits of a branch after one of its commits, at most 250. Empty if GitHub does not have the commit or refuses to show
   * it.
   */
  listCommitsAfter(sha: string, branch: string): Promise<readonly string[]>
  /** The commit of a Git tag (`v1.2.3`); `undefined` if the tag does not exist. */
  findTagCommit(name: string): Promise<string | undefined>
  /** Creates a lightweight Git tag. An existing tag is left unchanged, also if it points to another commit. */
  createTag(name: string, sha: string): Promise<'made' | 'exists'>
  /** `unknown` if GitHub does not have the pull request or refuses to show it. */
  readPullRequestState(number: number): Promise<PullRequestState>
  findRelease(tag: string): Promise<GitHubRelease | undefined>
  /** The newest 1000 releases, newest first, without drafts. */
  listReleases(): Promise<GitHubRelease[]>
  /**
   * An existing release is left unchanged. A release with files is a draft until it has all of them. The draft of an interrupted
   * run is continued.
   */
  createRelease(
    release: NewRelease,
    files?: ReleaseFiles,
  ): Promise<{ readonly kind: 'made' | 'exists'; readonly url: string }>
}

/** @param name `owner/name`, as in GITHUB_REPOSITORY */
export function createGitHubRepository(api: GitHubApi, name: string): GitHubRepository {
  if (!/^[\w.-]+\/[\w.-]+$/.test(name))
    throw new UserError(`${name} is not a repository on GitHub`, { hint: 'Write it as `owner/name`.' })
  const base = `/repos/${name}`
  const get = (path: string): Promise<unknown> => api.request('GET', base + path)
  return {
    readCommitDate: sha => readCommitDate(get, sha),
    compareCommits: (sha, otherSha) => compareCommits(get, sha, otherSha),
    listCommitsAfter: (sha, branch) => listCommitsAfter(get, sha, branch),
    findTagCommit: tag => unlessRefused(isNotFound, undefined, () => findTagCommit(get, tag)),
    createTag: (tag, sha) =>
      unlessRefused(isAlreadyExisting, 'exists', async () => {
        await api.request('POST', `${base}/git/refs`, { ref: `refs/tags/${tag}`, sha })
        return 'made' as const
      }),
    readPullRequestState: number => readPullRequestState(get, number),
    findRelease: tag =>
      unlessRefused(isNotFound, undefined, async () =>
        parseRelease(await get(`/releases/tags/${encodeURIComponent(tag)}`)),
      ),
    listReleases: () => listReleases(get),
    createRelease: (release, files) =>
      unlessRefused(isAlreadyExisting, { kind: 'exists', url: '' }, async () => {
        const fields = encodeRelease(release)
        if (files === undefined || files.assets.length === 0) {
          // One request creates and publishes it, so that nobody sees a part of it.
          const { url } = parseRelease(await api.request('POST', `${base}/releases`, fields))
          return { kind: 'made' as const, url }
        }
        const url = await createReleaseWithAssets({ fields, assets: files.assets }, { api, base, ...files })
        return url === undefined ? { kind: 'exists' as const, url: '' } : { kind: 'made' as const, url }
      }),
  }
}

type Get = (path: string) => Promise<unknown>

const isNotFound = ({ status }: Refusal): boolean => status === 404
/** For reads whose result is optional. A wrong token is still an error. */
const isUnreadable = ({ status }: Refusal): boolean => status !== 401
const isAlreadyExisting = ({ status, message, codes }: Refusal): boolean =>
  status === 422 && (codes.includes('already_exists') || /reference already exists/i.test(message))

async function unlessRefused<T, const I>(
  matches: (refusal: Refusal) => boolean,
  fallback: I,
  task: () => Promise<T>,
): Promise<T | I> {
  try {
    return await task()
  } catch (error) {
    if (error instanceof ApiError && matches(error.refusal)) return fallback
    throw error
  }
}

/** Annotations of images in a registry may contain any text as the revision. */
const COMMIT_SHA = /^[0-9a-f]{7,64}$/i

async function readCommitDate(get: Get, sha: string): Promise<Date | undefined> {
  if (!COMMIT_SHA.test(sha)) return undefined
  return await unlessRefused(isUnreadable, undefined, async () =>
    parseCommitDate(await get(`/git/commits/${sha}`)),
  )
}

function parseCommitDate(commit: unknown): Date | undefined {
  const committer = asObject(asObject(commit, 'a commit').committer, 'committer')
  const date = new Date(asString(committer.date, 'date'))
  return Number.isNaN(date.getTime()) ? undefined : date
}

/** The values of `status` say how the second commit of `/compare/{first}...{second}` relates to the first. */
const RELATIONS: Readonly<Record<string, CommitRelation>> = {
  identical: 'same',
  behind: 'ancestor',
  ahead: 'descendant',
  diverged: 'diverged',
}

async function compareCommits(get: Get, sha: string, otherSha: string): Promise<CommitRelation> {
  if (sha === otherSha) return 'same'
  if (![sha, otherSha].every(each => COMMIT_SHA.test(each))) return 'unknown'
  return await unlessRefused<CommitRelation, CommitRelation>(isUnreadable, 'unknown', async () => {
    const comparison = asObject(await get(`/compare/${otherSha}...${sha}?per_page=1`), 'a comparison')
    return RELATIONS[asString(comparison.status, 'status')] ?? 'unknown'
  })
}

async function listCommitsAfter(get: Get, sha: string, branch: string): Promise<readonly string[]> {
  if (!COMMIT_SHA.test(sha)) return []
  return await unlessRefused(isUnreadable, [], async () => {
    const comparison = asObject(await get(`/compare/${sha}...${encodeURIComponent(branch)}`), 'a comparison')
    if (comparison.status !== 'ahead') return []
    const commits = asArray(comparison.commits, 'commits')
    return commits.map(commit => asString(asObject(commit, 'a commit').sha, 'sha'))
  })
}

async function readPullRequestState(get: Get, number: number): Promise<PullRequestState> {
  return await unlessRefused<PullRequestState, PullRequestState>(isUnreadable, 'unknown', async () => {
    const { state } = asObject(await get(`/pulls/${number}`), 'a pull request')
    return state === 'open' || state === 'closed' ? state : 'unknown'
  })
}

/** An annotated tag may point to another annotated tag. */
const MAX_NESTED_TAGS = 5

async function findTagCommit(get: Get, name: string): Promise<string | undefined> {
  const path = name.split('/').map(encodeURIComponent).join('/')
  let object = parseTaggedObject(await get(`/git/ref/tags/${path}`))
  // The ref of an annotated tag points to a tag object, which points to the commit.
  for (let depth = 0; object.type === 'tag' && depth < MAX_NESTED_TAGS; depth++)
    object = parseTaggedObject(await get(`/git/tags/${asString(object.sha, 'sha')}`))
  if (object.type === 'commit') return asString(object.sha, 'sha')
  throw new UserError(`the Git tag ${name} does not point to a commit, but to a ${object.type}`)
}

function parseTaggedObject(ref: unknown): JsonObject {
  return asObject(asObject(ref, 'a Git tag').object, 'object')
}

const RELEASES_PER_PAGE = 100
const MAX_PAGES = 10

async function listReleases(get: Get): Promise<GitHubRelease[]> {
  const releases: unknown[] = []
  for (let page = 1; page <= MAX_PAGES; page++) {
    const releasesOfPage = asArray(
      await get(`/releases?per_page=${RELEASES_PER_PAGE}&page=${page}`),
      'releases',
    )
    releases.push(...releasesOfPage)
    if (releasesOfPage.length < RELEASES_PER_PAGE) break
  }
  return releases.filter(release => !isDraft(release)).map(parseRelease)
}

/** A published release. */
export interface GitHubRelease {
  readonly tag: string
  readonly body: string
  readonly prerelease: boolean
  /** The web page of the release. */
  readonly url: string
}

interface NewRelease {
  /** An existing Git tag. */
  readonly tag: string
  readonly name: string
  /** Markdown. */
  readonly body: string
  readonly prerelease: boolean
  /** If GitHub marks it as the latest release. */
  readonly makeLatest: boolean
}

/** The files of a release. */
interface ReleaseFiles {
  readonly assets: readonly ReleaseAsset[]
  /** Whether this program has written these notes. The draft of a person is not published. */
  isOwn(body: string): boolean
}

function parseRelease(value: unknown): GitHubRelease {
  const release = asObject(value, 'a release')
  return {
    tag: asString(release.tag_name, 'tag_name'),
    body: asOptionalString(release.body, 'body') ?? '',
    prerelease: release.prerelease === true,
    url: asOptionalString(release.html_url, 'html_url') ?? '',
  }
}

function isDraft(value: unknown): boolean {
  return asObject(value, 'a release').draft === true
}

function encodeRelease({ tag, name, body, prerelease, makeLatest }: NewRelease) {
  // `make_latest` is a string, as it has a third value `legacy`: https://docs.github.com/rest/releases/releases
  return { tag_name: tag, name, body, prerelease, make_latest: String(makeLatest) }
}
