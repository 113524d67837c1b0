import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { decideRef, ROWS, type RunEvent } from '../../../src/command/shared/decide-ref.js'
import type { CheckedOutCommit, WorkTree } from '../../../src/command/shared/work-tree.js'
import { chooseTags } from '../../../src/tags/choose-tags.js'
import { parseFlavor, parseTagRequest } from '../../../src/tags/parse-tags-input.js'

const HEAD = 'a'.repeat(40)
const OTHER = 'b'.repeat(40)

function at(sha: string, more: Partial<CheckedOutCommit> = {}): CheckedOutCommit {
  return { kind: 'commit', sha, isClean: true, tags: [], ...more }
}

function on(name: string, ref: string, more: Partial<RunEvent> = {}): RunEvent {
  return { name, ref, sha: HEAD, defaultBranch: 'main', ...more }
}

const MAIN = 'refs/heads/main'
const FAILED: WorkTree = { kind: 'git-failed', reason: 'dubious ownership', hint: 'Trust it.' }
const cause = { event: 'push', sha: OTHER, branch: 'feature', isOwn: true }

/** The tags of `tags: auto` for an image with the version 1.2.3. */
function tagsOf(event: RunEvent | undefined, tree: WorkTree | undefined, isPersonal = false): string {
  const { ref, warning } = decideRef({ tree, isPersonal, ...(event && { event }) })
  const subject = { ref, version: '1.2.3', now: new Date() }
  const tags = chooseTags(parseTagRequest('auto'), parseFlavor(''), subject).map(({ tag }) => tag)
  return [tags.join(' '), ...(warning === undefined ? [] : ['warning'])].join(' | ').trim()
}

const VERSIONS = '1.2.3 1.2 1 latest'

describe('each GitHub event, what is checked out, and what Git answers', () => {
  test.each<[string, RunEvent, WorkTree | undefined, string]>([
    ['push to main, its commit', on('push', MAIN), at(HEAD), `${VERSIONS} main sha-aaaaaaa`],
    ['push to main, another commit', on('push', MAIN), at(OTHER), 'sha-bbbbbbb | warning'],
    ['push to main, Git fails', on('push', MAIN), FAILED, '| warning'],
    ['push to main, no Git', on('push', MAIN), { kind: 'no-git' }, '1.2.3 | warning'],
    ['push to main, a remote flake', on('push', MAIN), { kind: 'remote' }, '1.2.3 | warning'],
    ['push to main, nothing recorded', on('push', MAIN), undefined, `${VERSIONS} main sha-aaaaaaa`],
    ['push to a branch', on('push', 'refs/heads/feature'), at(HEAD), 'feature sha-aaaaaaa'],
    ['push of a tag', on('push', 'refs/tags/v1.2.3'), at(HEAD), `${VERSIONS} sha-aaaaaaa`],
    ['push to a merge queue', on('push', 'refs/heads/gh-readonly-queue/main/pr-5-abc'), at(HEAD), ''],
    ['release', on('release', 'refs/tags/v1.2.3'), at(HEAD), `${VERSIONS} sha-aaaaaaa`],
    ['create of a branch', on('create', 'refs/heads/feature'), at(HEAD), 'feature sha-aaaaaaa'],
    ['schedule', on('schedule', MAIN), at(HEAD), `${VERSIONS} main sha-aaaaaaa`],
    ['workflow_dispatch', on('workflow_dispatch', MAIN), at(HEAD), `${VERSIONS} main sha-aaaaaaa`],
    [
      'workflow_dispatch on main, v1.4.2 checked out',
      on('workflow_dispatch', MAIN),
      at(OTHER, { tags: ['v1.4.2'] }),
      'sha-bbbbbbb | warning',
    ],
    [
      'repository_dispatch, another commit',
      on('repository_dispatch', MAIN),
      at(OTHER),
      'sha-bbbbbbb | warning',
    ],
    ['pull_request', on('pull_request', 'refs/pull/7/merge', { pullRequest: 7 }), at(HEAD), 'pr-7'],
    [
      'pull_request, its head',
      on('pull_request', 'refs/pull/7/merge', { pullRequest: 7 }),
      at(OTHER),
      'pr-7',
    ],
    ['pull_request_target', on('pull_request_target', MAIN, { pullRequest: 7 }), at(OTHER), 'pr-7'],
    ['pull_request_target, base', on('pull_request_target', MAIN, { pullRequest: 7 }), at(HEAD), 'pr-7'],
    [
      'pull_request_review',
      on('pull_request_review', 'refs/pull/7/merge', { pullRequest: 7 }),
      at(HEAD),
      'pr-7',
    ],
    ['a ref of a pull request', on('workflow_dispatch', 'refs/pull/7/merge'), at(HEAD), 'pr-7'],
    ['merge_group', on('merge_group', 'refs/heads/gh-readonly-queue/main/pr-5-abc'), at(HEAD), ''],
    [
      'issue_comment, main',
      on('issue_comment', MAIN, { pullRequest: 7 }),
      at(HEAD),
      `${VERSIONS} main sha-aaaaaaa`,
    ],
    ['issue_comment, pull request', on('issue_comment', MAIN, { pullRequest: 7 }), at(OTHER), 'pr-7'],
    [
      'issue_comment on an issue, another commit',
      on('issue_comment', MAIN),
      at(OTHER),
      'sha-bbbbbbb | warning',
    ],
    ['deployment of a branch', on('deployment', 'refs/heads/feature'), at(HEAD), 'feature sha-aaaaaaa'],
    ['deployment of a commit', on('deployment', ''), at(HEAD), 'sha-aaaaaaa'],
    ['deployment_status of a commit', on('deployment_status', ''), at(HEAD), 'sha-aaaaaaa'],
    ['workflow_run, main', on('workflow_run', MAIN, { cause }), at(HEAD), `${VERSIONS} main sha-aaaaaaa`],
    ['workflow_run, its commit', on('workflow_run', MAIN, { cause }), at(OTHER), 'feature sha-bbbbbbb'],
    [
      'workflow_run after a push to main, its commit',
      on('workflow_run', MAIN, { cause: { ...cause, branch: 'main' } }),
      at(OTHER),
      `${VERSIONS} main sha-bbbbbbb`,
    ],
    [
      'workflow_run after a push of a tag, its commit',
      on('workflow_run', MAIN, { cause: { ...cause, branch: 'v1.2.3' } }),
      at(OTHER, { tags: ['v1.2.3'] }),
      `${VERSIONS} sha-bbbbbbb`,
    ],
    [
      'workflow_run, a third commit',
      on('workflow_run', MAIN, { cause }),
      at('c'.repeat(40)),
      'sha-ccccccc | warning',
    ],
    [
      'workflow_run after a push to a merge queue',
      on('workflow_run', MAIN, { cause: { ...cause, branch: 'gh-readonly-queue/main/pr-5-abc' } }),
      at(OTHER),
      '',
    ],
    [
      'workflow_run after a pull request',
      on('workflow_run', MAIN, { cause: { ...cause, event: 'pull_request' } }),
      at(OTHER),
      '',
    ],
    [
      'workflow_run of a fork',
      on('workflow_run', MAIN, { cause: { ...cause, isOwn: false } }),
      at(OTHER),
      '',
    ],
    ['workflow_run, Git fails', on('workflow_run', MAIN, { cause }), FAILED, '| warning'],
  ])('%s', (_, event, tree, expected) => expect(tagsOf(event, tree)).toBe(expected))
})

describe('outside GitHub', () => {
  test.each<[string, WorkTree, boolean, string]>([
    ['the default branch', at(HEAD, { branch: 'main' }), true, `${VERSIONS} main sha-aaaaaaa`],
    ['another branch', at(HEAD, { branch: 'feature' }), true, 'feature sha-aaaaaaa'],
    [
      'the branch of origin/HEAD',
      at(HEAD, { branch: 'trunk', defaultBranch: 'trunk' }),
      true,
      `${VERSIONS} trunk sha-aaaaaaa`,
    ],
    ['master', at(HEAD, { branch: 'master' }), true, `${VERSIONS} master sha-aaaaaaa`],
    ['uncommitted changes', at(HEAD, { branch: 'feature', isClean: false }), true, 'feature'],
    ['a detached commit', at(HEAD), true, 'sha-aaaaaaa'],
    ['a detached commit with a tag', at(HEAD, { tags: ['v1.2.3'] }), true, `${VERSIONS} sha-aaaaaaa`],
    ['a changed detached commit with a tag', at(HEAD, { tags: ['v1.2.3'], isClean: false }), true, ''],
    ['no Git, a person', { kind: 'no-git' }, true, VERSIONS],
    ['no Git, CI', { kind: 'no-git' }, false, '1.2.3 | warning'],
    ['a remote flake, a person', { kind: 'remote' }, true, '1.2.3 | warning'],
    ['Git fails, a person', FAILED, true, '| warning'],
    ['Git fails, CI', FAILED, false, '| warning'],
  ])('%s', (_, tree, isPersonal, expected) => expect(tagsOf(undefined, tree, isPersonal)).toBe(expected))
})

test.each([
  [['v1.2.3-rc.1', 'v1.2.3', 'latest'], 'v1.2.3'],
  [['v1.9.0', 'v1.10.0'], 'v1.10.0'],
  [['v2.0.0-rc.2', 'v2.0.0-rc.10', 'nightly'], 'v2.0.0-rc.10'],
  [['nightly'], 'nightly'],
])('the Git tags %j give %s', (tags, name) => {
  expect(decideRef({ tree: at(HEAD, { tags }), isPersonal: true }).ref).toMatchObject({ kind: 'tag', name })
})

test('the warnings quote the commits, the reason of Git and what to do', () => {
  const warningOf = (event: RunEvent | undefined, tree: WorkTree): string =>
    decideRef({ tree, isPersonal: false, ...(event && { event }) }).warning ?? ''
  expect(warningOf(on('push', MAIN), at(OTHER))).toMatch(/bbbbbbbbbbbb.*push.*aaaaaaaaaaaa.*`tags`/)
  expect(warningOf(on('push', MAIN), FAILED)).toMatch(/dubious ownership.*Trust it\./)
})

test('a schedule whose event names no repository is for the default branch', () => {
  const { defaultBranch: _, ...event } = on('schedule', 'refs/heads/trunk')
  expect(decideRef({ event, tree: at(HEAD), isPersonal: false }).ref.defaultBranch).toBe('trunk')
  const push = { ...event, name: 'push' }
  expect(decideRef({ event: push, tree: at(HEAD), isPersonal: false }).ref.defaultBranch).toBeUndefined()
})

test('the table in docs/tags.md has the rows of the code, in their order', () => {
  const [, text = ''] = readFileSync('docs/tags.md', 'utf8').split('## Which commit a run builds')
  const [section = ''] = text.split('\n## ')
  const [, ...rows] = [...section.matchAll(/^\| (.+?) \|/gm)].map(([, first]) => first)
  expect(rows).toEqual(ROWS.map(({ when }) => when))
})
