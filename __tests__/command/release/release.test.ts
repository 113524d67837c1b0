import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  checkRelease,
  type ReleaseContext,
  type ReleasePlan,
  type ReleaseRequest,
  type ReleaseResult,
  releaseImages,
} from '../../../src/command/release/release.js'
import type { PlatformSize, ReleasedImage } from '../../../src/command/release/write-release-notes.js'
import { parseDigest } from '../../../src/oci/digest.js'
import { createBlob } from '../../../src/oci/image.js'
import type { GitRef } from '../../../src/tags/subject.js'
import { parseVersion } from '../../../src/tags/version.js'
import { repositoryAt } from '../../github/fixture.js'
import { type GitHubStandIn, serveGitHubApi } from '../../support/github-api.js'
import { addCommit, addRelease, type StoredRelease, shaOf } from '../../support/github-state.js'
import { type TestHost, testHost } from '../../support/host.js'

describe('creating a release', () => {
  const DIGEST = parseDigest(`sha256:${'a'.repeat(64)}`)
  const FD: ReleasedImage = {
    container: 'fd',
    digest: DIGEST,
    platforms: [{ platform: 'linux/amd64', size: 2000 }],
    pushed: [{ image: `ghcr.io/o/fd@${DIGEST}`, tags: ['ghcr.io/o/fd:1.2.3'] }],
  }

  let github: GitHubStandIn
  let host: TestHost
  beforeEach(async () => {
    github = await serveGitHubApi()
    host = testHost()
    addCommit(github.state, 'a')
    addCommit(github.state, 'b', [shaOf('a')])
  })
  afterEach(async () => {
    host.remove()
    await github.close()
  })

  function planOf(text: string, commit = 'a'): ReleasePlan {
    const version = parseVersion(text)
    if (!version) throw new Error(`${text} is not a version`)
    return { kind: 'release', version, sha: shaOf(commit) }
  }

  function run(
    plan: ReleasePlan,
    images: readonly ReleasedImage[] = [FD],
    tools: Partial<ReleaseContext> = {},
  ): Promise<ReleaseResult> {
    const readPreviousSizes = async (): Promise<undefined> => undefined
    return releaseImages(plan, images, {
      repository: repositoryAt(github),
      log: host.log,
      readPreviousSizes,
      ...tools,
    })
  }

  const tagsMade = () => [...github.state.refs].map(([name, { sha }]) => [name, sha])
  const released = () => github.state.releases.map(({ tag }) => tag)
  const written = () => github.requests.filter(({ line }) => line.startsWith('POST')).length

  describe('a release with files', () => {
    const ASSETS = ['fd-x86_64-linux.cdx.json', 'fd-x86_64-linux.spdx.json'].map(name => {
      const content = createBlob(Buffer.from(`{"name":"${name}"}`), { mediaType: 'application/spdx+json' })
      return { name, content }
    })
    const files = () =>
      github.state.releases.map(({ draft, assets }) => [
        draft,
        assets.map(({ name, content }) => [name, content]),
      ])
    const COMPLETE = [[false, ASSETS.map(({ name }) => [name, `{"name":"${name}"}`])]]
    const linesOf = (method: string) =>
      github.requests.filter(({ line }) => line.startsWith(method)).map(({ line }) => line)
    const release = (assets = ASSETS) => run(planOf('1.2.3'), [FD], { assets })

    test('is a draft until it has all of them, because a published release may be immutable', async () => {
      github.state.immutableReleases = true
      const url = 'https://github.com/owner/name/releases/tag/v1.2.3'
      expect(await release()).toEqual({ kind: 'released', tag: 'v1.2.3', url })
      expect(files()).toEqual(COMPLETE)
      expect(github.state.latest).toBe('v1.2.3')
      expect(github.state.releases[0]?.assets[0]?.contentType).toBe('application/spdx+json')
      expect(await release()).toEqual({ kind: 'none', why: 'v1.2.3 is already released' })
    })

    test.each([
      ['the draft', 'POST /repos/owner/name/releases'],
      ['the first file', 'POST /repos/owner/name/releases/1/assets'],
      ['the second file', 'POST /repos/owner/name/releases/1/assets?name=fd-x86_64-linux.spdx'],
      ['the end', 'PATCH'],
    ])('is continued after a failure at %s, and not created twice', async (_, match) => {
      github.fail({ match, status: 400 })
      await expect(release()).rejects.toThrow('as asked for')
      expect(github.state.releases.every(({ draft }) => draft)).toBe(true)
      expect(await release()).toMatchObject({ kind: 'released' })
      expect(files()).toEqual(COMPLETE)
      expect(linesOf('POST /repos/owner/name/releases/1/assets').length).toBeLessThanOrEqual(3)
    })

    test.each(['POST /repos/owner/name/releases', 'POST /repos/owner/name/releases/1/assets', 'PATCH'])(
      'a lost answer to %s causes no second file and no second release',
      async match => {
        github.fail({ match, status: 'lost' })
        expect(await release()).toMatchObject({ kind: 'released' })
        expect(files().filter(([draft]) => draft === false)).toEqual(COMPLETE)
      },
    )

    test('files of an interrupted upload, and other files of the same name, are replaced', async () => {
      await expect(release([])).resolves.toMatchObject({ kind: 'released' })
      const [published] = github.state.releases
      const stale = ASSETS.map(({ name }, n) => ({
        id: 100 + n,
        name,
        contentType: '',
        content: n === 0 ? '{"name":"fd-x86_64-linux.cdx.json"}' : 'other',
        state: n === 0 ? ('starter' as const) : ('uploaded' as const),
      }))
      github.state.releases[0] = { ...(published as StoredRelease), draft: true, assets: stale }
      expect(await release()).toMatchObject({ kind: 'released' })
      expect(files()).toEqual(COMPLETE)
      expect(linesOf('DELETE')).toHaveLength(2)
    })

    test('files of an interrupted run that this run does not have are deleted, and files of a person are not', async () => {
      const [first, second] = ASSETS as [(typeof ASSETS)[0], (typeof ASSETS)[0]]
      github.fail({ match: 'PATCH', status: 400 })
      await expect(release([first, { ...second, name: 'old-x86_64-linux.spdx.json' }])).rejects.toThrow()
      github.state.releases[0]?.assets.push({
        id: 100,
        name: 'notes.pdf',
        contentType: 'application/pdf',
        content: 'x',
        state: 'uploaded',
      })
      expect(await release()).toMatchObject({ kind: 'released' })
      expect(files()[0]?.[1]).toEqual([
        [first.name, expect.any(String)],
        ['notes.pdf', 'x'],
        [second.name, expect.any(String)],
      ])
    })

    test('the draft of a person is left as it is', async () => {
      addRelease(github.state, 'v1.2.3', { draft: true, body: 'My words' })
      expect(await release()).toMatchObject({ kind: 'released' })
      expect(github.state.releases).toMatchObject([
        { draft: true, body: 'My words', assets: [] },
        { draft: false },
      ])
    })

    test('two runs at the same time publish one release with all files', async () => {
      github.meet('POST /repos/owner/name/releases', 2)
      const results = await Promise.all([release(), release()])
      expect(results.map(({ kind }) => kind)).toContain('released')
      expect(files().filter(([draft]) => draft === false)).toEqual(COMPLETE)
    })

    test('the token is not sent to a server that the answer names', async () => {
      github.state.uploadHost = 'uploads.example.org'
      await expect(release()).rejects.toThrow('names http://uploads.example.org')
      expect(github.state.releases).toMatchObject([{ draft: true }])
    })
  })

  describe('a new version', () => {
    test('gets a Git tag at the commit, and a release', async () => {
      const url = 'https://github.com/owner/name/releases/tag/v1.2.3'
      expect(await run(planOf('1.2.3'))).toEqual({ kind: 'released', tag: 'v1.2.3', url })
      expect(tagsMade()).toEqual([['refs/tags/v1.2.3', shaOf('a')]])
      expect(github.state.releases).toMatchObject([
        { tag: 'v1.2.3', name: 'v1.2.3', prerelease: false, draft: false },
      ])
      expect(github.state.releases[0]?.body).toContain('docker pull ghcr.io/o/fd:1.2.3')
      expect(host.logged).toEqual([`info: Released v1.2.3: ${url}`])
    })

    test('is released once, even if the run is repeated', async () => {
      await run(planOf('1.2.3'))
      expect(await run(planOf('1.2.3'))).toEqual({ kind: 'none', why: 'v1.2.3 is already released' })
      expect(await run(planOf('1.2.3', 'b'))).toEqual({ kind: 'none', why: 'v1.2.3 is already released' })
      expect(tagsMade()).toEqual([['refs/tags/v1.2.3', shaOf('a')]])
      expect(released()).toEqual(['v1.2.3'])
      expect(written()).toBe(2)
    })

    test('is not released if nothing was pushed, or nothing is planned', async () => {
      expect(await run(planOf('1.2.3'), [{ ...FD, pushed: [] }])).toEqual({
        kind: 'none',
        why: 'no image was pushed',
      })
      expect(await run({ kind: 'none', why: 'the event is not a push' })).toEqual({
        kind: 'none',
        why: 'the event is not a push',
      })
      expect(github.requests).toEqual([])
      expect(host.logged.at(-1)).toBe('info: No release is created: the event is not a push')
    })
  })

  describe('after a failed run', () => {
    test('creates the release if the tag points to this commit', async () => {
      // The number of attempts of one request.
      github.fail({ match: 'POST /repos/owner/name/releases', status: 500, times: 4 })
      await expect(run(planOf('1.2.3'))).rejects.toThrow('with 500')
      expect([tagsMade().length, released()]).toEqual([1, []])
      expect(await run(planOf('1.2.3'))).toMatchObject({ kind: 'released' })
      expect(released()).toEqual(['v1.2.3'])
    })

    test('creates the release for an annotated tag of a user', async () => {
      github.state.tagObjects.set(shaOf('tag'), { type: 'commit', sha: shaOf('a') })
      github.state.refs.set('refs/tags/v1.2.3', { type: 'tag', sha: shaOf('tag') })
      expect(await run(planOf('1.2.3'))).toMatchObject({ kind: 'released' })
    })

    test('creates only one tag and one release if responses are lost', async () => {
      github.fail({ match: 'POST /repos/owner/name/git/refs', status: 'lost' })
      github.fail({ match: 'POST /repos/owner/name/releases', status: 'lost' })
      await run(planOf('1.2.3'))
      expect(tagsMade()).toEqual([['refs/tags/v1.2.3', shaOf('a')]])
      expect(released()).toEqual(['v1.2.3'])
    })
  })

  describe('two runs in parallel', () => {
    const tag = 'GET /repos/owner/name/git/ref/tags/'
    const makeTag = 'POST /repos/owner/name/git/refs'
    const makeRelease = 'POST /repos/owner/name/releases'

    test.each([
      ['look up the tag', tag],
      ['create the tag', makeTag],
      ['create the release', makeRelease],
    ])(
      'of one commit create one release and both succeed if they %s at the same time',
      async (_name, where) => {
        github.meet(where, 2)
        const outcomes = await Promise.all([run(planOf('1.2.3')), run(planOf('1.2.3'))])
        expect(outcomes.filter(({ kind }) => kind === 'released')).toHaveLength(1)
        expect(released()).toEqual(['v1.2.3'])
        expect(tagsMade()).toEqual([['refs/tags/v1.2.3', shaOf('a')]])
      },
    )

    test('of two commits with one version release the first one', async () => {
      github.meet(makeTag, 2)
      const outcomes = await Promise.all([run(planOf('1.2.3', 'a')), run(planOf('1.2.3', 'b'))])
      expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['none', 'released'])
      expect(released()).toEqual(['v1.2.3'])
    })
  })

  describe('the latest release', () => {
    const latestAfter = async (text: string): Promise<string | undefined> => {
      await run(planOf(text))
      return github.state.latest
    }
    beforeEach(() => {
      for (const tag of ['v1.9.0', 'v1.10.0', 'nightly']) addRelease(github.state, tag)
      addRelease(github.state, 'v3.0.0-rc.1', { prerelease: true })
      addRelease(github.state, 'v9.0.0', { draft: true })
      github.state.latest = 'v1.10.0'
    })

    test.each([
      ['2.0.0', 'v2.0.0'],
      ['1.9.1', 'v1.10.0'],
      ['4.0.0-rc.1', 'v1.10.0'],
    ])('after the release of %s is %s', async (text, latest) => {
      expect(await latestAfter(text)).toBe(latest)
      expect(github.state.releases.at(-1)?.prerelease).toBe(text.includes('-'))
    })
  })

  describe('the comparison of sizes', () => {
    const sizes =
      (asked: string[]) =>
      async (container: string, version: string): Promise<readonly PlatformSize[]> => {
        asked.push(`${container} ${version}`)
        return [{ platform: 'linux/amd64', size: 1000 }]
      }

    test('uses the highest stable version below this one', async () => {
      for (const tag of ['v1.0.0', 'v1.10.0', 'v1.2.2', 'v2.0.0']) addRelease(github.state, tag)
      addRelease(github.state, 'v1.2.3-rc.1', { prerelease: true })
      const asked: string[] = []
      await run(planOf('1.2.3'), [FD], { readPreviousSizes: sizes(asked) })
      expect(asked).toEqual(['fd 1.2.2'])
      expect(github.state.releases.at(-1)?.body).toContain('| 2.0 kB | +1.0 kB (+100 %) |')
    })

    test('is not made for the first release', async () => {
      const asked: string[] = []
      await run(planOf('1.2.3'), [FD], { readPreviousSizes: sizes(asked) })
      expect(asked).toEqual([])
    })

    test('lists new and removed images', async () => {
      const rg = { ...FD, container: 'rg' }
      await run(planOf('1.2.2', 'a'), [FD])
      await run(planOf('1.2.3', 'b'), [rg])
      const body = github.state.releases.at(-1)?.body
      expect(body).toContain('| `rg` | linux/amd64 | 2.0 kB | new |')
      expect(body).toContain('Removed since 1.2.2: `fd`.')
    })

    test('does not fail if the registry cannot be read', async () => {
      addRelease(github.state, 'v1.2.2')
      const readPreviousSizes = () => Promise.reject(new Error('the registry is down'))
      expect(await run(planOf('1.2.3'), [FD], { readPreviousSizes })).toMatchObject({ kind: 'released' })
      expect(github.state.releases.at(-1)?.body).toContain('| 2.0 kB | ? |')
      expect(host.logged[0]).toBe(
        'warning: Cannot compare the size of fd with version 1.2.2: the registry is down',
      )
    })
  })

  describe('a read-only token', () => {
    test('causes an error that names the missing permission', async () => {
      const repository = repositoryAt(github, { token: 'reader' })
      await expect(run(planOf('1.2.3'), [FD], { repository })).rejects.toMatchObject({
        message: expect.stringContaining('Resource not accessible by integration'),
        hint: expect.stringContaining('permissions: contents: write'),
      })
      expect(tagsMade()).toEqual([])
    })

    test('is sufficient if nothing has to be done', async () => {
      await run(planOf('1.2.3'))
      const repository = repositoryAt(github, { token: 'reader' })
      expect(await run(planOf('1.2.3'), [FD], { repository })).toMatchObject({ kind: 'none' })
    })
  })
})

describe('the release check', () => {
  const MAIN: GitRef = {
    event: 'push',
    kind: 'branch',
    name: 'main',
    defaultBranch: 'main',
    sha: 'a'.repeat(40),
  }

  const subject = (more: Partial<ReleaseRequest> = {}): ReleaseRequest => ({
    versions: [{ container: 'fd', version: '1.2.3' }],
    ref: MAIN,
    hasToken: true,
    ...more,
  })

  test('releases one version on a push to the default branch', () => {
    const versions = ['fd', 'rg'].map(container => ({ container, version: '1.2.3' }))
    expect(checkRelease(subject({ versions }))).toMatchObject({
      kind: 'release',
      version: { text: '1.2.3', stable: true },
      sha: MAIN.sha,
    })
  })

  describe('releases nothing', () => {
    const none: readonly [string, Partial<ReleaseRequest>, string][] = [
      ['on another branch', { ref: { ...MAIN, name: 'topic' } }, 'pushes to the default branch (main)'],
      ['for a tag', { ref: { ...MAIN, kind: 'tag', name: 'main' } }, 'pushes to the default branch'],
      [
        'for a pull request',
        { ref: { event: 'pull_request', kind: 'pull-request' } },
        'pushes to the default branch',
      ],
      ['for a schedule', { ref: { ...MAIN, event: 'schedule' } }, 'pushes to the default branch'],
      ['on a local machine', { ref: { kind: 'none' } }, 'pushes to the default branch on GitHub'],
      ['without a version', { versions: [{ container: 'fd' }, { container: 'rg' }] }, 'no version is known'],
      ['without containers', { versions: [] }, 'no version is known'],
      [
        'with another kind of version',
        { versions: [{ container: 'fd', version: '2024-05' }] },
        '2024-05 is not a version',
      ],
    ]
    test.each(none)('%s', (_name, more, why) => {
      expect(checkRelease(subject(more))).toEqual({ kind: 'none', why: expect.stringContaining(why) })
    })
  })

  test('fails for several versions, even on pull requests', () => {
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

  test('fails without a token if one is needed', () => {
    expect(() => checkRelease(subject({ hasToken: false }))).toThrow('A release needs a GitHub token')
    expect(checkRelease(subject({ hasToken: false, ref: { kind: 'none' } })).kind).toBe('none')
  })
})
