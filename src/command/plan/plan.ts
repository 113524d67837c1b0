import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host } from '../../host/host.js'
import type { PlanInputs } from '../../input/input-table.js'
import { type Digest, digestOf } from '../../oci/digest.js'
import { prepareNix } from '../setup/ready-nix.js'
import { imageTemplatesOf } from '../shared/destinations.js'
import { findOptionalContainers } from '../shared/find-containers.js'
import { type BuildFacts, readGitFacts } from '../shared/git.js'
import { groupPlannedImages, type PlannedImage } from '../shared/look-up-published-images.js'
import type { PlanDocument, PlannedContainer } from '../shared/plan-document.js'
import { encodePlan, formatPlanReference, planFileNameOf } from '../shared/plan-document.js'
import { matrixOf } from './matrix.js'
import { formatPlanLine, type Plan, setPlanOutputs } from './output.js'
import { decideBuilds } from './skip-unchanged-containers.js'

type InstallationInputs = 'nixVersion' | 'nixUrl' | 'nixSha256'

type PlanRequest = Omit<PlanInputs, 'json' | 'quiet' | 'verbose' | 'passwordStdin' | InstallationInputs> &
  Partial<Pick<PlanInputs, InstallationInputs>>

/** The command `plan`: decides which containers of a flake must be built, and makes a job matrix for them. Builds nothing. */
export async function plan(inputs: PlanRequest, host: Host): Promise<Plan> {
  // Read Git and evaluate the flake at the same time.
  const git = readGitFacts(inputs.flake, host)
  const { nix } = await prepareNix(inputs, host)
  const containers = await findOptionalContainers(nix, inputs.systems, inputs, host)
  const facts = await git
  const images = groupPlannedImages(containers, { ref: facts.ref, version: inputs.version }, host)
  const created = await createPlan(images, inputs, facts, host)
  const name = planFileNameOf(inputs)
  const digest = await writePlan(created.document, name, inputs.planFile, host)
  const image = imageTemplatesOf({ ...inputs, archive: undefined }, host)
  setPlanOutputs(created, { plan: formatPlanReference(name, digest), image }, host)
  return created
}

async function createPlan(
  images: readonly PlannedImage[],
  inputs: PlanRequest,
  { ref, tree }: BuildFacts,
  host: Host,
): Promise<Plan> {
  const decisions = await decideBuilds(images, { inputs, ref, host })
  const containers = decisions.map(({ container }) => container)
  const document: PlanDocument = { format: 1, tree, containers }
  const matrix = matrixOf(selectBuilds(images, containers), inputs)
  if (containers.length === 0) host.log.info(`The flake ${inputs.flake} has no images: nothing to do`)
  // On a local machine, the plan is printed as the result of the command.
  else if (host.kind === 'github') logPlan({ document, matrix }, host)
  return { document, matrix }
}

function selectBuilds(images: readonly PlannedImage[], planned: readonly PlannedContainer[]) {
  const names = new Set(planned.filter(({ build }) => build).map(({ name }) => name))
  return images.filter(({ name }) => names.has(name)).flatMap(({ containers }) => containers)
}

function logPlan({ document, matrix }: Plan, { log }: Host): void {
  for (const { name, build, why } of document.containers)
    log.info(`${name}: ${build ? 'build' : 'reuse'}, ${why}`)
  log.info(formatPlanLine(document, matrix))
}

/**
 * Writes the plan to the file of the input `plan-file`, and uploads it as an artifact for the merge job. Returns the digest of
 * its content.
 */
async function writePlan(
  document: PlanDocument,
  artifactName: string,
  file: string | undefined,
  { artifacts, temp }: Host,
): Promise<Digest> {
  const text = encodePlan(document)
  const digest = digestOf(Buffer.from(text))
  if (file !== undefined) await writeFile(file, text)
  if (artifacts === undefined) return digest
  const artifactFile = join(temp, artifactName)
  await writeFile(artifactFile, text)
  await artifacts.upload(artifactFile)
  return digest
}
