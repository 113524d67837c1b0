import { describe, expect, test } from '@jest/globals'
import {
  formatWorkflow,
  parseFullRef,
  parseSourceRepository,
  parseWorkflow,
} from '../../src/input/parse-signer.js'

describe('a repository', () => {
  test.each([
    'octo-org/app',
    'https://github.com/octo-org/app',
    'https://github.com/octo-org/app/',
    'https://github.com/octo-org/app.git',
    'http://www.github.com/octo-org/app',
    'github.com/octo-org/app',
  ])('%s', text => {
    expect(parseSourceRepository(text)).toBe('octo-org/app')
  })

  test.each(['octo-org/my.app_2', 'a/.github'])('%s is a name', text => {
    expect(parseSourceRepository(text)).toBe(text)
  })

  test.each(['app', 'octo-org/app/x', 'octo-org/../app', './app', 'octo org/app', 'octo-org/app@v1', '/app'])(
    '%s is an error',
    text => {
      expect(() => parseSourceRepository(text)).toThrow(
        expect.objectContaining({
          message: `${JSON.stringify(text)} is not a repository on GitHub`,
          hint: 'Write it as `owner/name`.',
        }),
      )
    },
  )

  test('on another server is an error that names the server', () => {
    expect(() => parseSourceRepository('https://gitlab.com/octo-org/app')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('on gitlab.com are not supported') }),
    )
  })
})

describe('a workflow', () => {
  const path = '.github/workflows/ci.yml'
  const repository = 'octo-org/app'
  const commit = 'a'.repeat(40)
  test.each([
    ['ci.yml', { path }],
    ['.github/workflows/ci.yml', { path }],
    ['ci.yml@refs/heads/main', { path, ref: 'refs/heads/main' }],
    [`octo-org/app/${path}`, { repository, path }],
    [`https://github.com/octo-org/app/${path}@refs/tags/v1`, { repository, path, ref: 'refs/tags/v1' }],
    [`octo-org/app/${path}@${commit}`, { repository, path, ref: commit }],
    [`octo-org/app/${path}@refs/heads/a@b`, { repository, path, ref: 'refs/heads/a@b' }],
  ])('%s', (text, expected) => {
    expect(parseWorkflow(text)).toEqual(expected)
  })

  test('is formatted as in a certificate', () => {
    expect(formatWorkflow({ repository, path, ref: 'refs/tags/v1' })).toBe(
      'octo-org/app/.github/workflows/ci.yml@refs/tags/v1',
    )
    expect(formatWorkflow({ repository, path })).toBe('octo-org/app/.github/workflows/ci.yml')
  })

  test.each([
    'ci',
    'octo-org/app',
    'octo-org/app/ci.yml',
    'workflows/ci.yml',
    `octo-org/${path}`,
    `${path}/`,
  ])('%s is an error', text => {
    expect(() => parseWorkflow(text)).toThrow('is not a')
  })

  test('with a short ref is an error: it could be a branch or a tag', () => {
    expect(() => parseWorkflow('ci.yml@v1')).toThrow(
      expect.objectContaining({
        message: '"v1" is not a full ref',
        hint: 'Write `refs/heads/v1` for a branch, or `refs/tags/v1` for a tag.',
      }),
    )
  })
})

test.each(['main', '', 'refs/', 'refs//main', 'refs/heads/my branch'])('%j is not a full ref', text => {
  expect(() => parseFullRef(text)).toThrow('is not a full ref')
})
