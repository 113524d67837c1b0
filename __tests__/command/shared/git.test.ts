import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createCommitHistory } from '../../../src/command/merge/decide-tags.js'
import { gitIn, readGitFacts } from '../../../src/command/shared/git.js'
import { type Exec, exec } from '../../../src/util/exec.js'
import { type TestHost, testHost } from '../../support/host.js'
import { testWith } from '../../support/programs.js'

const testGit = testWith('git')

const OWN = {
  GIT_DIR: undefined,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A person',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'A person',
  GIT_COMMITTER_EMAIL: 'a@example.org',
}
const run: Exec = (command, args, options) =>
  exec(command, args, { ...options, env: { ...options?.env, ...OWN } })

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

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: folder, encoding: 'utf8', env: { ...process.env, ...OWN } }).trim()
}

function commit(message: string, date = '2026-01-02T03:04:05Z'): string {
  writeFileSync(join(folder, 'file'), message)
  git('add', '.')
  execFileSync('git', ['commit', '-qm', message], {
    cwd: folder,
    env: { ...process.env, ...OWN, GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date },
  })
  return git('rev-parse', 'HEAD')
}

describe('in a work tree', () => {
  testGit('reads the branch, the commit, its date and the page of the repository', async () => {
    git('init', '-qb', 'main')
    const sha = commit('one')
    git('remote', 'add', 'origin', 'https://me:secret@github.com/owner/repo.git')
    const { ref, source } = await readGitFacts(host, { run, folder })
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
    expect((await readGitFacts(host, { run, folder })).source).toBe(page)
  })

  testGit('a checked-out tag gives a tag', async () => {
    git('init', '-qb', 'main')
    commit('one')
    git('tag', 'v1.2.3')
    git('checkout', '-q', 'v1.2.3')
    expect((await readGitFacts(host, { run, folder })).ref).toMatchObject({ kind: 'tag', name: 'v1.2.3' })
  })

  testGit('a detached HEAD gives a commit without a branch', async () => {
    git('init', '-qb', 'main')
    const sha = commit('one')
    git('checkout', '-q', '--detach')
    expect((await readGitFacts(host, { run, folder })).ref).toMatchObject({ kind: 'commit', sha })
  })

  testGit('uncommitted changes give no commit, and this is logged', async () => {
    git('init', '-qb', 'main')
    commit('one')
    writeFileSync(join(folder, 'file'), 'changed')
    expect(await readGitFacts(host, { run, folder })).toEqual({
      ref: { kind: 'branch', name: 'main', defaultBranch: 'main' },
    })
    expect(host.said.join()).toMatch(/Uncommitted changes/)
  })

  test('without a work tree or without Git, the ref is empty', async () => {
    expect(await readGitFacts(host, { run, folder })).toEqual({ ref: { kind: 'none' } })
    const missing: Exec = () => Promise.reject(new Error('git was not found'))
    expect(await readGitFacts(host, { run: missing, folder })).toEqual({ ref: { kind: 'none' } })
  })
})

describe('on GitHub', () => {
  const sha = 'a'.repeat(40)
  function on(env: Record<string, string>, event: object): TestHost {
    const path = join(folder, 'event.json')
    writeFileSync(path, JSON.stringify(event))
    return testHost({ kind: 'github', env: { GITHUB_SHA: sha, GITHUB_EVENT_PATH: path, ...env } })
  }
  const repository = { default_branch: 'trunk' }

  test('a push has the branch and the date of its commit', async () => {
    const event = { repository, head_commit: { id: sha, timestamp: '2026-01-02T05:04:05+02:00' } }
    const env = {
      GITHUB_EVENT_NAME: 'push',
      GITHUB_REF: 'refs/heads/trunk',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'o/r',
    }
    expect(await readGitFacts(on(env, event), { run, folder })).toEqual({
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

  test('the date of another commit is not used', async () => {
    const event = { repository, head_commit: { id: 'b'.repeat(40), timestamp: '2026-01-02T05:04:05Z' } }
    const env = { GITHUB_EVENT_NAME: 'push', GITHUB_REF: 'refs/heads/trunk' }
    const { ref } = await readGitFacts(on(env, event), { run, folder })
    expect([ref.sha, ref.commitDate]).toEqual([sha, undefined])
  })

  test.each(['pull_request', 'pull_request_target'])(
    'a %s event is a pull request, regardless of the ref',
    async name => {
      const env = {
        GITHUB_EVENT_NAME: name,
        GITHUB_REF: name === 'pull_request' ? 'refs/pull/7/merge' : 'refs/heads/trunk',
        GITHUB_HEAD_REF: 'work',
        GITHUB_BASE_REF: 'trunk',
      }
      const { ref } = await readGitFacts(on(env, { repository, pull_request: { number: 7 } }), {
        run,
        folder,
      })
      expect(ref).toMatchObject({ kind: 'pull-request', number: 7, name: 'work', base: 'trunk' })
    },
  )

  test('a workflow_run event after a pull request is a pull request', async () => {
    const env = { GITHUB_EVENT_NAME: 'workflow_run', GITHUB_REF: 'refs/heads/trunk' }
    const of = async (event: string) =>
      (await readGitFacts(on(env, { repository, workflow_run: { event } }), { run, folder })).ref.kind
    expect([await of('pull_request'), await of('push')]).toEqual(['pull-request', 'branch'])
  })

  test('a run of a merge queue is a pull request', async () => {
    const env = {
      GITHUB_EVENT_NAME: 'merge_group',
      GITHUB_REF: 'refs/heads/gh-readonly-queue/trunk/pr-12-abc',
    }
    expect((await readGitFacts(on(env, { repository }), { run, folder })).ref.kind).toBe('pull-request')
  })

  test('reads a Git tag without a readable event', async () => {
    const env = {
      GITHUB_EVENT_NAME: 'push',
      GITHUB_REF: 'refs/tags/v1.2.3',
      GITHUB_EVENT_PATH: '/nonexistent',
    }
    expect((await readGitFacts(on(env, {}), { run, folder })).ref).toEqual({
      kind: 'tag',
      name: 'v1.2.3',
      event: 'push',
      sha,
    })
  })
})

describe('commit history', () => {
  testGit('compares commits in the work tree', async () => {
    git('init', '-qb', 'main')
    const [one, two] = [commit('one'), commit('two')]
    git('checkout', '-qb', 'side', one)
    const other = commit('other')
    const { compareCommits: relate } = createCommitHistory(undefined, gitIn(folder, run))
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
      gitIn(shallow, run),
    )
    expect(await Promise.all([relate(one, two), relate(one, two)])).toEqual(['ancestor', 'ancestor'])
    expect(asked).toBe(1)
    const offline = () => Promise.reject(new Error('offline'))
    const broken = createCommitHistory(
      { compareCommits: offline, listCommitsAfter: offline },
      gitIn(shallow, run),
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
      gitIn(folder, run),
    )
    const one = 'a'.repeat(40)
    const later = (...taggedCommits: string[]) => history.listCommitsAfter(one, 'main', taggedCommits)
    expect(await Promise.all([later('aaaaaaa', 'bbbbbbb'), later('bbbbbbb')])).toEqual([['1'], ['1']])
    expect(await later('bbbbbbb', 'ccccccc')).toEqual(['2'])
    expect(await later('aaaaaaa', 'ccccccc')).toEqual(['2'])
    expect(await history.listCommitsAfter(one, 'other', ['aaaaaaa'])).toEqual(['3'])
  })
})
