import { describe, expect, test } from '@jest/globals'
import { checkRelease, type ReleaseSubject } from '../../../src/command/release/release-check.js'
import type { GitRef } from '../../../src/tags/subject.js'

const MAIN: GitRef = {
  event: 'push',
  kind: 'branch',
  name: 'main',
  defaultBranch: 'main',
  sha: 'a'.repeat(40),
}

const subject = (more: Partial<ReleaseSubject> = {}): ReleaseSubject => ({
  versions: [{ container: 'fd', version: '1.2.3' }],
  ref: MAIN,
  hasToken: true,
  ...more,
})

test('a push to the default branch with one version releases it', () => {
  const versions = ['fd', 'rg'].map(container => ({ container, version: '1.2.3' }))
  expect(checkRelease(subject({ versions }))).toMatchObject({
    kind: 'release',
    version: { text: '1.2.3', stable: true },
    sha: MAIN.sha,
  })
})

describe('nothing is released', () => {
  const none: readonly [string, Partial<ReleaseSubject>, string][] = [
    ['on another branch', { ref: { ...MAIN, name: 'topic' } }, 'pushes to the default branch (main)'],
    ['for a tag', { ref: { ...MAIN, kind: 'tag', name: 'main' } }, 'pushes to the default branch'],
    [
      'for a pull request',
      { ref: { event: 'pull_request', kind: 'pull-request' } },
      'pushes to the default branch',
    ],
    ['by schedule', { ref: { ...MAIN, event: 'schedule' } }, 'pushes to the default branch'],
    ['on a person’s machine', { ref: { kind: 'none' } }, 'pushes to the default branch on GitHub'],
    ['without a version', { versions: [{ container: 'fd' }, { container: 'rg' }] }, '`version` can name one'],
    ['without containers', { versions: [] }, '`version` can name one'],
    [
      'with another kind of version',
      { versions: [{ container: 'fd', version: '2024-05' }] },
      '2024-05 is no version',
    ],
  ]
  test.each(none)('%s', (_name, more, why) => {
    expect(checkRelease(subject(more))).toEqual({ kind: 'none', why: expect.stringContaining(why) })
  })
})

test('several versions are an error, in a pull request too', () => {
  const versions = [
    { container: 'fd', version: '1.2.3' },
    { container: 'rg', version: '14.0.0' },
    { container: 'sh' },
  ]
  const ref: GitRef = { event: 'pull_request', kind: 'pull-request' }
  for (const more of [{ versions }, { versions, ref }]) {
    expect(() => checkRelease(subject(more))).toThrow(
      'A release has one version, but the containers have several: fd 1.2.3, rg 14.0.0, sh (none)',
    )
  }
})

test('a token is missed before anything is pushed, and only where it is needed', () => {
  expect(() => checkRelease(subject({ hasToken: false }))).toThrow('A release needs a token')
  expect(checkRelease(subject({ hasToken: false, ref: { kind: 'none' } })).kind).toBe('none')
})
