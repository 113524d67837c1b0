import type { Host } from '../../host/host.js'
import { UserError } from '../../util/error.js'
import { escapeProse, formatCode, formatTable } from '../../util/markdown.js'
import { pluralize } from '../../util/text.js'
import type { PlanDocument, PlannedContainer } from '../shared/plan-document.js'
import { firstRows, moreOf, shortDigest } from '../summary/build-summary.js'
import type { Job, Matrix } from './matrix.js'

/** What is to be done, and the jobs that do it. */
export interface Plan {
  readonly document: PlanDocument
  readonly matrix: Matrix
}

/** In UTF-16 units: GitHub takes 1 MB of outputs from a job, and counts two bytes each. */
const MOST_OUTPUT = 500_000

/** What the plan action tells later steps and jobs. Throws a `UserError` for a matrix that GitHub would not take. */
export function setPlanOutputs(
  { document, matrix }: Plan,
  { file, image }: { readonly file: string; readonly image: readonly string[] },
  host: Host,
): void {
  const { containers } = document
  const outputs = {
    matrix: JSON.stringify(matrix),
    jobs: String(matrix.include.length),
    containers: containers.map(({ name }) => name).join('\n'),
    plan: file,
    image: image.join('\n'),
  }
  const size = Object.values(outputs).join('').length
  if (size > MOST_OUTPUT) {
    throw new UserError(`The matrix for ${containers.length} containers is larger than GitHub takes`, {
      hint: 'Plan for some of them at a time, with `containers`.',
    })
  }
  for (const [name, value] of Object.entries(outputs)) host.setOutput(name, value)
  const json = JSON.stringify(containers.map(withoutFacts))
  if (size + json.length <= MOST_OUTPUT) host.setOutput('json', json)
  else
    host.log.warning(`The output \`json\` would be larger than GitHub takes, so it is empty; ${file} has all`)
  host.addSummary(planSummary(document, matrix))
}

function withoutFacts({ systems, ...container }: PlannedContainer) {
  return { ...container, systems: systems.map(({ system, derivation }) => ({ system, derivation })) }
}

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
  if (built === 0) return `${pluralize(rest, 'container')} unchanged, so no job is needed`
  const kept = rest === 0 ? '' : `, ${rest} unchanged`
  return `${pluralize(built, 'container')} to build in ${pluralize(include.length, 'job')}${kept}`
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
    formatCode(name),
    formatCode(version ?? ''),
    escapeProse(systems.map(({ system }) => shortSystem(system)).join(', ')),
    build ? '**build**' : `keep ${shortDigest(standing?.digest ?? '')}`,
    escapeProse(why),
  ])
  return (
    formatTable(['container', 'version', 'systems', 'job', 'why'], rows) + moreOf(containers, 'container')
  )
}

function jobTable(jobs: readonly Job[]): string {
  const rows = firstRows(jobs).map(({ container, system, runner, emulated }) => [
    container.split(' ').map(formatCode).join(' '),
    formatCode(system),
    [runner].flat().map(formatCode).join(' ') + (emulated ? ' with QEMU' : ''),
  ])
  return formatTable(['job builds', 'for', 'on'], rows) + moreOf(jobs, 'job')
}

/** All that is planned is for Linux. */
function shortSystem(system: string): string {
  return system.replace(/-linux$/, '')
}
