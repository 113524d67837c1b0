import type { Host } from '../../host/host.js'
import type { Budget } from '../../http/retry.js'
import type { MergeInputs } from '../../input/inputs.js'
import { parseReference } from '../../oci/reference.js'
import type { RegistryClient } from '../../registry/client.js'
import { Repository } from '../../registry/repository.js'
import type { GitRef } from '../../tags/subject.js'
import { mapLimit } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import { gather, gatherPlan, type OpenRepository } from '../shared/archives.js'
import { readReports, type Stopwatch, stopwatch } from '../shared/build-report.js'
import { type Destinations, destinations, ownerOf, resolveDestinations } from '../shared/destinations.js'
import { allOrFail, attempt } from '../shared/failures.js'
import { type GitFacts, gitFacts, githubOf, withCommitDate } from '../shared/git.js'
import { type Merged, summaryOf } from '../shared/merge-result.js'
import type { PlanDocument } from '../shared/plan-document.js'
import { type ContainerImages, IMAGES_AT_ONCE, type PlatformImage } from '../shared/platform-image.js'
import { mergeSummary, type Trial } from '../summary/merge-summary.js'
import type { MergePhase, MergeTimes } from '../summary/timeline.js'
import { historyOf } from './decide-tags.js'
import { checkExternalLayers, openUnchanged, openWholes, refuseInputs } from './group.js'
import { shareLayers } from './make-index.js'
import { prepareIndexes } from './prepare-indexes.js'
import {
  decideTags,
  type IndexToPush,
  nameOf,
  openPushClient,
  type PushClient,
  prepare,
  send,
  setTags,
  type TaggingOfRun,
} from './push-index.js'
import { releaseMerged, releasePlanOf } from './release-step.js'

export type MergeRequest = Omit<MergeInputs, 'json' | 'verbose' | 'passwordStdin'>

/** Joins the archives of each container and puts the result where it is asked for. */
export async function merge(inputs: MergeRequest, host: Host): Promise<Merged[]> {
  const git = await gitFacts(host)
  const to = resolveDestinations(inputs, host, git.ref)
  const plan = await gatherPlan(inputs.plan, host)
  const watch = stopwatch<MergePhase>()
  const files = await watch.time('download', () => gather(inputs.archives, host, plan))
  return mergeArchives({ files, plan, git, to, watch }, inputs, host)
}

/** What there is to merge, and where it goes. */
interface Parts {
  readonly files: readonly string[]
  /** What was packed just now, without an archive. */
  readonly pieces?: readonly PlatformImage[]
  readonly plan: PlanDocument | undefined
  readonly git: GitFacts
  readonly to: Destinations
  readonly watch?: Stopwatch<MergePhase>
  /** To speak to registries with, where there is one already. */
  readonly pusher?: PushClient
}

/**
 * Merges all containers or none: each step is done for every container before the next one begins, and a failure ends the run
 * after its step. So nothing is pushed unless everything is whole, and no tag moves unless everything is pushed.
 */
export async function mergeArchives(
  parts: Parts,
  inputs: Omit<MergeRequest, 'archives' | 'plan' | 'release'> & Partial<Pick<MergeRequest, 'release'>>,
  host: Host,
): Promise<Merged[]> {
  const { to, watch = stopwatch() } = parts
  const pusher = parts.pusher ?? openPushClient(to, inputs.pushTimeout, host)
  const { client } = pusher
  try {
    const wholes = shareLayers(await wholesOf(parts, inputs.systems, client, host.signal))
    const places = destinations(wholes, to, ownerOf(host))
    refuseInputs(places, wholes)
    const github = await githubOf(inputs, host, host.signal)
    const { ref, source } = await withCommitDate(parts.git, github?.repository)
    const tools = { client, signal: host.signal, log: host.log }
    const goods = prepareIndexes(places, inputs, { ref, ...(source && { source }) }, tools)
    const release = inputs.release ? releasePlanOf(goods, ref, github?.hasToken ?? false) : undefined
    const history = historyOf(github?.repository)
    const tagging = { history, branch: branchOf(ref), overwrite: inputs.overwrite, log: host.log }
    const steps = {
      ref,
      tagging,
      asArtifacts: to.asArtifacts,
      host,
      watch,
      signal: host.signal,
      budget: pusher.budget,
    }
    const tagged = await takeSteps(goods, steps)
    const merged = tagged.map(each => each.merged)
    const view = {
      times: watch.read().times,
      asArtifacts: to.asArtifacts,
      derivations: derivationsOf(wholes),
    }
    await reportMerge(merged, host, view)
    const attempts = tagged.flatMap(each => each.attempts)
    allOrFail(attempts, host.signal)
    if (release && github) await releaseMerged(release, merged, github.repository, tools)
    return merged
  } finally {
    if (parts.pusher === undefined) client.close()
  }
}

interface Steps {
  readonly ref: GitRef
  readonly tagging: TaggingOfRun
  readonly asArtifacts: boolean
  readonly host: Host
  readonly watch: Stopwatch<MergePhase>
  readonly signal: AbortSignal
  readonly budget: Budget
}

/** Each step for all containers before the next one. */
async function takeSteps(goods: readonly IndexToPush[], steps: Steps) {
  const { ref, tagging, asArtifacts, host, watch, signal, budget } = steps
  const decided = await forAll(goods, good => decideTags(good, ref, tagging), signal)
  const prepared = await watch.time('verify', () =>
    forAll(decided, good => prepare(good, host, asArtifacts), signal),
  )
  budget.begin()
  try {
    const sent = await watch.time('send', () => send(prepared, host))
    return await watch.time('tag', () =>
      mapLimit(sent, IMAGES_AT_ONCE, good => setTags(good, tagging, signal)),
    )
  } finally {
    budget.end()
  }
}

function branchOf({ kind, name }: GitRef): string | undefined {
  return kind === 'branch' ? name : undefined
}

function derivationsOf(wholes: readonly ContainerImages[]): ReadonlySet<string> {
  return new Set(wholes.flatMap(({ pieces }) => pieces.flatMap(({ derivation }) => derivation ?? [])))
}

/** What was built, and what the plan found unchanged, by name. */
async function wholesOf(
  { files, pieces = [], plan, to }: Parts,
  systems: MergeInputs['systems'],
  client: RegistryClient,
  signal: AbortSignal,
): Promise<ContainerImages[]> {
  const registry = openerOf(to, client, signal)
  const built = await openWholes({ files, pieces }, registry, systems, plan, signal)
  await checkExternalLayers(built, signal)
  const unchanged = await mapLimit(plan?.containers ?? [], IMAGES_AT_ONCE, async planned => {
    const { build, standing } = planned
    return build || standing === undefined ? [] : [await openUnchanged(planned, standing, client, signal)]
  })
  return [...built, ...unchanged.flat()].sort((a, b) => (a.container < b.container ? -1 : 1))
}

/** An archive is not to say to whom this run speaks. */
function openerOf({ registries }: Destinations, client: RegistryClient, signal: AbortSignal): OpenRepository {
  const known = new Set(registries.map(({ registry }) => registry))
  return (name, path) => {
    const reference = parseReference(name)
    if (known.has(reference.registry)) return new Repository(client, reference, { signal })
    throw new UserError(`${path} is a thin archive: its layers are in ${name}, where this run does not go`, {
      hint: 'Name that place with `image` (with `push: false` where nothing is to be pushed), or build with `archives: full`.',
    })
  }
}

/** Takes a step for all, and fails after it when it failed for any. */
async function forAll<T extends IndexToPush, R>(
  goods: readonly T[],
  step: (good: T) => Promise<R>,
  signal: AbortSignal,
): Promise<R[]> {
  const attempts = await mapLimit(goods, IMAGES_AT_ONCE, good => attempt(nameOf(good), () => step(good)))
  return allOrFail(attempts, signal)
}

interface Telling {
  readonly times: MergeTimes
  readonly asArtifacts: boolean
  /** Of what was merged; what jobs report of others is left out. */
  readonly derivations: ReadonlySet<string>
}

/** Tells a person, and later steps, what was merged. */
async function reportMerge(
  merged: readonly Merged[],
  host: Host,
  { times, asArtifacts, derivations }: Telling,
): Promise<void> {
  const pushed = merged.flatMap(each => each.pushed)
  const lines = {
    digest: merged.map(({ digest }) => digest),
    image: pushed.map(({ image }) => image),
    tags: pushed.flatMap(({ tags }) => tags),
    archives: merged.flatMap(({ archive }) => archive ?? []),
  }
  for (const [name, values] of Object.entries(lines)) host.setOutput(name, values.join('\n'))
  host.setOutput('json', JSON.stringify(merged))
  for (const done of merged) host.log.info(summaryOf(done))
  if (merged.length === 0) return
  const trial = asArtifacts ? trialOf(host) : undefined
  const { reports, unread } = await readReports(host, derivations)
  host.addSummary(mergeSummary(merged, reports, { times, unread, ...(trial && { trial }) }))
}

/** Where the archives of a run can be had that pushes nothing. */
function trialOf({ env }: Host): Trial | undefined {
  const { GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env
  return repository && run ? { repository, run } : undefined
}
