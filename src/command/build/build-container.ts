import { join } from 'node:path'
import type { Host } from '../../host/host.js'
import type { LayerCompression } from '../../image/format/blocks.js'
import { type Container, chooseStream } from '../../nix/container.js'
import { isSystemMismatch } from '../../nix/describe-error.js'
import type { Nix } from '../../nix/nix.js'
import { parseConfig } from '../../oci/config.js'
import type { Image, KnownLayers } from '../../oci/image.js'
import { messageOf } from '../../util/error.js'
import { formatBytes, formatSeconds, pluralize } from '../../util/text.js'
import type { Prepared } from '../emulation/emulation.js'
import { archiveName } from '../shared/archives.js'
import {
  type BuildPhase,
  type BuiltImage,
  builtOf,
  type How,
  type Stopwatch,
  stopwatch,
} from '../shared/build-report.js'
import type { PlatformImage } from '../shared/platform-image.js'
import type { FoundLayers } from '../shared/published.js'
import type { CachedImage } from './image-cache.js'
import { type BuildLog, buildGoingOn, buildLog } from './nix-build.js'
import { carriedSize, packageImage, packPiece } from './pack.js'

export interface BuildSurroundings {
  readonly nix: Nix
  readonly host: Host
  readonly signal: AbortSignal
  readonly encoding: LayerCompression
  readonly level: number | undefined
  /** Where archives go; without a folder there are none, and pieces keep their layers in the run's temporary one. */
  readonly folder: string | undefined
  /** What the repositories of a container have already. */
  readonly there: (container: string) => FoundLayers | undefined
  /** The layers that this run has packed so far. */
  readonly packed: KnownLayers
  /** Options for Nix that hold for every build. */
  readonly options: readonly string[]
  /** Addresses of caches beside those that Nix is set up with. */
  readonly extraCaches: readonly string[]
  /** Told each line of Nix's log. */
  readonly onLine: (line: string) => void
}

/** A container that is built and packed. */
export interface BuiltContainer {
  readonly built: BuiltImage
  /** Its archive, or else the piece itself. */
  readonly file?: string
  readonly piece?: PlatformImage
}

/** Hands over the archive of an earlier run. */
export async function takeCached(
  { file, image, size }: CachedImage,
  container: Container,
  { host }: BuildSurroundings,
): Promise<BuiltContainer> {
  const watch = stopwatch<BuildPhase>()
  await watch.time('upload', () => hand(file, host))
  host.log.info(`${labelOf(container)}: unchanged, from the cache: ${contentOf({ image, size })}`)
  return { file, built: builtOf(container, image, { size, how: 'cached', ...watch.read() }) }
}

/** Builds a container and packs it. On GitHub, what Nix said is folded under the one line that tells of it. */
export async function buildContainer(
  around: BuildSurroundings,
  container: Container,
  prepared: Prepared | undefined,
): Promise<BuiltContainer> {
  const { host } = around
  const log = buildLog(container)
  const watch = stopwatch<BuildPhase>()
  const label = labelOf(container)
  // A job's log has no live line, and a long build should not look like a hanging one.
  if (host.kind === 'github') host.log.info(`${label}: building`)
  try {
    const { file, image, size, piece } = await host.log.showProgress(tell => {
      tell(`${label}: building`)
      return pack(around, container, prepared, { log, watch, tell })
    })
    const how = howBuilt(log, prepared)
    const built = builtOf(container, image, { size, how, ...watch.read() })
    // A file that goes away with the run is nothing to tell of.
    const where = file === undefined || file.startsWith(host.temp) ? '' : ` in ${file}`
    host.log.fold(`${label}: ${timesOf(built)}: ${contentOf({ image, size })}${where}`, log.lines())
    return { built, ...(file && { file }), ...(piece && { piece }) }
  } catch (error) {
    const after = formatSeconds(Date.now() - watch.read().began)
    if (host.kind === 'github') host.log.fold(`${label}: failed after ${after}`, log.lines())
    throw error
  }
}

/** What a build of one container writes down as it goes. */
interface Notes {
  readonly log: BuildLog
  readonly watch: Stopwatch<BuildPhase>
  /** How far it is. */
  readonly tell: (text: string) => void
}

interface Packed {
  readonly image: Image
  /** Of the archive, or of the layers that are here, in bytes. */
  readonly size: number
  readonly file?: string
  readonly piece?: PlatformImage
}

async function pack(
  around: BuildSurroundings,
  container: Container,
  prepared: Prepared | undefined,
  { log, watch, tell }: Notes,
): Promise<Packed> {
  const { host, signal, encoding, level, folder } = around
  const path = await watch.time('build', () => storePathOf(around, container, prepared, log))
  const options = {
    encoding,
    level,
    there: around.there(container.name),
    packed: around.packed.find,
    runsForeign: prepared?.runnable ?? false,
    signal,
    onProgress: (bytes: number) => tell(`${labelOf(container)}: ${formatBytes(bytes)} packed`),
  }
  if (folder === undefined) {
    const piece = await watch.time('pack', () => packPiece(container, path, host, options))
    around.packed.add(parseConfig(piece.config).diffIds, piece.image.layers)
    return { piece, image: piece.image, size: carriedSize(piece) }
  }
  const file = fileOf(container, folder)
  const archive = await watch.time('pack', () => packageImage(container, path, host, { ...options, file }))
  around.packed.add(archive.carried.diffIds, archive.carried.layers)
  await watch.time('upload', () => hand(file, host))
  return { ...archive, file }
}

async function storePathOf(
  around: BuildSurroundings,
  container: Container,
  prepared: Prepared | undefined,
  log: BuildLog,
): Promise<string> {
  const { nix, host, extraCaches, signal } = around
  const runs = prepared?.runnable === true && nix.storeRoot === undefined
  const options = [...(prepared?.options ?? []), ...around.options]
  const onLine = (line: string): void => {
    around.onLine(line)
    log.push(line)
  }
  // How it is built is no part of what it is: it goes by its own derivation, also where its stream is built.
  const wanted = runs ? chooseStream(container) : container
  try {
    return await buildGoingOn(nix, wanted, host.log, { options, extraCaches, onLine, signal })
  } catch (error) {
    throw prepared?.how === 'none' && isSystemMismatch(messageOf(error)) ? prepared.problem : error
  }
}

async function hand(file: string, { artifacts }: Host): Promise<void> {
  await artifacts?.upload(file)
}

function howBuilt(log: BuildLog, prepared: Prepared | undefined): How {
  if (!log.built()) return 'fetched'
  return prepared?.how === 'qemu' ? 'emulated' : 'built'
}

/** Where a container's archive goes. */
export function fileOf({ name, system }: Pick<Container, 'name' | 'system'>, folder: string): string {
  return join(folder, archiveName({ name, system }))
}

/** How a build's log calls a container: `hello for x86_64-linux`. */
function labelOf({ name, system }: Container): string {
  return `${name} for ${system}`
}

const DID: Readonly<Record<How, string>> = {
  built: 'built',
  emulated: 'built under QEMU',
  fetched: 'fetched',
  cached: 'taken from the cache',
}

/** `built in 1.2 s, packed in 0.4 s`. */
function timesOf({ how, times: { build = 0, pack = 0 } }: BuiltImage): string {
  return `${DID[how]} in ${formatSeconds(build)}, packed in ${formatSeconds(pack)}`
}

/** `7 layers, 12.3 MB`. */
function contentOf({ image, size }: Pick<CachedImage, 'image' | 'size'>): string {
  return `${pluralize(image.layers.length, 'layer')}, ${formatBytes(size)}`
}
