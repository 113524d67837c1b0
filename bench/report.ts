import { COLUMNS } from './columns.js'
import { fastestPeer } from './peers.js'
import type { Result } from './rounds.js'
import { medianOf } from './statistics.js'
import { times } from './units.js'

/** A scenario as Markdown: a table of medians, and the commands. */
export function section(result: Result): string {
  const { scenario, samples } = result
  const first = samples[0] ?? []
  const columns = COLUMNS.filter(({ cell }) => samples.some(own => (cell(own, first) ?? '0') !== '0'))
  const rows = scenario.contestants.map(({ name }, at) => [
    name,
    ...columns.map(column => column.cell(samples[at] ?? [], first) ?? '–'),
  ])
  const scripts = scenario.contestants.map(({ name, script }) => `# ${name}\n${script}`)
  return [
    `## ${scenario.title}`,
    `${scenario.about} ${plural(first.length)} each.`,
    table(['', ...columns.map(({ title }) => title)], rows),
    ...comparison(result),
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

const COMPARED = [
  ['seconds', 'its time'],
  ['cpuSeconds', 'its CPU time'],
  ['sent', 'its bytes sent'],
] as const

/** A sentence that compares ours with the fastest peer. */
function comparison(result: Result): string[] {
  const peer = fastestPeer(result)
  if (!peer) return []
  const [ours = []] = result.samples
  const ratios = COMPARED.map(([key, words]) => ({
    words,
    ratio: medianOf(ours, key) / medianOf(peer.samples, key),
  }))
    .filter(({ ratio }) => Number.isFinite(ratio))
    .map(({ words, ratio }) => `${times(ratio)} ${words}`)
  return [`Ours compared with the fastest peer (${peer.name}): ${ratios.join(', ')}.`]
}
