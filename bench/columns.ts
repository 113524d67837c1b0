import { medianOf } from './statistics.js'
import type { Sample } from './turn.js'
import { bytes, cpuTime, duration } from './units.js'

interface Column {
  readonly title: string
  /** A cell of the table, from the runs of a contestant and of the first one. `undefined` if there is no value. */
  cell(samples: readonly Sample[], first: readonly Sample[]): string | undefined
}

export const COLUMNS: readonly Column[] = [
  { title: 'time', cell: samples => duration(medianOf(samples, 'seconds')) },
  { title: 'range', cell: rangeOf },
  {
    title: 'ratio',
    cell: (samples, first) => (medianOf(samples, 'seconds') / medianOf(first, 'seconds')).toFixed(2),
  },
  { title: 'CPU time', cell: samples => cpuTime(medianOf(samples, 'cpuSeconds')) },
  { title: 'peak memory', cell: samples => bytes(medianOf(samples, 'peakMemory')) },
  { title: 'archive', cell: samples => bytes(medianOf(samples, 'size')) },
  { title: 'bytes sent', cell: samples => ifTallied(samples, () => bytes(medianOf(samples, 'sent')) ?? '0') },
  { title: 'requests', cell: samples => ifTallied(samples, () => String(medianOf(samples, 'requests'))) },
  { title: 'distinct layers', cell: samples => bytes(medianOf(samples, 'distinct')) },
  { title: 'registry CPU time', cell: samples => cpuTime(medianOf(samples, 'registrySeconds')) },
  {
    title: 'traffic',
    cell: samples => (isTallied(samples) ? undefined : bytes(medianOf(samples, 'traffic'))),
  },
]

const isTallied = (samples: readonly Sample[]): boolean =>
  samples.some(({ requests }) => requests !== undefined)

const ifTallied = (samples: readonly Sample[], cell: () => string): string | undefined =>
  isTallied(samples) ? cell() : undefined

function rangeOf(samples: readonly Sample[]): string {
  const all = samples.map(sample => sample.seconds)
  return `${duration(Math.min(...all))} – ${duration(Math.max(...all))}`
}
