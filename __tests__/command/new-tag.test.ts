import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { merge } from '../../src/command/merge/merge.js'
import { plan } from '../../src/command/plan/plan.js'
import { publish } from '../../src/command/publish.js'
import { MERGE_INPUTS, PLAN_INPUTS, PUBLISH_INPUTS } from '../../src/input/input-table.js'
import { readInputs } from '../../src/input/read-inputs.js'
import { detectSystem } from '../../src/nix/detect-system.js'
import { containerOf } from '../support/archives.js'
import { silentHost, type TestHost, testHost } from '../support/host.js'
import { installNix, printBuilt } from '../support/nix-program.js'
import { startRegistry, type TestRegistry } from '../support/registry.js'

let host: TestHost
let registry: TestRegistry
beforeEach(async () => {
  host = testHost()
  registry = await startRegistry()
})
afterEach(async () => {
  host.remove()
  await registry.close()
})

const builds = (): string => join(host.temp, 'builds')

/** Installs a program `nix` with the container `one`, whose images all have the same layers. It records each build. */
function installOne(derivation: string): TestHost {
  const container = containerOf('one', detectSystem(), {
    derivation: `/nix/store/${derivation.padStart(32, '0')}-one.drv`,
  })
  return installNix(host, [container], { build: `echo one >>${builds()}; ${printBuilt(host, container)}` })
}

/** What one run did. */
interface Effort {
  readonly builds: number
  /** The size of the packed layers, in bytes. */
  readonly packed: number
  readonly requests: number
  /** The number of blobs that were read completely: configs and layers. */
  readonly downloads: number
  /** The number of uploaded blobs. */
  readonly uploads: number
  /** The tags and digests under which manifests were put. */
  readonly puts: readonly string[]
}

async function effortOf(task: () => Promise<number>): Promise<Effort> {
  rmSync(builds(), { force: true })
  registry.log.length = 0
  const packed = await task()
  const built = existsSync(builds()) ? readFileSync(builds(), 'utf8').split('\n').length - 1 : 0
  const puts = registry.requests('PUT', /\/manifests\//).map(({ path }) => path.split('/').at(-1) ?? '')
  const uploads = registry.requests('POST', /\/uploads\//).length
  const downloads = registry.log.filter(
    ({ path, status }) => /\/blobs\/sha256/.test(path) && status === 200,
  ).length
  return { builds: built, packed, downloads, requests: registry.log.length, uploads, puts }
}

type Ways = Record<string, (derivation: string, tags: string) => Promise<number>>

const inputsFor = (tags: string, more: Record<string, string> = {}): Record<string, string> => ({
  flake: 'github:a/b',
  image: `${registry.host}/o/{name}`,
  systems: detectSystem(),
  tags,
  ...more,
})

/** Each way returns the size of what it packed. */
const WAYS: Ways = {
  publish: async (derivation, tags) => {
    const all = inputsFor(tags)
    const { built } = await publish(
      readInputs(PUBLISH_INPUTS, name => all[name], silentHost),
      installOne(derivation),
    )
    return built.reduce((sum, { size }) => sum + size, 0)
  },
  'plan and merge': async (derivation, tags) => {
    const on = installOne(derivation)
    const archives = join(host.temp, 'archives')
    mkdirSync(archives, { recursive: true })
    const all = inputsFor(tags, { plan: join(host.temp, 'plan.json') })
    const { matrix } = await plan(
      readInputs(PLAN_INPUTS, name => all[name], silentHost),
      on,
    )
    expect(matrix.include).toEqual([])
    const given: Record<string, string> = { ...all, archives }
    await merge(
      readInputs(MERGE_INPUTS, name => given[name], silentHost),
      on,
    )
    return 0
  },
}
const publishOnce = (derivation: string, tags: string): Promise<number> =>
  (WAYS.publish as Ways[string])(derivation, tags)

const tagsOf = (): Record<string, string> => Object.fromEntries(registry.repository('o/one').tags)

test('the first image costs a build, and its layers', async () => {
  const first = await effortOf(() => publishOnce('1', '1.0.0 latest'))
  expect(first).toMatchObject({ builds: 1, puts: expect.arrayContaining(['1.0.0', 'latest']) })
  expect(first.packed).toBeGreaterThan(9000)
  expect(first.uploads).toBe(3)
})

describe.each(Object.entries(WAYS))('a new tag for content that the repository has: %s', (_, way) => {
  test('under a tag that runs read: a few requests, and nothing else', async () => {
    await publishOnce('1', '1.0.0 latest')
    const effort = await effortOf(() => way('1', 'nightly'))
    expect(effort).toMatchObject({ builds: 0, packed: 0, downloads: 1, uploads: 0, puts: ['nightly'] })
    expect(effort.requests).toBeLessThan(20)
    expect(tagsOf().nightly).toBe(tagsOf()['1.0.0'])
  })

  test('under another tag only: a few requests, and nothing else', async () => {
    await publishOnce('1', 'weekly')
    const effort = await effortOf(() => way('1', 'nightly'))
    expect(effort).toMatchObject({ builds: 0, packed: 0, downloads: 1, uploads: 0, puts: ['nightly'] })
    expect(effort.requests).toBeLessThan(20)
    expect(tagsOf().nightly).toBe(tagsOf().weekly)
  })

  test('under another tag, although `latest` points to other content: a few requests, and nothing else', async () => {
    await publishOnce('1', '1.0.0')
    await publishOnce('2', 'latest')
    expect(tagsOf().latest).not.toBe(tagsOf()['1.0.0'])
    const effort = await effortOf(() => way('1', 'hotfix'))
    expect(effort).toMatchObject({ builds: 0, packed: 0, downloads: 1, uploads: 0, puts: ['hotfix'] })
    expect(effort.requests).toBeLessThan(20)
    expect(tagsOf().hotfix).toBe(tagsOf()['1.0.0'])
  })
})

test('a tag that exists with other content is built, and no other tag is read', async () => {
  await publishOnce('1', '1.0.0')
  await publishOnce('2', 'latest')
  const effort = await effortOf(() => publishOnce('3', 'latest'))
  expect(effort.builds).toBe(1)
  expect(registry.requests('GET', /manifests\/1\.0\.0/)).toEqual([])
})

test.each(['1.0.0 latest', 'weekly'])(
  'another derivation whose layers are all under %s is built, but no layer is packed or uploaded',
  async tags => {
    await publishOnce('1', tags)
    const effort = await effortOf(() => publishOnce('2', 'nightly'))
    expect(effort).toMatchObject({ builds: 1, uploads: 0 })
    // The config.
    expect(effort.packed).toBeLessThan(500)
  },
)
