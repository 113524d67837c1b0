import { expect, test } from '@jest/globals'
import { isGitHubDotCom } from '../../src/host/event.js'

test.each([
  [undefined, true],
  ['', true],
  ['https://github.com', true],
  ['https://GITHUB.com/', true],
  ['https://octo.ghe.com', false],
  ['https://github.example.com', false],
  ['https://codeberg.org', false],
  ['https://github.com.example.org', false],
  ['no URL', false],
])('the server %s is github.com: %s', (server, expected) => {
  expect(isGitHubDotCom({ GITHUB_SERVER_URL: server })).toBe(expected)
})
