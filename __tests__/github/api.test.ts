import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { createGitHubApi } from '../../src/github/api.js'
import { UserError } from '../../src/util/error.js'
import { type GitHubOptions, type GitHubStandIn, serveGitHubApi } from '../support/github-api.js'
import { addRelease } from '../support/github-state.js'
import { hastyClock, repositoryAt } from './fixture.js'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function standIn(options: GitHubOptions = {}): Promise<GitHubStandIn> {
  const made = await serveGitHubApi(options)
  closers.push(made.close)
  return made
}

/** A server that sends the same response to each request. */
async function answering(status: number, headers: Record<string, string>, body = '[]') {
  const seen: { authorization: string | undefined }[] = []
  const server = createServer((request, response) => {
    seen.push({ authorization: request.headers.authorization })
    response.writeHead(status, headers).end(body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

const failure = (promise: Promise<unknown>): Promise<UserError> =>
  promise.then(
    () => {
      throw new Error('it did not fail')
    },
    (error: unknown) => {
      if (!(error instanceof UserError)) throw error
      return error
    },
  )

describe('requests', () => {
  test('have the API version, the media type and the token', async () => {
    const github = await standIn()
    await repositoryAt(github).listReleases()
    expect(github.requests[0]?.headers).toMatchObject({
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      'user-agent': expect.stringMatching(/^nix-multiarch\//),
      authorization: 'Bearer writer',
    })
  })

  test('have no authorization without a token', async () => {
    const github = await standIn()
    addRelease(github.state, 'v1.0.0')
    expect(await repositoryAt(github, { token: '' }).listReleases()).toHaveLength(1)
    expect(github.requests[0]?.headers.authorization).toBeUndefined()
  })

  test('an invalid token is rejected and not quoted', () => {
    expect(() => createGitHubApi({ token: 'secret\nvalue' })).toThrow(/^the GitHub token contains characters/)
    expect(() => createGitHubApi({ token: 'token\n' })).not.toThrow()
  })

  test('a token is not sent over plain HTTP, except to this machine', () => {
    const url = 'http://me:word@github.example/api/v3'
    expect(() => createGitHubApi({ url, token: 'token' })).toThrow(
      expect.objectContaining({
        name: 'UserError',
        message:
          'The GitHub token is not sent to http://github.example/api/v3 because it is not an https URL',
      }),
    )
    expect(() => createGitHubApi({ url })).not.toThrow()
    expect(() => createGitHubApi({ url: 'http://localhost:1/', token: 'token' })).not.toThrow()
  })

  test('an invalid API URL is rejected', () => {
    expect(() => createGitHubApi({ url: 'api.github.com/' })).toThrow('GITHUB_API_URL is not a URL')
  })
})

describe('redirects', () => {
  test('are followed for GET and POST of a renamed repository', async () => {
    const github = await standIn({ formerly: 'owner/old' })
    github.state.refs.set('refs/tags/v1.0.0', { type: 'commit', sha: 'c'.repeat(40) })
    const old = repositoryAt(github, { name: 'owner/old' })
    expect(await old.findTagCommit('v1.0.0')).toBe('c'.repeat(40))
    const fields = { name: 'v1.0.0', body: '', prerelease: false, makeLatest: true }
    expect(await old.createRelease({ tag: 'v1.0.0', ...fields })).toMatchObject({ kind: 'made' })
    expect(github.requests.map(({ line }) => line)).toEqual([
      'GET /repos/owner/old/git/ref/tags/v1.0.0',
      'GET /repositories/1/git/ref/tags/v1.0.0',
      'POST /repos/owner/old/releases',
      'POST /repositories/1/releases',
    ])
  })

  test('do not send the token to another origin', async () => {
    const other = await answering(200, {})
    const first = await answering(307, { location: `${other.url}/repos/owner/name/releases` })
    const error = await failure(repositoryAt(first).listReleases())
    expect(error.message).toContain(
      `redirects GET /repos/owner/name/releases?per_page=100&page=1 to ${other.url}/repos/owner/name/releases: not followed`,
    )
    expect(first.seen).toEqual([{ authorization: 'Bearer writer' }])
    expect(other.seen).toEqual([])
  })

  test('with 303 are not followed for a POST; the error names their URL', async () => {
    const page = await answering(303, { location: '/status?key=secret' })
    const posted = createGitHubApi({ url: page.url }).request('POST', '/repos/owner/name/releases', {})
    expect((await failure(posted)).message).toBe(
      `GitHub's API redirects POST /repos/owner/name/releases to ${page.url}/status?…: not followed`,
    )
    const nowhere = await answering(302, {})
    expect((await failure(repositoryAt(nowhere).listReleases())).message).toMatch(
      /redirects GET \S+ to an unknown URL: not followed$/,
    )
  })

  test('are limited', async () => {
    const circle = await answering(302, { location: '/again' })
    expect((await failure(repositoryAt(circle).listReleases())).message).toContain('more than 10 redirects')
    expect(circle.seen).toHaveLength(11)
  })
})

describe('retries', () => {
  test('after a server error', async () => {
    const github = await standIn()
    const clock = hastyClock()
    github.fail({ match: 'GET', status: 502, times: 3 })
    expect(await repositoryAt(github, { clock }).listReleases()).toEqual([])
    expect(clock.waits).toEqual([1000, 2000, 4000])
  })

  test('end after 4 attempts', async () => {
    const github = await standIn()
    github.fail({ match: 'GET', status: 503, message: 'No server is currently available', times: 9 })
    const error = await failure(repositoryAt(github).listReleases())
    expect(error.message).toBe(
      'GitHub refused GET /repos/owner/name/releases?per_page=100&page=1 with 503: No server is currently available',
    )
    expect(github.requests).toHaveLength(4)
  })

  test('after a lost response', async () => {
    const github = await standIn()
    github.fail({ match: 'GET', status: 'lost', times: 2 })
    expect(await repositoryAt(github).listReleases()).toEqual([])
    expect(github.requests.map(({ status }) => status)).toEqual(['lost', 'lost', 200])
  })

  test('fail if the server is unreachable', async () => {
    const github = await standIn()
    await github.close()
    const error = await failure(repositoryAt(github).listReleases())
    expect(error.message).toMatch(
      /^GET \S+ of GitHub's API failed: the connection to 127\.0\.0\.1:\d+ failed: /,
    )
    expect(error.hint).toContain('githubstatus.com')
  })

  const soon = String(NOW / 1000 + 30)
  test.each([
    ['429 with Retry-After', 429, 'Too many', { 'retry-after': '7' }, 7000],
    [
      '403 with a limit that ends soon',
      403,
      'API rate limit exceeded for installation ID 1.',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': soon },
      30_000,
    ],
    ['a secondary limit that says no time', 403, 'You have exceeded a secondary rate limit.', {}, 60_000],
  ])('%s', async (_name, status, message, headers, wait) => {
    const github = await standIn()
    const clock = hastyClock(NOW)
    github.fail({ match: 'GET', status, message, headers: headers as Record<string, string> })
    expect(await repositoryAt(github, { clock }).listReleases()).toEqual([])
    expect(clock.waits).toEqual([wait])
  })

  test('do not wait for a rate limit that ends much later', async () => {
    const github = await standIn()
    const clock = hastyClock(NOW)
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 1800) }
    github.fail({ match: 'GET', status: 403, message: 'API rate limit exceeded', headers, times: 9 })
    const error = await failure(repositoryAt(github, { clock }).listReleases())
    expect(error.hint).toContain('Run the job again later')
    expect(clock.waits).toEqual([])
  })

  test('do not follow a refusal', async () => {
    const github = await standIn()
    const error = await failure(repositoryAt(github, { token: 'wrong' }).listReleases())
    expect(error.message).toContain('401: Bad credentials')
    expect(github.requests).toHaveLength(1)
  })
})

describe('error messages', () => {
  test('a private repository without a token has a hint', async () => {
    const github = await standIn({ isPublic: false })
    const error = await failure(repositoryAt(github, { token: '' }).listReleases())
    expect(error.hint).toBe(
      'The request had no token. Without a token, only public repositories can be read.',
    )
  })

  test('a missing permission has a hint, also for a called workflow', async () => {
    const github = await standIn()
    const error = await failure(repositoryAt(github, { token: 'reader' }).createTag('v1.0.0', 'c'.repeat(40)))
    expect(error.message).toContain(
      'POST /repos/owner/name/git/refs with 403: Resource not accessible by integration',
    )
    expect(error.hint).toContain('permissions: contents: write')
    expect(error.hint).toContain('the calling job must grant it')
  })

  test('a ruleset has a hint', async () => {
    const github = await standIn()
    const message = 'Repository rule violations found\n\nCannot create ref due to creations being restricted.'
    github.fail({ match: 'POST', status: 422, message })
    const error = await failure(repositoryAt(github).createTag('v1.0.0', 'c'.repeat(40)))
    expect(error.message).toContain('rule violations found Cannot create ref')
    expect(error.hint).toContain('ruleset')
  })

  test('a response that is not from GitHub has a hint', async () => {
    const page = await answering(200, {}, '<html>sign in')
    expect((await failure(repositoryAt(page).listReleases())).hint).toContain('GITHUB_API_URL')
    const error = await failure(repositoryAt(await answering(418, {}, '<html>\nsign in')).listReleases())
    expect(error.message).toContain('418: <html> sign in')
  })
})
