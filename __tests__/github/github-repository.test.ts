import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createGitHubApi } from '../../src/github/api.js'
import { createGitHubRepository, type GitHubRepository } from '../../src/github/github-repository.js'
import { type GitHubStandIn, serveGitHubApi } from '../support/github-api.js'
import { addCommit, addRelease, shaOf } from '../support/github-state.js'
import { repositoryAt } from './fixture.js'

let github: GitHubStandIn
let repository: GitHubRepository

beforeEach(async () => {
  github = await serveGitHubApi({ isPublic: false })
  repository = repositoryAt(github)
})
afterEach(() => github.close())

/** main: a ← b ← c; other: a ← x; z is unrelated. */
function history() {
  const { state } = github
  const a = addCommit(state, 'a')
  const b = addCommit(state, 'b', [a])
  const c = addCommit(state, 'c', [b])
  const x = addCommit(state, 'x', [a])
  const z = addCommit(state, 'z')
  return { a, b, c, x, z }
}

test('an invalid repository name is rejected', () => {
  expect(() => createGitHubRepository(createGitHubApi(), 'owner')).toThrow(
    'owner is not a repository on GitHub',
  )
})

describe('commits', () => {
  test('the date is the committer date, not the author date', async () => {
    const sha = addCommit(github.state, 'a', [], '2026-05-06T07:08:09Z')
    expect(await repository.readCommitDate(sha)).toEqual(new Date('2026-05-06T07:08:09Z'))
  })

  test('a missing or inaccessible commit has no date', async () => {
    expect(await repository.readCommitDate(shaOf('unknown'))).toBeUndefined()
    const sha = addCommit(github.state, 'a')
    expect(await repositoryAt(github, { token: '' }).readCommitDate(sha)).toBeUndefined()
  })

  test('compareCommits returns how the first commit relates to the second', async () => {
    const { a, b, c, x, z } = history()
    expect(await repository.compareCommits(a, a)).toBe('same')
    expect(await repository.compareCommits(a, c)).toBe('ancestor')
    expect(await repository.compareCommits(c, b)).toBe('descendant')
    expect(await repository.compareCommits(x, c)).toBe('diverged')
    expect(await repository.compareCommits(a, z)).toBe('unknown')
    expect(await repository.compareCommits(a, shaOf('unknown'))).toBe('unknown')
  })

  test('compareCommits returns unknown if GitHub refuses', async () => {
    const { a, b } = history()
    github.fail({
      match: 'GET /repos/owner/name/compare/',
      status: 422,
      message: 'this diff is taking too long',
    })
    github.fail({
      match: 'GET /repos/owner/name/compare/',
      status: 403,
      message: 'Resource not accessible by integration',
    })
    expect(await repository.compareCommits(a, b)).toBe('unknown')
    expect(await repository.compareCommits(a, b)).toBe('unknown')
    expect(await repository.compareCommits(a, b)).toBe('ancestor')
    expect(await repositoryAt(github, { token: '' }).compareCommits(a, b)).toBe('unknown')
  })

  test('only a valid SHA is put into a URL', async () => {
    const { a } = history()
    expect(await repository.compareCommits(a, '../../releases?x=')).toBe('unknown')
    expect(await repository.readCommitDate('main')).toBeUndefined()
    expect(github.requests).toEqual([])
  })
})

describe('listCommitsAfter', () => {
  function branches() {
    const all = history()
    github.state.refs.set('refs/heads/main', { type: 'commit', sha: all.c })
    github.state.refs.set('refs/heads/topic/x', { type: 'commit', sha: all.x })
    return all
  }

  test('returns the oldest commit first', async () => {
    const { a, b, c } = branches()
    expect(await repository.listCommitsAfter(a, 'main')).toEqual([b, c])
    expect(await repository.listCommitsAfter(b, 'main')).toEqual([c])
  })

  test('returns nothing if the branch is at the commit, behind it, or diverged', async () => {
    const { a, b, c, x, z } = branches()
    github.state.refs.set('refs/heads/old', { type: 'commit', sha: a })
    expect(await repository.listCommitsAfter(c, 'main')).toEqual([])
    expect(await repository.listCommitsAfter(b, 'old')).toEqual([])
    expect(await repository.listCommitsAfter(x, 'main')).toEqual([])
    expect(await repository.listCommitsAfter(z, 'main')).toEqual([])
  })

  test('accepts a branch with a slash in its name', async () => {
    const { a, x } = branches()
    expect(await repository.listCommitsAfter(a, 'topic/x')).toEqual([x])
    expect(github.requests.at(-1)?.line).toContain(`/compare/${a}...topic%2Fx`)
  })

  test('returns nothing if GitHub does not have the commit or refuses', async () => {
    const { a, b, c } = branches()
    expect(await repository.listCommitsAfter(a, 'absent')).toEqual([])
    expect(await repository.listCommitsAfter(shaOf('unknown'), 'main')).toEqual([])
    expect(await repositoryAt(github, { token: '' }).listCommitsAfter(a, 'main')).toEqual([])
    const message = 'Resource not accessible by integration'
    github.fail({ match: 'GET /repos/owner/name/compare/', status: 403, message })
    expect(await repository.listCommitsAfter(a, 'main')).toEqual([])
    expect(await repository.listCommitsAfter(a, 'main')).toEqual([b, c])
  })

  test('throws for a wrong token', async () => {
    const { a } = branches()
    await expect(repositoryAt(github, { token: 'wrong' }).listCommitsAfter(a, 'main')).rejects.toThrow('401')
  })

  test('sends no request for an invalid SHA', async () => {
    branches()
    expect(await repository.listCommitsAfter('../../releases?x=', 'main')).toEqual([])
    expect(github.requests).toEqual([])
  })
})

describe('Git tags', () => {
  test('a created tag can be read and is not moved', async () => {
    const { a, b } = history()
    expect(await repository.findTagCommit('v1.0.0')).toBeUndefined()
    expect(await repository.createTag('v1.0.0', a)).toBe('made')
    expect(await repository.createTag('v1.0.0', b)).toBe('exists')
    expect(await repository.findTagCommit('v1.0.0')).toBe(a)
    expect(await repository.findTagCommit('v1.0')).toBeUndefined()
  })

  test('an annotated tag and a tag of a tag point to the commit', async () => {
    const { a } = history()
    const { refs, tagObjects } = github.state
    tagObjects.set(shaOf('inner'), { type: 'commit', sha: a })
    tagObjects.set(shaOf('outer'), { type: 'tag', sha: shaOf('inner') })
    refs.set('refs/tags/release/v1', { type: 'tag', sha: shaOf('outer') })
    expect(await repository.findTagCommit('release/v1')).toBe(a)
  })

  test('a tag of another object is an error', async () => {
    github.state.refs.set('refs/tags/v1.0.0', { type: 'tree', sha: shaOf('tree') })
    await expect(repository.findTagCommit('v1.0.0')).rejects.toThrow(
      'does not point to a commit, but to a tree',
    )
  })

  test('a commit that GitHub does not have is an error', async () => {
    await expect(repository.createTag('v1.0.0', shaOf('unknown'))).rejects.toThrow('Object does not exist')
  })

  test('a lost response leaves one tag', async () => {
    const { a } = history()
    github.fail({ match: 'POST', status: 'lost' })
    expect(await repository.createTag('v1.0.0', a)).toBe('exists')
    expect(await repository.findTagCommit('v1.0.0')).toBe(a)
  })
})

describe('releases', () => {
  const fields = { name: 'One', body: 'notes', prerelease: false, makeLatest: true }

  test('a created release can be read and is not created again', async () => {
    const { a } = history()
    await repository.createTag('v1.0.0', a)
    expect(await repository.findRelease('v1.0.0')).toBeUndefined()
    const made = await repository.createRelease({ tag: 'v1.0.0', ...fields })
    expect(made).toEqual({ kind: 'made', url: 'https://github.com/owner/name/releases/tag/v1.0.0' })
    expect(await repository.createRelease({ tag: 'v1.0.0', ...fields })).toEqual({ kind: 'exists', url: '' })
    expect(await repository.findRelease('v1.0.0')).toEqual({
      tag: 'v1.0.0',
      body: 'notes',
      prerelease: false,
      url: made.url,
    })
    expect(github.state.latest).toBe('v1.0.0')
  })

  test('a tag with build metadata has its own release', async () => {
    addRelease(github.state, 'v1.0.0+a')
    expect(await repository.findRelease('v1.0.0+a')).toMatchObject({ tag: 'v1.0.0+a' })
  })

  test('all pages are read, without drafts', async () => {
    for (let n = 0; n < 205; n++) addRelease(github.state, `v0.0.${n}`, { draft: n === 3 })
    const all = await repository.listReleases()
    expect(all).toHaveLength(204)
    expect(all[0]?.tag).toBe('v0.0.204')
    expect(github.requests).toHaveLength(3)
  })

  test('at most 10 pages are read', async () => {
    for (let n = 0; n < 1100; n++) addRelease(github.state, `v0.0.${n}`)
    expect(await repository.listReleases()).toHaveLength(1000)
    expect(github.requests).toHaveLength(10)
  })

  test('another failed validation is an error with its code', async () => {
    await expect(repository.createRelease({ tag: 'v9.9.9', ...fields })).rejects.toThrow(
      '422: Validation Failed; missing',
    )
  })
})
