import type { Clock } from '../http/retry.js'
import { UserError } from '../util/error.js'
import { asArray, asCount, asObject, asOptionalString, asString, asStrings } from '../util/json.js'
import { ApiError, type ApiResponse, type GitHubApi, isRateLimit, type Refusal } from './api.js'

/** One version of a container package: a manifest or an index in ghcr.io. */
export interface PackageVersion {
  readonly id: number
  /** The digest of the manifest. */
  readonly digest: string
  readonly tags: readonly string[]
  readonly created: Date
  readonly updated: Date
}

/** All versions of a package at one time. */
export interface VersionList {
  readonly versions: readonly PackageVersion[]
  /** The time of GitHub, or of this machine if it is earlier: no version must look older than it is. */
  readonly now: Date
}

export interface PackageFacts {
  readonly versionCount: number
  /** `owner/name` of the repository that the package is linked to. */
  readonly repository: string | undefined
}

/** `gone`: another run has deleted it. */
export type Deletion =
  | { readonly kind: 'deleted' | 'gone' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** One container package on GitHub. */
export interface ContainerPackage {
  readFacts(): Promise<PackageFacts>
  /**
   * Throws a `UserError` if the list is not complete.
   *
   * @param deleted versions that were deleted; GitHub may list them for some seconds
   */
  listVersions(deleted?: ReadonlySet<number>): Promise<VersionList>
  /** `undefined` if it does not exist. */
  readVersion(id: number): Promise<PackageVersion | undefined>
  /** Throws a `UserError` if the token cannot delete versions, as far as GitHub says so without a deletion. */
  checkMayDelete(): Promise<void>
  deleteVersion(id: number): Promise<Deletion>
  /** The versions that were deleted in the last 30 days; none if the token may not list them. */
  listDeletedVersions(): Promise<readonly PackageVersion[]>
  /** Returns `false` if GitHub refuses, for example because the version exists again. */
  restoreVersion(id: number): Promise<boolean>
}

interface PackageOptions {
  readonly clock: Clock
  readonly token: string | undefined
}

/** Finds the package of `owner/name`, whose owner is an organization or a user. Throws a `UserError` if there is none. */
export async function openContainerPackage(
  api: GitHubApi,
  { owner, name }: { readonly owner: string; readonly name: string },
  options: PackageOptions,
): Promise<ContainerPackage> {
  const path = `/packages/container/${encodeURIComponent(name)}`
  const base = `${await findOwnerPath(api, owner, path)}${path}`
  return createContainerPackage(api, base, options)
}

/** With `/users/…`, GitHub does not show a private package to its owner. */
async function findOwnerPath(api: GitHubApi, owner: string, path: string): Promise<string> {
  const { type } = asObject(await api.request('GET', `/users/${owner}`), 'an account')
  if (type === 'Organization') return `/orgs/${owner}`
  const user = `/users/${owner}`
  const isVisible = await unlessNotFound(() => api.request('GET', user + path))
  return isVisible === undefined && (await readLogin(api))?.toLowerCase() === owner.toLowerCase()
    ? '/user'
    : user
}

/** The user of a personal token; `undefined` for the token of a job. */
async function readLogin(api: GitHubApi): Promise<string | undefined> {
  try {
    return asOptionalString(asObject(await api.request('GET', '/user'), 'a user').login, 'login')
  } catch (error) {
    if (error instanceof ApiError) return undefined
    throw error
  }
}

/** @param base the path of the package in the API */
export function createContainerPackage(
  api: GitHubApi,
  base: string,
  { clock, token }: PackageOptions,
): ContainerPackage {
  const versionPath = (id: number): string => `${base}/versions/${id}`
  const readFacts = async (): Promise<PackageFacts> => parseFacts(await api.request('GET', base))
  const readVersion = (id: number): Promise<PackageVersion | undefined> =>
    unlessNotFound(async () => parseVersion(await api.request('GET', versionPath(id))))
  return {
    readFacts,
    readVersion,
    listDeletedVersions: () => listDeletedVersions({ api, base, clock }),
    listVersions: (deleted = new Set()) => listVersions({ api, base, clock, readFacts, deleted }),
    checkMayDelete: () => checkMayDelete(api, base, token),
    async deleteVersion(id) {
      try {
        await api.request('DELETE', versionPath(id))
        return { kind: 'deleted' }
      } catch (error) {
        if (!(error instanceof ApiError) || ENDS_RUN.has(error.refusal.status) || isRateLimit(error.refusal))
          throw error
        // GitHub answers 404 if the version does not exist, and also if the token may not delete it. After an error of the
        // server, the version may be deleted.
        return (await readVersion(id)) === undefined
          ? { kind: 'gone' }
          : { kind: 'refused', refusal: error.refusal }
      }
    },
    async restoreVersion(id) {
      try {
        await api.request('POST', `${versionPath(id)}/restore`)
        return true
      } catch (error) {
        if (error instanceof ApiError && !error.isTemporary) return false
        throw error
      }
    },
  }
}

/** A token that has expired can delete nothing more. */
const ENDS_RUN: ReadonlySet<number> = new Set([401])

async function unlessNotFound<T>(task: () => Promise<T>): Promise<T | undefined> {
  try {
    return await task()
  } catch (error) {
    if (error instanceof ApiError && error.refusal.status === 404) return undefined
    throw error
  }
}

function parseFacts(value: unknown): PackageFacts {
  const found = asObject(value, 'a package')
  const repository = found.repository ? asObject(found.repository, 'repository') : undefined
  return {
    versionCount: asCount(found.version_count, 'version_count'),
    repository: repository && asString(repository.full_name, 'full_name'),
  }
}

function parseVersion(value: unknown): PackageVersion {
  const version = asObject(value, 'a package version')
  const container = asObject(asObject(version.metadata, 'metadata').container, 'container')
  return {
    id: asCount(version.id, 'id'),
    digest: asString(version.name, 'name'),
    tags: asStrings(container.tags ?? [], 'tags'),
    created: parseTime(version.created_at, 'created_at'),
    updated: parseTime(version.updated_at, 'updated_at'),
  }
}

function parseTime(value: unknown, what: string): Date {
  const time = new Date(asString(value, what))
  if (Number.isNaN(time.getTime())) throw new Error(`${what} is not a time`)
  return time
}

/** The most that GitHub returns. */
const VERSIONS_PER_PAGE = 100
const MAX_LIST_ATTEMPTS = 5
/** In milliseconds, before the second attempt. Each other wait is twice the one before. */
const LIST_WAIT = 1000

interface ListSource {
  readonly api: GitHubApi
  readonly base: string
  readonly clock: Clock
}

interface Listing extends ListSource {
  readonly readFacts: () => Promise<PackageFacts>
  readonly deleted: ReadonlySet<number>
}

/** A push or a deletion while the pages are read moves versions between the pages. So the list is counted, and read again. */
async function listVersions(listing: Listing): Promise<VersionList> {
  const { base, clock, readFacts, deleted } = listing
  let last: { readonly list: VersionList; readonly counts: string; readonly isComplete: boolean } | undefined
  for (let attempt = 1; attempt <= MAX_LIST_ATTEMPTS; attempt++) {
    if (attempt > 1) await clock.sleep(LIST_WAIT * 2 ** (attempt - 2))
    const before = await readFacts()
    const list = await readPages(listing)
    const after = await readFacts()
    const { versions } = list
    const ids = new Set(versions.map(({ id }) => id)).size
    const digests = new Set(versions.map(({ digest }) => digest)).size
    const sizes = [before.versionCount, after.versionCount, ids, digests]
    const isComplete = sizes.every(size => size === versions.length)
    last = { list, counts: `${ids} of ${after.versionCount}`, isComplete }
    if (isComplete && !versions.some(({ id }) => deleted.has(id))) break
  }
  if (last?.isComplete) return last.list
  throw new UserError(`GitHub does not list all versions of ${base}: ${last?.counts}`, {
    hint: 'Nothing more is deleted. Run it again when no job pushes to the package.',
  })
}

async function listDeletedVersions(source: ListSource): Promise<readonly PackageVersion[]> {
  try {
    return (await readPages(source, 'deleted')).versions
  } catch (error) {
    if (error instanceof ApiError && !error.isTemporary) return []
    throw error
  }
}

async function readPages(
  { api, base, clock }: ListSource,
  state: 'active' | 'deleted' = 'active',
): Promise<VersionList> {
  const versions: PackageVersion[] = []
  let now = new Date(clock.now())
  for (let page = 1; ; page++) {
    const path = `${base}/versions?state=${state}&per_page=${VERSIONS_PER_PAGE}&page=${page}`
    const response = await api.requestWithHeaders('GET', path)
    now = earlierOf(now, response)
    const found = asArray(response.json, 'package versions').map(parseVersion)
    versions.push(...found)
    if (found.length < VERSIONS_PER_PAGE && !hasNextPage(response)) return { versions, now }
  }
}

function hasNextPage(response: ApiResponse): boolean {
  return /\brel="?next\b/.test(response.header('link') ?? '')
}

function earlierOf(now: Date, response: ApiResponse): Date {
  const time = Date.parse(response.header('date') ?? '')
  return time < now.getTime() ? new Date(time) : now
}

/** No version has this ID. */
const NO_VERSION = 0
const DELETE_SCOPE = 'delete:packages'

/**
 * GitHub does not say what a token may do with a package. It does say which scopes a classic token has, and it checks the
 * permissions of a job's token before it looks for the version.
 */
async function checkMayDelete(api: GitHubApi, base: string, token: string | undefined): Promise<void> {
  if (token === undefined)
    throw new UserError('Deleting package versions needs a GitHub token, but none is set')
  if (token.startsWith('github_pat_')) {
    throw new UserError("GitHub's API for packages does not accept fine-grained tokens", {
      hint: `Use the token of a job, or a classic token with the scopes \`read:packages\` and \`${DELETE_SCOPE}\`.`,
    })
  }
  const scopes = (await api.requestWithHeaders('GET', base)).header('x-oauth-scopes')
  if (scopes !== undefined && scopes !== '' && !scopes.split(/\s*,\s*/).includes(DELETE_SCOPE)) {
    throw new UserError(`The GitHub token does not have the scope \`${DELETE_SCOPE}\`: it has ${scopes}`, {
      hint: `Create a classic token with the scopes \`read:packages\` and \`${DELETE_SCOPE}\`. Nothing was deleted.`,
    })
  }
  try {
    await api.request('DELETE', `${base}/versions/${NO_VERSION}`)
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if ([401, 403].includes(error.refusal.status)) throw error
  }
}
