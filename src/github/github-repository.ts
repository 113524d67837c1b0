import { UserError } from '../util/error.js'
import { asArray, asObject, asOptionalString, asString, type JsonObject } from '../util/json.js'
import { ApiError, type GitHubApi, type Refusal } from './api.js'

/** Of our commit to theirs: `ancestor` says that ours is an ancestor of theirs. */
type CommitRelation = 'same' | 'ancestor' | 'descendant' | 'diverged' | 'unknown'

/** What can be asked of one repository on GitHub. Commits are whole hex digits. Everything throws `UserError`. */
export interface GitHubRepository {
  /** When a commit was committed; `undefined` when GitHub does not know it, or does not tell. */
  readCommitDate(sha: string): Promise<Date | undefined>
  /** `unknown` where GitHub does not know both, or does not tell. */
  compareCommits(ours: string, theirs: string): Promise<CommitRelation>
  /** The commits that a branch has beyond one of its own, at most 250; none where GitHub does not know, or does not tell. */
  listCommitsAfter(sha: string, branch: string): Promise<readonly string[]>
  /** The commit that a Git tag (`v1.2.3`) names; `undefined` where there is no such tag. */
  findTagCommit(name: string): Promise<string | undefined>
  /** Makes a lightweight Git tag; one that exists is left as it is, wherever it is. */
  createTag(name: string, sha: string): Promise<'made' | 'exists'>
  findRelease(tag: string): Promise<GitHubRelease | undefined>
  /** Newest first, drafts left out; at most the newest thousand. */
  listReleases(): Promise<GitHubRelease[]>
  /** One that exists is left as it is. */
  createRelease(release: NewRelease): Promise<{ readonly kind: 'made' | 'exists'; readonly url: string }>
}

/** @param name `owner/name`, as GITHUB_REPOSITORY says it */
export function createGitHubRepository(api: GitHubApi, name: string): GitHubRepository {
  if (!/^[\w.-]+\/[\w.-]+$/.test(name))
    throw new UserError(`${name} is no repository on GitHub`, { hint: 'It is written as `owner/name`.' })
  const at = `/repos/${name}`
  const get = (path: string): Promise<unknown> => api.request('GET', at + path)
  return {
    readCommitDate: sha => readCommitDate(get, sha),
    compareCommits: (ours, theirs) => compareCommits(get, ours, theirs),
    listCommitsAfter: (sha, branch) => listCommitsAfter(get, sha, branch),
    findTagCommit: tag => unlessRefused(isNotFound, undefined, () => findTagCommit(get, tag)),
    createTag: (tag, sha) =>
      unlessRefused(isAlreadyExisting, 'exists', async () => {
        await api.request('POST', `${at}/git/refs`, { ref: `refs/tags/${tag}`, sha })
        return 'made' as const
      }),
    findRelease: tag =>
      unlessRefused(isNotFound, undefined, async () =>
        parseRelease(await get(`/releases/tags/${encodeURIComponent(tag)}`)),
      ),
    listReleases: () => listReleases(get),
    createRelease: release =>
      unlessRefused(isAlreadyExisting, { kind: 'exists', url: '' }, async () => {
        const made = parseRelease(await api.request('POST', `${at}/releases`, encodeRelease(release)))
        return { kind: 'made' as const, url: made.url }
      }),
  }
}

type Get = (path: string) => Promise<unknown>

const isNotFound = ({ status }: Refusal): boolean => status === 404
/** Where reading is concerned, a refusal of whatever kind says nothing; a token that is wrong is a mistake to hear of. */
const isUnreadable = ({ status }: Refusal): boolean => status !== 401
const isAlreadyExisting = ({ status, message, codes }: Refusal): boolean =>
  status === 422 && (codes.includes('already_exists') || /reference already exists/i.test(message))

async function unlessRefused<T, const I>(
  matches: (refusal: Refusal) => boolean,
  instead: I,
  task: () => Promise<T>,
): Promise<T | I> {
  try {
    return await task()
  } catch (error) {
    if (error instanceof ApiError && matches(error.refusal)) return instead
    throw error
  }
}

/** What an image in a registry calls its commit may be anything. */
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

/** GitHub says where the second commit stands, seen from the first. */
const RELATIONS: Readonly<Record<string, CommitRelation>> = {
  identical: 'same',
  behind: 'ancestor',
  ahead: 'descendant',
  diverged: 'diverged',
}

async function compareCommits(get: Get, ours: string, theirs: string): Promise<CommitRelation> {
  if (ours === theirs) return 'same'
  if (![ours, theirs].every(sha => COMMIT_SHA.test(sha))) return 'unknown'
  return await unlessRefused<CommitRelation, CommitRelation>(isUnreadable, 'unknown', async () => {
    const answer = asObject(await get(`/compare/${theirs}...${ours}?per_page=1`), 'a comparison')
    return RELATIONS[asString(answer.status, 'status')] ?? 'unknown'
  })
}

async function listCommitsAfter(get: Get, sha: string, branch: string): Promise<readonly string[]> {
  if (!COMMIT_SHA.test(sha)) return []
  return await unlessRefused(isUnreadable, [], async () => {
    const answer = asObject(await get(`/compare/${sha}...${encodeURIComponent(branch)}`), 'a comparison')
    if (answer.status !== 'ahead') return []
    return asArray(answer.commits, 'commits').map(each => asString(asObject(each, 'a commit').sha, 'sha'))
  })
}

/** A tag may name a tag, which names a tag. */
const MAX_NESTED_TAGS = 5

/** An annotated tag is an object of its own, which names the commit. */
async function findTagCommit(get: Get, name: string): Promise<string | undefined> {
  const path = name.split('/').map(encodeURIComponent).join('/')
  let object = parseTaggedObject(await get(`/git/ref/tags/${path}`))
  for (let followed = 0; object.type === 'tag' && followed < MAX_NESTED_TAGS; followed++)
    object = parseTaggedObject(await get(`/git/tags/${asString(object.sha, 'sha')}`))
  if (object.type === 'commit') return asString(object.sha, 'sha')
  throw new UserError(`the Git tag ${name} names no commit, but a ${object.type}`)
}

function parseTaggedObject(ref: unknown): JsonObject {
  return asObject(asObject(ref, 'a Git tag').object, 'object')
}

const RELEASES_PER_PAGE = 100
const MAX_PAGES = 10

async function listReleases(get: Get): Promise<GitHubRelease[]> {
  const found: unknown[] = []
  for (let page = 1; page <= MAX_PAGES; page++) {
    const some = asArray(await get(`/releases?per_page=${RELEASES_PER_PAGE}&page=${page}`), 'releases')
    found.push(...some)
    if (some.length < RELEASES_PER_PAGE) break
  }
  return found.filter(release => !isDraft(release)).map(parseRelease)
}

/** A release that people can see; drafts are none. */
export interface GitHubRelease {
  readonly tag: string
  readonly body: string
  readonly prerelease: boolean
  /** The page for people. */
  readonly url: string
}

interface NewRelease {
  /** The Git tag, which must be there. */
  readonly tag: string
  readonly name: string
  /** Markdown. */
  readonly body: string
  readonly prerelease: boolean
  /** Whether the repository's page shows it as the latest. */
  readonly makeLatest: boolean
}

function parseRelease(value: unknown): GitHubRelease {
  const it = asObject(value, 'a release')
  return {
    tag: asString(it.tag_name, 'tag_name'),
    body: asOptionalString(it.body, 'body') ?? '',
    prerelease: it.prerelease === true,
    url: asOptionalString(it.html_url, 'html_url') ?? '',
  }
}

function isDraft(value: unknown): boolean {
  return asObject(value, 'a release').draft === true
}

/** As the API wants it. */
function encodeRelease({ tag, name, body, prerelease, makeLatest }: NewRelease): object {
  // A truth value in quotes, since there is a third word: https://docs.github.com/rest/releases/releases
  return { tag_name: tag, name, body, prerelease, make_latest: String(makeLatest) }
}
