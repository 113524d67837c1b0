import type { GitHubRepository } from '../../github/github-repository.js'
import { readEvent, readObject, readString } from '../../host/event.js'
import type { Host } from '../../host/host.js'
import type { GitRef } from '../../tags/subject.js'
import type { Exec } from '../../util/exec.js'
import type { JsonObject } from '../../util/json.js'
import { runShortProgram } from '../../util/run-short-program.js'
import { logRetry } from './registry-client.js'

/** The Git ref and the repository of a run. */
export interface GitFacts {
  readonly ref: GitRef
  /** The URL of the repository's page. */
  readonly source?: string
}

interface GitOptions {
  readonly run?: Exec
  /** The work tree; the working directory if absent. */
  readonly folder?: string
}

/**
 * Reads the environment variables and the event of a workflow run, or outside GitHub the work tree. Never throws: the
 * result does not contain what cannot be read.
 */
export async function readGitFacts(
  host: Host,
  { run = runShortProgram, folder = '.' }: GitOptions = {},
): Promise<GitFacts> {
  const git = gitIn(folder, run)
  return host.kind === 'github' ? readGitHubRun(host.env, git) : readWorkTree(git, host)
}

/** Runs Git and returns its output without trailing newlines; `undefined` if Git fails. */
export type Git = (...args: string[]) => Promise<string | undefined>

export function gitIn(folder: string, run: Exec = runShortProgram): Git {
  return async (...args) => {
    // A password prompt would hang. LC_ALL is not needed: no translated output is parsed.
    const options = { cwd: folder, env: { GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0' } }
    const result = await run('git', args, options).catch(() => undefined)
    return result?.code === 0 ? result.stdout.trimEnd() : undefined
  }
}

async function readGitHubRun(env: Host['env'], git: Git): Promise<GitFacts> {
  const event = readEvent(env)
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_SHA: sha } = env
  const commitDate = sha
    ? (pushDateOf(event, sha) ?? parseDate(await git('show', '-s', '--format=%cI', sha)))
    : undefined
  const defaultBranch = readString(readObject(event, 'repository'), 'default_branch')
  const ref: GitRef = {
    ...refOfRun(env, event),
    ...(env.GITHUB_EVENT_NAME && { event: env.GITHUB_EVENT_NAME }),
    ...(defaultBranch && { defaultBranch }),
    ...(sha && { sha }),
    ...(commitDate && { commitDate }),
  }
  return { ref, ...(server && repository && { source: `${server}/${repository}` }) }
}

/** The event comes first: for `pull_request_target`, `GITHUB_REF` is the base branch. */
function refOfRun(env: Host['env'], event: JsonObject | undefined): GitRef {
  const pull = readObject(event, 'pull_request')
  const number = typeof pull?.number === 'number' ? pull.number : undefined
  // A run of a merge queue, or one that a pull request started with `workflow_run`, is treated as a pull request.
  const cause = readString(readObject(event, 'workflow_run'), 'event')
  if ([env.GITHUB_EVENT_NAME, cause].some(name => /^(pull_request|merge_group)/.test(name ?? ''))) {
    return {
      kind: 'pull-request',
      ...(env.GITHUB_HEAD_REF && { name: env.GITHUB_HEAD_REF }),
      ...(number !== undefined && { number }),
      ...(env.GITHUB_BASE_REF && { base: env.GITHUB_BASE_REF }),
    }
  }
  const [, kind, name] = /^refs\/(heads|tags)\/(.+)$/.exec(env.GITHUB_REF ?? '') ?? []
  if (name === undefined) return { kind: 'none' }
  return { kind: kind === 'tags' ? 'tag' : 'branch', name }
}

/** The event of a push contains the date of its commit, so no checkout is needed. */
function pushDateOf(event: JsonObject | undefined, sha: string): Date | undefined {
  const head = readObject(event, 'head_commit')
  return head?.id === sha ? parseDate(readString(head, 'timestamp')) : undefined
}

function parseDate(text: string | undefined): Date | undefined {
  const date = new Date(text ?? '')
  return Number.isNaN(date.getTime()) ? undefined : date
}

/** If there are uncommitted changes, the ref has no commit, so none is recorded in the image. */
async function readWorkTree(git: Git, { log }: Pick<Host, 'log'>): Promise<GitFacts> {
  const [sha, changes] = await Promise.all([
    git('rev-parse', '--verify', '--quiet', 'HEAD'),
    git('status', '--porcelain', '--untracked-files=no'),
  ])
  if (sha === undefined || changes === undefined) return { ref: { kind: 'none' } }
  const [date, branch, tag, head, remote] = await Promise.all([
    git('show', '-s', '--format=%cI', 'HEAD'),
    git('symbolic-ref', '--short', '--quiet', 'HEAD'),
    git('describe', '--tags', '--exact-match', 'HEAD'),
    git('symbolic-ref', '--short', '--quiet', 'refs/remotes/origin/HEAD'),
    git('remote', 'get-url', 'origin'),
  ])
  const isClean = changes === ''
  if (!isClean) log.info('Uncommitted changes: no commit is recorded in the image')
  const commitDate = parseDate(date)
  const source = pageUrlOf(remote)
  const ref: GitRef = {
    ...localRefOf(branch, isClean ? tag : undefined),
    defaultBranch: head?.replace(/^origin\//, '') ?? (branch === 'master' ? 'master' : 'main'),
    ...(isClean && { sha, ...(commitDate && { commitDate }) }),
  }
  return { ref, ...(source && { source }) }
}

/** Other CI systems check out a commit (detached HEAD). Then the branch is not known. */
function localRefOf(branch: string | undefined, tag: string | undefined): GitRef {
  if (branch) return { kind: 'branch', name: branch }
  return tag ? { kind: 'tag', name: tag } : { kind: 'commit' }
}

/** Returns the web page for the URL of a Git remote (https, ssh, git or scp-like), without credentials. */
function pageUrlOf(remote: string | undefined): string | undefined {
  const [, host, path] =
    /^(?:(?:https?|ssh|git):\/\/(?:[^@/]*@)?|[\w.-]+@)([\w.-]+)(?::\d+)?[:/](.+?)(?:\.git)?\/?$/.exec(
      remote ?? '',
    ) ?? []
  return host && path ? `https://${host}/${path}` : undefined
}

interface GitHubAccess {
  readonly repository: GitHubRepository
  /** The permissions of the token are not known: GitHub has no API to read them. */
  readonly hasToken: boolean
}

/**
 * Returns the GitHub API for the repository of a workflow run; `undefined` outside GitHub. The API client is loaded on demand.
 */
export async function githubOf(
  { githubToken }: { readonly githubToken: string | undefined },
  { kind, env, log, signal, maskSecret }: Host,
): Promise<GitHubAccess | undefined> {
  const { GITHUB_REPOSITORY: name, GITHUB_API_URL: url } = env
  if (kind !== 'github' || !name) return undefined
  const { createGitHubApi } = await import('../../github/api.js')
  const { createGitHubRepository } = await import('../../github/github-repository.js')
  const { listProxyPasswords } = await import('../../http/proxy.js')
  for (const password of listProxyPasswords(env)) maskSecret(password)
  const token = githubToken ?? env.GITHUB_TOKEN
  const repository = createGitHubRepository(
    createGitHubApi({ url, token, env, signal, onRetry: logRetry({ log }) }),
    name,
  )
  return { repository, hasToken: Boolean(token) }
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
