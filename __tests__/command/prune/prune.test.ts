import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { formatReport, formatSummary } from '../../../src/command/prune/output.js'
import { prune, pruneImages } from '../../../src/command/prune/prune.js'
import type { PruneReport } from '../../../src/command/prune/prune-package.js'
import { runCommand } from '../../../src/entry/commands.js'
import { parseCommandLine } from '../../../src/input/command-line.js'
import { PRUNE_INPUTS } from '../../../src/input/input-table.js'
import { readInputs } from '../../../src/input/read-inputs.js'
import type { Digest } from '../../../src/oci/digest.js'
import { type GitHubStandIn, serveGitHubApi } from '../../support/github-api.js'
import { PackageState } from '../../support/github-packages.js'
import { Refused } from '../../support/github-state.js'
import { type TestHost, testHost } from '../../support/host.js'
import { parseOutput } from '../../support/output.js'
import { startRegistry, type TestRegistry } from '../../support/registry.js'
import { cosignTag, imageOf, indexOf, referrersTag } from './package-content.js'

const DAY = 24

let registry: TestRegistry
let github: GitHubStandIn
let state: PackageState
let host: TestHost

beforeEach(async () => {
  registry = await startRegistry()
  github = await serveGitHubApi()
  state = new PackageState({ stored: registry.repository('owner/app') })
  github.state.accounts.set('owner', { type: 'Organization', packages: new Map([['app', state]]) })
  host = newHost()
})
afterEach(async () => {
  host.remove()
  await github.close()
  await registry.close()
})

function newHost(kind: 'local' | 'github' = 'local', isFromFork = false): TestHost {
  const env = { GITHUB_API_URL: github.url, GITHUB_REPOSITORY: 'owner/name' }
  return testHost({ kind, env, isFromFork })
}

const inputsOf = (texts: Record<string, string> = {}) =>
  readInputs(PRUNE_INPUTS, name => ({ 'github-token': 'writer', ...texts })[name], host)

const run = async (texts: Record<string, string> = {}) => {
  const [report] = await prune([`${registry.host}/owner/app`], inputsOf(texts), host)
  if (report === undefined) throw new Error('no report')
  return report
}

/** Pushes an index of two images, 40 days ago. */
function pushOld(name: string, ...tags: readonly string[]): { index: Digest; images: Digest[] } {
  const images = [`${name} amd64`, `${name} arm64`].map(each => state.put(imageOf(each)))
  const index = state.put(indexOf(images), ...tags)
  return { index, images }
}

const has = (digest: Digest): boolean => state.stored.manifests.has(digest)

describe('prune', () => {
  test('only lists by default, and deletes with --delete', async () => {
    const old = pushOld('old', 'latest')
    const current = pushOld('current', 'latest')
    const signature = state.put(imageOf('signature', old.index), cosignTag(old.index, 'sig'))
    state.passHours(40 * DAY)
    const dry = await run()
    expect(dry.versions.map(({ version }) => version.digest).sort()).toEqual(
      [old.index, ...old.images, signature].sort(),
    )
    expect(dry.versions.every(({ outcome }) => outcome === 'unused')).toBe(true)
    expect(state.deletions).toEqual([])
    const report = await run({ delete: 'true' })
    expect(report.versions.map(({ outcome }) => outcome)).toEqual(Array(4).fill('deleted'))
    expect([old.index, ...old.images, signature].filter(has)).toEqual([])
    expect([current.index, ...current.images].every(has)).toBe(true)
    expect(state.deletions[0]?.record.digest).toBe(old.index)
  })

  test('reads only the manifests that the decision depends on', async () => {
    const { images } = pushOld('current', 'latest')
    state.passHours(40 * DAY)
    await run()
    expect(registry.log.filter(({ path }) => images.some(image => path.endsWith(image)))).toEqual([])
  })

  test('a fallback tag lives as long as its subject', async () => {
    const kept = pushOld('kept', 'latest')
    const sbom = state.put(imageOf('sbom', kept.images[0]))
    state.put(indexOf([sbom]), referrersTag(kept.images[0] as Digest))
    const gone = pushOld('gone')
    const other = state.put(imageOf('other', gone.images[0]))
    const list = state.put(indexOf([other]), referrersTag(gone.images[0] as Digest))
    state.passHours(40 * DAY)
    await run({ delete: 'true' })
    expect(has(sbom)).toBe(true)
    expect([gone.index, ...gone.images, other, list].filter(has)).toEqual([])
  })
})

describe('what GitHub refuses', () => {
  test.each(['local', 'github'] as const)(
    'a token that expires: the report says what was deleted (%s)',
    async kind => {
      host.remove()
      host = newHost(kind)
      const old = pushOld('old')
      pushOld('current', 'latest')
      state.passHours(40 * DAY)
      const own = state.delete.bind(state)
      state.delete = id => {
        if (state.deletions.length > 0) throw new Refused(401, 'Bad credentials')
        own(id)
      }
      await expect(run({ delete: 'true' })).rejects.toThrow('Bad credentials')
      expect(has(old.index)).toBe(false)
      const logged = host.logged.join('\n')
      expect(logged).toMatch(new RegExp(`deleted +${old.index.slice(0, 19)}`))
      expect(logged).toMatch(/left .*the run ended before/)
      expect(logged.match(/6 versions, 1 deleted/g)).toHaveLength(1)
    },
  )

  test('many downloads: the version is listed, its images and referrers stay, and the run continues', async () => {
    pushOld('current', 'latest')
    const popular = pushOld('popular')
    const sbom = state.put(imageOf('sbom', popular.images[0]))
    const other = pushOld('other')
    state.setDownloads(popular.index, 5001)
    state.passHours(40 * DAY)
    const { versions } = await run({ delete: 'true' })
    expect([popular.index, ...popular.images, sbom].every(has)).toBe(true)
    expect([other.index, ...other.images].some(has)).toBe(false)
    const outcomes = new Map(versions.map(({ version, outcome }) => [version.digest, outcome]))
    expect(outcomes.get(popular.index)).toBe('refused')
    expect(outcomes.get(sbom)).toBe('left')
    expect(versions.find(({ outcome }) => outcome === 'refused')?.note).toMatch(/more than 5000 downloads/)
  })

  test.each([
    ['the job has no `packages: write`', 'read', /403: Resource not accessible by integration/],
    ['the repository has no role for the package', 'none', /does not allow the token to delete versions of/],
  ] as const)('%s: nothing is deleted, and the error says what to do', async (_, rights, message) => {
    pushOld('current', 'latest')
    pushOld('old')
    state.passHours(40 * DAY)
    state.rights = rights
    const error = await run({ delete: 'true' }).catch(caught => caught)
    expect(error).toMatchObject({
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/packages: write.*Manage Actions access/),
    })
    expect(state.deletions).toEqual([])
  })

  test('missing rights are found before any version is deleted', async () => {
    pushOld('current', 'latest')
    pushOld('old')
    state.passHours(40 * DAY)
    state.rights = 'read'
    await run({ delete: 'true' }).catch(() => {})
    const deletions = github.requests.filter(({ line }) => line.startsWith('DELETE'))
    expect(deletions.map(({ line }) => line)).toEqual([
      'DELETE /orgs/owner/packages/container/app/versions/0',
    ])
  })

  test('without a role for the package, the run ends after the first batch', async () => {
    pushOld('current', 'latest')
    for (let n = 0; n < 60; n++) state.put(imageOf(`orphan ${n}`))
    state.passHours(40 * DAY)
    state.rights = 'none'
    await expect(run({ delete: 'true' })).rejects.toThrow('does not allow the token to delete')
    expect(github.requests.filter(({ line }) => line.startsWith('DELETE'))).toHaveLength(51)
  })

  test('a classic token without the scope to delete', async () => {
    pushOld('current', 'latest')
    pushOld('old')
    state.passHours(40 * DAY)
    github.state.scopes = 'read:packages, repo'
    await expect(run({ delete: 'true' })).rejects.toThrow('does not have the scope `delete:packages`')
    github.state.scopes = 'read:packages, delete:packages'
    expect((await run({ delete: 'true' })).versions.every(({ outcome }) => outcome === 'deleted')).toBe(true)
  })
})

describe('what is not certain', () => {
  test('a list of versions with a page that fails deletes nothing', async () => {
    pushOld('current', 'latest')
    pushOld('old')
    state.passHours(40 * DAY)
    github.fail({ match: 'GET /orgs/owner/packages/container/app/versions?', status: 403, message: 'no' })
    await expect(run({ delete: 'true' })).rejects.toThrow('403')
    expect(state.deletions).toEqual([])
  })

  test.each([404, 501])('a manifest that cannot be read (%d) keeps everything', async status => {
    const { index } = pushOld('current', 'latest')
    pushOld('old')
    state.passHours(40 * DAY)
    registry.fault({ method: 'GET', path: new RegExp(index), times: 100, action: { kind: 'status', status } })
    const report = await run({ delete: 'true' })
    expect(report.versions).toEqual([])
    expect(report.unreadable.map(({ version }) => version.digest)).toEqual([index])
    expect(formatReport(report)).toMatch(/cannot be read: sha256:/)
  })

  test('a registry that denies access stops the run', async () => {
    const { index } = pushOld('current', 'latest')
    state.passHours(40 * DAY)
    const action = { kind: 'status', status: 403 } as const
    registry.fault({ method: 'GET', path: new RegExp(index), times: 100, action })
    await expect(run()).rejects.toThrow(/does not allow/)
  })

  test.each([
    ['is not linked', ''],
    ['is linked to another repository', 'owner/other'],
  ])('the tags of pull requests stay if the package %s', async (_, repository) => {
    host.remove()
    host = newHost('github')
    state = new PackageState({ stored: registry.repository('owner/app'), repository })
    github.state.accounts.set('owner', { type: 'Organization', packages: new Map([['app', state]]) })
    github.state.pullRequests.set(7, 'closed')
    const { index } = pushOld('old', 'pr-7')
    pushOld('current', 'latest')
    state.passHours(40 * DAY)
    expect((await run()).versions.map(({ version }) => version.digest)).not.toContain(index)
    expect(host.logged.join()).toMatch(/so the tags of pull requests stay/)
  })
})

test('an image that a deleted version was part of is restored by the next run', async () => {
  const { images } = pushOld('current', 'latest')
  const [lost] = images as [Digest, Digest]
  state.passHours(40 * DAY)
  state.delete(state.idOf(lost))
  expect((await run()).versions).toEqual([])
  expect(has(lost)).toBe(false)
  expect((await run({ delete: 'true' })).versions).toMatchObject([
    { version: { digest: lost }, outcome: 'restored' },
  ])
  expect(has(lost)).toBe(true)
})

describe('packages', () => {
  test('of a user', async () => {
    github.state.accounts.set('owner', { type: 'User', packages: new Map([['app', state]]) })
    pushOld('current', 'latest')
    expect((await run()).versionCount).toBe(3)
  })

  test('that are private, of the user of the token', async () => {
    const packages = new Map([['app', state]])
    github.state.accounts.set('owner', { type: 'User', packages, isPrivate: true })
    github.state.user = 'Owner'
    pushOld('current', 'latest')
    expect((await run()).versionCount).toBe(3)
    github.state.user = 'somebody'
    await expect(run()).rejects.toThrow('404: Package not found.')
  })

  test('in other registries are an error', async () => {
    const names = ['docker.io/owner/app', 'quay.io/owner/app', 'ghcr.io/owner/app']
    for (const name of names)
      await expect(prune([name], inputsOf(), host)).rejects.toThrow(
        'is not the container registry of the GitHub server',
      )
    expect(github.requests).toEqual([])
  })

  test.each(['ghcr.io/owner/app:latest', `ghcr.io/owner/app@sha256:${'0'.repeat(64)}`, 'ghcr.io/owner'])(
    '%s is not the name of a package',
    async name => {
      await expect(prune([name], inputsOf(), host)).rejects.toThrow('is not the name of a package')
    },
  )

  test('need a token', async () => {
    await expect(run({ 'github-token': '' })).rejects.toThrow("GitHub's API for packages needs a token")
  })

  test('one that fails does not stop the others', async () => {
    const names = [`${registry.host}/owner/missing`, `${registry.host}/owner/app`]
    pushOld('current', 'latest')
    pushOld('old')
    state.passHours(40 * DAY)
    await expect(prune(names, inputsOf({ delete: 'true' }), host)).rejects.toThrow('404')
    expect(state.deletions).toHaveLength(3)
  })
})

describe('on the command line', () => {
  const before = process.env.GITHUB_TOKEN
  beforeEach(() => {
    process.env.GITHUB_TOKEN = 'writer'
  })
  afterEach(() => {
    if (before === undefined) delete process.env.GITHUB_TOKEN
    else process.env.GITHUB_TOKEN = before
  })

  async function command(...args: readonly string[]): Promise<string> {
    const request = parseCommandLine(['prune', ...args])
    if (request.kind !== 'run') throw new Error('not a run')
    return (await runCommand(request, { host, readPassword: async () => '' })) ?? ''
  }

  test('prints what nothing needs, and why the rest stays', async () => {
    const { index } = pushOld('old', '1.0.0')
    for (const version of ['1.0.1', '1.1.0']) pushOld(version, version)
    state.passHours(40 * DAY)
    const lines = (await command(`${registry.host}/owner/app`, '--keep', '2')).split('\n')
    expect(lines[0]).toBe(`${registry.host}/owner/app: 9 versions, 3 unused; nothing was deleted (dry run)`)
    const short = index.slice(0, 'sha256:'.length + 12)
    expect(lines).toContain(`  unused  ${short}  1.0.0     2020-01-01  not one of the newest 2 versions`)
    expect(lines.slice(-2)).toEqual([
      '  4 stay: part of an image that stays',
      '  2 stay: one of the newest 2 versions',
    ])
  })

  test('accepts several packages, and prints JSON as the published schema says', async () => {
    const other = new PackageState({ stored: registry.repository('owner/other') })
    const packages = new Map([
      ['app', state],
      ['other', other],
    ])
    github.state.accounts.set('owner', { type: 'Organization', packages })
    pushOld('current', 'latest')
    pushOld('old')
    state.passHours(40 * DAY)
    other.put(imageOf('image'), 'latest')
    const names = ['app', 'other'].map(name => `${registry.host}/owner/${name}`)
    const output = parseOutput(await command(...names, '--delete', '--json'))
    expect(output).toMatchObject({
      command: 'prune',
      exitCode: 0,
      result: [
        { image: names[0], dryRun: false, versions: 6, unused: Array(3).fill({ outcome: 'deleted' }) },
        { image: names[1], versions: 1, unused: [] },
      ],
    })
  })

  test.each([
    [['--keep', '0'], '`--keep`: "0" is not a number of versions'],
    [['--older-than', '30'], '`--older-than`: "30" is not an age'],
    [['--older-than', '0d'], '`--older-than`: "0d" is not an age'],
  ])('%s is wrong usage', async (args, message) => {
    await expect(command('ghcr.io/owner/app', ...args)).rejects.toThrow(message)
  })

  test('needs a package', () => {
    expect(() => parseCommandLine(['prune'])).toThrow('`prune` needs REPOSITORY')
  })
})

describe('on GitHub', () => {
  beforeEach(() => {
    host.remove()
    host = newHost('github')
  })

  test('the action sets outputs and writes a summary without Markdown of names', async () => {
    const { index } = pushOld('old', 'pr-7')
    pushOld('current', 'latest')
    github.state.pullRequests.set(7, 'closed')
    state.passHours(2 * DAY)
    await pruneImages(inputsOf({ image: `${registry.host}/owner/app`, delete: 'true' }), host)
    expect(host.outputs.get('deleted')?.split('\n')).toContain(`${registry.host}/owner/app@${index}`)
    expect(JSON.parse(host.outputs.get('json') ?? '')).toMatchObject([{ dryRun: false, versions: 6 }])
    expect(host.summaries.join()).toContain('| deleted | `sha256:')
    expect(host.summaries.join()).toContain('pull request 7 is closed')
  })

  test('without `image`, the action says what is missing', async () => {
    await expect(pruneImages(inputsOf(), host)).rejects.toThrow('`image` is not set')
  })

  test('a pull request from a fork deletes nothing', async () => {
    host.remove()
    host = newHost('github', true)
    pushOld('current', 'latest')
    pushOld('old')
    state.passHours(40 * DAY)
    expect((await run({ delete: 'true' })).isDryRun).toBe(true)
    expect(state.deletions).toEqual([])
  })

  test('the summary escapes what GitHub says', () => {
    const [time] = [new Date(0)]
    const version = {
      id: 1,
      digest: 'sha256:x|y`',
      tags: ['a|b', '<i>'],
      created: time,
      updated: time,
    } as const
    const report: PruneReport = {
      name: 'ghcr.io/o/<b>',
      isDryRun: false,
      versionCount: 1,
      versions: [{ version, why: 'a', outcome: 'refused', note: '<script> | @everyone' }],
      kept: [],
      unreadable: [],
    }
    const summary = formatSummary([report])
    expect(summary).not.toMatch(/<script>|[^`]<i>[^`]|@everyone/)
    expect(summary.split('\n').filter(line => line.startsWith('| refused'))).toHaveLength(1)
    expect(summary.match(/^\| refused.*$/m)?.[0].split('|')).toHaveLength(7)
  })
})
