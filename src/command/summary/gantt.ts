/** A part of a chart, with its title to the left. */
export interface Section {
  readonly title: string
  readonly bars: readonly Bar[]
}

/** A time, in milliseconds since the chart's beginning. */
export interface Bar {
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
export function gantt(sections: readonly Section[]): string {
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
