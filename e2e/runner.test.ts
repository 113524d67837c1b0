import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import type { ResultsServiceStandIn } from '../__tests__/support/results-service.js'
import type { BuiltArchive } from '../src/command/shared/build-report.js'
import { runJob } from './support/action.js'
import { namesInCache, textInImage } from './support/archive.js'
import {
  BARE,
  BARE_RUNNER,
  type BuildRun,
  fixturePathsIn,
  openFolder,
  openRuns,
  partIdIn,
  type Runs,
  SYSTEMS,
  WITH_NIX,
} from './support/runs.js'

let runs: Runs
/** Contains the caches of the first run, which later runs use. */
let service: ResultsServiceStandIn
beforeAll(async () => {
  runs = await openRuns()
  service = await runs.newService()
})
afterEach(() => runs.removeMachines())
afterAll(() => runs.close())

/** Expects success without errors and, by default, without warnings. */
function expectGreen({ main, post, log }: BuildRun, warnings: 'none' | 'some' = 'none'): void {
  expect(log).not.toContain('::error')
  if (warnings === 'none') expect(log).not.toContain('::warning')
  expect(main.code).toBe(0)
  expect(post).toMatchObject({ code: 0, stderr: '' })
}

const PROCESSES = `
for process in /proc/[0-9]*; do
  printf '%s %s\\n' "$(readlink $process/exe)" "$(tr '\\0' ' ' <$process/cmdline)"
done`

/** The first run, which found no caches. */
const firstRun: { run?: BuildRun; partId?: string } = {}

describe('a machine without Nix and caches', () => {
  test.each([
    ['root', BARE],
    ['a runner with sudo, without user namespaces', BARE_RUNNER],
  ])('as %s: builds both systems in a sandbox, and cleans up', async (_, on) => {
    const sandboxed = `${runs.flake({ part: '2' })}#packages.x86_64-linux.part`
    const open = `${runs.flake({ part: '3' })}#packages.x86_64-linux.part`
    const later = `
      command -v nix
      nix config show sandbox
      cat "$(nix build --no-link --print-out-paths ${sandboxed})/saw"
      echo --- and without
      cat "$(nix build --no-link --print-out-paths --option sandbox false ${open})/saw"`
    const own = on === BARE ? service : await runs.newService()
    const job = await runs.build({
      on,
      service: own,
      inputs: { systems: SYSTEMS.join(' ') },
      later: [{ shell: later }],
      after: [on.sudo ? `sudo -n bash -c '${PROCESSES.replaceAll("'", "'\\''")}'` : PROCESSES],
    })
    expectGreen(job)
    expect(job.log).toMatch(/^Installed Nix [\d.]+ with a daemon and with a sandbox/m)
    expect(job.built.map(({ container, system }) => `${container} ${system}`).sort()).toEqual(
      ['one', 'two'].flatMap(name => [...SYSTEMS].reverse().map(system => `${name} ${system}`)),
    )
    for (const { file } of job.built) {
      const saw = await textInImage(file, 'saw')
      expect(saw).toContain('/nix/store/')
      expect(saw).not.toMatch(/^\/(usr|home)$/m)
    }
    const [, step] = job.steps
    expect(step).toMatchObject({ code: 0 })
    const [inSandbox = '', without = ''] = (step?.stdout ?? '').split('--- and without')
    expect(inSandbox).toMatch(/^\/nix\/store\/\S+-nix-[\d.]+\/bin\/nix\ntrue\n/)
    expect(inSandbox).not.toMatch(/^\/usr$/m)
    expect(without).toMatch(/^\/usr$/m)
    const kinds = own.caches().map(({ key }) => /^nix-multiarch-([a-z]+)-/.exec(key)?.[1])
    expect(kinds.sort()).toEqual(['image', 'image', 'image', 'image', 'store'])
    // No Nix process is running, and the private files were deleted.
    expect(job.after[0]).toMatchObject({ code: 0 })
    expect(job.after[0]?.stdout).toContain('/bin/node')
    expect(job.after[0]?.stdout).not.toMatch(/\/nix\/store|nix-daemon/)
    expect(job.main.state.kept).toContain(runs.temp)
    expect(existsSync(job.main.state.kept ?? runs.temp)).toBe(false)
    if (on === BARE) Object.assign(firstRun, { run: job, partId: await partIdIn(job) })
  })
})

describe('later runs', () => {
  test('unchanged images are restored from the cache, and Nix does not build or download anything', async () => {
    const before = service.caches().length
    const job = await runs.build({ service, on: BARE_RUNNER, inputs: { systems: SYSTEMS.join(' ') } })
    expectGreen(job)
    const facts = ({ container, system, digest }: BuiltArchive) => ({ container, system, digest })
    expect(job.built.map(facts)).toEqual(firstRun.run?.built.map(facts))
    expect(job.built.map(({ cached }) => cached)).toEqual([true, true, true, true])
    expect(job.log).toContain('4 images unchanged, restored from the cache: ')
    expect(fixturePathsIn(job.machine, BARE_RUNNER)).toEqual([])
    expect(service.caches()).toHaveLength(before)
    for (const { file } of job.built) {
      const name = file.split('/').at(-1)
      const sent = service.artifacts().filter(each => each.name === name && each.run === job.run)
      expect(sent.map(({ content }) => content.equals(readFileSync(file)))).toEqual([true])
    }
  })

  test('the build inputs of a changed image are restored from the store cache', async () => {
    const job = await runs.build({ service, settings: { one: ': changed' } })
    expectGreen(job)
    expect(job.built.map(({ container, cached }) => [container, cached])).toEqual([
      ['one', false],
      ['two', true],
    ])
    expect(fixturePathsIn(job.machine, WITH_NIX)).toEqual(['one.tar', 'part-1'])
    expect(await partIdIn(job)).toBe(firstRun.partId)
  })

  test('`cache: false` does not use caches', async () => {
    const calls = service.requests.length
    const job = await runs.build({ service, inputs: { cache: 'false' } })
    expectGreen(job)
    expect(job.built.map(({ cached }) => cached)).toEqual([false, false])
    expect(await partIdIn(job)).not.toBe(firstRun.partId)
    const asked = service.requests.slice(calls).map(({ operation }) => operation)
    expect(asked.filter(operation => operation.includes('Cache'))).toEqual([])
  })

  test("a fork's pull request restores caches but does not save any", async () => {
    const before = service.caches().length
    const event = join(runs.folder, 'event.json')
    const repository = { full_name: 'OWNER/nix-multiarch' }
    const head = { repo: { full_name: 'OTHER/nix-multiarch' } }
    writeFileSync(event, JSON.stringify({ repository, pull_request: { head } }))
    const env = { GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: event }
    const job = await runs.build({ service, env, settings: { one: ': changed in a fork', two: '' } })
    expectGreen(job)
    expect(job.built.map(({ cached }) => cached)).toEqual([false, true])
    expect(await partIdIn(job)).toBe(firstRun.partId)
    expect(service.caches()).toHaveLength(before)
  })

  test('corrupt cache entries are ignored with a warning', async () => {
    service.fail({ operation: 'GET blob', corrupt: true, times: 2 })
    service.fail({ operation: 'GET blob', cutAfter: 100 })
    const job = await runs.build({ service })
    expectGreen(job, 'some')
    expect(job.built.map(({ cached }) => cached)).toEqual([false, false])
    expect(await partIdIn(job)).not.toBe(firstRun.partId)
    // tar writes its errors in pieces to the same output, so a warning can be in the middle of a line.
    expect(job.main.stdout.match(/::warning::Failed to restore/g)).toHaveLength(3)
  })
})

describe('with a separate cache service', () => {
  const store = (own: ResultsServiceStandIn) =>
    own.caches().filter(({ key }) => key.startsWith('nix-multiarch-store-'))

  test('paths are saved even if a later image fails, and the oldest paths are removed if the store cache is full', async () => {
    const own = await runs.newService()
    const red = await runs.build({ service: own, settings: { two: 'exit 7' } })
    expect(red.main.code).toBe(1)
    expect(red.post.code).toBe(0)
    expect(red.built.map(({ container }) => container)).toEqual(['one'])
    const green = await runs.build({ service: own })
    expectGreen(green)
    expect(green.built.map(({ cached }) => cached)).toEqual([true, false])
    expect(await partIdIn(green, 'two')).toBe(await partIdIn(green))
    expect(store(own)).toHaveLength(1)

    const newer = await runs.build({
      service: own,
      settings: { part: '2' },
      inputs: { 'cache-size': '400 kB' },
    })
    expectGreen(newer)
    const names = await Promise.all(store(own).map(({ content }) => namesInCache(content)))
    const paths = names.map(all => all.filter(name => name.endsWith('.nar')))
    expect(paths.map(all => all.length)).toEqual([1, 1])
    expect(paths[0]).not.toEqual(paths[1])
  })

  test('after a failed push the next run builds and pushes again; images from the cache are not pushed', async () => {
    const own = await runs.newService()
    const folder = openFolder(join(runs.folder, 'pushed-'))
    const build = (to: string) =>
      runs.build({ service: own, inputs: { containers: 'two', 'push-to': `file://${to}` } })
    const red = await build('/dev/null/nowhere')
    expect(red.main.code).toBe(1)
    expect(red.log).toContain('Pushing to file:///dev/null/nowhere failed')
    const green = await build(folder)
    expectGreen(green)
    expect(green.built.map(({ cached }) => cached)).toEqual([false])
    // The stream script was built, not the image.
    const names = () => readdirSync(folder).filter(name => name.endsWith('.narinfo'))
    const paths = names().map(
      name => /^StorePath: (.*)$/m.exec(readFileSync(join(folder, name), 'utf8'))?.[1],
    )
    expect(paths.filter(path => /-two/.test(path ?? ''))).toEqual([expect.stringMatching(/-two-stream$/)])
    const again = await build(folder)
    expectGreen(again)
    expect(again.built.map(({ cached }) => cached)).toEqual([true])
    expect(again.log).toContain('Nothing to push for 1 image from the image cache')
  })
})

describe('failures of the cache service delay the job by seconds and do not fail it', () => {
  test('errors, timeouts, deleted state files, and a post step without a main step', async () => {
    const runWithFault = async (name: string, fault: { status: number } | { stall: true }) => {
      const own = await runs.newService()
      for (const operation of ['GetCacheEntryDownloadURL', 'CreateCacheEntry'])
        own.fail({ operation, times: 99, ...fault })
      const job = await runs.build({
        service: own,
        temp: join(runs.folder, name),
        inputs: { containers: 'one' },
      })
      expectGreen(job, 'some')
      expect(job.built.map(({ cached }) => cached)).toEqual([false])
      for (const { stdout, seconds } of [job.main, job.post]) {
        expect(stdout.match(/::warning::Cache: .* has not answered for 15 s/g)).toHaveLength(1)
        expect(seconds).toBeLessThan(40)
      }
    }
    const runWithoutStateFiles = async () => {
      const own = await runs.newService()
      const job = await runs.build({
        service: own,
        temp: join(runs.folder, 'no-state'),
        inputs: { containers: 'one' },
        later: [{ shell: 'rm -r "$RUNNER_TEMP"/nix-multiarch*' }],
      })
      expectGreen(job)
      expect(job.post.stdout).toBe('')
    }
    const runPostOnly = async () => {
      const machine = runs.newMachine()
      const around = { machine, service, temp: join(runs.folder, 'post-only'), on: WITH_NIX }
      const { posts } = await runJob(around, [{ action: '.', only: 'post' }])
      expect(posts).toMatchObject([{ code: 0, stdout: '', stderr: '' }])
    }
    await Promise.all([
      runWithFault('errors', { status: 500 }),
      runWithFault('silence', { stall: true }),
      runWithoutStateFiles(),
      runPostOnly(),
    ])
  })

  test('a daemon that was killed causes no error', async () => {
    const job = await runs.build({
      service,
      on: BARE,
      inputs: { containers: 'one' },
      later: [{ shell: 'kill -9 $(pidof nix-daemon)' }],
    })
    expectGreen(job)
    expect(job.steps[1]?.code).toBe(0)
    expect(job.post.stdout).not.toContain('::warning')
  })
})
