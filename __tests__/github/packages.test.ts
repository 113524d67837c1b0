import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createGitHubApi } from '../../src/github/api.js'
import { type ContainerPackage, openContainerPackage } from '../../src/github/packages.js'
import { imageOf } from '../command/prune/package-content.js'
import { type GitHubStandIn, serveGitHubApi } from '../support/github-api.js'
import { PackageState } from '../support/github-packages.js'
import { hastyClock } from './fixture.js'

let github: GitHubStandIn
let state: PackageState

beforeEach(async () => {
  github = await serveGitHubApi()
  state = new PackageState({ versionsPerPage: 3 })
  github.state.accounts.set('owner', { type: 'Organization', packages: new Map([['a/b', state]]) })
})
afterEach(() => github.close())

const LISTS = 'GET /orgs/owner/packages/container/a%2Fb/versions?'

function open(token = 'writer', now = Date.parse('2026-01-01T00:00:00Z')): Promise<ContainerPackage> {
  const clock = hastyClock(now)
  const api = createGitHubApi({ url: github.url, clock, token })
  return openContainerPackage(api, { owner: 'owner', name: 'a/b' }, { clock, token })
}

const push = (name: string, ...tags: readonly string[]) => state.put(imageOf(name), ...tags)

describe('the list of versions', () => {
  test('has all pages', async () => {
    const digests = Array.from({ length: 8 }, (_, n) => push(`image ${n}`))
    const { versions } = await (await open()).listVersions()
    expect(versions.map(({ digest }) => digest).sort()).toEqual(digests.sort())
  })

  test('has the tags and the times', async () => {
    push('image', 'latest', '1.0.0')
    const { versions } = await (await open()).listVersions()
    const time = new Date('2020-01-01T00:00:00Z')
    expect(versions).toMatchObject([{ tags: ['latest', '1.0.0'], created: time, updated: time }])
  })

  test.each([
    ['of GitHub, if the clock of this machine is ahead', '2200-01-01T00:00:00Z', /^20[2-9]/],
    ['of this machine, if it is earlier', '2001-01-01T00:00:00Z', /^2001/],
  ])('has the time %s', async (_, local, expected) => {
    push('image')
    const { now } = await (await open('writer', Date.parse(local))).listVersions()
    expect(now.toISOString()).toMatch(expected)
  })

  test('is an error if a version is missing', async () => {
    push('image 1')
    state.unlisted = push('image 2')
    await expect((await open()).listVersions()).rejects.toMatchObject({
      message: expect.stringContaining(
        'GitHub does not list all versions of /orgs/owner/packages/container/a%2Fb: 1 of 2',
      ),
    })
  })

  test('is read again if a push adds a version between two pages', async () => {
    for (let n = 0; n < 5; n++) push(`image ${n}`)
    const found = await open()
    github.meet(`${LISTS}state=active&per_page=100&page=2`, 2)
    const list = found.listVersions()
    while (!github.requests.some(({ line }) => line.endsWith('page=1'))) await new Promise(setImmediate)
    push('new')
    await fetch(`${github.url}${LISTS.replace('GET ', '')}state=active&per_page=100&page=2`, {
      headers: { authorization: 'Bearer writer' },
    })
    expect((await list).versions).toHaveLength(6)
    expect(github.requests.filter(({ line }) => line.endsWith('page=1'))).toHaveLength(2)
  })

  test('is an error if a page fails', async () => {
    for (let n = 0; n < 5; n++) push(`image ${n}`)
    github.fail({ match: `${LISTS}state=active&per_page=100&page=2`, status: 502, times: 10 })
    await expect((await open()).listVersions()).rejects.toThrow('502')
  })

  test('is read again while it has a version that was deleted', async () => {
    const digest = push('image')
    await (await open()).listVersions(new Set([state.idOf(digest)]))
    expect(github.requests.filter(({ line }) => line.startsWith(LISTS))).toHaveLength(5)
  })
})

describe('a deletion', () => {
  test('that GitHub has done although its answer was lost', async () => {
    push('image 1')
    const id = state.idOf(push('image 2'))
    github.fail({ match: 'DELETE', status: 'lost' })
    expect(await (await open()).deleteVersion(id)).toEqual({ kind: 'gone' })
    expect(state.deletions).toHaveLength(1)
  })

  test('that GitHub refuses', async () => {
    push('image 1')
    const digest = push('image 2')
    state.setDownloads(digest, 6000)
    expect(await (await open()).deleteVersion(state.idOf(digest))).toMatchObject({
      kind: 'refused',
      refusal: { status: 400 },
    })
  })

  test.each([401, 429])('that fails with %d ends the run', async status => {
    push('image 1')
    const id = state.idOf(push('image 2'))
    const headers = { 'retry-after': '3600' }
    github.fail({ match: 'DELETE', status, headers, times: 10 })
    await expect((await open()).deleteVersion(id)).rejects.toThrow(String(status))
  })

  test('can be undone', async () => {
    push('image 1')
    const digest = push('image 2', 'latest')
    push('image 3', 'other')
    const found = await open()
    const id = state.idOf(digest)
    await found.deleteVersion(id)
    expect((await found.listDeletedVersions()).map(version => version.digest)).toEqual([digest])
    expect(await found.restoreVersion(id)).toBe(true)
    expect(state.stored.tags.get('latest')).toBe(digest)
    expect(await found.restoreVersion(id)).toBe(false)
  })
})

test('a fine-grained token is an error before any request to delete', async () => {
  github.state.accounts.set('owner', { type: 'Organization', packages: new Map([['a/b', state]]) })
  const clock = hastyClock()
  const api = createGitHubApi({ url: github.url, clock, token: 'writer' })
  const found = await openContainerPackage(
    api,
    { owner: 'owner', name: 'a/b' },
    { clock, token: 'github_pat_1' },
  )
  await expect(found.checkMayDelete()).rejects.toThrow('does not accept fine-grained tokens')
})
