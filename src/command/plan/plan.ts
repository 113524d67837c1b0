import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host } from '../../host/host.js'
import type { PlanInputs } from '../../input/inputs.js'
import type { GitRef } from '../../tags/subject.js'
import { readyForBuild } from '../setup/ready-nix.js'
import { type PlannedImage, plannedImages } from '../shared/compare.js'
import { imageTemplates, ownerOf } from '../shared/destinations.js'
import { findOptionalContainers } from '../shared/find-containers.js'
import { gitFacts } from '../shared/git.js'
import type { PlanDocument, PlannedContainer } from '../shared/plan-document.js'
import { encodePlan, planFileName } from '../shared/plan-document.js'
import { decide } from './decide.js'
import { matrixOf } from './matrix.js'
import { type Plan, setPlanOutputs, summaryLine } from './output.js'

type ForActions = 'nixVersion' | 'nixUrl' | 'nixSha256'

type PlanRequest = Omit<PlanInputs, 'json' | 'verbose' | 'passwordStdin' | ForActions> &
  Partial<Pick<PlanInputs, ForActions>>

/** Lists a flake's containers, finds out which of them have to be built, and makes a matrix of those. Nothing is built. */
export async function plan(inputs: PlanRequest, host: Host): Promise<Plan> {
  // Git is asked while Nix is.
  const git = gitFacts(host)
  const { nix } = await readyForBuild(inputs, host)
  const containers = await findOptionalContainers(nix, inputs.systems, inputs, host)
  const { ref } = await git
  const made = await planFor(
    plannedImages(containers, { ref, version: inputs.version }, host),
    inputs,
    ref,
    host,
  )
  const name = planFileName(inputs)
  await leave(made.document, name, inputs.planFile, host)
  const image = imageTemplates({ ...inputs, archive: undefined }, ownerOf(host))
  setPlanOutputs(made, { file: name, image }, host)
  return made
}

async function planFor(
  subjects: readonly PlannedImage[],
  inputs: PlanRequest,
  ref: GitRef,
  host: Host,
): Promise<Plan> {
  const choices = await decide(subjects, inputs, ref, host)
  const decided = choices.map(({ container }) => container)
  const document: PlanDocument = { format: 1, containers: decided }
  const matrix = matrixOf(toBuild(subjects, decided), inputs)
  if (decided.length === 0) {
    host.log.info(`The flake ${inputs.flake} has no images, so there is nothing to do`)
    return { document, matrix }
  }
  if (host.kind === 'github') tell({ document, matrix }, host)
  return { document, matrix }
}

/** On a person's machine they are the result. */
function tell({ document, matrix }: Plan, { log }: Host): void {
  for (const { name, build, why } of document.containers)
    log.info(`${name}: ${build ? '' : 'left out, '}${why}`)
  log.info(summaryLine(document, matrix))
}

function toBuild(subjects: readonly PlannedImage[], decided: readonly PlannedContainer[]) {
  const names = new Set(decided.filter(({ build }) => build).map(({ name }) => name))
  return subjects.filter(({ name }) => names.has(name)).flatMap(({ containers }) => containers)
}

/** For the job that merges. */
async function leave(
  document: PlanDocument,
  name: string,
  file: string | undefined,
  host: Host,
): Promise<void> {
  const text = encodePlan(document)
  if (file !== undefined) await writeFile(file, text)
  if (host.artifacts === undefined) return
  const own = join(host.temp, name)
  await writeFile(own, text)
  await host.artifacts.upload(own)
}
