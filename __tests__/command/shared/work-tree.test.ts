import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  encodeWorkTree,
  findCommonTree,
  isSameCommit,
  pageUrlOf,
  parseWorkTree,
  readWorkTree,
  type WorkTree,
} from '../../../src/command/shared/work-tree.js'
import { commitIn, gitRepositoryIn, runGit } from '../../support/git-repository.js'
import { testWith } from '../../support/programs.js'

const testGit = testWith('git')

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'work-tree-')))
})
afterEach(() => rmSync(folder, { recursive: true }))

const git = (...args: string[]): string => gitRepositoryIn(folder)(...args)
const commit = (message: string): string => commitIn(folder, message)

const read = (flake = '.', cwd = folder): Promise<WorkTree> => readWorkTree(flake, cwd, runGit)

test.each(['github:owner/repo', 'nixpkgs', 'git+https://example.org/repo', 'https://example.org/a.tar.gz'])(
  'the flake %s is not a local path',
  async flake => expect(await read(flake)).toEqual({ kind: 'remote' }),
)

test('a folder without a repository above it has no Git', async () => {
  expect(await read()).toEqual({ kind: 'no-git' })
})

describe('with a repository', () => {
  beforeEach(() => {
    if (execFileSync('sh', ['-c', 'command -v git || true'], { encoding: 'utf8' }) !== '')
      git('init', '-qb', 'main')
  })

  testGit('names the folder of the flake in the repository', async () => {
    mkdirSync(join(folder, 'images', 'deeper'), { recursive: true })
    writeFileSync(join(folder, 'images', 'flake.nix'), '{}')
    const sha = commit('one')
    const parametersOf = async (flake: string) => {
      const tree = await read(flake)
      return tree.kind === 'commit' ? tree.parameters : tree.kind
    }
    expect(await parametersOf('./images')).toBe('dir=images')
    expect(await parametersOf('./images/deeper')).toBe('dir=images')
    expect(await parametersOf('.?dir=images')).toBe('dir=images')
    expect(await parametersOf(`git+file://${folder}?dir=images&rev=${sha}`)).toBe('dir=images')
    expect(await parametersOf(`git+file://${folder}?submodules=1`)).toBe('submodules=1')
    expect(await parametersOf('.')).toBeUndefined()
    const tree = await read('./images')
    expect(parseWorkTree(encodeWorkTree(tree))).toEqual(tree)
    const foreign = encodeWorkTree({ ...tree, parameters: 'dir=a&url=x' } as WorkTree)
    expect(parseWorkTree(foreign)).toMatchObject({ parameters: 'dir=a' })
  })

  testGit('reads the facts of the repository of the flake, not of the working directory', async () => {
    const sha = commit('one')
    git('remote', 'add', 'origin', 'https://u:a@b:pw@example.org/o/r.git')
    mkdirSync(join(folder, 'sub'))
    const other = mkdtempSync(join(tmpdir(), 'cwd-'))
    const expected = {
      kind: 'commit',
      sha,
      branch: 'main',
      isClean: true,
      tags: [],
      page: 'https://example.org/o/r',
    }
    for (const flake of [
      folder,
      join(folder, 'sub'),
      `path:${folder}`,
      `git+file://${folder}`,
      `git+file:${folder}?dir=sub`,
    ])
      expect(await read(flake, other)).toMatchObject(expected)
    rmSync(other, { recursive: true })
  })

  testGit('a parameter names the branch or the commit that is built', async () => {
    const one = commit('one')
    git('tag', 'v1.0.0')
    git('checkout', '-qb', 'feature')
    const two = commit('two')
    writeFileSync(join(folder, 'flake.nix'), 'changed')
    expect(await read()).toMatchObject({ sha: two, branch: 'feature', isClean: false })
    expect(await read('.?ref=main')).toMatchObject({ sha: one, branch: 'main', isClean: true })
    expect(await read('.?ref=refs/heads/main')).toMatchObject({ sha: one, branch: 'main' })
    const tagged = await read('.?ref=refs/tags/v1.0.0')
    expect(tagged).toMatchObject({ sha: one, tags: ['v1.0.0'] })
    expect(tagged).not.toHaveProperty('branch')
    expect(await read(`.?rev=${two}`)).toMatchObject({ sha: two, isClean: true })
    expect(await read('.?ref=absent')).toMatchObject({
      kind: 'git-failed',
      reason: expect.stringMatching(/absent/),
    })
  })

  testGit('a Git tag with the name of the branch does not change the branch', async () => {
    const one = commit('one')
    git('tag', 'main')
    git('update-ref', 'refs/remotes/origin/main', one)
    git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main')
    git('branch', 'origin/main', 'HEAD')
    const two = commit('two')
    expect(await read()).toMatchObject({ sha: two, branch: 'main', defaultBranch: 'main', tags: [] })
    expect(await read('.?ref=refs/heads/main')).toMatchObject({ sha: two, branch: 'main' })
    expect(await read('.?ref=refs/tags/main')).toMatchObject({ sha: one, tags: ['main'] })
    // Versions of Nix differ in what they build.
    expect(await read('.?ref=main')).toMatchObject({
      kind: 'git-failed',
      reason: 'main is a branch and a Git tag',
      hint: expect.stringContaining('ref=refs/heads/main'),
    })
  })

  testGit('`path:` builds the files of the folder, whatever its parameters say', async () => {
    const one = commit('one')
    const two = commit('two')
    expect(await read(`path:.?rev=${one}`)).toMatchObject({ sha: two, branch: 'main', isClean: true })
    writeFileSync(join(folder, 'flake.nix'), 'changed')
    expect(await read(`path:.?rev=${two}`)).toMatchObject({ sha: two, isClean: false })
  })

  testGit('a bare repository has the commit and the branch of its HEAD', async () => {
    const sha = commit('one')
    git('clone', '-q', '--bare', '.', 'bare.git')
    const bare = `git+file://${join(folder, 'bare.git')}`
    expect(await read(bare)).toMatchObject({ kind: 'commit', sha, branch: 'main', isClean: true })
  })

  testGit('a repository above a flake that it does not contain says nothing about the flake', async () => {
    commit('one')
    const flake = join(folder, 'project')
    mkdirSync(flake)
    writeFileSync(join(flake, 'flake.nix'), '{ }')
    expect(await read(`path:${flake}`)).toEqual({ kind: 'no-git' })
    git('add', '.')
    expect(await read(`path:${flake}`)).toMatchObject({ kind: 'commit', isClean: false })
  })

  testGit('a repository without a commit is a failure of Git', async () => {
    expect(await read()).toMatchObject({ kind: 'git-failed', reason: 'the repository has no commit yet' })
  })

  testGit('a broken repository is a failure of Git, with the reason of Git', async () => {
    commit('one')
    renameSync(join(folder, '.git', 'HEAD'), join(folder, '.git', 'OLD'))
    expect(await read()).toMatchObject({
      kind: 'git-failed',
      reason: expect.stringMatching(/not a git repository/),
    })
  })

  testGit('a broken link to a repository is a failure of Git', async () => {
    rmSync(join(folder, '.git'), { recursive: true })
    writeFileSync(join(folder, '.git'), 'gitdir: /nonexistent/worktree\n')
    expect(await read()).toMatchObject({ kind: 'git-failed', reason: expect.stringMatching(/nonexistent/) })
  })

  const testRoot = process.getuid?.() === 0 ? testGit : test.skip
  testRoot('a repository of another user is a failure of Git that says how to trust it', async () => {
    commit('one')
    for (const path of [folder, join(folder, '.git')]) chownSync(path, 12345, 12345)
    const found = await read()
    expect(found).toMatchObject({ kind: 'git-failed', reason: expect.stringMatching(/dubious ownership/) })
    expect(found).toMatchObject({ hint: expect.stringMatching(/safe\.directory/) })
  })

  testGit('a damaged index is a failure of Git', async () => {
    commit('one')
    writeFileSync(join(folder, '.git', 'index'), 'broken')
    expect(await read()).toMatchObject({ kind: 'git-failed', reason: expect.stringMatching(/index/) })
  })

  testGit('an encoded work tree is parsed to the same facts', async () => {
    commit('one')
    git('tag', 'v1.0.0')
    for (const tree of [await read(), await read('nixpkgs'), await read('.?ref=absent')])
      expect(parseWorkTree(encodeWorkTree(tree))).toEqual(tree)
  })
})

test('the page of a record has no password', () => {
  const sha = 'a'.repeat(40)
  const record = { kind: 'commit', sha, tags: [], page: 'https://u:secret@h.example/x?token=secret' }
  expect(parseWorkTree(JSON.stringify(record))).toMatchObject({ page: 'https://h.example/x' })
})

test.each([
  ['{}', /kind/],
  ['{"kind":"commit","sha":"HEAD","tags":[]}', /not a commit/],
  [`{"kind":"commit","sha":"${'a'.repeat(40)}","tags":"v1"}`, /tags/],
  ['no JSON', /JSON/],
])('the record %s is refused', (text, message) => expect(() => parseWorkTree(text)).toThrow(message))

test.each([
  ['https://github.com/o/r.git', 'https://github.com/o/r'],
  ['https://u:a@b:pw@h.example/x/y', 'https://h.example/x/y'],
  ['https://h.example/x.git?private_token=secret', 'https://h.example/x'],
  ['https://h.example/x#secret', 'https://h.example/x'],
  ['https://token@h.example:8443/x?a=secret&b#c', 'https://h.example/x'],
  ['ssh://u:secret@h.example/x', 'https://h.example/x'],
  ['u:secret@h.example:x/y', 'https://h.example/x/y'],
  ['https://u:sec/ret@h.example/x', undefined],
  ['ssh://u:secret@h.example', undefined],
  ['git+https://h.example/x?access_token=secret', undefined],
  ['git@github.com:o/r.git', 'https://github.com/o/r'],
  ['ssh://git@h.example:2222/o/r/', 'https://h.example/o/r'],
  ['h.example:o/r', 'https://h.example/o/r'],
  ['/srv/git/repo.git', undefined],
  ['../repo', undefined],
  ['file:///srv/repo', undefined],
])('the page of the remote %s is %s', (remote, page) => expect(pageUrlOf(remote)).toBe(page))

describe('the work trees of several builds', () => {
  const sha = 'a'.repeat(40)
  const tree = { kind: 'commit', sha, isClean: true, branch: 'main', tags: ['v1.0.0', 'v1'] } as const

  test.each<[string, WorkTree | undefined, WorkTree | undefined, boolean]>([
    ['with one commit are the same, whatever tags each of them found', tree, { ...tree, tags: [] }, true],
    ['differ in the last digit of the commit', tree, { ...tree, sha: `${'a'.repeat(39)}b` }, false],
    ['differ by uncommitted changes', tree, { ...tree, isClean: false }, false],
    ['differ if one is not recorded', tree, undefined, false],
    ['are the same without Git', { kind: 'no-git' }, { kind: 'no-git' }, true],
    ['differ if one is without Git and one is remote', { kind: 'no-git' }, { kind: 'remote' }, false],
  ])('%s', (_, a, b, expected) => {
    expect([isSameCommit(a, b), isSameCommit(b, a)]).toEqual([expected, expected])
  })

  test('have in common only what all of them found', () => {
    expect(findCommonTree([tree, { ...tree, branch: 'release', tags: ['v1', 'v99.0.0'] }])).toEqual({
      kind: 'commit',
      sha,
      isClean: true,
      tags: ['v1'],
    })
    expect(findCommonTree([tree, tree])).toEqual(tree)
    expect(findCommonTree([{ kind: 'remote' }])).toEqual({ kind: 'remote' })
    expect(findCommonTree([undefined])).toBeUndefined()
  })
})
