import type { GitHubRepository } from '../../github/github-repository.js'
import type { Host } from '../../host/host.js'
import type { GitFacts } from './git.js'
import { retryTeller } from './retry-teller.js'

export interface GitHubAccess {
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
  const [{ githubApi }, { githubRepository }] = await Promise.all([
    import('../../github/api.js'),
    import('../../github/github-repository.js'),
  ])
  const token = githubToken ?? env.GITHUB_TOKEN
  const repository = githubRepository(githubApi({ url, token, signal, onRetry: retryTeller({ log }) }), name)
  return { repository, hasToken: Boolean(token) }
}

/** A job without a checkout, that no push started, has the commit's date from GitHub. */
export async function withCommitDate(
  git: GitFacts,
  github: Pick<GitHubRepository, 'commitDate'> | undefined,
): Promise<GitFacts> {
  const { sha, commitDate } = git.ref
  if (commitDate || !sha || !github) return git
  const found = await github.commitDate(sha).catch(() => undefined)
  return found ? { ...git, ref: { ...git.ref, commitDate: found } } : git
}
