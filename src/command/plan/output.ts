import type { Host } from '../../host/host.js'
import { MAX_OUTPUT_LENGTH, setOutputs } from '../../input/action-outputs.js'
import { UserError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'
import { escapeProse, formatCode, formatDigestCode, formatTable } from '../../util/markdown.js'
import { columnsOf, pluralize } from '../../util/text.js'
import type { PlanDocument, PlannedContainer } from '../shared/plan-document.js'
import { formatOmitted, limitRows } from '../summary/build-summary.js'
import { formatNames } from '../summary/result-lines.js'
import type { Job, Matrix } from './matrix.js'

/** The plan of a run, and the jobs that build its containers. */
export interface Plan {
  readonly document: PlanDocument
  readonly matrix: Matrix
}

/** Sets the outputs of the plan action, and adds the job summary. Throws a `UserError` if the matrix exceeds GitHub's limit. */
export function setPlanOutputs(
  { document, matrix }: Plan,
  { plan, image }: { readonly plan: string; readonly image: readonly string[] },
  host: Host,
): void {
  const { containers } = document
  const outputs = {
    matrix: JSON.stringify(matrix),
    jobs: String(matrix.include.length),
    containers: containers.map(({ name }) => name).join('\n'),
    plan,
    image: image.join('\n'),
  }
  const size = Object.values(outputs).join('').length
  if (size > MAX_OUTPUT_LENGTH) {
    throw new UserError(`The matrix for ${containers.length} containers exceeds GitHub's limit for outputs`, {
      hint: `Plan fewer containers at a time, with ${nameInput('containers')}.`,
    })
  }
  setOutputs('plan', { ...outputs, json: JSON.stringify(containers.map(omitFacts)) }, host)
  host.addSummary(formatPlanSummary(document, matrix))
}

function omitFacts({ systems, ...container }: PlannedContainer) {
  return { ...container, systems: systems.map(({ system, derivation }) => ({ system, derivation })) }
}

/**
 * Formats a plan for a terminal: one line for each container, with its systems, whether it is built, and why. Several unchanged
 * containers share a line.
 */
export function formatPlan({ containers }: PlanDocument, { include }: Matrix): string {
  if (containers.length === 0) return 'No containers: nothing to do'
  const { single, grouped } = groupUnchanged(containers)
  const rows = single.map(({ name, systems, build, why }) => [
    name,
    systems.map(({ system }) => system).join(' '),
    build ? 'build' : 'reuse',
    why,
  ])
  return [...alignColumns(rows), ...grouped, formatPlanLine({ containers }, { include })].join('\n')
}

/** Formats the lines of a plan for the log of a job. */
export function formatPlanLog({ containers }: PlanDocument, { include }: Matrix): string[] {
  const { single, grouped } = groupUnchanged(containers)
  const lines = single.map(({ name, build, why }) => `${name}: ${build ? 'build' : 'reuse'}, ${why}`)
  return [...lines, ...grouped, formatPlanLine({ containers }, { include })]
}

/** Returns the containers that get a line each, and the line for the others, if there are others. */
function groupUnchanged(containers: readonly PlannedContainer[]) {
  const unchanged = containers.filter(({ build }) => !build)
  if (unchanged.length < 2) return { single: containers, grouped: [] }
  const names = unchanged.map(({ name }) => name)
  return {
    single: containers.filter(({ build }) => build),
    grouped: [formatNames(`${names.length} unchanged`, names, columnsOf({}))],
  }
}

/** Formats the number of containers and jobs in one line. */
export function formatPlanLine(
  { containers }: Pick<PlanDocument, 'containers'>,
  { include }: Matrix,
): string {
  const buildCount = containers.filter(({ build }) => build).length
  const unchangedCount = containers.length - buildCount
  if (buildCount === 0) return `${pluralize(unchangedCount, 'container')} unchanged, no jobs needed`
  const unchanged = unchangedCount === 0 ? '' : `, ${unchangedCount} unchanged`
  return `${pluralize(buildCount, 'container')} to build in ${pluralize(include.length, 'job')}${unchanged}`
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

/** Formats a plan as Markdown for the job summary. */
export function formatPlanSummary({ containers }: PlanDocument, { include }: Matrix): string {
  if (containers.length === 0) return '### Plan\n\nNo containers: nothing to do.'
  const parts = [
    '### Plan',
    `${formatPlanLine({ containers }, { include })}.`,
    formatContainerTable(containers),
    ...(include.length === 0 ? [] : [formatJobTable(include)]),
  ]
  return parts.join('\n\n')
}

function formatContainerTable(containers: readonly PlannedContainer[]): string {
  const rows = limitRows(containers).map(({ name, version, systems, build, why, standing }) => [
    formatCode(name),
    formatCode(version ?? ''),
    escapeProse(systems.map(({ system }) => shortenSystem(system)).join(', ')),
    build ? '**build**' : `reuse ${formatDigestCode(standing?.digest ?? '')}`,
    escapeProse(why),
  ])
  return (
    formatTable(['container', 'version', 'systems', 'job', 'why'], rows) +
    formatOmitted(containers, 'container')
  )
}

function formatJobTable(jobs: readonly Job[]): string {
  const rows = limitRows(jobs).map(({ container, system, runner, emulated }) => [
    container.split(' ').map(formatCode).join(' '),
    formatCode(system),
    [runner].flat().map(formatCode).join(' ') + (emulated ? ' with QEMU' : ''),
  ])
  return formatTable(['containers of a job', 'system', 'runner'], rows) + formatOmitted(jobs, 'job')
}

/** All systems end in `-linux`. */
function shortenSystem(system: string): string {
  return system.replace(/-linux$/, '')
}
