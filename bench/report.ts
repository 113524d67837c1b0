import type { Result } from './rounds.js'
import { median } from './statistics.js'
import type { Sample } from './turn.js'

interface Column {
  readonly title: string
  /** A cell of the table, from one contestant's runs and those that it is held against; `undefined` where it says nothing. */
  cell(samples: readonly Sample[], first: readonly Sample[]): string | undefined
}

const COLUMNS: readonly Column[] = [
  { title: 'time', cell: samples => duration(middle(samples, 'seconds')) },
  { title: 'from – to', cell: rangeOf },
  {
    title: 'ratio',
    cell: (samples, first) => (middle(samples, 'seconds') / middle(first, 'seconds')).toFixed(2),
  },
  { title: 'CPU time', cell: samples => cpuTime(middle(samples, 'cpuSeconds')) },
  { title: 'peak memory', cell: samples => bytes(middle(samples, 'peakMemory')) },
  { title: 'archive', cell: samples => bytes(middle(samples, 'size')) },
  { title: 'traffic', cell: samples => bytes(middle(samples, 'traffic')) },
]

/** One scenario as Markdown: a table of medians, and what was run. */
export function section({ scenario, samples }: Result): string {
  const first = samples[0] ?? []
  const columns = COLUMNS.filter(column => samples.some(own => column.cell(own, first) !== undefined))
  const rows = scenario.contestants.map(({ name }, at) => [
    name,
    ...columns.map(column => column.cell(samples[at] ?? [], first) ?? '–'),
  ])
  const scripts = scenario.contestants.map(({ name, script }) => `# ${name}\n${script}`)
  return [
    `## ${scenario.title}`,
    `${scenario.about} ${plural(first.length)} each.`,
    table(['', ...columns.map(({ title }) => title)], rows),
    `\`\`\`sh\n${scripts.join('\n\n')}\n\`\`\``,
  ].join('\n\n')
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, at) => Math.max(3, ...[head, ...rows].map(row => row[at]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(' | ')} |`
  const rule = widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}

const plural = (count: number): string => `${count} ${count === 1 ? 'run' : 'runs'}`

function middle(samples: readonly Sample[], key: keyof Sample): number {
  return median(samples.map(sample => sample[key] ?? 0))
}

function rangeOf(samples: readonly Sample[]): string {
  const all = samples.map(sample => sample.seconds)
  return `${duration(Math.min(...all))} – ${duration(Math.max(...all))}`
}

function duration(value: number): string {
  if (value >= 0.5) return seconds(value)
  return `${(value * 1000).toFixed(value < 0.1 ? 1 : 0)} ms`
}

const seconds = (value: number): string => `${value.toFixed(2)} s`

/** It is counted in hundredths of a second, which says nothing of short runs. */
const cpuTime = (value: number): string | undefined => (value < 0.1 ? undefined : seconds(value))

function bytes(value: number): string | undefined {
  if (value < 1e3) return undefined
  return value < 1e6 ? `${(value / 1e3).toFixed(0)} kB` : `${(value / 1e6).toFixed(0)} MB`
}
