import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Host } from '../../host/host.js'
import { showActivity } from '../../host/progress.js'
import type { PlanInputs } from '../../input/input-table.js'
import { digestOf } from '../../oci/digest.js'
import type { GitRef } from '../../tags/subject.js'
import { checkFolderIsWritable, toWriteError } from '../../util/files.js'
import { prepareNix } from '../setup/ready-nix.js'
import { checkPlannedAttestation } from '../shared/attest-settings.js'
import { imageTemplatesOf, mayPush } from '../shared/destinations.js'
import { findOptionalContainers } from '../shared/find-containers.js'
import { type BuildFacts, readGitFacts } from '../shared/git.js'
import { describeMissingService, jobFolderOf } from '../shared/job-folder.js'
import { groupPlannedImages, type PlannedImage } from '../shared/look-up-published-images.js'
import type { PlanDocument, PlannedContainer } from '../shared/plan-document.js'
import { encodePlan, formatPlanReference, planFileNameOf } from '../shared/plan-document.js'
import { checkTestNames } from '../test/select-tests.js'
import { matrixOf } from './matrix.js'
import { formatPlanLog, type Plan, setPlanOutputs } from './output.js'
import { decideBuilds, type PlanDecision } from './skip-unchanged-containers.js'

type InstallationInputs = 'nixVersion' | 'nixUrl' | 'nixSha256'

type PlanRequest = Omit<PlanInputs, 'json' | 'quiet' | 'verbose' | 'passwordStdin' | InstallationInputs> &
  Partial<Pick<PlanInputs, InstallationInputs>>

/** The command `plan`: decides which containers of a flake must be built, and makes a job matrix for them. Builds nothing. */
export async function plan(inputs: PlanRequest, host: Host): Promise<Plan> {
  if (inputs.planFile !== undefined) await checkFolderIsWritable(dirname(inputs.planFile))
  // Read Git and evaluate the flake at the same time.
  const git = readGitFacts(inputs.flake, host)
  if (inputs.attest !== 'false') await checkSigning(inputs, (await git).ref, host)
  const { nix } = await prepareNix(inputs, host)
  const evaluation = { title: `flake ${inputs.flake}`, activity: 'evaluating' }
  const containers = await showActivity(host.log, evaluation, () =>
    findOptionalContainers(nix, inputs.systems, inputs, host),
  )
  checkTestNames(inputs.test, containers)
  const facts = await git
  facts.report()
  const images = groupPlannedImages(containers, { ref: facts.ref, version: inputs.version }, host)
  const templates = imageTemplatesOf({ ...inputs, archive: undefined }, host)
  const decisions = await decideBuilds(images, { inputs, templates, ref: facts.ref, host })
  const created = createPlan(images, decisions, inputs, facts.tree)
  logPlan(created, inputs, host)
  const name = planFileNameOf(inputs)
  const reference = await writePlan(created.document, name, inputs.planFile, host)
  setPlanOutputs(created, { plan: reference, image: templates }, host)
  return created
}

/** Nothing should be built if the merge could not sign it. */
async function checkSigning(inputs: PlanRequest, ref: GitRef, host: Host): Promise<void> {
  const templates = imageTemplatesOf({ ...inputs, archive: undefined }, host)
  await checkPlannedAttestation(inputs, host, templates.length > 0 && mayPush(inputs, host, ref))
}

function createPlan(
  images: readonly PlannedImage[],
  decisions: readonly PlanDecision[],
  inputs: PlanRequest,
  tree: BuildFacts['tree'],
): Plan {
  const containers = decisions.map(({ container }) => container)
  const document: PlanDocument = {
    format: 1,
    tree,
    ...(inputs.sbom && { sbom: true }),
    ...(inputs.attest !== 'false' && { attest: true }),
    containers,
  }
  return { document, matrix: matrixOf(selectBuilds(images, containers), inputs) }
}

function selectBuilds(images: readonly PlannedImage[], planned: readonly PlannedContainer[]) {
  const names = new Set(planned.filter(({ build }) => build).map(({ name }) => name))
  return images.filter(({ name }) => names.has(name)).flatMap(({ containers }) => containers)
}

function logPlan({ document, matrix }: Plan, { flake }: PlanRequest, { kind, log }: Host): void {
  if (document.containers.length === 0) log.info(`The flake ${flake} has no images: nothing to do`)
  // On a local machine, the plan is printed as the result of the command.
  if (document.containers.length === 0 || kind !== 'github') return
  for (const line of formatPlanLog(document, matrix)) log.info(line)
}

/**
 * Writes the plan to the file of the input `plan`, and uploads it as an artifact for the merge job. Without an artifact service,
 * it is written to a file for later steps. Returns the value of the output `plan`.
 */
async function writePlan(
  document: PlanDocument,
  artifactName: string,
  file: string | undefined,
  host: Host,
): Promise<string> {
  const text = encodePlan(document)
  const reference = formatPlanReference(artifactName, digestOf(Buffer.from(text)))
  if (file !== undefined) {
    await writeFile(file, text).catch(error => {
      throw toWriteError(error, file)
    })
  }
  const { artifacts, kind, temp } = host
  if (artifacts === undefined) return kind === 'github' ? writeJobFile(artifactName, text, host) : reference
  const artifactFile = join(temp, artifactName)
  await writeFile(artifactFile, text)
  await artifacts.upload(artifactFile)
  return reference
}

async function writeJobFile(name: string, text: string, host: Host): Promise<string> {
  const file = join(jobFolderOf(host), name)
  await mkdir(jobFolderOf(host), { recursive: true })
  await writeFile(file, text)
  host.log.info(
    `${describeMissingService(host)}, so the plan is in the file ${file}, for a merge in this job`,
  )
  return file
}
