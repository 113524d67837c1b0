import type { GitHubApi } from '../../github/api.js'
import type { GitHubRepository } from '../../github/github-repository.js'
import { readEvent, readObject, readString } from '../../host/event.js'
import type { Host } from '../../host/host.js'
import { logRetry } from '../../http/retry.js'
import type { GitRef } from '../../tags/subject.js'
import type { Exec } from '../../util/exec.js'
import type { JsonObject } from '../../util/json.js'
import { redactPage } from '../../util/redact-addresses.js'
import { runShortProgram } from '../../util/run-short-program.js'
import { type CausingRun, decideRef, type RunEvent } from './decide-ref.js'
import { encodeWorkTree, gitRunnerIn, parseDate, readWorkTree, type WorkTree } from './work-tree.js'

/** The Git ref and the repository of a run. */
export interface GitFacts {
  readonly ref: GitRef
  /** The URL of the repository's page. */
  readonly source?: string
}

interface GitOptions {
  readonly run?: Exec
  /** The folder that a relative flake reference is resolved against. Default: the working directory. */
  readonly cwd?: string
}

/** The facts of a run, with the state of the sources that it builds. */
export interface BuildFacts extends GitFacts {
  readonly tree: WorkTree
  /** Outside GitHub, or if the commit of the event is built. */
  readonly isEventCommit: boolean
  /**
   * Logs what could not be read, and what that means for the tags. Called after the flake was evaluated: if its reference is
   * wrong, the error of Nix is the only message.
   */
  readonly report: () => void
}

/** Reads what a run builds: the work tree of its flake, and on GitHub the event. Never throws. */
export async function readGitFacts(
  flake: string,
  host: Host,
  { run = runShortProgram, cwd = '.' }: GitOptions = {},
): Promise<BuildFacts> {
  const tree = await readWorkTree(flake, cwd, run)
  const isEventCommit = host.kind !== 'github' || (tree.kind === 'commit' && tree.sha === host.env.GITHUB_SHA)
  const { facts, warning } = decideFacts(tree, host)
  const report = (): void => {
    if (host.kind !== 'github' && tree.kind === 'commit' && !tree.isClean)
      host.log.info('Uncommitted changes: no commit is recorded in the image')
    if (warning !== undefined) host.log.warning(warning)
  }
  return { ...facts, tree, isEventCommit, report }
}

/**
 * Decides what a run builds, and logs a warning if that is not known.
 *
 * @param tree what the build found; `undefined` if it did not record it
 */
export function gitFactsOf(tree: WorkTree | undefined, host: Host): GitFacts {
  const { facts, warning } = decideFacts(tree, host)
  if (warning !== undefined) host.log.warning(warning)
  return facts
}

interface DecidedFacts {
  readonly facts: GitFacts
  readonly warning: string | undefined
}

function decideFacts(tree: WorkTree | undefined, { kind, env }: Host): DecidedFacts {
  const event = kind === 'github' ? readRunEvent(env) : undefined
  const isPersonal = event === undefined && !isContinuousIntegration(env)
  const { ref, warning } = decideRef({ tree, isPersonal, ...(event && { event }) })
  const source = event === undefined ? pageOf(tree) : pageOnGitHub(env)
  return { facts: { ref, ...(source && { source }) }, warning }
}

/** Returns the facts of the images that a build made from a work tree. */
export type FindFacts = (tree: WorkTree | undefined) => Promise<GitFacts>

/**
 * Finds the facts of images by what their build recorded. Outside GitHub, the working directory counts for images without a
 * record. Each warning is logged once.
 */
export function createFactsFinder(host: Host): FindFacts {
  const known = new Map<string, Promise<GitFacts>>()
  return tree => {
    const key = tree === undefined ? '' : encodeWorkTree(tree)
    const facts =
      known.get(key) ??
      (tree === undefined && host.kind !== 'github'
        ? readReportedFacts('.', host)
        : Promise.resolve(gitFactsOf(tree, host)))
    known.set(key, facts)
    return facts
  }
}

async function readReportedFacts(flake: string, host: Host): Promise<GitFacts> {
  const { report, ...facts } = await readGitFacts(flake, host)
  report()
  return facts
}

function isContinuousIntegration({ CI }: Host['env']): boolean {
  return CI !== undefined && !['', '0', 'false'].includes(CI.toLowerCase())
}

function pageOf(tree: WorkTree | undefined): string | undefined {
  return tree?.kind === 'commit' ? tree.page : undefined
}

function pageOnGitHub({ GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository }: Host['env']) {
  return server && repository ? redactPage(`${server}/${repository}`) : undefined
}

function readRunEvent(env: Host['env']): RunEvent {
  const event = readEvent(env)
  const { GITHUB_EVENT_NAME: name = '', GITHUB_REF: ref = '', GITHUB_SHA: sha = '' } = env
  const defaultBranch = readString(readObject(event, 'repository'), 'default_branch')
  const pullRequest = readPullRequest(event)
  const commitDate = pushDateOf(event, sha)
  const cause = readCause(event)
  return {
    name,
    ref,
    sha,
    ...(env.GITHUB_HEAD_REF && { headRef: env.GITHUB_HEAD_REF }),
    ...(env.GITHUB_BASE_REF && { baseRef: env.GITHUB_BASE_REF }),
    ...(defaultBranch && { defaultBranch }),
    ...(pullRequest !== undefined && { pullRequest }),
    ...(commitDate && { commitDate }),
    ...(cause && { cause }),
  }
}

/** Returns the number of the pull request of an event. For GitHub, a comment on a pull request is a comment on an issue. */
function readPullRequest(event: JsonObject | undefined): number | undefined {
  const issue = readObject(event, 'issue')
  const isPullRequest = readObject(issue, 'pull_request') !== undefined
  const number = readObject(event, 'pull_request')?.number ?? (isPullRequest ? issue?.number : undefined)
  return typeof number === 'number' ? number : undefined
}

function readCause(event: JsonObject | undefined): CausingRun | undefined {
  const run = readObject(event, 'workflow_run')
  if (run === undefined) return undefined
  const nameOf = (repository: JsonObject | undefined): string | undefined =>
    readString(repository, 'full_name')
  const own = nameOf(readObject(event, 'repository'))
  const head = nameOf(readObject(run, 'head_repository'))
  return {
    event: readString(run, 'event') ?? '',
    sha: readString(run, 'head_sha') ?? '',
    branch: readString(run, 'head_branch') ?? '',
    isOwn: own !== undefined && head === own,
  }
}

/** The event of a push contains the date of its commit, so no checkout is needed. */
function pushDateOf(event: JsonObject | undefined, sha: string): Date | undefined {
  const head = readObject(event, 'head_commit')
  return sha !== '' && head?.id === sha ? parseDate(readString(head, 'timestamp')) : undefined
}

/** Runs Git and returns its output without trailing newlines; `undefined` if Git fails. */
export type Git = (...args: string[]) => Promise<string | undefined>

export function gitIn(folder: string, run: Exec = runShortProgram): Git {
  const runGit = gitRunnerIn(folder, run)
  return async (...args) => {
    const { code, stdout } = await runGit(...args)
    return code === 0 ? stdout : undefined
  }
}

interface GitHubAccess {
  readonly repository: GitHubRepository
  /** For requests that `repository` does not have. */
  readonly api: GitHubApi
  /** `owner/name` */
  readonly name: string
  /** The permissions of the token are not known: GitHub has no API to read them. */
  readonly hasToken: boolean
}

/**
 * Returns the GitHub API for the repository of a workflow run; `undefined` outside GitHub. The API client is loaded on demand.
 */
export async function githubOf(
  { githubToken }: { readonly githubToken: string | undefined },
  { kind, env, log, signal }: Host,
): Promise<GitHubAccess | undefined> {
  const { GITHUB_REPOSITORY: name, GITHUB_API_URL: url } = env
  if (kind !== 'github' || !name) return undefined
  const { createGitHubApi } = await import('../../github/api.js')
  const { createGitHubRepository } = await import('../../github/github-repository.js')
  const token = githubToken ?? env.GITHUB_TOKEN
  const api = createGitHubApi({ url, token, env, signal, onRetry: logRetry(log.info) })
  return { repository: createGitHubRepository(api, name), api, name, hasToken: Boolean(token) }
}

/** Reads a missing commit date from GitHub: a job without a checkout only has it if a push started the run. */
export async function withCommitDate(
  git: GitFacts,
  github: Pick<GitHubRepository, 'readCommitDate'> | undefined,
): Promise<GitFacts> {
  const { sha, commitDate } = git.ref
  if (commitDate || !sha || !github) return git
  const found = await github.readCommitDate(sha).catch(() => undefined)
  return found ? { ...git, ref: { ...git.ref, commitDate: found } } : git
}
