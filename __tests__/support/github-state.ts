import { createHash } from 'node:crypto'
import type { StoredAttestation } from './github-attestations.js'
import type { Account } from './github-packages.js'

/** The parts of a repository on GitHub that the stand-in serves. */
export interface GitHubState {
  readonly commits: Map<string, { readonly parents: readonly string[]; readonly date: string }>
  /** By full name, for example `refs/tags/v1.2.3`. */
  readonly refs: Map<string, GitObject>
  /** Annotated tags by the hash of the tag object. */
  readonly tagObjects: Map<string, GitObject>
  /** In the order of their creation. */
  readonly releases: StoredRelease[]
  /** In the order of their creation. */
  readonly attestations: StoredAttestation[]
  /** The repository is private, and its owner has no plan with attestations. */
  attestationsNeedPlan: boolean
  visibility: 'public' | 'private' | 'internal'
  ownerType: 'Organization' | 'User'
  /** The tag of the release that is marked as latest. */
  latest: string | undefined
  /** The ID that was given last. */
  lastId: number
  /** A published release accepts no more files. */
  immutableReleases: boolean
  /** The host in the addresses for uploads. Default: the stand-in itself. */
  uploadHost: string | undefined
  readonly pullRequests: Map<number, 'open' | 'closed'>
  /** The user of the token; `undefined` for the token of a job. */
  user: string | undefined
  /** The scopes of a classic token. */
  scopes: string | undefined
  /** Owners of packages, by login in lower case. */
  readonly accounts: Map<string, Account>
}

export interface GitObject {
  readonly type: 'commit' | 'tag' | 'tree'
  readonly sha: string
}

export interface StoredRelease {
  readonly id: number
  readonly assets: StoredAsset[]
  readonly tag: string
  readonly name: string
  readonly body: string
  readonly draft: boolean
  readonly prerelease: boolean
}

export interface StoredAsset {
  readonly id: number
  readonly name: string
  readonly contentType: string
  readonly content: string
  /** An upload that was interrupted is `starter`. */
  readonly state: 'uploaded' | 'starter'
}

export function emptyState(): GitHubState {
  return {
    commits: new Map(),
    refs: new Map(),
    tagObjects: new Map(),
    releases: [],
    attestations: [],
    attestationsNeedPlan: false,
    visibility: 'public',
    ownerType: 'Organization',
    latest: undefined,
    lastId: 0,
    immutableReleases: false,
    uploadHost: undefined,
    pullRequests: new Map(),
    user: undefined,
    scopes: undefined,
    accounts: new Map(),
  }
}

/** The full commit hash for a short name used in a test. */
export function shaOf(name: string): string {
  return createHash('sha1').update(name).digest('hex')
}

/** Adds a commit and returns its hash. */
export function addCommit(
  { commits }: GitHubState,
  name: string,
  parents: readonly string[] = [],
  date = '2026-01-02T03:04:05Z',
): string {
  const sha = shaOf(name)
  commits.set(sha, { parents, date })
  return sha
}

export function addRelease(state: GitHubState, tag: string, more: Partial<StoredRelease> = {}): void {
  const release = { id: nextId(state), assets: [], tag, name: tag, body: '', draft: false, prerelease: false }
  state.releases.push({ ...release, ...more })
}

/** IDs are not used again. */
export function nextId(state: GitHubState): number {
  state.lastId++
  return state.lastId
}

/** An error answer in GitHub's format. */
export class Refused extends Error {
  readonly status: number
  readonly errors: readonly object[] | undefined

  constructor(status: number, message: string, errors?: readonly object[]) {
    super(message)
    this.status = status
    this.errors = errors
  }
}

export const missing = (): Refused => new Refused(404, 'Not Found')

export interface Call {
  readonly state: GitHubState
  readonly groups: readonly string[]
  readonly query: URLSearchParams
  readonly body: Readonly<Record<string, unknown>>
  /** The body of an upload, which is not JSON. */
  readonly content: string
  readonly contentType: string
  /** `http://127.0.0.1:1/repos/owner/name` */
  readonly base: string
  /** The commit of a tag that was pushed with Git. */
  readonly pushed: (tag: string) => string | undefined
}

export interface Route {
  readonly method: string
  readonly path: RegExp
  readonly write?: true
  answer(call: Call): unknown
  headers?(call: Call): Readonly<Record<string, string>>
}

/** The path below `/repos/owner/name`. */
export const ROUTES: readonly Route[] = [
  { method: 'GET', path: /^$/, answer: repository },
  { method: 'GET', path: /^\/git\/commits\/([0-9a-f]{40})$/, answer: commit },
  { method: 'GET', path: /^\/compare\/(.+)\.\.\.(.+)$/, answer: compare },
  { method: 'GET', path: /^\/git\/ref\/(.+)$/, answer: ref },
  { method: 'GET', path: /^\/git\/tags\/([0-9a-f]{40})$/, answer: tagObject },
  { method: 'POST', path: /^\/git\/refs$/, write: true, answer: createRef },
  { method: 'GET', path: /^\/pulls\/(\d+)$/, answer: pullRequest },
]

function repository({ state: { visibility, ownerType }, base }: Call): object {
  const full_name = new URL(base).pathname.replace('/repos/', '')
  const [login, name] = full_name.split('/')
  return {
    id: 1,
    name,
    full_name,
    private: visibility !== 'public',
    visibility,
    owner: { login, id: 2, type: ownerType },
  }
}

function pullRequest({ state: { pullRequests }, groups: [number] }: Call): object {
  const state = pullRequests.get(Number(number))
  if (!state) throw missing()
  return { number: Number(number), state }
}

function commit({ state, groups: [sha = ''] }: Call): object {
  const found = state.commits.get(sha)
  if (!found) throw missing()
  const person = { name: 'A person', email: 'a@example.org', date: found.date }
  return { sha, author: { ...person, date: '2001-01-01T00:00:00Z' }, committer: person, message: 'words' }
}

function ancestors({ commits }: GitHubState, sha: string): Set<string> {
  const seen = new Set<string>()
  const waiting = [sha]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue
    seen.add(next)
    waiting.push(...(commits.get(next)?.parents ?? []))
  }
  return seen
}

function compare({ state, groups: [base = '', name = ''] }: Call): object {
  const head = state.refs.get(`refs/heads/${name}`)?.sha ?? name
  if (!state.commits.has(base) || !state.commits.has(head)) throw missing()
  const [ofBase, ofHead] = [ancestors(state, base), ancestors(state, head)]
  const common = [...ofBase].filter(sha => ofHead.has(sha))
  if (common.length === 0) throw new Refused(404, `No common ancestor between ${base} and ${head}.`)
  const ahead_by = ofHead.size - common.length
  const behind_by = ofBase.size - common.length
  const diverged = ahead_by > 0 && behind_by > 0
  const status = diverged ? 'diverged' : ahead_by > 0 ? 'ahead' : behind_by > 0 ? 'behind' : 'identical'
  const commits = [...ofHead].filter(sha => !ofBase.has(sha)).map(sha => ({ sha }))
  return { status, ahead_by, behind_by, total_commits: ahead_by, commits: commits.reverse(), files: [] }
}

function ref({ state, groups: [name = ''], pushed }: Call): object {
  const full = `refs/${name}`
  const byGit = pushed(name.replace(/^tags\//, ''))
  const object = state.refs.get(full) ?? (byGit === undefined ? undefined : { type: 'commit', sha: byGit })
  if (!object) throw missing()
  return { ref: full, object }
}

function tagObject({ state, groups: [sha = ''] }: Call): object {
  const object = state.tagObjects.get(sha)
  if (!object) throw missing()
  return { sha, object }
}

function createRef({ state, body: { ref: name, sha } }: Call): object {
  if (typeof name !== 'string' || !/^refs\/[^/]+\/./.test(name))
    throw new Refused(422, "Reference name must start with 'refs/' and have at least two slashes.")
  if (typeof sha !== 'string' || !state.commits.has(sha)) throw new Refused(422, 'Object does not exist')
  if (state.refs.has(name)) throw new Refused(422, 'Reference already exists')
  state.refs.set(name, { type: 'commit', sha })
  return { ref: name, object: { type: 'commit', sha } }
}
