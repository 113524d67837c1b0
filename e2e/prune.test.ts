import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type GitHubStandIn, serveGitHubApi } from '../__tests__/support/github-api.js'
import { PackageState } from '../__tests__/support/github-packages.js'
import { testHost } from '../__tests__/support/host.js'
import { startRegistry, type TestRegistry } from '../__tests__/support/registry.js'
import { prune } from '../src/command/prune/prune.js'
import { PRUNE_INPUTS } from '../src/input/input-table.js'
import { readInputs } from '../src/input/read-inputs.js'
import { exec } from '../src/util/exec.js'
import { outputOf, tool } from './support/machine.js'

// GitHub's API for packages exists only at GitHub. So it is a stand-in, and so is its registry, which has no referrers API. Images
// and artifacts come from other programs.

const DAY = 24

let folder: string
let registry: TestRegistry
let github: GitHubStandIn
let state: PackageState
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'prune-'))
  registry = await startRegistry({ referrers: false })
  github = await serveGitHubApi()
  state = new PackageState({ stored: registry.repository('owner/app') })
  github.state.accounts.set('owner', { type: 'User', packages: new Map([['app', state]]) })
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await github.close()
  await registry.close()
})

const at = (name: string): string => `${registry.host}/owner/app${name}`

/** Pushes an image of one layer with crane, under the tag of a commit. Returns its digest. */
async function pushImage(content: string, commit: number): Promise<string> {
  const layer = join(folder, 'layer.tar')
  writeFileSync(join(folder, 'file'), content)
  outputOf(await exec('tar', ['-cf', layer, '-C', folder, 'file']))
  const tag = `:sha-${String(commit).padStart(7, '0')}`
  await tool('crane', ['append', '--insecure', '--oci-empty-base', '-f', layer, '-t', at(tag)])
  return (await tool('crane', ['digest', '--insecure', at(tag)])).trim()
}

/** Joins images in an index, and attaches a document to the index with oras. */
async function pushIndex(tag: string, images: readonly string[]): Promise<string> {
  const manifests = images.flatMap(digest => ['-m', at(`@${digest}`)])
  await tool('crane', ['index', 'append', '--insecure', ...manifests, '-t', at(`:${tag}`)])
  const digest = (await tool('crane', ['digest', '--insecure', at(`:${tag}`)])).trim()
  writeFileSync(join(folder, 'sbom.json'), JSON.stringify({ tag, images }))
  const document = `${join(folder, 'sbom.json')}:application/json`
  const type = ['--artifact-type', 'application/example', '--disable-path-validation']
  await tool('oras', ['attach', '--plain-http', ...type, at(`@${digest}`), document])
  return digest
}

async function discover(name: string): Promise<unknown[]> {
  const found = JSON.parse(await tool('oras', ['discover', '--plain-http', '--format', 'json', at(name)]))
  return found.referrers ?? found.manifests
}

async function runPrune() {
  const host = testHost({ env: { GITHUB_API_URL: github.url } })
  try {
    const inputs = readInputs(
      PRUNE_INPUTS,
      name => ({ 'github-token': 'writer', delete: 'true' })[name],
      host,
    )
    return await prune([at('')], inputs, host)
  } finally {
    host.remove()
  }
}

test('images and artifacts of crane and oras: what is in use is complete, and the rest is gone', async () => {
  const shared = await pushImage('shared', 1)
  const old = await pushIndex('latest', [shared, await pushImage('old', 2)])
  expect(await discover(`@${old}`)).toHaveLength(1)
  const current = await pushIndex('latest', [shared, await pushImage('current', 3)])
  const nested = ['-m', at(`@${current}`), '-t', at(':nested')]
  await tool('crane', ['index', 'append', '--insecure', '--flatten=false', ...nested])
  const before = state.stored.manifests.size
  state.passHours(40 * DAY)
  const [report] = await runPrune()
  expect(report?.unreadable).toEqual([])
  expect(report?.versions.every(({ outcome }) => outcome === 'deleted')).toBe(true)
  // The old index, its own image, its document and the list of this document.
  expect(before - state.stored.manifests.size).toBe(4)
  await expect(tool('crane', ['manifest', '--insecure', at(`@${old}`)])).rejects.toThrow()
  for (const tag of ['latest', 'nested'])
    await tool('crane', ['validate', '--insecure', '--remote', at(`:${tag}`)])
  expect(await discover(':latest')).toHaveLength(1)
  expect([...state.stored.tags.keys()].filter(tag => tag.startsWith('sha-')).sort()).toEqual([
    'sha-0000001',
    'sha-0000003',
  ])
})
