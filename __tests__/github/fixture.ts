import { createGitHubApi } from '../../src/github/api.js'
import { createGitHubRepository, type GitHubRepository } from '../../src/github/github-repository.js'
import type { Clock } from '../../src/http/retry.js'
import type { GitHubStandIn } from '../support/github-api.js'

/** A clock that does not wait and records the delays in milliseconds. */
export function hastyClock(now = Date.parse('2026-01-01T00:00:00Z')): Clock & { readonly waits: number[] } {
  const waits: number[] = []
  return {
    waits,
    now: () => now,
    random: () => 0,
    async sleep(ms) {
      waits.push(ms)
    },
  }
}

export function repositoryAt(
  { url }: Pick<GitHubStandIn, 'url'>,
  { token = 'writer', clock = hastyClock(), name = 'owner/name' }: RepositoryOptions = {},
): GitHubRepository {
  return createGitHubRepository(createGitHubApi({ url, clock, ...(token !== '' && { token }) }), name)
}

interface RepositoryOptions {
  /** An empty text means no token. */
  readonly token?: string
  readonly clock?: Clock
  readonly name?: string
}
