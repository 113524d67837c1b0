import type { ProcessRun } from '../../e2e/support/fault-process.js'
import { countFailures, scheduleOf } from '../../e2e/support/fault-schedule.js'

export interface Row {
  readonly name: string
  readonly runs: readonly ProcessRun[]
}

const ENDS = [
  ['pushed', 'pushed'],
  ['failed', 'failed, tag unchanged'],
  ['late', 'failed, tag is new'],
  ['wrong', 'tag broken or wrong'],
  ['over budget', 'time limit exceeded'],
] as const

/** The share of each outcome, and median times, as a Markdown table. */
export function tableOf(rows: readonly Row[]): string {
  const head = ['', ...ENDS.map(([, title]) => title), 'median time, pushed', 'median time, all']
  const lines = rows.map(({ name, runs }) => {
    const shares = ENDS.map(([end]) => shareOf(runs.filter(run => run.end === end).length, runs.length))
    const pushed = runs.filter(({ end }) => end === 'pushed')
    return [name, ...shares, middleOf(pushed), middleOf(runs)]
  })
  return markdown(head, lines)
}

const FAULT_COUNTS = [
  ['one fault', (failures: number) => failures <= 1],
  ['two or three', (failures: number) => failures === 2 || failures === 3],
  ['four and more', (failures: number) => failures >= 4 && Number.isFinite(failures)],
  ['registry stays down', (failures: number) => !Number.isFinite(failures)],
] as const

/** The share of successful pushes by the number of faults. */
export function tableByFaults(rows: readonly Row[]): string {
  const seeds = rows[0]?.runs.map(({ seed }) => seed) ?? []
  const on = (seed: number, is: (failures: number) => boolean): boolean => is(countFailures(scheduleOf(seed)))
  const head = [
    'pushed',
    ...FAULT_COUNTS.map(([title, is]) => `${title} (${seeds.filter(seed => on(seed, is)).length})`),
  ]
  const lines = rows.map(({ name, runs }) => [
    name,
    ...FAULT_COUNTS.map(([, is]) => {
      const own = runs.filter(({ seed }) => on(seed, is))
      return shareOf(own.filter(({ end }) => end === 'pushed').length, own.length)
    }),
  ])
  return markdown(head, lines)
}

function markdown(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const rule = head.map((_, n) => (n === 0 ? '---' : '---:'))
  return [head, rule, ...lines].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

function shareOf(count: number, all: number): string {
  if (all === 0) return '–'
  return `${((100 * count) / all).toFixed(0)} %`
}

function middleOf(runs: readonly ProcessRun[]): string {
  const times = runs.map(({ ms }) => ms).sort((a, b) => a - b)
  const middle = times[times.length >> 1]
  return middle === undefined ? '–' : `${(middle / 1000).toFixed(1)} s`
}
