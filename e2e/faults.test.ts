import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { mapLimit } from '../src/util/async.js'
import { type ProcessRun, runProcess } from './support/fault-process.js'
import { type FaultRun, runSchedule } from './support/fault-run.js'
import { countFailures, scheduleOf, scheduleText } from './support/fault-schedule.js'
import { CLI } from './support/machine.js'
import { type RegistryProcess, startRegistry } from './support/registry.js'
import { runCli } from './support/run-program.js'
import { tagState } from './support/tag-state.js'
import { archivesOf } from './support/versions.js'

const SCHEDULES = 250
const AT_ONCE = 12
/** Time limit of a push, and additional time for its end, in milliseconds. */
const BUDGET = 15_000
const SLACK = 1500
/** A request is tried six times, so it survives five failures. One is reserved for failures of this machine itself. */
const BEARABLE = 4

/** The first seed. Another value runs other schedules. */
const FIRST = Number(process.env.E2E_SEED ?? 1)

const REGISTRIES = [
  { name: 'docker-registry', start: () => startRegistry() },
  { name: 'zot', start: () => startRegistry(['--program', 'zot']) },
]

test('a schedule depends only on its seed, and the schedules include all kinds of faults and all places', () => {
  const schedules = Array.from({ length: SCHEDULES }, (_, n) => scheduleOf(FIRST + n))
  expect(schedules).toEqual(schedules.map(({ seed }) => scheduleOf(seed)))
  const faults = schedules.flatMap(each => each.faults)
  expect(new Set(faults.map(({ kind }) => kind)).size).toBe(10)
  expect(new Set(faults.map(({ at }) => at)).size).toBe(7)
})

/** A line for each violation, with the schedule to reproduce it. */
function wrongOf<R extends { readonly seed: number }>(
  runs: readonly R[],
  wrong: (run: R) => readonly string[],
): string[] {
  return runs.flatMap(run => wrong(run).map(line => `${line} (${scheduleText(scheduleOf(run.seed))})`))
}

const isBearable = ({ seed }: { readonly seed: number }): boolean =>
  countFailures(scheduleOf(seed)) <= BEARABLE

describe.each(REGISTRIES)('pushes to $name with injected faults', ({ name, start }) => {
  let registry: RegistryProcess
  let runs: readonly FaultRun[]
  beforeAll(async () => {
    registry = await start()
    const seeds = Array.from({ length: SCHEDULES }, (_, n) => FIRST + n)
    runs = await mapLimit(seeds, AT_ONCE, seed => runSchedule(registry.address, seed, BUDGET))
    console.info(summaryOf(name, runs))
  })
  afterAll(() => registry.stop())

  test('the tag is complete: the new image if the push succeeded, else the old one', () => {
    expect(wrongOf(runs, run => run.wrong)).toEqual([])
  })

  test('each push ends within its time limit', () => {
    const late = ({ ms }: FaultRun) => (ms <= BUDGET + SLACK ? [] : [`${Math.round(ms)} ms`])
    expect(wrongOf(runs, late)).toEqual([])
  })

  test('pushes with few enough faults for six tries succeed', () => {
    const failed = ({ end, error }: FaultRun) => (end === 'pushed' ? [] : [`${end}: ${error}`])
    expect(wrongOf(runs.filter(isBearable), failed)).toEqual([])
  })

  test('if the registry stays down, the push fails and the tag is unchanged', () => {
    expect(runs.filter(({ end }) => end === 'failed').length).toBeGreaterThan(SCHEDULES / 25)
  })
})

describe('CLI processes with injected faults and default retries', () => {
  const PROCESSES = 20
  /** Time limit in milliseconds: enough for the retries of one request, about a minute, and some more. */
  const PATIENCE = 120_000
  let folder: string
  let registry: RegistryProcess
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

  test('the tag is complete: the new image if the push succeeded, else the old one', () => {
    expect(wrongOf(runs, run => run.wrong)).toEqual([])
  })

  test('pushes with few enough faults for six tries succeed', () => {
    const failed = ({ end, ended }: ProcessRun) => (end === 'pushed' ? [] : [`${end}: ${ended.stderr}`])
    expect(wrongOf(runs.filter(isBearable), failed)).toEqual([])
  })

  test('failures have an error message without a stack trace', () => {
    const unsaid = ({ ended: { code, stderr } }: ProcessRun) =>
      code === 0 || (code === 1 && !/^ {4}at /m.test(stderr)) ? [] : [`exit code ${code}: ${stderr}`]
    expect(wrongOf(runs, unsaid)).toEqual([])
  })
})

/** The number of pushes by outcome, and the number of injected faults by kind. */
function summaryOf(
  name: string,
  runs: readonly Pick<FaultRun | ProcessRun, 'end' | 'ms' | 'injected'>[],
): string {
  const count = (of: readonly string[]): string =>
    [...new Set(of)].map(each => `${of.filter(other => other === each).length} ${each}`).join(', ')
  const times = runs.map(({ ms }) => ms).sort((a, b) => a - b)
  const [median, longest] = [times[times.length >> 1] ?? 0, times.at(-1) ?? 0].map(Math.round)
  const ends = `${name}, ${runs.length} schedules: ${count(runs.map(({ end }) => end))}`
  return `${ends}; ${median} ms median, ${longest} ms at most\ninjected: ${count(runs.flatMap(({ injected }) => injected))}`
}
