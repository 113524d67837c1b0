import { plural } from '../../util/text.js'
import type { PlanDocument } from '../shared/plan-document.js'
import type { Matrix } from './matrix.js'

/** A plan as lines for a terminal: each container with its systems, whether it is built, and why. */
export function planText({ containers }: PlanDocument, { include }: Matrix): string {
  if (containers.length === 0) return 'There are no containers, so there is nothing to do'
  const rows = containers.map(({ name, systems, build, why }) => [
    name,
    systems.map(({ system }) => system).join(' '),
    build ? 'build' : 'keep',
    why,
  ])
  return [...aligned(rows), summaryLine({ containers }, { include })].join('\n')
}

/** The whole plan in one sentence. */
export function summaryLine({ containers }: Pick<PlanDocument, 'containers'>, { include }: Matrix): string {
  const built = containers.filter(({ build }) => build).length
  const rest = containers.length - built
  if (built === 0) return `${plural(rest, 'container')} unchanged, so no job is needed`
  const kept = rest === 0 ? '' : `, ${rest} unchanged`
  return `${plural(built, 'container')} to build in ${plural(include.length, 'job')}${kept}`
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
