import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createCommitHistory } from '../../../src/command/merge/decide-tags.js'
import { gitFactsOf, gitIn, readGitFacts } from '../../../src/command/shared/git.js'
import type { WorkTree } from '../../../src/command/shared/work-tree.js'
import type { Exec } from '../../../src/util/exec.js'
import { commitIn, gitRepositoryIn, runGit } from '../../support/git-repository.js'
import { type TestHost, testHost } from '../../support/host.js'
import { testWith } from '../../support/programs.js'

const testGit = testWith('git')

let folder: string
let host: TestHost
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'git-'))
  host = testHost()
})
afterEach(() => {
  rmSync(folder, { recursive: true })
  host.remove()
})

const git = (...args: string[]): string => gitRepositoryIn(folder)(...args)
const commit = (message: string, date?: string): string => commitIn(folder, message, date)

/** Reads the facts, and logs their messages as a run does after the evaluation. */
const readFacts = async (run: Exec = runGit) => {
  const { report, ...facts } = await readGitFacts('.', host, { run, cwd: folder })
  expect(host.logged).toEqual([])
  report()
  return facts
}

describe('in a work tree', () => {
  testGit('reads the branch, the commit, its date and the page of the repository', async () => {
    git('init', '-qb', 'main')
    const sha = commit('one')
    git('remote', 'add', 'origin', 'https://me:secret@github.com/owner/repo.git')
    const { ref, source } = await readFacts()
    expect(ref).toEqual({
      kind: 'branch',
      name: 'main',
      defaultBranch: 'main',
      sha,
      commitDate: new Date('2026-01-02T03:04:05Z'),
    })
    expect(source).toBe('https://github.com/owner/repo')
  })

  testGit.each([
    ['git@github.com:owner/repo.git', 'https://github.com/owner/repo'],
    ['ssh://git@example.org:2222/owner/repo', 'https://example.org/owner/repo'],
    ['/srv/git/repo.git', undefined],
  ])('the remote %s gives the page %s', async (remote, page) => {
    git('init', '-qb', 'main')
    commit('one')
    git('remote', 'add', 'origin', remote)
    expect((await readFacts()).source).toBe(page)
  })

  testGit('a checked-out tag gives a tag', async () => {
    git('init', '-qb', 'main')
    commit('one')
    git('tag', 'v1.2.3')
    git('checkout', '-q', 'v1.2.3')
    expect((await readFacts()).ref).toMatchObject({ kind: 'tag', name: 'v1.2.3' })
  })

  testGit('a detached HEAD gives a commit without a branch', async () => {
    git('init', '-qb', 'main')
    const sha = commit('one')
    git('checkout', '-q', '--detach')
    expect((await readFacts()).ref).toMatchObject({ kind: 'commit', sha })
  })

  testGit('uncommitted changes give no commit, and this is logged', async () => {
    git('init', '-qb', 'main')
    commit('one')
    writeFileSync(join(folder, 'flake.nix'), 'changed')
    const facts = await readFacts()
    expect(facts.ref).toEqual({ kind: 'branch', name: 'main', defaultBranch: 'main' })
    expect(facts.tree).toMatchObject({ kind: 'commit', isClean: false })
    expect(host.logged.join()).toMatch(/Uncommitted changes/)
  })

  test('without a Git repository, a person sets the tags of the version', async () => {
    expect((await readFacts()).ref).toEqual({ kind: 'none' })
    expect(host.logged).toEqual([])
  })

  test.each(['true', '1'])(
    'without a Git repository and with CI=%s, a warning names the way out',
    async CI => {
      host = testHost({ env: { CI } })
      expect((await readFacts()).ref).toEqual({ kind: 'no-commit' })
      expect(host.logged.join()).toMatch(/warning: The flake is not in a Git repository.*`--tags`/)
    },
  )

  testGit('a repository without Git on PATH is not the same as no repository', async () => {
    git('init', '-qb', 'main')
    const missing: Exec = () => Promise.reject(new Error('git was not found'))
    const { ref } = await readFacts(missing)
    expect(ref).toEqual({ kind: 'git-failed' })
    expect(host.logged.join()).toMatch(/warning: Git cannot read .*git was not found.*Install Git/)
  })
})

describe('on GitHub', () => {
  const sha = 'a'.repeat(40)
  function on(env: Record<string, string>, event: object): TestHost {
    const path = join(folder, 'event.json')
    writeFileSync(path, JSON.stringify(event))
    return testHost({ kind: 'github', env: { GITHUB_SHA: sha, GITHUB_EVENT_PATH: path, ...env } })
  }
  const repository = { default_branch: 'trunk', full_name: 'o/r' }
  const head: WorkTree = { kind: 'commit', sha, isClean: true, tags: [] }

  test('a push has the branch, the date of its commit and the page of the repository', () => {
    const event = { repository, head_commit: { id: sha, timestamp: '2026-01-02T05:04:05+02:00' } }
    const env = {
      GITHUB_EVENT_NAME: 'push',
      GITHUB_REF: 'refs/heads/trunk',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'o/r',
    }
    expect(gitFactsOf(head, on(env, event))).toEqual({
      ref: {
        kind: 'branch',
        name: 'trunk',
        event: 'push',
        defaultBranch: 'trunk',
        sha,
        commitDate: new Date('2026-01-02T03:04:05Z'),
      },
      source: 'https://github.com/o/r',
    })
  })

  test('the date of another commit is not used', () => {
    const event = { repository, head_commit: { id: 'b'.repeat(40), timestamp: '2026-01-02T05:04:05Z' } }
    const env = { GITHUB_EVENT_NAME: 'push', GITHUB_REF: 'refs/heads/trunk' }
    const { ref } = gitFactsOf(head, on(env, event))
    expect([ref.sha, ref.commitDate]).toEqual([sha, undefined])
  })

  test('a pull request has its number, its branch and its base', () => {
    const env = {
      GITHUB_EVENT_NAME: 'pull_request',
      GITHUB_REF: 'refs/pull/7/merge',
      GITHUB_HEAD_REF: 'work',
      GITHUB_BASE_REF: 'trunk',
    }
    const { ref } = gitFactsOf(head, on(env, { repository, pull_request: { number: 7 } }))
    expect(ref).toMatchObject({ kind: 'pull-request', number: 7, name: 'work', base: 'trunk' })
  })

  test('a comment on a pull request is a pull request if its head is checked out', () => {
    const env = { GITHUB_EVENT_NAME: 'issue_comment', GITHUB_REF: 'refs/heads/trunk' }
    const event = { repository, issue: { number: 9, pull_request: { url: 'x' } } }
    expect(gitFactsOf(head, on(env, event)).ref).toMatchObject({ kind: 'branch', name: 'trunk' })
    const other = { ...head, sha: 'b'.repeat(40) }
    expect(gitFactsOf(other, on(env, event)).ref).toMatchObject({ kind: 'pull-request', number: 9 })
  })

  test('a workflow_run event builds the branch of the run before it', () => {
    const env = { GITHUB_EVENT_NAME: 'workflow_run', GITHUB_REF: 'refs/heads/trunk' }
    const other = { ...head, sha: 'b'.repeat(40) }
    const of = (cause: object) =>
      gitFactsOf(
        other,
        on(env, { repository, workflow_run: { head_sha: other.sha, head_branch: 'work', ...cause } }),
      ).ref
    const own = { head_repository: { full_name: 'o/r' } }
    expect(of({ event: 'push', ...own })).toMatchObject({ kind: 'branch', name: 'work', sha: other.sha })
    expect(of({ event: 'pull_request', ...own }).kind).toBe('pull-request')
    expect(of({ event: 'push', head_repository: { full_name: 'fork/r' } }).kind).toBe('pull-request')
    expect(of({ event: 'push', head_repository: null }).kind).toBe('pull-request')
  })

  test('reads a Git tag without a readable event', () => {
    const env = {
      GITHUB_EVENT_NAME: 'push',
      GITHUB_REF: 'refs/tags/v1.2.3',
      GITHUB_EVENT_PATH: '/nonexistent',
    }
    expect(gitFactsOf(head, on(env, {})).ref).toEqual({ kind: 'tag', name: 'v1.2.3', event: 'push', sha })
  })
})

describe('commit history', () => {
  testGit('compares commits in the work tree', async () => {
    git('init', '-qb', 'main')
    const [one, two] = [commit('one'), commit('two')]
    git('checkout', '-qb', 'side', one)
    const other = commit('other')
    const { compareCommits: relate } = createCommitHistory(undefined, gitIn(folder, runGit))
    expect(await relate(one, two)).toBe('ancestor')
    expect(await relate(two, one)).toBe('descendant')
    expect(await relate(two, other)).toBe('diverged')
    expect(await relate(two, two)).toBe('same')
    expect(await relate(two, 'b'.repeat(40))).toBe('unknown')
    for (const odd of ['HEAD', 'main', '--octopus']) expect(await relate(one, odd)).toBe('unknown')
  })

  testGit('asks GitHub once for each pair of commits in a shallow clone', async () => {
    git('init', '-qb', 'main')
    const [one, two] = [commit('one'), commit('two')]
    const shallow = mkdtempSync(join(tmpdir(), 'git-shallow-'))
    git('clone', '-q', '--depth', '1', `file://${folder}`, shallow)
    let asked = 0
    const compareCommits = async () => {
      asked += 1
      return 'ancestor' as const
    }
    const { compareCommits: relate } = createCommitHistory(
      { compareCommits, listCommitsAfter: async () => [] },
      gitIn(shallow, runGit),
    )
    expect(await Promise.all([relate(one, two), relate(one, two)])).toEqual(['ancestor', 'ancestor'])
    expect(asked).toBe(1)
    const offline = () => Promise.reject(new Error('offline'))
    const broken = createCommitHistory(
      { compareCommits: offline, listCommitsAfter: offline },
      gitIn(shallow, runGit),
    )
    expect(await broken.compareCommits(one, two)).toBe('unknown')
    expect(await broken.listCommitsAfter(one, 'main')).toEqual([])
    rmSync(shallow, { recursive: true })
  })

  test('lists later commits once, and again if a tag contains a new commit', async () => {
    let asked = 0
    const listCommitsAfter = async () => [`${++asked}`]
    const history = createCommitHistory(
      { compareCommits: async () => 'unknown', listCommitsAfter },
      gitIn(folder, runGit),
    )
    const one = 'a'.repeat(40)
    const later = (...taggedCommits: string[]) => history.listCommitsAfter(one, 'main', taggedCommits)
    expect(await Promise.all([later('aaaaaaa', 'bbbbbbb'), later('bbbbbbb')])).toEqual([['1'], ['1']])
    expect(await later('bbbbbbb', 'ccccccc')).toEqual(['2'])
    expect(await later('aaaaaaa', 'ccccccc')).toEqual(['2'])
    expect(await history.listCommitsAfter(one, 'other', ['aaaaaaa'])).toEqual(['3'])
  })
})
