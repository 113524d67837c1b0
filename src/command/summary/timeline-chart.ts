import { formatDetails } from '../../util/markdown.js'
import { formatSeconds, pluralize } from '../../util/text.js'
import type { BuiltImage, RunReport } from '../shared/build-report.js'

/** The phases of a merge, in this order. */
const MERGE_PHASES = ['download', 'verify', 'upload', 'attest', 'tag'] as const
export type MergePhase = (typeof MERGE_PHASES)[number]
/** The duration of each phase, in milliseconds. */
export type MergeTimes = Readonly<Partial<Record<MergePhase, number>>>

/** A chart with more images is not readable. */
const MAX_IMAGES = 12
const MAX_NAME_LENGTH = 30

/**
 * Returns a folded chart of the slowest images, one section for each job. Each job starts at zero. Returns an empty string if no
 * times are known.
 */
export function formatTimeChart(reports: readonly RunReport[], mergeTimes: MergeTimes = {}): string {
  const images = reports.flatMap(({ built }) => built)
  const slowest = images.toSorted((a, b) => durationOf(b) - durationOf(a)).slice(0, MAX_IMAGES)
  const shown = new Set(slowest)
  const jobs = reports.map(report => createJobSection(report, shown))
  const sections = [...jobs, createMergeSection(mergeTimes)].filter(({ bars }) => bars.length > 0)
  if (sections.length === 0) return ''
  const omitted = images.length - shown.size
  const note = omitted === 0 ? '' : `\n\n… and ${pluralize(omitted, 'faster image')}`
  return formatDetails('Timeline', formatGantt(sections) + note)
}

function durationOf({ times: { build = 0, pack = 0, test = 0, upload = 0 } }: BuiltImage): number {
  return build + pack + test + upload
}

/** A part of the chart, with its title on the left. */
interface Section {
  readonly title: string
  readonly bars: readonly Bar[]
}

/** A bar of the chart. Times are in milliseconds. */
interface Bar {
  readonly name: string
  /** Since the start of the chart. */
  readonly start: number
  readonly duration: number
  /** The Mermaid tag, which selects the color. */
  readonly tag: 'done' | 'active' | undefined
}

function createJobSection({ began, times, built }: RunReport, shown: ReadonlySet<BuiltImage>): Section {
  const images = built.filter(image => shown.has(image))
  const { nix = 0, evaluate = 0, save = 0 } = times
  const end = Math.max(0, ...built.map(image => image.began - began + durationOf(image)))
  return {
    title: [...new Set(images.map(({ system }) => system))].join(' '),
    bars:
      images.length === 0
        ? []
        : [
            createBar('Nix', 0, nix, 'done'),
            createBar('evaluate', nix, evaluate, 'done'),
            ...images.flatMap(image => createImageBars(image, image.began - began)),
            createBar('save', end, save, 'done'),
          ],
  }
}

/** The name of a bar starts with the phase: the name of a container could be a Mermaid keyword. */
function createImageBars(
  { container, times: { build = 0, pack = 0, test = 0, upload = 0 } }: BuiltImage,
  start: number,
): Bar[] {
  const phases = [...(pack > 0 ? ['pack'] : []), ...(test > 0 ? ['test'] : []), 'upload'].join(', ')
  const name = container.slice(0, MAX_NAME_LENGTH)
  return [
    createBar(`build ${name}`, start, build, 'active'),
    createBar(`${phases} ${name}`, start + build, pack + test + upload, undefined),
  ]
}

function createMergeSection(times: MergeTimes): Section {
  let start = 0
  const bars = MERGE_PHASES.map(phase => {
    const duration = times[phase] ?? 0
    start += duration
    return createBar(phase, start - duration, duration, phase === 'upload' ? 'active' : undefined)
  })
  return { title: 'merge', bars: bars.filter(({ duration }) => duration > 0) }
}

function createBar(name: string, start: number, duration: number, tag: Bar['tag']): Bar {
  return { name: `${name} ${formatSeconds(duration)}`, start: Math.max(0, start), duration, tag }
}

/** The intervals of the axis, in seconds. */
const TICK_SECONDS = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600]
const MAX_TICKS = 10

/** A bar that is a smaller fraction of the chart is not visible. */
const MIN_BAR_FRACTION = 0.004

/** Returns a Mermaid Gantt chart, which GitHub renders: https://mermaid.js.org/syntax/gantt.html */
function formatGantt(sections: readonly Section[]): string {
  const ends = sections.flatMap(({ bars }) => bars.map(({ start, duration }) => start + duration))
  const end = Math.max(0, ...ends)
  const tick = TICK_SECONDS.find(seconds => seconds * 1000 * MAX_TICKS > end) ?? 7200
  const lines = sections.flatMap(({ title, bars }) => [
    `  section ${replaceSyntax(title)}`,
    ...bars.filter(({ duration }) => duration > end * MIN_BAR_FRACTION).map(formatBar),
  ])
  return [
    '```mermaid',
    '%%{init: {"gantt": {"leftPadding": 130, "barHeight": 18, "barGap": 3}}}%%',
    'gantt',
    '  dateFormat x',
    // Seconds since 1970, which do not depend on the time zone.
    '  axisFormat %s s',
    `  tickInterval ${tick}second`,
    ...lines,
    '```',
  ].join('\n')
}

function formatBar({ name, start, duration, tag }: Bar): string {
  const prefix = tag === undefined ? '' : `${tag}, `
  return `  ${replaceSyntax(name)} :${prefix}${Math.round(start)}, ${Math.round(duration)}ms`
}

/** Names come from a flake and must not be parsed as Mermaid. For example, a colon ends a name, also in quotes. */
function replaceSyntax(text: string): string {
  return text.replace(/[^A-Za-z0-9_.,+ -]+/g, '_').slice(0, 60)
}
