import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { runProcess } from '../../e2e/support/fault-process.js'
import { scheduleOf, scheduleText } from '../../e2e/support/fault-schedule.js'
import { CLI, outputOf } from '../../e2e/support/machine.js'
import { startRegistry } from '../../e2e/support/registry.js'
import { runProgram } from '../../e2e/support/run-program.js'
import { type TagState, tagState } from '../../e2e/support/tag-state.js'
import { archivesOf } from '../../e2e/support/versions.js'
import { mapLimit } from '../../src/util/async.js'
import { exec } from '../../src/util/exec.js'
import { CONTESTANTS, type Contestant, type PushInput } from './contestants.js'
import { tableByFaults, tableOf } from './table.js'

const AT_ONCE = 8
const BUDGET_S = 90

const { values } = parseArgs({
  options: { schedules: { type: 'string', default: '100' }, from: { type: 'string', default: '10001' } },
})
const seeds = Array.from({ length: Number(values.schedules) }, (_, n) => Number(values.from) + n)

const folder = mkdtempSync(join(tmpdir(), 'faults-'))
const registry = await startRegistry()
try {
  const input = await makePushInput()
  const good = await Promise.all(CONTESTANTS.map((contestant, n) => pushWithoutFaults(contestant, n, input)))
  const turns = seeds.flatMap(seed => CONTESTANTS.map((contestant, n) => ({ seed, contestant, n })))
  const runs = await mapLimit(turns, AT_ONCE, async ({ seed, contestant, n }) => {
    const run = await runProcess(seed, {
      registry: registry.address,
      old: 'faults/old',
      good: good[n] as TagState,
      anyForm: true,
      repository: `faults/n${n}-${seed}`,
      budget: BUDGET_S * 1000,
      command: image => contestant.command(input, image),
    })
    if (run.wrong.length > 0)
      console.error(`${contestant.name}: ${run.wrong.join('; ')} (${scheduleText(scheduleOf(seed))})`)
    return { ...run, name: contestant.name }
  })
  const rows = CONTESTANTS.map(({ name }) => ({ name, runs: runs.filter(run => run.name === name) }))
  const about = [
    '## Pushes with injected faults',
    'Each program replaces an image in docker-registry through a proxy that injects faults:',
    `${seeds.length} random schedules, the same for all programs (seeds from ${seeds[0]}).`,
    `Default options, except for those in the row. After ${BUDGET_S} s, the program is killed.`,
    'Afterwards, the tag is read directly from the registry and all digests are verified.',
  ]
  console.log(
    [`${about[0]}\n\n${about.slice(1).join('\n')}`, tableOf(rows), tableByFaults(rows)].join('\n\n'),
  )
} finally {
  await registry.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function makePushInput(): Promise<PushInput> {
  const [old, archives, layout] = ['old', 'new', 'layout'].map(name => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const archive = join(folder, 'new.oci.tar')
  await archivesOf(old, { name: 'app', version: '1', layers: [20_000] })
  await archivesOf(archives, { name: 'app', version: '2', layers: [150_000, 90_000, 40_000] })
  const oldImage = `${registry.address}/faults/old`
  await cli('merge', '--archives', old, '--image', oldImage, '--tags', 'latest')
  await cli('merge', '--archives', archives, '--archive', archive)
  mkdirSync(layout)
  outputOf(await exec('tar', ['-x', '-C', layout, '-f', archive]))
  return { archives, archive, layout }
}

async function cli(...args: string[]): Promise<void> {
  const { code, stderr } = await runProgram([process.execPath, CLI, ...args], { env: { HOME: folder } })
  if (code !== 0) throw new Error(stderr)
}

/** The state of a contestant's tag after a push without faults. */
async function pushWithoutFaults(contestant: Contestant, n: number, input: PushInput): Promise<TagState> {
  const image = `${registry.address}/faults/good-${n}`
  const result = await runProgram(contestant.command(input, `${image}:latest`), { env: { HOME: folder } })
  const state = await tagState(image, 'latest')
  if (result.code !== 0 || state.digest === undefined || state.faults.length > 0)
    throw new Error(`${contestant.name} fails without faults: ${result.stderr}`)
  return state
}
