import type { Host } from '../../host/host.js'
import { UserError } from '../../util/error.js'
import type { PlanDocument, PlannedContainer } from '../shared/plan-document.js'
import type { Matrix } from './matrix.js'
import { planSummary } from './summary-plan.js'

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
  for (const [name, value] of Object.entries(outputs)) host.output(name, value)
  const json = JSON.stringify(containers.map(withoutFacts))
  if (size + json.length <= MOST_OUTPUT) host.output('json', json)
  else
    host.log.warning(`The output \`json\` would be larger than GitHub takes, so it is empty; ${file} has all`)
  host.summary(planSummary(document, matrix))
}

function withoutFacts({ systems, ...container }: PlannedContainer) {
  return { ...container, systems: systems.map(({ system, derivation }) => ({ system, derivation })) }
}
