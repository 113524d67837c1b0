import { formatDetails } from '../../util/markdown.js'
import { formatSeconds } from '../../util/text.js'
import type { BuiltImage, RunReport } from '../shared/build-report.js'

/** What the merge spends its time on, in this order. */
const MERGE_PHASES = ['download', 'verify', 'send', 'tag'] as const
export type MergePhase = (typeof MERGE_PHASES)[number]
export type MergeTimes = Readonly<Partial<Record<MergePhase, number>>>

/** More images than that nobody can read. */
const MOST_IMAGES = 12
const LONGEST = 30

/** Where the time went, folded away: the slowest images with their jobs, each job beginning at zero. Empty when nothing is known. */
export function timeChart(reports: readonly RunReport[], merge: MergeTimes = {}): string {
  const all = reports.flatMap(({ built }) => built)
  const shown = new Set(all.toSorted((a, b) => costOf(b) - costOf(a)).slice(0, MOST_IMAGES))
  const jobs = reports.map(report => jobSection(report, shown))
  const sections = [...jobs, mergeSection(merge)].filter(({ bars }) => bars.length > 0)
  if (sections.length === 0) return ''
  const rest = all.length - shown.size
  const note = rest === 0 ? '' : `\n\n… and ${rest} more that took less`
  return formatDetails('Where the time went', gantt(sections) + note)
}

function costOf({ times: { build = 0, pack = 0, upload = 0 } }: BuiltImage): number {
  return build + pack + upload
}

function jobSection({ began, times, built }: RunReport, shown: ReadonlySet<BuiltImage>): Section {
  const own = built.filter(each => shown.has(each))
  const { nix = 0, evaluate = 0, save = 0 } = times
  const last = Math.max(0, ...built.map(each => each.began - began + costOf(each)))
  return {
    title: [...new Set(own.map(({ system }) => system))].join(' '),
    bars:
      own.length === 0
        ? []
        : [
            bar('Nix', 0, nix, 'done'),
            bar('evaluate', nix, evaluate, 'done'),
            ...own.flatMap(each => imageBars(each, each.began - began)),
            bar('save', last, save, 'done'),
          ],
  }
}

/** The phase comes first: a name could be a word of Mermaid's. */
function imageBars({ container, times: { build = 0, pack = 0, upload = 0 } }: BuiltImage, from: number) {
  const rest = pack > 0 ? 'pack, upload' : 'upload'
  const name = container.slice(0, LONGEST)
  return [
    bar(`build ${name}`, from, build, 'active'),
    bar(`${rest} ${name}`, from + build, pack + upload, undefined),
  ]
}

function mergeSection(times: MergeTimes): Section {
  let at = 0
  const bars = MERGE_PHASES.map(phase => {
    const took = times[phase] ?? 0
    at += took
    return bar(phase, at - took, took, phase === 'send' ? 'active' : undefined)
  })
  return { title: 'merge', bars: bars.filter(({ took }) => took > 0) }
}

function bar(name: string, from: number, took: number, look: 'done' | 'active' | undefined) {
  return { name: `${name} ${formatSeconds(took)}`, from: Math.max(0, from), took, look }
}

/** A part of a chart, with its title to the left. */
interface Section {
  readonly title: string
  readonly bars: readonly Bar[]
}

/** A time, in milliseconds since the chart's beginning. */
interface Bar {
  readonly name: string
  readonly from: number
  readonly took: number
  /** Mermaid's word for a colour. */
  readonly look: 'done' | 'active' | undefined
}

const STEPS_S = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600]
const MOST_STEPS = 10

/** What is shorter than this part of the whole cannot be seen. */
const SMALLEST = 0.004

/** Mermaid's chart of bars over time, which GitHub draws: https://mermaid.js.org/syntax/gantt.html */
function gantt(sections: readonly Section[]): string {
  const end = Math.max(0, ...sections.flatMap(({ bars }) => bars.map(({ from, took }) => from + took)))
  const step = STEPS_S.find(seconds => seconds * 1000 * MOST_STEPS > end) ?? 7200
  const lines = sections.flatMap(({ title, bars }) => [
    `  section ${plain(title)}`,
    ...bars.filter(({ took }) => took > end * SMALLEST).map(barLine),
  ])
  return [
    '```mermaid',
    '%%{init: {"gantt": {"leftPadding": 130, "barHeight": 18, "barGap": 3}}}%%',
    'gantt',
    '  dateFormat x',
    // Seconds since 1970, and so the same in any time zone.
    '  axisFormat %s s',
    `  tickInterval ${step}second`,
    ...lines,
    '```',
  ].join('\n')
}

function barLine({ name, from, took, look }: Bar): string {
  return `  ${plain(name)} :${look === undefined ? '' : `${look}, `}${Math.round(from)}, ${Math.round(took)}ms`
}

/** Names come from outside, and must not be read as Mermaid: a colon ends a name, whatever is around it. */
function plain(text: string): string {
  return text.replace(/[^A-Za-z0-9_.,+ -]+/g, '_').slice(0, 60)
}
