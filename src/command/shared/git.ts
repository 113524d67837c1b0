import type { GitHubRepository } from '../../github/github-repository.js'
import { readEvent, readObject, readString } from '../../host/event.js'
import type { Host } from '../../host/host.js'
import type { GitRef } from '../../tags/subject.js'
import { type Exec, exec } from '../../util/exec.js'
import type { JsonObject } from '../../util/json.js'
import { logRetry } from './registry-client.js'

/** What Git knows of the sources that a run is made from. */
export interface GitFacts {
  readonly ref: GitRef
  /** The repository's page. */
  readonly source?: string
}

interface GitOptions {
  readonly run?: Exec
  /** The folder to look into where there is no GitHub; the working directory if absent. */
  readonly folder?: string
}

/** Reads the facts from GitHub's variables and event, or from the work tree that the command runs in. Nothing here fails. */
export async function gitFacts(host: Host, { run = exec, folder = '.' }: GitOptions = {}): Promise<GitFacts> {
  const git = gitIn(folder, run)
  return host.kind === 'github' ? onGitHub(host.env, git) : inWorkTree(git, host)
}

/** Gives what a call of Git writes, without the last line end; `undefined` when it fails. */
export type Git = (...args: string[]) => Promise<string | undefined>

export function gitIn(folder: string, run: Exec = exec): Git {
  return async (...args) => {
    // Another language would change nothing here; a question for a password would hang.
    const options = { cwd: folder, env: { GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0' } }
    const result = await run('git', args, options).catch(() => undefined)
    return result?.code === 0 ? result.stdout.trimEnd() : undefined
  }
}

async function onGitHub(env: Host['env'], git: Git): Promise<GitFacts> {
  const event = readEvent(env)
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_SHA: sha } = env
  const commitDate = sha
    ? (pushedAt(event, sha) ?? dateOf(await git('show', '-s', '--format=%cI', sha)))
    : undefined
  const defaultBranch = readString(readObject(event, 'repository'), 'default_branch')
  const ref: GitRef = {
    ...place(env, event),
    ...(env.GITHUB_EVENT_NAME && { event: env.GITHUB_EVENT_NAME }),
    ...(defaultBranch && { defaultBranch }),
    ...(sha && { sha }),
    ...(commitDate && { commitDate }),
  }
  return { ref, ...(server && repository && { source: `${server}/${repository}` }) }
}

/** `pull_request_target` names the branch that the pull request goes to, so the event has the first word. */
function place(env: Host['env'], event: JsonObject | undefined): GitRef {
  const pull = readObject(event, 'pull_request')
  const number = typeof pull?.number === 'number' ? pull.number : undefined
  // What waits in a merge queue is a pull request still, and so is what one has started.
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

/** The event of a push tells when its commit was made, so that no checkout is needed. */
function pushedAt(event: JsonObject | undefined, sha: string): Date | undefined {
  const head = readObject(event, 'head_commit')
  return head?.id === sha ? dateOf(readString(head, 'timestamp')) : undefined
}

function dateOf(text: string | undefined): Date | undefined {
  const date = new Date(text ?? '')
  return Number.isNaN(date.getTime()) ? undefined : date
}

/** Changes that are not committed belong to no commit, so an image of them bears none. */
async function inWorkTree(git: Git, { log }: Pick<Host, 'log'>): Promise<GitFacts> {
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
  if (!isClean) log.info('The work tree has changes, so the image is tied to no commit')
  const commitDate = dateOf(date)
  const source = pageOf(remote)
  const ref: GitRef = {
    ...localPlace(branch, isClean ? tag : undefined),
    defaultBranch: head?.replace(/^origin\//, '') ?? (branch === 'master' ? 'master' : 'main'),
    ...(isClean && { sha, ...(commitDate && { commitDate }) }),
  }
  return { ref, ...(source && { source }) }
}

/** A commit that is checked out by itself, as other CI systems do it, says nothing of the branch that it is for. */
function localPlace(branch: string | undefined, tag: string | undefined): GitRef {
  if (branch) return { kind: 'branch', name: branch }
  return tag ? { kind: 'tag', name: tag } : { kind: 'commit' }
}

/** The page of a repository that Git knows by an address, without what may be secret in it. */
function pageOf(remote: string | undefined): string | undefined {
  const [, host, path] =
    /^(?:(?:https?|ssh|git):\/\/(?:[^@/]*@)?|[\w.-]+@)([\w.-]+)(?::\d+)?[:/](.+?)(?:\.git)?\/?$/.exec(
      remote ?? '',
    ) ?? []
  return host && path ? `https://${host}/${path}` : undefined
}

interface GitHubAccess {
  readonly repository: GitHubRepository
  /** What may be done with it cannot be asked. */
  readonly hasToken: boolean
}

/** GitHub's API for the repository that a run belongs to; `undefined` elsewhere. Loaded only where it is needed. */
export async function githubOf(
  { githubToken }: { readonly githubToken: string | undefined },
  { kind, env, log }: Host,
  signal: AbortSignal,
): Promise<GitHubAccess | undefined> {
  const { GITHUB_REPOSITORY: name, GITHUB_API_URL: url } = env
  if (kind !== 'github' || !name) return undefined
  const [{ createGitHubApi }, { createGitHubRepository }] = await Promise.all([
    import('../../github/api.js'),
    import('../../github/github-repository.js'),
  ])
  const token = githubToken ?? env.GITHUB_TOKEN
  const repository = createGitHubRepository(
    createGitHubApi({ url, token, signal, onRetry: logRetry({ log }) }),
    name,
  )
  return { repository, hasToken: Boolean(token) }
}

/** A job without a checkout, that no push started, has the commit's date from GitHub. */
export async function withCommitDate(
  git: GitFacts,
  github: Pick<GitHubRepository, 'readCommitDate'> | undefined,
): Promise<GitFacts> {
  const { sha, commitDate } = git.ref
  if (commitDate || !sha || !github) return git
  const found = await github.readCommitDate(sha).catch(() => undefined)
  return found ? { ...git, ref: { ...git.ref, commitDate: found } } : git
}
