import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { exec } from '../../src/util/exec.js'
import type { ActEvent } from './act.js'
import { outputOf, ROOT, TOOLS } from './machine.js'
import { SYSTEMS } from './runs.js'

/** A Git repository of a user who publishes containers, on the branch `main`. */
export interface UsersRepository {
  readonly folder: string
  /** Writes files and commits them. */
  commit(files: Readonly<Record<string, string>>): Promise<Commit>
}

export interface Commit {
  readonly sha: string
  readonly parents: readonly string[]
  /** In ISO 8601 format. */
  readonly date: string
}

/** Creates a repository from `fixtures/two` in a new folder. */
export async function openUsersRepository(folder: string): Promise<UsersRepository> {
  cpSync(join(ROOT, 'e2e/fixtures/two'), folder, { recursive: true })
  for (const system of SYSTEMS) {
    cpSync(join(TOOLS, 'static', system, 'busybox'), join(folder, 'bin', system, 'busybox'))
  }
  const git = gitIn(folder)
  await git('init', '--quiet', '--initial-branch=main')
  let commits = 0
  return {
    folder,
    async commit(files) {
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(folder, name)), { recursive: true })
        writeFileSync(join(folder, name), content)
      }
      // One minute apart, so that all dates differ.
      const date = new Date(Date.UTC(2026, 0, 1, 12, commits++)).toISOString()
      await git('add', '--all')
      const dated = gitIn(folder, { GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date })
      await dated('commit', '--quiet', '--allow-empty', '--message=change')
      const [sha = '', ...parents] = (await git('show', '--no-patch', '--format=%H %P', 'HEAD')).split(' ')
      return { sha, parents, date }
    },
  }
}

const REPOSITORY = { full_name: 'OWNER/containers', name: 'containers', default_branch: 'main', fork: false }

/** GitHub's event for a push of a commit to `main`. */
export function pushEvent({ sha, date }: Commit): ActEvent {
  const head_commit = { id: sha, timestamp: date }
  return {
    name: 'push',
    payload: { ref: 'refs/heads/main', after: sha, head_commit, repository: REPOSITORY },
  }
}

/** GitHub's event for a pull request to `main`, from a branch of the same repository or from a fork. */
export function pullRequestEvent({ fromFork = false } = {}): ActEvent {
  const head = {
    ref: 'topic',
    repo: { full_name: fromFork ? 'OTHER/containers' : REPOSITORY.full_name, fork: fromFork },
  }
  const pull = { number: 7, head, base: { ref: 'main', repo: REPOSITORY } }
  const payload = { action: 'synchronize', number: 7, pull_request: pull, repository: REPOSITORY }
  return { name: 'pull_request', payload }
}

export function gitIn(folder: string, env: Record<string, string> = {}) {
  // Ignore the user's Git settings, and unset GIT_DIR, with which the tests hide their own Git repository.
  const own = { GIT_DIR: undefined, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }
  const who = ['-c', 'user.name=Tests', '-c', 'user.email=tests@example.org']
  return async (...args: string[]): Promise<string> =>
    outputOf(await exec('git', [...who, ...args], { cwd: folder, env: { ...own, ...env } })).trim()
}
