import { code, prose, table } from '../../util/markdown.js'
import type { PlanDocument, PlannedContainer } from '../shared/plan-document.js'
import { firstRows, moreOf, shortDigest } from '../summary/summary-parts.js'
import type { Job, Matrix } from './matrix.js'
import { summaryLine } from './plan-text.js'

/** What a person sees on the page of the job that plans: what is built and why, and where. */
export function planSummary({ containers }: PlanDocument, { include }: Matrix): string {
  if (containers.length === 0) return '### Plan\n\nThere are no containers, so there is nothing to do.'
  const parts = [
    '### Plan',
    `${summaryLine({ containers }, { include })}.`,
    containerTable(containers),
    ...(include.length === 0 ? [] : [jobTable(include)]),
  ]
  return parts.join('\n\n')
}

function containerTable(containers: readonly PlannedContainer[]): string {
  const rows = firstRows(containers).map(({ name, version, systems, build, why, standing }) => [
    code(name),
    code(version ?? ''),
    prose(systems.map(({ system }) => shortSystem(system)).join(', ')),
    build ? '**build**' : `keep ${shortDigest(standing?.digest ?? '')}`,
    prose(why),
  ])
  return table(['container', 'version', 'systems', 'job', 'why'], rows) + moreOf(containers, 'container')
}

function jobTable(jobs: readonly Job[]): string {
  const rows = firstRows(jobs).map(({ container, system, runner, emulated }) => [
    container.split(' ').map(code).join(' '),
    code(system),
    [runner].flat().map(code).join(' ') + (emulated ? ' with QEMU' : ''),
  ])
  return table(['job builds', 'for', 'on'], rows) + moreOf(jobs, 'job')
}

/** All that is planned is for Linux. */
function shortSystem(system: string): string {
  return system.replace(/-linux$/, '')
}
