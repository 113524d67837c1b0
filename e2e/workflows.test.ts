import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { parse, stringify } from 'yaml'
import { type GitHubStandIn, serveGitHubApi } from '../__tests__/support/github-api.js'
import { type ResultsServiceStandIn, startResultsService } from '../__tests__/support/results-service.js'
import type { ImageTree } from '../src/command/tree.js'
import { type ActEvent, type ActJob, type ActRun, act } from './support/act.js'
import { type Machine, openMachine, outputOf, ROOT, tool } from './support/machine.js'
import { OWN, placeOwnRepository } from './support/own-repository.js'
import { type RealRegistry, startRegistry } from './support/registry.js'
import {
  type Commit,
  openUsersRepository,
  pullRequest,
  pushed,
  type UsersRepository,
} from './support/users-repository.js'

const TOKEN = 'ghs_ofTheWorkflowRun0123456789'
const PASSWORD = 'secretOfTheRegistry0123456789'
const WORKFLOW = '.github/workflows/containers.yml'

let machine: Machine
let service: ResultsServiceStandIn
let registry: RealRegistry
let github: GitHubStandIn
let own: string
let repository: UsersRepository
beforeAll(async () => {
  machine = openMachine({ nix: 'current' })
  service = await startResultsService()
  registry = await startRegistry()
  github = await serveGitHubApi({ repository: 'OWNER/containers', tokens: { [TOKEN]: 'write' } })
  own = placeOwnRepository(join(machine.work, 'own'))
  repository = await openUsersRepository(join(machine.work, 'users'))
})
afterAll(async () => {
  machine.remove()
  await service.close()
  await registry.stop()
  await github.close()
})

type Settings = Record<string, string | boolean>

/** A workflow of examples/workflows as it stands there, with more inputs for what publishes, and secrets handed on. */
function example(name: string, settings: Settings, secrets: readonly string[] = []): string {
  const workflow = parse(readFileSync(join(ROOT, 'examples/workflows', `${name}.yml`), 'utf8'))
  const { publish, merge } = workflow.jobs
  const target = publish ?? merge.steps.at(-1)
  target.with = { ...target.with, ...settings }
  const handed = secrets.map(secret => [secret, `\${{ secrets.${secret} }}`])
  if (secrets.length > 0) target.secrets = Object.fromEntries(handed)
  return stringify(workflow)
}

const to = (folder: string): Settings => ({ image: `${registry.address}/${folder}/{image}` })

/** As the example names it, with the commit. */
function metadataAction(): string {
  const text = readFileSync(join(ROOT, 'examples/workflows/metadata-action.yml'), 'utf8')
  return /uses: (docker\/metadata-action@\S+)/.exec(text)?.[1] ?? ''
}

/** Stands in for docker/metadata-action, of which no more than the form of its outputs is here. */
function placeMetadataAction(): string {
  const folder = join(machine.work, 'metadata-action')
  const image = `${registry.address}/metadata/app`
  const title = 'org.opencontainers.image.title=A title, with a comma'
  const outputs = {
    tags: `${image}:main\n${image}:sha-0123456`,
    labels: title,
    annotations: `manifest,index:${title}`,
  }
  const lines = Object.entries(outputs).map(([name, value]) => `${name}<<END\n${value}\nEND\n`)
  const code = `import('node:fs').then(fs => fs.appendFileSync(process.env.GITHUB_OUTPUT, ${JSON.stringify(lines.join(''))}))`
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'index.mjs'), code)
  writeFileSync(
    join(folder, 'action.yml'),
    stringify({ name: 'm', runs: { using: 'node24', main: 'index.mjs' } }),
  )
  return folder
}

let runs = 0
/** Runs the workflow of the work tree for an event. */
async function workflowRun(event: ActEvent, users = repository): Promise<ActRun & { readonly id: string }> {
  const id = `run-${++runs}`
  const run = await act({
    machine,
    service,
    workspace: users.folder,
    workflow: WORKFLOW,
    event,
    run: id,
    repositories: { [OWN]: own, [metadataAction()]: placeMetadataAction() },
    secrets: { GITHUB_TOKEN: TOKEN, REGISTRY_PASSWORD: PASSWORD },
    env: { GITHUB_API_URL: github.url },
  })
  return { ...run, id }
}

/** Commits to `main`, of which GitHub then knows. */
async function commit(files: Readonly<Record<string, string>>): Promise<Commit> {
  const made = await repository.commit(files)
  github.state.commits.set(made.sha, made)
  return made
}

async function push(files: Readonly<Record<string, string>>) {
  const made = await commit(files)
  return { made, run: await workflowRun(pushed(made)) }
}

/** As `plan`, or `build alpha x86_64-linux on ubuntu-24.04`, sorted. */
function jobsOf({ jobs }: ActRun): string[] {
  return jobs.map(jobName).sort()
}

function jobName({ id, matrix }: ActJob): string {
  const { container, system, runner } = matrix
  return system === undefined ? id : `${id} ${[container, system].filter(Boolean).join(' ')} on ${runner}`
}

const JOBS_OF = (container: string): string[] => [
  `build ${container} aarch64-linux on ubuntu-24.04-arm`,
  `build ${container} x86_64-linux on ubuntu-24.04`,
]

function expectGreen(run: ActRun): void {
  expect(run.code === 0 ? '' : run.log).toBe('')
  expect(run.log).not.toMatch(/^::(error|warning)/m)
  expect(run.jobs.map(({ result }) => result)).toEqual(run.jobs.map(() => 'success'))
}

/** What each tag of a repository names. */
async function tagsOf(name: string): Promise<Record<string, string>> {
  const image = `${registry.address}/${name}`
  const names = (await tool('crane', ['ls', '--insecure', image])).trim().split('\n').sort()
  const digests = await Promise.all(
    names.map(tag => tool('crane', ['digest', '--insecure', `${image}:${tag}`])),
  )
  return Object.fromEntries(names.map((tag, n) => [tag, (digests[n] ?? '').trim()]))
}

const short = ({ sha }: Commit): string => `sha-${sha.slice(0, 7)}`

async function annotationsOf(image: string): Promise<Record<string, string>> {
  return JSON.parse(await tool('crane', ['manifest', '--insecure', `${registry.address}/${image}`]))
    .annotations
}

describe('the one line', () => {
  const first: { made?: Commit; alpha?: string; beta?: string } = {}

  test('builds all containers for both systems, and pushes them with all their tags', async () => {
    const { made, run } = await push({ [WORKFLOW]: example('one-line', to('line')) })
    expectGreen(run)
    expect(jobsOf(run)).toEqual([...JOBS_OF('alpha'), ...JOBS_OF('beta'), 'merge', 'plan'])
    for (const name of ['alpha', 'beta'] as const) {
      const tags = await tagsOf(`line/${name}`)
      expect(Object.keys(tags)).toEqual(['1', '1.0', '1.0.0', 'latest', 'main', short(made)])
      expect(new Set(Object.values(tags)).size).toBe(1)
      await tool('crane', ['validate', '--insecure', '--remote', `${registry.address}/line/${name}:latest`])
      expect(await annotationsOf(`line/${name}:latest`)).toMatchObject({
        'org.opencontainers.image.revision': made.sha,
        'org.opencontainers.image.source': 'https://github.com/OWNER/containers',
        'org.opencontainers.image.version': '1.0.0',
        'org.opencontainers.image.description': `Says ${name}`,
      })
      first[name] = tags.latest as string
    }
    first.made = made
    expect(run.jobs.map(({ summary }) => summary).join('')).toContain('alpha')
  })

  test('starts no job that builds when nothing has changed, and the tags follow', async () => {
    const { made, run } = await push({ 'README.md': 'Words about it' })
    expectGreen(run)
    expect(jobsOf(run)).toEqual(['merge', 'plan'])
    for (const name of ['alpha', 'beta'] as const) {
      const digest = first[name] as string
      const tags = ['1', '1.0', '1.0.0', 'latest', 'main', short(made), short(first.made as Commit)]
      expect(await tagsOf(`line/${name}`)).toEqual(Object.fromEntries(tags.map(tag => [tag, digest])))
    }
  })

  test('builds only the container that has changed', async () => {
    const before = await tagsOf('line/beta')
    const { made, run } = await push({ 'alpha.json': '{ "version": "1.0.1", "greeting": "alpha" }' })
    expectGreen(run)
    expect(jobsOf(run)).toEqual([...JOBS_OF('alpha'), 'merge', 'plan'])
    const tags = await tagsOf('line/alpha')
    expect(tags['1.0.0']).toBe(first.alpha)
    expect(tags['1.0.1']).not.toBe(first.alpha)
    for (const tag of ['1', '1.0', 'latest', 'main', short(made)]) expect(tags[tag]).toBe(tags['1.0.1'])
    expect(await tagsOf('line/beta')).toEqual({ ...before, [short(made)]: first.beta })
  })

  test('moves no tag when a container cannot be built', async () => {
    const before = [await tagsOf('line/alpha'), await tagsOf('line/beta')]
    const { run } = await push({
      'alpha.json': `{ "version": "1.0.2", "greeting": "'; exit 3; '" }`,
      'beta.json': '{ "version": "1.0.2", "greeting": "beta" }',
    })
    expect(run.code).not.toBe(0)
    expect(jobsOf(run)).toEqual([...JOBS_OF('alpha'), ...JOBS_OF('beta'), 'plan'])
    expect([await tagsOf('line/alpha'), await tagsOf('line/beta')]).toEqual(before)
  })

  test.each([
    ['a branch', false],
    ['a fork', true],
  ])('pushes nothing for a pull request from %s, and leaves images to try', async (_, fromFork) => {
    const before = [await tagsOf('line/alpha'), await tagsOf('line/beta')]
    await commit({
      'alpha.json': '{ "version": "1.0.1", "greeting": "alpha" }',
      'beta.json': `{ "version": "1.0.0", "greeting": "beta ${fromFork}" }`,
    })
    const run = await workflowRun(pullRequest({ fromFork }))
    expectGreen(run)
    expect(jobsOf(run)).toEqual(expect.arrayContaining([...JOBS_OF('beta'), 'merge', 'plan']))
    expect([await tagsOf('line/alpha'), await tagsOf('line/beta')]).toEqual(before)
    const tried = service
      .artifacts()
      .find(({ run: of, name }) => of === run.id && /^beta\..*\.tar$/.test(name))
    const tree = await inspect(tried?.content as Buffer)
    expect(tree.platforms.map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm64'])
  })

  test('ends green with nothing to do for a flake without images', async () => {
    const users = await openUsersRepository(join(machine.work, 'bare'))
    const made = await users.commit({
      [WORKFLOW]: example('one-line', to('bare')),
      'flake.nix': '{ outputs = { self }: { packages.x86_64-linux = { }; }; }',
    })
    const run = await workflowRun(pushed(made), users)
    expectGreen(run)
    expect(jobsOf(run)).toEqual(['plan'])
  })
})

async function inspect(archive: Buffer): Promise<ImageTree> {
  const file = join(machine.work, 'tried.oci.tar')
  writeFileSync(file, archive)
  const said = outputOf(await machine.cli(['inspect', '--json', file]))
  return (JSON.parse(said) as ImageTree[])[0] as ImageTree
}

describe('other examples', () => {
  test('by hand: a job for each system, then a merge', async () => {
    const { made, run } = await push({ [WORKFLOW]: example('by-hand', to('hand')) })
    expectGreen(run)
    expect(jobsOf(run)).toEqual([
      'build aarch64-linux on ubuntu-24.04-arm',
      'build x86_64-linux on ubuntu-24.04',
      'merge',
    ])
    const tags = await tagsOf('hand/alpha')
    expect(Object.keys(tags)).toEqual(['1', '1.0', '1.0.1', 'latest', 'main', short(made)])
  })

  test("a runner of one's own for aarch64, and one job for all containers of a system", async () => {
    const { run } = await push({ [WORKFLOW]: example('self-hosted-arm64', to('own')) })
    expectGreen(run)
    expect(jobsOf(run)).toEqual([
      'build alpha beta aarch64-linux on self-hosted,linux,arm64',
      'build alpha beta x86_64-linux on ubuntu-24.04',
      'merge',
      'plan',
    ])
    expect(Object.keys(await tagsOf('own/beta'))).toContain('latest')
  })

  test("docker/metadata-action's tags, labels and annotations, as that action gives them", async () => {
    const settings = { containers: 'alpha' }
    const { run } = await push({ [WORKFLOW]: example('metadata-action', settings) })
    expectGreen(run)
    expect(jobsOf(run)).toEqual([...JOBS_OF('alpha'), 'merge', 'metadata', 'plan'])
    expect(Object.keys(await tagsOf('metadata/app'))).toEqual(['main', 'sha-0123456'])
    expect(await annotationsOf('metadata/app:main')).toMatchObject({
      'org.opencontainers.image.title': 'A title, with a comma',
    })
    const config = await tool('crane', ['config', '--insecure', `${registry.address}/metadata/app:main`])
    expect(JSON.parse(config).config.Labels).toEqual({
      'org.opencontainers.image.title': 'A title, with a comma',
    })
  })

  test('a release: a Git tag and its notes when all is pushed, and nothing the second time', async () => {
    const closed = await startRegistry(['--user', `me:${PASSWORD}`])
    const image = `${closed.address}/release/{image}`
    const settings = { image, version: '2.0.0', username: 'me', group: 'system' }
    const { made, run } = await push({ [WORKFLOW]: example('release', settings, ['REGISTRY_PASSWORD']) })
    expectGreen(run)
    expect(jobsOf(run)).toEqual([
      'build alpha beta aarch64-linux on ubuntu-24.04-arm',
      'build alpha beta x86_64-linux on ubuntu-24.04',
      'merge',
      'plan',
    ])
    expect(github.state.refs.get('refs/tags/v2.0.0')).toEqual({ type: 'commit', sha: made.sha })
    expect(github.state.releases.map(({ tag }) => tag)).toEqual(['v2.0.0'])
    for (const name of ['alpha', 'beta']) {
      expect(github.state.releases[0]?.body).toContain(`${closed.address}/release/${name}`)
    }

    const again = await push({ 'README.md': 'More words about it' })
    expectGreen(again.run)
    expect(jobsOf(again.run)).toEqual(['merge', 'plan'])
    expect(github.state.releases).toHaveLength(1)
    expect([...github.state.refs.keys()]).toEqual(['refs/tags/v2.0.0'])
    await closed.stop()
  })
})
