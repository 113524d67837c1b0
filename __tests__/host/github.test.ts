import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { isFromFork } from '../../src/host/fork.js'
import { withFolder } from '../nix/fakes.js'

const own = { full_name: 'octo/hello' }

const fromFork = (name: string, event: unknown): Promise<boolean> =>
  withFolder(async folder => {
    const path = join(folder, 'event.json')
    writeFileSync(path, JSON.stringify(event))
    return isFromFork({ GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: path })
  })

test.each([
  ['push', { repository: own }, false],
  ['pull_request', { repository: own, pull_request: { head: { repo: own } } }, false],
  ['pull_request', { repository: own, pull_request: { head: { repo: { full_name: 'other/hello' } } } }, true],
  ['pull_request_target', { repository: own, pull_request: { head: { repo: { full_name: 'o/h' } } } }, true],
  ['pull_request', { repository: own, pull_request: { head: { repo: null } } }, true],
  ['workflow_run', { repository: own, workflow_run: { head_repository: own } }, false],
  ['workflow_run', { repository: own, workflow_run: { head_repository: { full_name: 'o/h' } } }, true],
] as const)('%s with %j is from a fork: %s', async (name, event, expected) => {
  expect(await fromFork(name, event)).toBe(expected)
})

test('a pull request whose event cannot be read is not trusted', () => {
  expect(isFromFork({ GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: '/absent' })).toBe(true)
  expect(isFromFork({})).toBe(false)
})
