import { access, constants, mkdir, rm } from 'node:fs/promises'
import type { Host, RunCache } from '../../host/host.js'
import { showActivity } from '../../host/progress.js'
import { checkEncoding } from '../../image/format/ordered-block-writer.js'
import { setOutputs } from '../../input/action-outputs.js'
import type { BuildInputs } from '../../input/input-table.js'
import type { Container } from '../../nix/container.js'
import { detectSystem } from '../../nix/detect-system.js'
import type { Nix } from '../../nix/nix.js'
import { KnownLayers } from '../../oci/image.js'
import { mapLimit } from '../../util/async.js'
import { codeOf, isSystemError, UserError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'
import { limitList } from '../../util/text.js'
import { prepareSystems } from '../emulation/emulation.js'
import { addPostJobWork, type CacheEntry } from '../setup/post-job.js'
import { prepareNix, type ReadyNix } from '../setup/ready-nix.js'
import {
  type BuiltArchive,
  type BuiltImage,
  createStopwatch,
  type JobPhase,
  type Stopwatch,
  uploadReport,
} from '../shared/build-report.js'
import { mayPush } from '../shared/destinations.js'
import { type Attempt, attempt, requireAll, valuesOf, warnOnFailure } from '../shared/failures.js'
import { findContainers } from '../shared/find-containers.js'
import { type BuildFacts, readGitFacts } from '../shared/git.js'
import { archivesFolderOf, reportArchivesFolder } from '../shared/job-folder.js'
import { RecordedDiffIds } from '../shared/layer-keys.js'
import { formatBuildSummary, type UnbuiltImage } from '../summary/build-summary.js'
import { formatRunLinks } from '../summary/links.js'
import { formatCachedLine } from '../summary/result-lines.js'
import type { Tester } from '../test/create-tester.js'
import { checkTestNames, namesOf } from '../test/select-tests.js'
import {
  archiveFileOf,
  type BuildContext,
  type BuiltContainer,
  buildContainer,
  scriptSystemOf,
  useCachedImage,
} from './build-container.js'
import { createVariantChooser } from './choose-variants.js'
import type { OriginCollector } from './collect-origin.js'
import { createImageCache, type ImageCache } from './image-cache.js'
import { createScriptIsolator } from './isolate-scripts.js'
import {
  checkMergeDestinations,
  isThinBuild,
  lookUpPublishedLayers,
  type ReuseInputs,
} from './known-layers.js'
import { warnOfCacheProblems } from './nix-build.js'
import { type PushRequest, pushBuiltContainers } from './push-to-caches.js'
import { openStoreCache, type StoreCache } from './store-cache.js'

/** Inputs that not every caller has. */
type BuildOnlyInputs = 'nixVersion' | 'nixUrl' | 'nixSha256' | 'persist' | 'cache' | 'cacheSize'
/** Inputs that are read before the command runs. */
type CommandLineInputs = 'json' | 'quiet' | 'verbose' | 'passwordStdin'
/** Inputs that select the layers to leave out of archives. */
type ThinArchiveInputs = 'archiveLayers' | 'force' | Exclude<keyof ReuseInputs, 'githubToken'>

/** The inputs that `build` and `publish` have in common. */
type CommonInputs = Omit<BuildInputs, CommandLineInputs | BuildOnlyInputs | ThinArchiveInputs> &
  Pick<BuildInputs, 'force'> &
  Partial<Pick<BuildInputs, BuildOnlyInputs>>

export type BuildRequest = CommonInputs & Pick<BuildInputs, 'archiveLayers'> & ReuseInputs

/** Two, so that Nix builds the next container while one is packed. */
const BUILDS_AT_ONCE = 2
const DOWNLOADS_AT_ONCE = 4

/** If two builds need the same derivation, one of them waits and polls. The default interval of Nix is 5 seconds. */
const POLL_OPTIONS = ['--option', 'build-poll-interval', '1']

/**
 * The command `build`: builds containers and writes an archive of each. If a container fails, the others are still built, and the
 * error is thrown at the end.
 */
export async function build(inputs: BuildRequest, host: Host): Promise<BuiltArchive[]> {
  const folder = inputs.output ?? archivesFolderOf(host)
  const facts = await readGitFacts(inputs.flake, host)
  const { ref } = facts
  const isThin = isThinBuild(inputs, ref, host)
  const onBuilt = (archives: readonly BuiltArchive[]): void => setBuildOutputs(archives, host)
  // Only images that are pushed are signed.
  const isAttested = inputs.attest !== 'false' && mayPush(inputs, host, ref)
  const built = await buildSelected({ inputs, folder, facts, host, isAttested, onBuilt }, async found => {
    checkMergeDestinations(found, inputs, ref, host)
    const publishedLayersOf = isThin ? await lookUpPublishedLayers(found, inputs, ref, host) : () => undefined
    return { containers: found, publishedLayersOf }
  })
  if (built.length > 0) reportArchivesFolder(folder, host)
  return archivesOf(built)
}

function archivesOf(containers: readonly BuiltContainer[]): BuiltArchive[] {
  return containers.flatMap(({ built, file }) => (file === undefined ? [] : [{ ...built, file }]))
}

/** The containers to build. */
export interface Selection {
  readonly containers: readonly Container[]
  readonly publishedLayersOf: BuildContext['publishedLayersOf']
}

/**
 * Finds the containers of a flake, and builds and packs the ones that `select` returns.
 *
 * @param folder the folder for archives; without it, no archives are written, and each result has its `PlatformImage`
 */
export async function buildSelected(
  { inputs, folder, facts, host, ...run }: BuildRun,
  select: (containers: readonly Container[]) => Promise<Selection>,
): Promise<BuiltContainer[]> {
  checkEncoding(inputs.compression, inputs.compressionLevel)
  if (folder !== undefined) await checkOutputFolder(folder)
  const watch = createStopwatch<JobPhase>()
  const ready = await watch.time('nix', () => prepareNix(inputs, host))
  const systems = inputs.systems.length > 0 ? inputs.systems : [detectSystem()]
  const prepare = prepareForEvaluation(ready.nix, inputs, host)
  const origins = run.isAttested ? await openOriginCollector(ready.nix, inputs.flake, host) : undefined
  const evaluation = { title: `flake ${inputs.flake}`, activity: 'evaluating' }
  const found = await watch.time('evaluate', () =>
    showActivity(host.log, evaluation, () =>
      findContainers(ready.nix, systems, inputs, host, {
        prepare,
        ...(origins && { onLine: origins.readLine }),
      }),
    ),
  )
  facts.report()
  reportUnselectedTests(found, inputs, host)
  const selection = await select(found)
  const job = { inputs, ready, facts, host, folder, watch, origins, ...run }
  const prepared = await prepareBuilds(selection, job).catch(async error => {
    await reportBuild([], unbuiltOf(selection.containers, host), job)
    throw error
  })
  return buildAll(prepared, job)
}

/**
 * Throws a `UserError` if a test is for a container that does not exist. A job that builds some of the containers gets the tests
 * of all of them: there, the plan has checked the names.
 */
function reportUnselectedTests(
  found: readonly Container[],
  { test, containers }: CommonInputs,
  { kind, log }: Host,
): void {
  if (kind !== 'github' || containers.length === 0) checkTestNames(test, found)
  const others = namesOf(test).filter(name => !found.some(each => each.name === name))
  if (others.length > 0)
    log.info(`${nameInput('test')} is also for containers that this job does not build: ${limitList(others)}`)
}

/** Creates the folder for archives. Throws a `UserError` before anything is built if files cannot be written there. */
async function checkOutputFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK)
  } catch (error) {
    if (!isSystemError(error)) throw error
    const isFile = ['EEXIST', 'ENOTDIR'].includes(codeOf(error) ?? '')
    const reason = isFile ? 'it is a file, or under a file' : error.message
    throw new UserError(`Archives cannot be written to the folder ${folder}: ${reason}. Nothing was built`, {
      hint: `Set ${nameInput('output')} to a folder that you can write to.`,
      cause: error,
    })
  }
}

/**
 * Returns a function that prepares this machine for an evaluation that has to build for a system, and returns the same options of
 * Nix as for a build. The evaluations of several systems run at the same time, and each system is prepared once.
 */
function prepareForEvaluation(nix: Nix, inputs: CommonInputs, host: Host) {
  let last: Promise<unknown> = Promise.resolve()
  const prepared = new Map<string, Promise<readonly string[]>>()
  const prepare = async (system: string): Promise<readonly string[]> => {
    const result = (await prepareSystems(nix, [system], inputs, host)).get(system)
    if (result?.how === 'none') throw result.problem
    return result?.options ?? []
  }
  return (system: string): Promise<readonly string[]> => {
    const known = prepared.get(system)
    if (known !== undefined) return known
    const next = last.then(() => prepare(system))
    last = next.catch(() => {})
    prepared.set(system, next)
    return next
  }
}

/** What a run builds. */
interface BuildRun {
  readonly inputs: CommonInputs
  readonly folder: string | undefined
  readonly facts: BuildFacts
  readonly host: Host
  /** False for a run whose builds must not get into caches. */
  readonly savesBuilds?: false
  /** The images get a signed provenance: the run records how it built them, and restores nothing from caches. */
  readonly isAttested?: boolean
  /** Called with the archives of the containers that succeeded, even if others failed. */
  readonly onBuilt?: (archives: readonly BuiltArchive[]) => void
}

interface JobContext extends BuildRun {
  readonly ready: ReadyNix
  readonly watch: Stopwatch<JobPhase>
  /** Missing if no provenance is wanted. */
  readonly origins: OriginCollector | undefined
}

interface PreparedBuilds {
  readonly containers: readonly Container[]
  /** The containers that were not in the image cache. */
  readonly uncached: readonly Container[]
  readonly images: ImageCache
  readonly store: StoreCache | undefined
  /** Restores a container from the image cache, or builds it. */
  readonly build: (container: Container) => Promise<BuiltContainer>
}

/** Restores what is cached, and prepares this machine for the systems of the other containers. */
async function prepareBuilds(
  { containers, publishedLayersOf }: Selection,
  job: JobContext,
): Promise<PreparedBuilds> {
  const { inputs, ready, facts, host, folder, watch } = job
  const cache = inputs.cache === false ? undefined : limitCache(host.cache, job)
  const images = createImageCache(folder === undefined ? undefined : cache, {
    host,
    compression: compressionOf(inputs),
    tree: facts.tree,
    sbom: inputs.sbom,
    force: inputs.force,
  })
  const restore = async (container: Container) =>
    folder === undefined ? undefined : images.restore(container, archiveFileOf(container, folder))
  const restored = await watch.time('restore', () => mapLimit(containers, DOWNLOADS_AT_ONCE, restore))
  const cached = new Map(containers.map((container, n) => [container, restored[n]]))
  const uncached = containers.filter(container => cached.get(container) === undefined)
  const store =
    uncached.length === 0 ? undefined : await openStoreCache(cache, host, containers, inputs.cacheSize)
  const builders = uncached.map(container => container.builder)
  const systems = await prepareSystems(ready.nix, builders, inputs, host)
  const scripts = createScriptIsolator(ready.nix, { policy: inputs.streamScripts, host })
  // Before anything is built: throws an error if scripts must be isolated and cannot be.
  for (const container of uncached.filter(each => each.streamed && each.conf === undefined))
    await scripts.isolate(scriptSystemOf(container, systems.get(container.builder)))
  const canUse = async (variant: Container): Promise<boolean> => {
    const prepared = systems.get(variant.builder)
    const canRun = prepared?.runnable === true && ready.nix.storeRoot === undefined
    return !variant.streamed || (canRun && scripts.mayRun(scriptSystemOf(variant, prepared)))
  }
  const extraCaches = store?.uri === undefined ? [] : [store.uri]
  const options = { nix: ready.nix, host, canUse, nixOptions: POLL_OPTIONS, extraCaches }
  const chooseVariant = createVariantChooser(uncached, options)
  const tester = await openTester(containers, inputs, host)
  const context = createBuildContext(job, { extraCaches, chooseVariant, publishedLayersOf, scripts, tester })
  const build = (container: Container): Promise<BuiltContainer> => {
    const image = cached.get(container)
    if (image) return useCachedImage(image, container, context)
    return buildContainer(container, systems.get(container.builder), context)
  }
  return { containers, uncached, images, store, build }
}

/** Loaded only if it is asked for. */
async function openOriginCollector(nix: Nix, flake: string, host: Host): Promise<OriginCollector> {
  const { createOriginCollector } = await import('./collect-origin.js')
  return createOriginCollector(nix, flake, host)
}

/** Loaded only if there are tests. */
async function openTester(
  containers: readonly Container[],
  inputs: CommonInputs,
  host: Host,
): Promise<Tester | undefined> {
  if (inputs.test.length === 0 || containers.length === 0) return undefined
  const { createTester } = await import('../test/create-tester.js')
  return createTester(containers, inputs, host)
}

const NOTHING_TO_PUSH: Attempt<void> = { done: true, value: undefined }

async function buildAll(
  { containers, uncached, images, store, build }: PreparedBuilds,
  job: JobContext,
): Promise<BuiltContainer[]> {
  const { inputs, ready, facts, host, folder, watch } = job
  const started = new Set<Container>()
  const results = await mapLimit(containers, BUILDS_AT_ONCE, container =>
    attempt(container.name, () => {
      host.signal.throwIfAborted()
      started.add(container)
      return build(container)
    }),
  )
  const successful = valuesOf(results)
  const cachedImages = successful.map(each => each.built).filter(({ cached }) => cached)
  if (cachedImages.length > 0) host.log.info(formatCachedLine(cachedImages, host.columns))
  job.onBuilt?.(archivesOf(successful))
  const isUncached = new Set(uncached)
  const built = containers.filter((container, n) => isUncached.has(container) && results[n]?.done)
  const cachedCount = containers.length - uncached.length
  const save = (): Promise<Attempt<void>> =>
    saveForLaterRuns(
      { store, images, uncached, built, cachedCount },
      { nix: ready.nix, inputs, facts, host, folder },
    )
  const pushed = job.savesBuilds === false ? NOTHING_TO_PUSH : await watch.time('save', save)
  const failed = containers.filter((_, n) => !results[n]?.done)
  await reportBuild(
    successful.map(each => each.built),
    unbuiltOf(failed, host, started),
    job,
  )
  const all = requireAll(results, host.signal)
  requireAll([pushed], host.signal)
  return all
}

/**
 * Other runs of the default branch read what this run saves, except for the run of a pull request: GitHub keeps its caches apart.
 * So a run that builds another commit than that of its event saves nothing.
 */
function limitCache(cache: RunCache | undefined, { facts, origins, host }: JobContext): RunCache | undefined {
  const { ref, isEventCommit } = facts
  const readable = cache && origins ? limitToSaving(cache, host) : cache
  if (readable === undefined || isEventCommit || ref.event === 'pull_request') return readable
  return { ...readable, readOnly: true }
}

/**
 * Nothing in the cache of GitHub is signed, and every job of the default branch can write it. So nothing of it may get into an
 * image whose provenance is signed. Other runs may still read what this one saves.
 */
function limitToSaving(cache: RunCache, { log }: Host): RunCache {
  log.info(
    'Nothing is restored from the GitHub Actions cache, because it is not signed and the provenance would not be true. To ' +
      `download builds from a signed binary cache, set ${nameInput('cachix')}, or ${nameInput('push-to')} and ` +
      nameInput('extra-substituters'),
  )
  return {
    ...cache,
    // A self-hosted runner keeps the folder.
    restore: async path => {
      await rm(path, { recursive: true, force: true })
      return undefined
    },
  }
}

/** Archives with different compression have different cache keys. */
function compressionOf({ compression, compressionLevel }: CommonInputs): string {
  return compressionLevel === undefined ? compression : `${compression}-${compressionLevel}`
}

function createBuildContext(
  { inputs, ready, facts, host, folder, origins }: JobContext,
  parts: Pick<BuildContext, 'extraCaches' | 'chooseVariant' | 'publishedLayersOf' | 'scripts' | 'tester'>,
): BuildContext {
  const warnOfProblems = warnOfCacheProblems(host.log)
  return {
    nix: ready.nix,
    host,
    encoding: inputs.compression,
    level: inputs.compressionLevel,
    folder,
    tree: facts.tree,
    sbom: inputs.sbom,
    flake: inputs.flake,
    origins,
    skipChecks: inputs.skipChecks,
    ...parts,
    packedLayers: new KnownLayers(),
    packedDiffIds: new RecordedDiffIds(),
    nixOptions: POLL_OPTIONS,
    onLine(line: string) {
      warnOfProblems(line)
      origins?.readLine(line)
      host.log.debug(line)
    },
  }
}

/** Sets the outputs of the build action. They contain the containers that succeeded, even if others failed. */
function setBuildOutputs(built: readonly BuiltArchive[], host: Host): void {
  const outputs = {
    'archive-paths': built.map(({ file }) => file).join('\n'),
    containers: [...new Set(built.map(({ container }) => container))].join('\n'),
    images: JSON.stringify(mapBySystem(built)),
    json: JSON.stringify(built),
  }
  setOutputs('build', outputs, host)
}

/** Returns the value of the output `images`. */
function mapBySystem(built: readonly BuiltArchive[]): Readonly<Record<string, object>> {
  const names = [...new Set(built.map(({ container }) => container))]
  const imagesOf = (name: string) =>
    built
      .filter(({ container }) => container === name)
      .map(({ system, file, digest, platform }) => [system, { archive: file, digest, platform }] as const)
  return Object.fromEntries(names.map(name => [name, Object.fromEntries(imagesOf(name))]))
}

/** Adds the job summary, and uploads the report that the merge job reads. */
async function reportBuild(
  built: readonly BuiltImage[],
  unbuilt: readonly UnbuiltImage[],
  { host, facts, watch }: JobContext,
): Promise<void> {
  const report = { ...watch.read(), built }
  const links = formatRunLinks(facts, host)
  if (built.length + unbuilt.length > 0) host.addSummary(formatBuildSummary(report, { unbuilt, links }))
  await uploadReport(report, host)
}

/** @param started the containers whose builds have started; a build that did not fail was stopped by the signal */
function unbuiltOf(
  containers: readonly Container[],
  { signal }: Host,
  started: ReadonlySet<Container> = new Set(),
): UnbuiltImage[] {
  const resultOf = (container: Container): UnbuiltImage['result'] => {
    if (!started.has(container)) return 'not started'
    return signal.aborted ? 'stopped' : 'failed'
  }
  return containers.map(container => {
    const { name, system } = container
    return { container: name, system, result: resultOf(container) }
  })
}

interface BuildResults {
  readonly store: StoreCache | undefined
  readonly images: ImageCache
  /** The containers that were not in the image cache. */
  readonly uncached: readonly Container[]
  /** The uncached containers that were built without an error. */
  readonly built: readonly Container[]
  /** The number of containers that were in the image cache. */
  readonly cachedCount: number
}

interface SaveContext {
  readonly nix: Nix
  readonly inputs: PushRequest
  readonly facts: BuildFacts
  readonly host: Host
  /** The folder of the archives, if there are any. */
  readonly folder: string | undefined
}

/** Files on another file system are copied. */
const COPIES_AT_ONCE = 2

/**
 * Pushes built store paths to binary caches, and prepares the cache entries that the post step saves. Store paths are exported
 * now, because Nix may not run in the post step. Archives are only saved if the push succeeded, because a run that finds an
 * archive pushes nothing.
 */
export async function saveForLaterRuns(
  { store, images, uncached, ...results }: BuildResults,
  { nix, inputs, facts, host, folder }: SaveContext,
): Promise<Attempt<void>> {
  await saveAfterJob([await store?.prepareSave(nix, uncached)], host)
  const outcome = { ...results, ref: facts.ref }
  const pushed = await attempt('push to binary caches', () => pushBuiltContainers(nix, outcome, inputs, host))
  if (pushed.done && folder !== undefined) {
    const archives = await mapLimit(results.built, COPIES_AT_ONCE, each =>
      images.prepareSave(each, archiveFileOf(each, folder)),
    )
    await saveAfterJob(archives, host)
  }
  return pushed
}

async function saveAfterJob(entries: readonly (CacheEntry | undefined)[], host: Host): Promise<void> {
  const saves = entries.filter(entry => entry !== undefined)
  if (saves.length === 0) return
  await warnOnFailure('Cannot save caches for later runs', host.log, () =>
    addPostJobWork(host.stateFolder, { saves }),
  )
}
