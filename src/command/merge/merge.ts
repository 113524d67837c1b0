import type { Host } from '../../host/host.js'
import { showActivity, showPartsIfSlow } from '../../host/progress.js'
import type { Budget } from '../../http/retry.js'
import { setOutputs } from '../../input/action-outputs.js'
import type { MergeInputs } from '../../input/input-table.js'
import { parseConfig } from '../../oci/config.js'
import { formatPlatform } from '../../oci/platform.js'
import type { GitRef } from '../../tags/subject.js'
import { mapLimit } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import { nameSetting } from '../../util/input-name.js'
import { resolveAttestation } from '../shared/attest-settings.js'
import { createStopwatch, readReports, type Stopwatch } from '../shared/build-report.js'
import {
  assignDestinations,
  type DestinationSettings,
  imageTemplatesOf,
  ownerOf,
  repositoriesOf,
  resolveDestinations,
} from '../shared/destinations.js'
import { type Attempt, attempt, requireAll } from '../shared/failures.js'
import { findArchives, findPlan } from '../shared/find-archives.js'
import {
  createFactsFinder,
  type FindFacts,
  type GitFacts,
  gitFactsOf,
  githubOf,
  withCommitDate,
} from '../shared/git.js'
import { archivesFolderOf, describeMissingService } from '../shared/job-folder.js'
import { type Merged, mapByContainer, type PushResult } from '../shared/merge-result.js'
import type { PackageChanges } from '../shared/package-changes.js'
import type { PlanDocument } from '../shared/plan-document.js'
import {
  type ContainerImages,
  externalDigestsOf,
  IMAGES_AT_ONCE,
  type PlatformImage,
} from '../shared/platform-image.js'
import { type PackedLayers, ProvedLayers } from '../shared/proof-record.js'
import { checkAddresses, openPushClient, type PushClient } from '../shared/registry-client.js'
import { openRunArtifacts, type RunArtifacts } from '../shared/run-artifacts.js'
import type { SigningWay } from '../shared/signing-way.js'
import {
  formatVerification,
  logVerification,
  type NamedSigner,
  nameSigner,
} from '../shared/verification-lines.js'
import type { WorkTree } from '../shared/work-tree.js'
import { formatRunLinks } from '../summary/links.js'
import {
  type ArtifactSource,
  formatMergeSummary,
  formatUnpushedSummary,
  type UnpushedImage,
} from '../summary/merge-summary.js'
import { formatMergedLines } from '../summary/result-lines.js'
import type { MergePhase, MergeTimes } from '../summary/timeline-chart.js'
import type { Attestation } from './attest-indexes.js'
import { createCommitHistory, decideTags, type TagContext } from './decide-tags.js'
import { checkOutputPaths, collectContainers, type ImageSource, openArchives } from './group-by-container.js'
import { type IndexToPush, prepareIndexes } from './prepare-indexes.js'
import { LayerProver } from './prove-layers.js'
import {
  type DescribedIndex,
  nameIndexes,
  type SentIndex,
  sendIndexes,
  setTags,
  writeIndexArchive,
} from './push-index.js'
import { planRelease, releaseMerged } from './release-step.js'
import { shareLayers } from './share-layers.js'

export type MergeRequest = Omit<MergeInputs, 'json' | 'quiet' | 'verbose' | 'passwordStdin'>

/** Joins the archives of each container into a multi-arch image, and pushes it or writes it to an archive. */
export async function merge(inputs: MergeRequest, host: Host): Promise<Merged[]> {
  // Wrong inputs fail before anything is downloaded.
  const expected = resolveDestinations(inputs, host, gitFactsOf(undefined, host).ref)
  const { log, signal } = host
  if (expected.image.length > 0) await checkBeforeDownload(expected, inputs, host)
  const signing = await resolveAttestation(inputs, host, expected)
  const artifacts = openRunArtifacts(host)
  const source = {
    artifacts,
    defaultFolder: archivesFolderOf(host),
    missingService: describeMissingService(host),
    log,
  }
  const found = await findPlan(inputs.plan, source)
  const plan = found?.document
  const watch = createStopwatch<MergePhase>()
  const download = { title: 'archives', activity: 'downloading' }
  const files = await watch.time('download', () =>
    showActivity(host.log, download, () => findArchives(inputs.archives, source, plan)),
  )
  const areNamed = plan !== undefined || (inputs.archives === undefined && artifacts !== undefined)
  const archives = await openArchives(files, { areNamed, signal })
  const findFacts = createFactsFinder(host)
  const trees = [...(plan === undefined ? [] : [plan.tree]), ...archives.map(({ tree }) => tree)]
  const settings = resolveDestinations(inputs, host, await readMergedRef(trees, findFacts))
  const planBinding = found?.bound
  return mergeImages(
    { archives, plan, planBinding, findFacts, settings, watch, artifacts, signing },
    inputs,
    host,
  )
}

async function checkBeforeDownload(
  settings: DestinationSettings,
  { pushTimeout }: MergeRequest,
  host: Host,
): Promise<void> {
  const { client } = openPushClient(settings, pushTimeout, host)
  try {
    await checkAddresses(client, settings.registries, host)
  } finally {
    client.close()
  }
}

/** The images to merge, and their destinations. */
interface MergeSource extends ImageSource {
  readonly findFacts: FindFacts
  readonly settings: DestinationSettings
  readonly watch?: Stopwatch<MergePhase>
  /** The layers in archives that this run has packed. */
  readonly packed?: readonly PackedLayers[]
  /** The images are of one platform only, and must not replace tags that have several. */
  readonly keepsPlatforms?: boolean
  /** An open client to use. If absent, one is opened and closed. */
  readonly pushClient?: PushClient
  /** The artifacts of the workflow run, which have the build reports. If absent, they are listed after the merge. */
  readonly artifacts?: RunArtifacts | undefined
  /** How images that are pushed are signed. If absent, they are not signed. */
  readonly signing?: SigningWay | undefined
}

type MergeImagesInputs = Omit<MergeRequest, 'archives' | 'plan' | 'release' | 'sbom'> &
  Partial<Pick<MergeRequest, 'release' | 'sbom'>>

/** Merges all containers or none; see `runSteps`. */
export async function mergeImages(
  source: MergeSource,
  inputs: MergeImagesInputs,
  host: Host,
): Promise<Merged[]> {
  const { settings, watch = createStopwatch() } = source
  const { client, budget } = source.pushClient ?? openPushClient(settings, inputs.pushTimeout, host)
  const { signal, log } = host
  const { systems, overwrite, force } = inputs
  const owner = ownerOf(host)
  const templates = imageTemplatesOf({ ...inputs, archive: undefined }, host)
  let prover: LayerProver | undefined
  budget.begin()
  try {
    if (force) checkPlanIsForced(source.plan)
    const collected = await collectContainers(source, {
      systems,
      ownRepositoriesOf: container => repositoriesOf(container, templates, owner),
      client,
      signal,
    })
    if (force) checkArchivesAreFull(collected)
    prover = new LayerProver(collected, { packed: listPackedLayers(source), signal, log })
    const containers = shareLayers(collected)
    const destinations = assignDestinations(containers, settings, owner)
    checkOutputPaths(destinations, containers)
    // Loaded only if it is used.
    const sbomSteps = inputs.sbom ? await import('./publish-sboms.js') : undefined
    sbomSteps?.checkSbomPaths(destinations, containers)
    sbomSteps?.reportPlanWithoutSboms(source.plan, log)
    // The images may be from a pull request although the run is not.
    const signing = settings.image.length > 0 || settings.canSignArchives ? source.signing : undefined
    const attestSteps = signing && (await import('./attest-indexes.js'))
    attestSteps?.checkBundlePaths(destinations, containers)
    attestSteps?.reportPlanWithoutAttestations(source.plan, log)
    const github = await githubOf(inputs, host)
    const gitOf = await readFacts(containers, source.findFacts, github?.repository)
    const indexes = prepareIndexes(destinations, { inputs, gitOf, client, signal, log })
    const release = inputs.release ? planRelease(indexes, github?.hasToken ?? false) : undefined
    const history = createCommitHistory(github?.repository)
    const { keepsPlatforms = false } = source
    const signs = signing !== undefined
    const tags = { history, overwrite, force, keepsPlatforms, prover, signs, log, signal }
    const links = indexes[0] === undefined ? '' : formatRunLinks(indexes[0].git, host)
    const isReleased = release?.kind === 'release'
    const attestation = signing && (await attestSteps?.openAttestation(signing, { ...source, inputs, host }))
    const context = { tags, settings, sbomSteps, attestSteps, attestation, isReleased, host, watch, budget }
    const { tagged, packageChanges } = await runSteps(indexes, context).catch(error => {
      host.addSummary(formatUnpushedSummary(indexes.map(unpushedOf), links))
      throw error
    })
    const merged = tagged.map(each => each.merged)
    const signer = source.signing && nameSigner(source.signing)
    const attempts = tagged.flatMap(each => each.attempts)
    await reportMerge(merged, host, {
      times: watch.read().times,
      artifacts: source.artifacts ?? openRunArtifacts(host),
      images: collected.flatMap(({ images }) => images),
      uploadsArchives: settings.uploadsArchives,
      failed: attempts.flatMap(each => (each.done ? [] : [each.name])),
      links,
      packageChanges,
      signer,
    })
    requireAll(attempts, signal)
    if (release && github)
      await releaseMerged(release, merged, github.repository, {
        client,
        signal,
        log,
        sboms: tagged.flatMap(each => each.sboms),
        attestations: tagged.flatMap(each => each.attestations),
        containers,
        signer,
      })
    return merged
  } finally {
    prover?.stop()
    budget.end()
    if (source.pushClient === undefined) client.close()
  }
}

function hintToForceAll(): string {
  return `Set ${nameSetting('force', 'true')} for the plan and the builds, too: nothing that is published is used.`
}

function checkPlanIsForced(plan: PlanDocument | undefined): void {
  const unchanged = plan?.containers.filter(({ build }) => !build).map(({ name }) => name) ?? []
  if (unchanged.length === 0) return
  const names = unchanged.join(', ')
  throw new UserError(
    `With ${nameSetting('force', 'true')}, all containers are built, but the plan takes ${names} from the registry`,
    { hint: hintToForceAll() },
  )
}

function checkArchivesAreFull(containers: readonly ContainerImages[]): void {
  const thin = containers
    .flatMap(({ images }) => images)
    .filter(image => externalDigestsOf(image).size > 0)
    .map(({ path }) => path)
  if (thin.length === 0) return
  throw new UserError(
    `With ${nameSetting('force', 'true')}, all layers are from the archives, but ${thin.join(', ')} ` +
      'omits layers that are in the registry',
    { hint: hintToForceAll() },
  )
}

/** Returns the layers that this run has packed, so that they are not unpacked again. */
function listPackedLayers({ images = [], packed = [] }: MergeSource): ProvedLayers {
  const layers = new ProvedLayers()
  for (const { image, config } of images) layers.add(parseConfig(config).diffIds, image.layers)
  for (const each of packed) layers.add(each.diffIds, each.layers)
  return layers
}

/** Returns the ref that decides whether to push: that of a pull request, if any image is from one. */
async function readMergedRef(
  trees: readonly (WorkTree | undefined)[],
  findFacts: FindFacts,
): Promise<GitRef> {
  const facts = await mapLimit(trees, IMAGES_AT_ONCE, findFacts)
  const refs = facts.map(({ ref }) => ref)
  return refs.find(({ kind }) => kind === 'pull-request') ?? refs[0] ?? (await findFacts(undefined)).ref
}

/** Reads the Git ref, the repository and the commit date of each container. */
async function readFacts(
  containers: readonly ContainerImages[],
  findFacts: FindFacts,
  github: Parameters<typeof withCommitDate>[1],
): Promise<(container: ContainerImages) => GitFacts> {
  const facts = new Map<string, GitFacts>()
  for (const { name, tree } of containers)
    facts.set(name, await withCommitDate(await findFacts(tree), github))
  return ({ name }) => {
    const found = facts.get(name)
    if (found === undefined) throw new Error(`${name} is not one of the containers`)
    return found
  }
}

interface StepContext {
  readonly tags: TagContext
  readonly settings: DestinationSettings
  /** Absent if no SBOMs are requested. */
  readonly sbomSteps: typeof import('./publish-sboms.js') | undefined
  /** Absent if nothing is signed, as the next field. */
  readonly attestSteps: typeof import('./attest-indexes.js') | undefined
  readonly attestation: Attestation | undefined
  readonly isReleased: boolean
  readonly host: Host
  readonly watch: Stopwatch<MergePhase>
  readonly budget: Budget
}

/** An index whose tags were set, or could not be set in some repositories. */
interface TaggedIndex extends Pick<DescribedIndex, 'sboms' | 'attestations'> {
  readonly merged: Merged
  readonly attempts: readonly Attempt<PushResult>[]
}

/**
 * Runs each step for all containers before the next step. A failure ends the run after its step. So nothing is pushed if any
 * container is incomplete, and no tag is set before everything is pushed.
 */
async function runSteps(
  indexes: readonly IndexToPush[],
  { tags, settings, sbomSteps, attestSteps, attestation, isReleased, host, watch, budget }: StepContext,
): Promise<{ tagged: TaggedIndex[]; packageChanges: PackageChanges[] }> {
  const parts = { title: nameIndexes(indexes), total: indexes.length }
  const decided = await showPartsIfSlow(host.log, { ...parts, activity: 'reading tags' }, countOne =>
    requireEach(indexes, host, index => decideTags(index, tags).finally(countOne)),
  )
  const { prover } = tags
  const described = await watch.time('verify', async () => {
    // An archive with a record must not exist before the layers are proved.
    if (decided.some(({ destination }) => destination.archive !== undefined)) await prover.finish()
    await requireEach(decided, host, index => writeIndexArchive(index, host, settings.uploadsArchives))
    return requireEach(decided, host, async (index): Promise<DescribedIndex> => {
      const sboms = await sbomSteps?.describeIndex(index, isReleased, host)
      const written = sboms && (await sbomSteps?.writeSbomFiles(sboms, host))
      const complete = written ?? { ...index, sboms: [], attestations: [] }
      return (attestation && (await attestSteps?.attestArchive(complete, attestation))) ?? complete
    })
  })
  budget.begin()
  let sent: SentIndex[]
  let tagged: TaggedIndex[]
  try {
    sent = await watch.time('upload', async () => {
      const sent = await sendIndexes(described, host, () => prover.finish())
      return (await sbomSteps?.pushSboms(sent, host)) ?? sent
    })
    if (attestSteps && attestation)
      sent = await watch.time('attest', () => attestSteps.attestIndexes(sent, attestation))
    tagged = await watch.time('tag', () =>
      showPartsIfSlow(host.log, { ...parts, activity: 'setting tags' }, countOne =>
        mapLimit(sent, IMAGES_AT_ONCE, async index => {
          const { sboms, attestations } = index
          return { ...(await setTags(index, tags).finally(countOne)), sboms, attestations }
        }),
      ),
    )
  } finally {
    budget.end()
  }
  await sbomSteps?.uploadSboms(described, host)
  await attestSteps?.uploadBundles(sent, host)
  return { tagged, packageChanges: (await sbomSteps?.findChangesOfTags(sent, host)) ?? [] }
}

/** Runs a step for all indexes, even if it fails for one of them, and then throws the failures. */
async function requireEach<T extends IndexToPush, R>(
  indexes: readonly T[],
  { signal }: Host,
  step: (index: T) => Promise<R>,
): Promise<R[]> {
  const attempts = await mapLimit(indexes, IMAGES_AT_ONCE, index =>
    attempt(index.destination.container.name, () => step(index)),
  )
  return requireAll(attempts, signal)
}

interface ReportDetails {
  readonly times: MergeTimes
  readonly artifacts: RunArtifacts | undefined
  /** The images as they were built. Build reports of other images are left out. */
  readonly images: readonly PlatformImage[]
  readonly uploadsArchives: boolean
  /** The containers whose tags could not be set in every repository. */
  readonly failed: readonly string[]
  /** Links to the commit and to the artifacts, as Markdown. */
  readonly links: string
  readonly packageChanges: readonly PackageChanges[]
  /** The signer of the pushed images. */
  readonly signer: NamedSigner | undefined
}

/** Sets the outputs, logs the results and adds the summary. */
async function reportMerge(
  merged: readonly Merged[],
  host: Host,
  { times, artifacts, images, uploadsArchives, failed, links, packageChanges, signer }: ReportDetails,
): Promise<void> {
  const pushed = merged.flatMap(each => each.pushed)
  const outputs = {
    digest: merged.map(({ digest }) => digest).join('\n'),
    image: pushed.map(({ image }) => image).join('\n'),
    tags: pushed.flatMap(({ tags }) => tags).join('\n'),
    'archive-paths': merged.flatMap(({ archive }) => archive ?? []).join('\n'),
    images: JSON.stringify(mapByContainer(merged)),
    json: JSON.stringify(merged),
  }
  setOutputs('merge', outputs, host)
  for (const line of formatMergedLines(merged, host.columns)) host.log.info(line)
  if (merged.length === 0) return
  const references = pushed.map(({ image }) => image)
  // In a job, they are in the summary.
  if (signer && host.kind === 'local') logVerification(references, signer, host.log)
  const archives = uploadsArchives ? artifactSourceOf(host) : undefined
  const { reports, unread } = await readReports(artifacts, host.log, images)
  host.addSummary(
    formatMergeSummary(merged, reports, {
      times,
      unread,
      failed,
      links,
      packageChanges,
      verification: signer && formatVerification(references, signer),
      ...(archives && { artifacts: archives }),
    }),
  )
}

function unpushedOf({ destination: { container }, index }: IndexToPush): UnpushedImage {
  return {
    container: container.name,
    platforms: index.images.map(({ platform }) => formatPlatform(platform)),
    digest: index.blob.digest,
  }
}

/** Returns the workflow run whose artifacts contain the archives. */
function artifactSourceOf({ env }: Host): ArtifactSource | undefined {
  const { GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env
  return repository && run ? { repository, run } : undefined
}
