import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parse, stringify } from 'yaml'
import type { ImageTree } from '../src/command/inspect/tree.js'
import type { ActRun } from './support/act.js'
import { resultOf, tool } from './support/machine.js'
import { TITLE } from './support/metadata-action.js'
import { type RegistryProcess, startRegistry } from './support/registry.js'
import { type Commit, pullRequestEvent, pushEvent } from './support/users-repository.js'
import {
  annotationsOf,
  example,
  jobsOf,
  openWorkflowRuns,
  PASSWORD,
  tagsOf,
  WORKFLOW,
  type WorkflowRuns,
} from './support/workflow-runs.js'

let runs: WorkflowRuns
beforeAll(async () => {
  runs = await openWorkflowRuns()
})
afterAll(() => runs.close())

const at = (image: string): string => `${runs.registry.address}/${image}`
const into = (folder: string) => ({ image: at(`${folder}/{image}`) })
const short = ({ sha }: Commit): string => `sha-${sha.slice(0, 7)}`

const buildsOf = (container: string): string[] => [
  `build ${container} aarch64-linux on ubuntu-24.04-arm`,
  `build ${container} x86_64-linux on ubuntu-24.04`,
]

function expectGreen(run: ActRun): void {
  expect(run.code === 0 ? '' : run.log).toBe('')
  expect(run.log).not.toMatch(/^::(error|warning)/m)
  expect(run.jobs.map(({ result }) => result)).toEqual(run.jobs.map(() => 'success'))
}

describe('the example one-line', () => {
  const NAMES = ['alpha', 'beta'] as const
  /** The results of the first run, which later runs are compared with. */
  const first = { tag: '', alpha: '', beta: '' }

  const allTags = async () => [await tagsOf(at('line/alpha')), await tagsOf(at('line/beta'))]

  test('builds all containers for both systems, and pushes them with all tags', async () => {
    const { commit, run } = await runs.push({ [WORKFLOW]: example('one-line', into('line')) })
    expectGreen(run)
    expect(jobsOf(run)).toEqual([...buildsOf('alpha'), ...buildsOf('beta'), 'merge', 'plan'])
    first.tag = short(commit)
    for (const name of NAMES) {
      const tags = await tagsOf(at(`line/${name}`))
      expect(Object.keys(tags)).toEqual(['1', '1.0', '1.0.0', 'latest', 'main', first.tag])
      expect(new Set(Object.values(tags)).size).toBe(1)
      await tool('crane', ['validate', '--insecure', '--remote', at(`line/${name}:latest`)])
      expect(await annotationsOf(at(`line/${name}:latest`))).toMatchObject({
        'org.opencontainers.image.revision': commit.sha,
        'org.opencontainers.image.source': 'https://github.com/OWNER/containers',
        'org.opencontainers.image.version': '1.0.0',
        'org.opencontainers.image.description': `Says ${name}`,
      })
      first[name] = tags.latest ?? ''
    }
    for (const { id, summary } of run.jobs)
      expect([id, summary]).toEqual([id, expect.stringMatching(/alpha|beta/)])
  })

  test('starts no build job if nothing has changed, and still sets the new tags', async () => {
    const { commit, run } = await runs.push({ 'README.md': 'Words about it' })
    expectGreen(run)
    expect(jobsOf(run)).toEqual(['merge', 'plan'])
    const tags = ['1', '1.0', '1.0.0', 'latest', 'main', first.tag, short(commit)]
    for (const name of NAMES) {
      expect(await tagsOf(at(`line/${name}`))).toEqual(
        Object.fromEntries(tags.map(tag => [tag, first[name]])),
      )
    }
  })

  test('builds only the container that has changed', async () => {
    const before = await tagsOf(at('line/beta'))
    const { commit, run } = await runs.push({ 'alpha.json': '{ "version": "1.0.1", "greeting": "alpha" }' })
    expectGreen(run)
    expect(jobsOf(run)).toEqual([...buildsOf('alpha'), 'merge', 'plan'])
    const tags = await tagsOf(at('line/alpha'))
    expect(tags['1.0.0']).toBe(first.alpha)
    expect(tags['1.0.1']).not.toBe(first.alpha)
    for (const tag of ['1', '1.0', 'latest', 'main', short(commit)]) expect(tags[tag]).toBe(tags['1.0.1'])
    expect(await tagsOf(at('line/beta'))).toEqual({ ...before, [short(commit)]: first.beta })
  })

  test('changes no tag if a container fails to build', async () => {
    const before = await allTags()
    const { run } = await runs.push({
      'alpha.json': `{ "version": "1.0.2", "greeting": "'; exit 3; '" }`,
      'beta.json': '{ "version": "1.0.2", "greeting": "beta" }',
    })
    expect(run.code).not.toBe(0)
    expect(jobsOf(run)).toEqual([...buildsOf('alpha'), ...buildsOf('beta'), 'plan'])
    expect(await allTags()).toEqual(before)
  })

  test.each([
    ['a branch', false],
    ['a fork', true],
  ])(
    'pushes nothing for a pull request from %s, and uploads the changed images as artifacts',
    async (_, fromFork) => {
      const before = await allTags()
      await runs.commit({
        'alpha.json': '{ "version": "1.0.1", "greeting": "alpha" }',
        'beta.json': `{ "version": "1.0.0", "greeting": "beta ${fromFork}" }`,
      })
      const run = await runs.run(pullRequestEvent({ fromFork }))
      expectGreen(run)
      expect(jobsOf(run)).toEqual([...buildsOf('beta'), 'merge', 'plan'])
      expect(await allTags()).toEqual(before)
      const isTrial = ({ name }: { name: string }) => name.endsWith('.multi-arch.oci.tar')
      const left = runs.service.artifacts().filter(artifact => artifact.run === run.id && isTrial(artifact))
      // Unchanged images are already in the registry.
      expect(left.map(({ name }) => name)).toEqual(['beta.multi-arch.oci.tar'])
      const { platforms } = await inspect(left[0]?.content ?? Buffer.of())
      expect(platforms.map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm64'])
    },
  )

  test('succeeds without build jobs for a flake without images', async () => {
    const users = await runs.another('bare')
    const commit = await users.commit({
      [WORKFLOW]: example('one-line', into('bare')),
      'flake.nix': '{ outputs = { self }: { packages.x86_64-linux = { }; }; }',
    })
    const run = await runs.run(pushEvent(commit), users)
    expectGreen(run)
    expect(jobsOf(run)).toEqual(['plan'])
  })
})

async function inspect(archive: Buffer): Promise<ImageTree> {
  const file = join(runs.machine.work, 'tried.oci.tar')
  writeFileSync(file, archive)
  const [tree] = resultOf<ImageTree[]>(await runs.machine.cli(['inspect', '--json', file]))
  return tree as ImageTree
}

describe('other examples', () => {
  test('by-hand: a job for each system, then a merge', async () => {
    const { commit, run } = await runs.push({ [WORKFLOW]: example('by-hand', into('hand')) })
    expectGreen(run)
    expect(jobsOf(run)).toEqual([
      'build aarch64-linux on ubuntu-24.04-arm',
      'build x86_64-linux on ubuntu-24.04',
      'merge',
    ])
    const tags = ['1', '1.0', '1.0.1', 'latest', 'main', short(commit)]
    expect(Object.keys(await tagsOf(at('hand/alpha')))).toEqual(tags)
  })

  test('two calls of the reusable workflow in one run, for two flakes', async () => {
    const users = await runs.another('calls')
    const once = parse(example('one-line', into('calls')))
    const { publish } = once.jobs
    const call = (more: object) => ({ ...publish, with: { ...publish.with, ...more } })
    const jobs = { first: call({ containers: 'alpha' }), second: call({ flake: '.?dir=more' }) }
    const flake = readFileSync(join(users.folder, 'flake.nix'), 'utf8')
    const commit = await users.commit({
      [WORKFLOW]: stringify({ ...once, jobs }),
      'more/flake.nix': flake
        .replace('./bin', '../bin')
        .replace('(./. + "/${name}.json")', '../beta.json')
        .replace(/^ +(alpha|beta) = image .*\n/gm, '')
        .replace('containers = system: {', '$& gamma = image system "gamma";'),
    })
    const run = await runs.run(pushEvent(commit), users)
    expectGreen(run)
    expect(jobsOf(run)).toEqual(
      [...buildsOf('alpha'), ...buildsOf('gamma'), 'merge', 'merge', 'plan', 'plan'].sort(),
    )
    for (const name of ['alpha', 'gamma'])
      expect(Object.keys(await tagsOf(at(`calls/${name}`)))).toContain('latest')
    await expect(tagsOf(at('calls/beta'))).rejects.toThrow()
  })

  test('a cross layout with a line for each system: one job builds both platforms on x86_64', async () => {
    const users = await runs.another('cross')
    const attribute = 'packages.{system}.{name}\naarch64-linux=packages.x86_64-linux.{name}-{cpu}\n'
    const flake = readFileSync(join(users.folder, 'flake.nix'), 'utf8')
    const commit = await users.commit({
      [WORKFLOW]: example('one-line', { ...into('cross'), attribute }),
      'flake.nix': flake
        .replace('system: name:', 'system: platform: name:')
        .replace('if system ==', 'if platform ==')
        .replace(/^ +alpha = image .*\n +beta = image .*\n/m, '')
        .replace('containers "x86_64-linux"', CROSS_PACKAGES)
        .replace('containers "aarch64-linux"', '{ }'),
    })
    const run = await runs.run(pushEvent(commit), users)
    expectGreen(run)
    expect(jobsOf(run)).toEqual(['build alpha x86_64-linux aarch64-linux on ubuntu-24.04', 'merge', 'plan'])
    const tags = await tagsOf(at('cross/alpha'))
    expect(Object.keys(tags)).toEqual(['1', '1.0', '1.0.0', 'latest', 'main', short(commit)])
    expect(new Set(Object.values(tags)).size).toBe(1)
    const { manifests } = JSON.parse(
      await tool('crane', ['manifest', '--insecure', at('cross/alpha:latest')]),
    )
    const platformOf = ({ platform }: { platform: object }): object => platform
    expect(manifests.map(platformOf)).toEqual([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ])
    await tool('crane', ['validate', '--insecure', '--remote', at('cross/alpha:latest')])
    // The image of the other platform is not published as a container of its own.
    const catalog = await (await fetch(`http://${runs.registry.address}/v2/_catalog`)).json()
    const { repositories } = catalog as { repositories: string[] }
    expect(repositories.filter(name => name.startsWith('cross/'))).toEqual(['cross/alpha'])
  })

  test('self-hosted-arm64: a self-hosted runner for aarch64, and one job for all containers of a system', async () => {
    const { run } = await runs.push({ [WORKFLOW]: example('self-hosted-arm64', into('own')) })
    expectGreen(run)
    expect(jobsOf(run)).toEqual([
      'build alpha beta aarch64-linux on self-hosted,linux,arm64',
      'build alpha beta x86_64-linux on ubuntu-24.04',
      'merge',
      'plan',
    ])
    expect(Object.keys(await tagsOf(at('own/beta')))).toContain('latest')
  })

  test('metadata-action: uses the tags, labels and annotations of docker/metadata-action', async () => {
    const { run } = await runs.push({ [WORKFLOW]: example('metadata-action', { containers: 'alpha' }) })
    expectGreen(run)
    expect(jobsOf(run)).toEqual([...buildsOf('alpha'), 'merge', 'metadata', 'plan'])
    const title = { 'org.opencontainers.image.title': TITLE }
    expect(Object.keys(await tagsOf(at('metadata/app')))).toEqual(['main', 'sha-0123456'])
    expect(await annotationsOf(at('metadata/app:main'))).toMatchObject(title)
    const config = JSON.parse(await tool('crane', ['config', '--insecure', at('metadata/app:main')]))
    expect(config.config.Labels).toEqual(title)
  })
})

/** The containers of a flake that builds both platforms on x86_64-linux. */
const CROSS_PACKAGES = `{
  alpha = image "x86_64-linux" "x86_64-linux" "alpha";
  alpha-aarch64 = image "x86_64-linux" "aarch64-linux" "alpha";
}`

describe('a registry with a password', () => {
  let closed: RegistryProcess
  beforeAll(async () => {
    closed = await startRegistry(['--user', `me:${PASSWORD}`])
  })
  afterAll(() => closed.stop())

  test("is not used for a fork's pull request, which has a user name but no secrets", async () => {
    const users = await runs.another('fork')
    const settings = { image: `${closed.address}/fork/{image}`, username: 'me' }
    await users.commit({ [WORKFLOW]: example('one-line', settings) })
    const run = await runs.run(pullRequestEvent({ fromFork: true }), users)
    expectGreen(run)
    expect(jobsOf(run)).toEqual([...buildsOf('alpha'), ...buildsOf('beta'), 'merge', 'plan'])
    const authorization = `Basic ${Buffer.from(`me:${PASSWORD}`).toString('base64')}`
    const catalog = await fetch(`http://${closed.address}/v2/_catalog`, { headers: { authorization } })
    expect(await catalog.json()).toEqual({ repositories: [] })
    const left = runs.service.artifacts().filter(artifact => artifact.run === run.id)
    expect(left.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['alpha.multi-arch.oci.tar', 'beta.multi-arch.oci.tar']),
    )
  })

  test('release: creates a Git tag and a GitHub release after the push; a second run creates nothing', async () => {
    const { refs, releases } = runs.github.state
    const settings = {
      image: `${closed.address}/release/{image}`,
      version: '2.0.0',
      username: 'me',
      group: 'system',
    }
    const once = await runs.push({ [WORKFLOW]: example('release', settings, ['REGISTRY_PASSWORD']) })
    expectGreen(once.run)
    expect(jobsOf(once.run)).toEqual([
      'build alpha beta aarch64-linux on ubuntu-24.04-arm',
      'build alpha beta x86_64-linux on ubuntu-24.04',
      'merge',
      'plan',
    ])
    expect([...refs]).toEqual([['refs/tags/v2.0.0', { type: 'commit', sha: once.commit.sha }]])
    expect(releases.map(({ tag }) => tag)).toEqual(['v2.0.0'])
    for (const name of ['alpha', 'beta']) {
      expect(releases[0]?.body).toContain(`${closed.address}/release/${name}`)
    }

    const twice = await runs.push({ 'README.md': 'More words about it' })
    expectGreen(twice.run)
    expect(jobsOf(twice.run)).toEqual(['merge', 'plan'])
    expect([...refs.keys()]).toEqual(['refs/tags/v2.0.0'])
    expect(releases).toHaveLength(1)
  })
})
