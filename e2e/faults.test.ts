import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { mapLimit } from '../src/util/async.js'
import { type ProcessRun, runProcess } from './support/fault-process.js'
import { type FaultRun, runSchedule } from './support/fault-run.js'
import { scheduleOf, scheduleText, troublesIn } from './support/fault-schedule.js'
import { CLI } from './support/machine.js'
import { type RealRegistry, startRegistry } from './support/registry.js'
import { runCli } from './support/sudden-end.js'
import { tagState } from './support/tag-state.js'
import { archivesOf } from './support/versions.js'

const SCHEDULES = 250
const AT_ONCE = 12
/** Milliseconds for a push; and what the end of one may take. */
const BUDGET = 15_000
const SLACK = 1500
/** A request is made six times at most. One try is left for what this machine itself may spoil. */
const BEARABLE = 4

/** Another first seed makes other schedules. */
const FIRST = Number(process.env.E2E_SEED ?? 1)

const REGISTRIES = [
  { name: 'docker-registry', start: () => startRegistry() },
  { name: 'zot', start: () => startRegistry(['--program', 'zot']) },
]

test('a seed says all of its schedule, and the schedules meet everything', () => {
  const schedules = Array.from({ length: SCHEDULES }, (_, n) => scheduleOf(FIRST + n))
  expect(schedules).toEqual(schedules.map(({ seed }) => scheduleOf(seed)))
  const faults = schedules.flatMap(each => each.faults)
  expect(new Set(faults.map(({ kind }) => kind)).size).toBe(10)
  expect(new Set(faults.map(({ at }) => at)).size).toBe(7)
})

/** A line for each run that is not as it should be, with what it takes to see it again. */
function wrongOf<R extends { readonly seed: number }>(
  runs: readonly R[],
  wrong: (run: R) => readonly string[],
): string[] {
  return runs.flatMap(run => wrong(run).map(line => `${line} (${scheduleText(scheduleOf(run.seed))})`))
}

const isBearable = ({ seed }: { readonly seed: number }): boolean => troublesIn(scheduleOf(seed)) <= BEARABLE

describe.each(REGISTRIES)('pushes to $name on bad days', ({ name, start }) => {
  let registry: RealRegistry
  let runs: readonly FaultRun[]
  beforeAll(async () => {
    registry = await start()
    const seeds = Array.from({ length: SCHEDULES }, (_, n) => FIRST + n)
    runs = await mapLimit(seeds, AT_ONCE, seed => runSchedule(registry.address, seed, BUDGET))
    console.info(summaryOf(name, runs))
  })
  afterAll(() => registry.stop())

  test('the tag is whole: the new image when it was pushed, else the old one', () => {
    expect(wrongOf(runs, run => run.wrong)).toEqual([])
  })

  test('each is over within its budget', () => {
    const late = ({ ms }: FaultRun) => (ms <= BUDGET + SLACK ? [] : [`${Math.round(ms)} ms`])
    expect(wrongOf(runs, late)).toEqual([])
  })

  test('what six tries get over does not fail', () => {
    const failed = ({ end, error }: FaultRun) => (end === 'pushed' ? [] : [`${end}: ${error}`])
    expect(wrongOf(runs.filter(isBearable), failed)).toEqual([])
  })

  test('where the registry stays away it fails, and the tag is as it was', () => {
    expect(runs.filter(({ end }) => end === 'failed').length).toBeGreaterThan(SCHEDULES / 25)
  })
})

describe('whole processes on bad days, with the patience that users have', () => {
  const PROCESSES = 20
  /** A minute of waiting in all, for the tries of one request and some more. */
  const PATIENCE = 120_000
  let folder: string
  let registry: RealRegistry
  let runs: readonly ProcessRun[]
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'faults-'))
    registry = await startRegistry()
    const archives = join(folder, '2')
    await archivesOf(join(folder, '1'), { name: 'app', version: '1', layers: [20_000] })
    await archivesOf(archives, { name: 'app', version: '2', layers: [150_000, 90_000, 40_000] })
    for (const version of ['1', '2']) {
      const image = `${registry.address}/faults/${version}`
      const args = ['merge', '--archives', join(folder, version), '--image', image, '--tags', 'latest']
      const { code, stderr } = await runCli(args, { env: { HOME: folder, TMPDIR: folder } })
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    }
    const good = await tagState(`${registry.address}/faults/2`, 'latest')
    const command = (image: string): string[] => {
      const [, repository = '', tag = ''] = /^(.*):([^:]+)$/.exec(image) ?? []
      return [process.execPath, CLI, 'merge', '--archives', archives, '--image', repository, '--tags', tag]
    }
    const seeds = Array.from({ length: PROCESSES }, (_, n) => FIRST + 1000 + n)
    runs = await mapLimit(seeds, AT_ONCE, seed =>
      runProcess(seed, {
        registry: registry.address,
        old: 'faults/1',
        good,
        repository: `faults/process-${seed}`,
        budget: PATIENCE,
        command,
      }),
    )
    console.info(summaryOf('processes', runs))
  })
  afterAll(async () => {
    await registry.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('the tag is whole: the new image when it was pushed, else the old one', () => {
    expect(wrongOf(runs, run => run.wrong)).toEqual([])
  })

  test('what six tries get over does not fail', () => {
    const failed = ({ end, ended }: ProcessRun) => (end === 'pushed' ? [] : [`${end}: ${ended.stderr}`])
    expect(wrongOf(runs.filter(isBearable), failed)).toEqual([])
  })

  test('who fails says why, with no stack trace', () => {
    const unsaid = ({ ended: { code, stderr } }: ProcessRun) =>
      code === 0 || (code === 1 && !/^ {4}at /m.test(stderr)) ? [] : [`exit code ${code}: ${stderr}`]
    expect(wrongOf(runs, unsaid)).toEqual([])
  })
})

/** How the pushes ended, and how often each kind of trouble was met on the way. */
function summaryOf(
  name: string,
  runs: readonly Pick<FaultRun | ProcessRun, 'end' | 'ms' | 'played'>[],
): string {
  const count = (of: readonly string[]): string =>
    [...new Set(of)].map(each => `${of.filter(other => other === each).length} ${each}`).join(', ')
  const times = runs.map(({ ms }) => ms).sort((a, b) => a - b)
  const [median, longest] = [times[times.length >> 1] ?? 0, times.at(-1) ?? 0].map(Math.round)
  const ends = `${name}, ${runs.length} schedules: ${count(runs.map(({ end }) => end))}`
  return `${ends}; ${median} ms in the middle, ${longest} ms at most\nmet: ${count(runs.flatMap(({ played }) => played))}`
}
