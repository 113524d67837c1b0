import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { prune, pruneImages } from '../../../src/command/prune/prune.js'
import { PRUNE_INPUTS } from '../../../src/input/input-table.js'
import { readInputs } from '../../../src/input/read-inputs.js'
import type { Digest } from '../../../src/oci/digest.js'
import { type GitHubStandIn, serveGitHubApi } from '../../support/github-api.js'
import { PackageState } from '../../support/github-packages.js'
import { type TestHost, testHost } from '../../support/host.js'
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
})
