import { describe, expect, test } from '@jest/globals'
import { findMissingService } from '../../src/host/artifact-service.js'
import { createGitHubHost } from '../../src/host/github.js'

const SERVICE = { ACTIONS_RUNTIME_TOKEN: 'token', ACTIONS_RESULTS_URL: 'https://results.example.com' }

describe('a job has an artifact service', () => {
  test.each([undefined, '', 'https://github.com', 'https://octo.ghe.com', 'http://git.localhost:3000'])(
    'on the server %s',
    server => {
      expect(findMissingService({ ...SERVICE, GITHUB_SERVER_URL: server })).toBeUndefined()
    },
  )
})

describe('a job has no artifact service', () => {
  test.each([
    'https://git.example.com',
    'https://codeberg.org',
    'http://gitea:3000',
    'https://github.com.example.com',
    'https://notgithub.com',
    'https://evilghe.com',
  ])('on the server %s, also if it sets the variables', server => {
    const reason = findMissingService({ ...SERVICE, GITHUB_SERVER_URL: server })
    expect(reason).toBe(`GITHUB_SERVER_URL is ${server}, and not https://github.com`)
  })

  test.each(['ACTIONS_RUNTIME_TOKEN', 'ACTIONS_RESULTS_URL'])('without %s', name => {
    expect(findMissingService({ ...SERVICE, [name]: undefined })).toBe(`${name} is not set`)
    expect(findMissingService({ ...SERVICE, [name]: '' })).toBe(`${name} is not set`)
  })
})

test.each([
  ['https://github.com', true],
  ['https://git.example.com', false],
])('the host of a job on %s has artifacts: %s', (server, expected) => {
  const before = { ...process.env }
  Object.assign(process.env, SERVICE, { GITHUB_SERVER_URL: server })
  try {
    expect(createGitHubHost(new AbortController().signal).artifacts !== undefined).toBe(expected)
  } finally {
    process.env = before
  }
})
