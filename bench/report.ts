import type { Result, Sample } from './rounds.js'
import { median } from './statistics.js'

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
  { title: 'CPU time', cell: samples => seconds(middle(samples, 'cpuSeconds')) },
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
    `${scenario.about} ${first.length} runs each.`,
    table(['', ...columns.map(({ title }) => title)], rows),
    `\`\`\`sh\n${scripts.join('\n\n')}\n\`\`\``,
  ].join('\n\n')
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, at) => Math.max(...[head, ...rows].map(row => (row[at] ?? '').length), 3))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(' | ')} |`
  const rule = widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}

function middle(samples: readonly Sample[], key: keyof Sample): number {
  return median(samples.map(sample => sample[key] ?? 0))
}

function rangeOf(samples: readonly Sample[]): string {
  const all = samples.map(sample => sample.seconds)
  return `${duration(Math.min(...all))} – ${duration(Math.max(...all))}`
}

const duration = (value: number): string => (value < 0.5 ? `${Math.round(value * 1000)} ms` : seconds(value))
const seconds = (value: number): string => `${value.toFixed(2)} s`
const bytes = (value: number): string | undefined =>
  value < 1e5 ? undefined : `${(value / 1e6).toFixed(0)} MB`
