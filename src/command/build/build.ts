import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host } from '../../host/host.js'
import { checkEncoding } from '../../image/format/blocks.js'
import type { BuildInputs } from '../../input/inputs.js'
import type { Container } from '../../nix/container.js'
import type { Nix } from '../../nix/nix.js'
import { detectSystem } from '../../nix/system.js'
import { KnownLayers } from '../../oci/image.js'
import { mapLimit } from '../../util/async.js'
import { prepareAll } from '../emulation/emulation.js'
import { addPostJobWork, type Save } from '../setup/finish.js'
import { type ReadyNix, readyForBuild } from '../setup/ready-nix.js'
import { ARCHIVES_FOLDER } from '../shared/archives.js'
import {
  type Built,
  type JobPhase,
  leaveReport,
  type RunReport,
  type Stopwatch,
  stopwatch,
} from '../shared/build-report.js'
import { type Attempt, allOrFail, attempt, succeeded, warnOnFailure } from '../shared/failures.js'
import { findContainers } from '../shared/find-containers.js'
import { gitFacts } from '../shared/git.js'
import { buildSummary } from '../summary/build-summary.js'
import {
  type BuildSurroundings,
  type BuiltContainer,
  buildContainer,
  fileOf,
  takeCached,
} from './build-container.js'
import { type ImageCache, imageCache } from './image-cache.js'
import { layersInRegistries, makesThin, type ReuseInputs } from './known-layers.js'
import { cacheTroubles } from './nix-build.js'
import { type PushRequest, pushBuilt } from './push-to-caches.js'
import { openStoreCache, type StoreCache } from './store-cache.js'

type ForActions = 'nixVersion' | 'nixUrl' | 'nixSha256' | 'cache' | 'cacheSize'
type Ours = 'json' | 'verbose' | 'passwordStdin' | ForActions

/** What a build asks for, whatever becomes of its images. */
type MakeRequest = Omit<
  BuildInputs,
  Ours | 'archives' | 'force' | Exclude<keyof ReuseInputs, 'githubToken'>
> &
  Partial<Pick<BuildInputs, ForActions>>

export type BuildRequest = MakeRequest & Pick<BuildInputs, 'archives' | 'force'> & ReuseInputs

/** While one container is turned into an archive, the next is built. */
const BUILDS_AT_ONCE = 2
const DOWNLOADS_AT_ONCE = 4

/** When two builds need the same, one of them waits, and Nix looks every five seconds whether it may go on. */
const LOOK_OFTEN = ['--option', 'build-poll-interval', '1']

/** Builds the asked-for containers for the asked-for systems and leaves an archive of each; one failure does not stop the others. */
export async function build(inputs: BuildRequest, host: Host): Promise<Built[]> {
  const folder = inputs.output ?? defaultFolder(host)
  const { ref } = await gitFacts(host)
  const isThin = makesThin(inputs, ref, host)
  await mkdir(folder, { recursive: true })
  const made = await buildSelected(inputs, folder, host, async found => ({
    containers: found,
    there: isThin ? await layersInRegistries(found, inputs, ref, host) : () => undefined,
  }))
  return archivesOf(made)
}

function archivesOf(made: readonly BuiltContainer[]): Built[] {
  return made.flatMap(({ built, file }) => (file === undefined ? [] : [{ ...built, file }]))
}

/** What of a flake is built. */
export interface Chosen {
  readonly containers: readonly Container[]
  /** What the repositories of a container have already. */
  readonly there: BuildSurroundings['there']
}

/**
 * Builds and packs what `choose` takes out of what the flake has.
 *
 * @param folder where archives go; without one there are none, and each piece is given as it is
 */
export async function buildSelected(
  inputs: MakeRequest,
  folder: string | undefined,
  host: Host,
  choose: (containers: readonly Container[]) => Promise<Chosen>,
): Promise<BuiltContainer[]> {
  checkEncoding(inputs.compression, inputs.compressionLevel)
  const watch = stopwatch<JobPhase>()
  const ready = await watch.time('nix', () => readyForBuild(inputs, host))
  const systems = inputs.systems.length > 0 ? inputs.systems : [detectSystem()]
  const found = await watch.time('evaluate', () => findContainers(ready.nix, systems, inputs, host))
  return buildAll(await choose(found), { inputs, ready, host, signal: host.signal, folder, watch })
}

/** On GitHub a folder that outlasts the step, for those who want the files and not the artifacts. */
function defaultFolder({ kind, env, temp }: Host): string {
  return kind === 'github' ? join(env.RUNNER_TEMP ?? temp, 'nix-multiarch', ARCHIVES_FOLDER) : ARCHIVES_FOLDER
}

interface Around {
  readonly inputs: MakeRequest
  readonly ready: ReadyNix
  readonly host: Host
  readonly signal: AbortSignal
  readonly folder: string | undefined
  readonly watch: Stopwatch<JobPhase>
}

async function buildAll({ containers, there }: Chosen, around: Around): Promise<BuiltContainer[]> {
  const { inputs, ready, host, signal, folder, watch } = around
  const cache = inputs.cache === false ? undefined : host.cache
  const images = imageCache(folder === undefined ? undefined : cache, host, wayOf(inputs))
  const restore = async (container: Container) =>
    folder === undefined ? undefined : images.restore(container, fileOf(container, folder))
  const cached = await watch.time('restore', () => mapLimit(containers, DOWNLOADS_AT_ONCE, restore))
  const rest = containers.filter((_, n) => cached[n] === undefined)
  const store =
    rest.length === 0 ? undefined : await openStoreCache(cache, host, containers, inputs.cacheSize)
  const builders = rest.map(container => container.builder)
  const machines = await prepareAll(ready.nix, builders, inputs, host)
  const building = { ...buildSurroundings(around, store), there }
  const results = await mapLimit(containers, BUILDS_AT_ONCE, (container, n) =>
    attempt(container.name, () => {
      const found = cached[n]
      if (found) return takeCached(found, container, building)
      return buildContainer(building, container, machines.get(container.builder))
    }),
  )
  const done = succeeded(results)
  setOutputs(archivesOf(done), host)
  const built = containers.filter((_, n) => cached[n] === undefined && results[n]?.done)
  const cachedCount = containers.length - rest.length
  const made = { store, images, rest, built, cached: cachedCount }
  const pushed = await watch.time('save', () => saveForLaterRuns(made, { ...around, nix: ready.nix }))
  await sumUp({ ...watch.read(), built: done.map(({ built }) => built) }, host)
  const all = allOrFail(results, signal)
  allOrFail([pushed], signal)
  return all
}

/** How layers are compressed, as cached archives are told apart by it. */
function wayOf({ compression, compressionLevel }: MakeRequest): string {
  return compressionLevel === undefined ? compression : `${compression}-${compressionLevel}`
}

function buildSurroundings({ inputs, ready, host, signal, folder }: Around, store: StoreCache | undefined) {
  const watch = cacheTroubles(host.log)
  return {
    nix: ready.nix,
    host,
    signal,
    encoding: inputs.compression,
    level: inputs.compressionLevel,
    folder,
    packed: new KnownLayers(),
    options: LOOK_OFTEN,
    extraCaches: store?.uri === undefined ? [] : [store.uri],
    onLine(line: string) {
      watch(line)
      host.log.debug(line)
    },
  } satisfies Omit<BuildSurroundings, 'there'>
}

/** What the build action tells later steps, also of those containers that went well beside others that did not. */
function setOutputs(built: readonly Built[], host: Host): void {
  host.setOutput('archives', built.map(({ file }) => file).join('\n'))
  host.setOutput('containers', [...new Set(built.map(({ container }) => container))].join('\n'))
  host.setOutput('json', JSON.stringify(built))
}

/** For a person, and for the job that merges. */
async function sumUp(report: RunReport, host: Host): Promise<void> {
  if (report.built.length > 0) host.addSummary(buildSummary(report))
  await leaveReport(report, host)
}

/** What came of a build. */
interface Results {
  readonly store: StoreCache | undefined
  readonly images: ImageCache
  /** What the image cache did not have. */
  readonly rest: readonly Container[]
  /** What of it was built. */
  readonly built: readonly Container[]
  /** How many the image cache had. */
  readonly cached: number
}

interface SaveOptions {
  readonly nix: Nix
  readonly inputs: PushRequest
  readonly host: Host
  /** Where the archives lie, if there are any. */
  readonly folder: string | undefined
}

/** Where a file cannot have two names it is copied. */
const COPIES_AT_ONCE = 2

/**
 * Pushes what was built, and lays aside what later runs can use, while Nix is there; it is saved after the job. Archives come last:
 * a run that finds them pushes nothing.
 */
export async function saveForLaterRuns(
  { store, images, rest, ...results }: Results,
  { nix, inputs, host, folder }: SaveOptions,
): Promise<Attempt<void>> {
  await leaveSaves([await store?.collect(nix, rest)], host)
  const pushed = await attempt('pushing', () => pushBuilt(nix, results, inputs, host))
  if (pushed.done && folder !== undefined) {
    const archives = await mapLimit(results.built, COPIES_AT_ONCE, each =>
      images.remember(each, fileOf(each, folder)),
    )
    await leaveSaves(archives, host)
  }
  return pushed
}

async function leaveSaves(saves: readonly (Save | undefined)[], host: Host): Promise<void> {
  const all = saves.filter(save => save !== undefined)
  if (all.length === 0) return
  await warnOnFailure('Nothing is saved for later runs', host.log, () =>
    addPostJobWork(host.stateFolder, { saves: all }),
  )
}
