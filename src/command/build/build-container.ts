import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host, ProgressReport } from '../../host/host.js'
import type { LayerCompression } from '../../image/format/ordered-block-writer.js'
import type { PackedImage } from '../../image/read-image.js'
import { openSource } from '../../image/source.js'
import type { SkippedChecks } from '../../input/inputs-for-checks.js'
import { type Container, formatContainer, isDescription } from '../../nix/container.js'
import { isSystemMismatch } from '../../nix/find-failure-hint.js'
import { readPathInfo } from '../../nix/locally-built-paths.js'
import type { Nix } from '../../nix/nix.js'
import type { BuildProgress, Count } from '../../nix/read-build-log.js'
import { parseConfig } from '../../oci/config.js'
import type { Image, KnownLayers } from '../../oci/image.js'
import type { ImageContents } from '../../sbom/contents.js'
import { messageOf, UserError } from '../../util/error.js'
import { formatBytes, formatPartOfBytes, formatSeconds } from '../../util/text.js'
import type { PreparedSystem } from '../emulation/emulation.js'
import {
  type BuildPhase,
  type BuiltImage,
  builtImageOf,
  createStopwatch,
  type ImageOrigin,
  type Stopwatch,
} from '../shared/build-report.js'
import { archiveNameOf } from '../shared/find-archives.js'
import type { RecordedDiffIds } from '../shared/layer-keys.js'
import type { PlatformImage } from '../shared/platform-image.js'
import type { PackedLayers } from '../shared/proof-record.js'
import type { FoundLayers } from '../shared/published-images.js'
import type { WorkTree } from '../shared/work-tree.js'
import { formatBuiltLine } from '../summary/result-lines.js'
import type { Tester } from '../test/create-tester.js'
import type { OriginCollector } from './collect-origin.js'
import type { CachedImage } from './image-cache.js'
import type { ScriptIsolator, ScriptSystem } from './isolate-scripts.js'
import { type BuildLog, buildWithCacheFallback, createBuildLog } from './nix-build.js'
import { includedSizeOf, packArchive, packPlatformImage } from './pack-archive.js'
import { createStoreRecords } from './store-records.js'

/** What the builds of all containers of a run need. */
export interface BuildContext {
  readonly nix: Nix
  readonly host: Host
  readonly encoding: LayerCompression
  readonly level: number | undefined
  /** The folder for archives. If absent, no archives are written, and layers are in the temporary folder of the run. */
  readonly folder: string | undefined
  /** What the build found in the work tree of the flake. */
  readonly tree: WorkTree
  /** Finds out how stream scripts can be isolated. */
  readonly scripts: ScriptIsolator
  /** Returns the variant of a container that is built (see `variantsOf`). */
  readonly chooseVariant: (container: Container) => Promise<Container>
  /** Finds the layers that the repositories of a container have. */
  readonly publishedLayersOf: (container: string) => FoundLayers | undefined
  /** Tests images before they are handed over. Missing if there are no tests. */
  readonly tester: Tester | undefined
  /** The layers that this run has packed so far. */
  readonly packedLayers: KnownLayers
  /** Their diff_ids, for layers that are made from store paths. */
  readonly packedDiffIds: RecordedDiffIds
  /** Whether the contents of images are collected. */
  readonly sbom: boolean
  /** The flake reference. */
  readonly flake: string
  /** Finds out how images are built. Missing if no provenance is wanted. */
  readonly origins: OriginCollector | undefined
  readonly skipChecks: SkippedChecks
  /** Command line options of Nix for every build. */
  readonly nixOptions: readonly string[]
  /** Store URIs of binary caches that are used in addition to Nix's settings. */
  readonly extraCaches: readonly string[]
  /** Called with each line of Nix's log. */
  readonly onLine: (line: string) => void
}

/** A container that is built and packed. */
export interface BuiltContainer {
  readonly built: BuiltImage
  /** The archive. If absent, `image` is set. */
  readonly file?: string
  readonly image?: PlatformImage
  /** The layers in the archive, if this run has packed it. */
  readonly packed?: PackedLayers
}

/** Uses the archive of an earlier run. */
export async function useCachedImage(
  { file, image, size }: CachedImage,
  container: Container,
  { host, tester }: Pick<BuildContext, 'host' | 'tester'>,
): Promise<BuiltContainer> {
  const watch = createStopwatch<BuildPhase>()
  if (tester) await watch.time('test', () => testArchive(file, () => tester.test(container, image)))
  await watch.time('upload', () => uploadArchive(file, host))
  return { file, built: builtImageOf(container, image, { size, how: 'cached', ...watch.read() }) }
}

/**
 * Builds a container and packs it. On GitHub, Nix's output is folded under the container's line in the log.
 *
 * @param prepared how this machine builds for `container.builder`
 */
export async function buildContainer(
  container: Container,
  prepared: PreparedSystem | undefined,
  run: BuildContext,
): Promise<BuiltContainer> {
  const { host } = run
  const log = createBuildLog(container)
  const watch = createStopwatch<BuildPhase>()
  const label = formatContainer(container)
  // The log of a job has no live line. Without this line, a long build looks stuck.
  if (host.kind === 'github') host.log.info(`${label}: building`)
  try {
    const { file, content, image, packed } = await host.log.showProgress(label, report => {
      report({ activity: 'building' })
      return packContainer({ ...run, container, prepared, log, watch, report })
    })
    const how = originOf(log, prepared)
    const built = builtImageOf(container, content.image, { size: content.size, how, ...watch.read() })
    host.log.fold(formatBuiltLine(built, host.columns), log.readLines())
    return { built, ...(file && { file }), ...(image && { image }), ...(packed && { packed }) }
  } catch (error) {
    const after = formatSeconds(Date.now() - watch.read().began)
    // The reason is logged at the end, after the other builds.
    if (host.kind === 'github' || !host.signal.aborted)
      host.log.fold(`${label}: failed after ${after}`, log.readLines())
    throw error
  }
}

/** What the build of one container needs. */
interface ContainerContext extends BuildContext {
  readonly container: Container
  readonly prepared: PreparedSystem | undefined
  readonly log: BuildLog
  readonly watch: Stopwatch<BuildPhase>
  readonly report: (progress: ProgressReport) => void
}

interface PackedContent {
  readonly image: Image
  /** The size of the archive, or of the layers that are on this machine, in bytes. */
  readonly size: number
}

interface PackedContainer extends Pick<BuiltContainer, 'file' | 'image' | 'packed'> {
  readonly content: PackedContent
}

async function packContainer(context: ContainerContext): Promise<PackedContainer> {
  const { container, prepared, host, encoding, level, folder, tree, packedLayers, watch, report, nix } =
    context
  const path = await watch.time('build', () => buildStorePath(context))
  const origin = context.origins?.collect(container, prepared)
  // Handled when the image is packed.
  origin?.catch(() => {})
  const published = context.publishedLayersOf(container.name)
  const options = {
    encoding,
    level,
    skipChecks: context.skipChecks,
    published,
    records: createStoreRecords(async () => nix, {
      published,
      believesKeys: context.origins === undefined,
      packed: context.packedDiffIds,
      signal: host.signal,
    }),
    findPacked: packedLayers.find,
    runsForeign: prepared?.runnable ?? false,
    isolate: () => context.scripts.isolate(scriptSystemOf(container, prepared)),
    tree,
    onProgress: (bytes: number, total: number | undefined) =>
      report({ activity: 'packing', amount: formatPartOfBytes(bytes, total) }),
    collectContents: context.sbom ? (packed: PackedImage) => collectContents(packed, context) : undefined,
    ...(origin && { findOrigin: () => origin }),
    sizeOfPaths: async (paths: readonly string[]) =>
      sumSizes(await readPathInfo(nix, paths, { signal: host.signal })),
  }
  report({ activity: 'packing' })
  if (folder === undefined) {
    const packed = await watch.time('pack', () => packPlatformImage(container, path, host, options))
    packedLayers.add(parseConfig(packed.config).diffIds, packed.image.layers)
    await timeTest(context, tester => tester.test(container, packed.image))
    return { image: packed, content: { image: packed.image, size: includedSizeOf(packed) } }
  }
  const file = archiveFileOf(container, folder)
  const archive = await watch.time('pack', () => packArchive(container, path, host, { ...options, file }))
  await timeTest(context, tester => testArchive(file, () => tester.test(container, archive.image)))
  packedLayers.add(archive.included.diffIds, archive.included.layers)
  if (host.artifacts !== undefined) report({ activity: 'uploading', amount: formatBytes(archive.size) })
  await watch.time('upload', () => uploadArchive(file, host))
  return { file, content: archive, packed: archive.included }
}

async function collectContents(packed: PackedImage, context: ContainerContext): Promise<ImageContents> {
  const { nix, host, container, flake } = context
  // Loaded only if it is asked for.
  const { collectImageContents, createLookUp, describeCoverage } = await import('./collect-contents.js')
  const contents = await collectImageContents(packed, {
    nix,
    packages: container.packages ?? [],
    lookUp: createLookUp(nix, { flake, system: container.system }, host),
    signal: host.signal,
  })
  host.log.info(describeCoverage(contents, container))
  return contents
}

/** The container keeps the derivation of the image, whatever is built. */
async function buildStorePath(context: ContainerContext): Promise<string> {
  const { container, host } = context
  const variant = await context.chooseVariant(container)
  const path = await buildVariant(variant, context)
  if (variant === container || !isDescription(variant)) return path
  try {
    await checkDescription(path)
    return path
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    host.log.info(
      `${formatContainer(container)}: its stream is not used without its script: ${error.message}`,
    )
    return buildVariant(container, context)
  }
}

/** Throws a `UserError` if the image cannot be made from this description. */
async function checkDescription(path: string): Promise<void> {
  const source = await openSource(path)
  if (source.kind !== 'description') throw new UserError(`${path} is not a description of an image`)
  await source.read()
}

async function buildVariant(variant: Container, context: ContainerContext): Promise<string> {
  const { prepared, nix, host, extraCaches, log } = context
  const options = [...(prepared?.options ?? []), ...context.nixOptions]
  const onLine = (line: string): void => {
    context.onLine(line)
    log.push(line)
  }
  try {
    return await buildWithCacheFallback(nix, variant, host.log, {
      options,
      extraCaches,
      onLine,
      onProgress: progress =>
        context.report({
          activity: 'building',
          amount: formatBuildProgress(progress),
          detail: progress.lastLine,
        }),
      signal: host.signal,
    })
  } catch (error) {
    throw prepared?.how === 'none' && isSystemMismatch(messageOf(error)) ? prepared.problem : error
  }
}

/** The script has the system of its builder, which is another one than the image's if the image is cross-compiled. */
export function scriptSystemOf(
  { builder }: Pick<Container, 'builder'>,
  prepared: PreparedSystem | undefined,
): ScriptSystem {
  return { system: builder, options: prepared?.options ?? [] }
}

async function timeTest(
  { tester, watch, report }: ContainerContext,
  test: (tester: Tester) => Promise<void>,
): Promise<void> {
  if (tester === undefined) return
  report({ activity: 'testing' })
  await watch.time('test', () => test(tester))
}

/** A merge finds archives by their names, so the archive of a failed test must not stay. */
async function testArchive(file: string, test: () => Promise<void>): Promise<void> {
  try {
    await test()
  } catch (error) {
    await rm(file, { force: true })
    throw error
  }
}

async function uploadArchive(file: string, { artifacts }: Host): Promise<void> {
  await artifacts?.upload(file)
}

function originOf(log: BuildLog, prepared: PreparedSystem | undefined): ImageOrigin {
  if (!log.hasBuilt()) return log.hasFetched() ? 'fetched' : 'present'
  return prepared?.how === 'qemu' ? 'emulated' : 'built'
}

/** Returns the path of a container's archive. */
export function archiveFileOf({ name, system }: Pick<Container, 'name' | 'system'>, folder: string): string {
  return join(folder, archiveNameOf({ name, system }))
}

function sumSizes(paths: readonly { readonly narSize: number }[]): number {
  return paths.reduce((sum, { narSize }) => sum + narSize, 0)
}

/** `3 of 8 built, 2 of 5 fetched, 12 MB of 40 MB`. */
export function formatBuildProgress({ built, fetched, fetchedBytes }: BuildProgress): string {
  const format = ({ done, expected }: Count, verb: string): string[] =>
    expected > 1 ? [`${done} of ${expected} ${verb}`] : []
  const bytes = fetchedBytes.done > 0 ? [formatPartOfBytes(fetchedBytes.done, fetchedBytes.expected)] : []
  return [...format(built, 'built'), ...format(fetched, 'fetched'), ...bytes].join(', ')
}
