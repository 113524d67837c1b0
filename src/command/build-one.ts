import { join } from 'node:path'
import type { Host } from '../host/host.js'
import { type Container, chooseStream } from '../nix/container.js'
import type { Prepared } from '../nix/emulation.js'
import { lacksSystem } from '../nix/explain.js'
import type { Nix } from '../nix/nix.js'
import type { Image } from '../oci/image.js'
import { platformName } from '../oci/platform.js'
import { messageOf } from '../util/error.js'
import { formatBytes, formatSeconds, plural } from '../util/format.js'
import { buildGoingOn } from './build-going-on.js'
import type { Built } from './built.js'
import { ARCHIVE_ENDING } from './gather.js'
import type { CachedImage } from './image-cache.js'
import { packageImage } from './package-image.js'

export interface BuildSurroundings {
  readonly nix: Nix
  readonly host: Host
  readonly signal: AbortSignal
  readonly encoding: 'gzip' | 'zstd'
  /** Where archives go. */
  readonly folder: string
  /** Options for Nix that hold for every build. */
  readonly options: readonly string[]
  /** Addresses of caches beside those that Nix is set up with. */
  readonly extraCaches: readonly string[]
  /** Told each line of Nix's log. */
  readonly onLine: (line: string) => void
}

/** Hands over the archive of an earlier run. */
export async function takeCached(
  { image, size }: CachedImage,
  container: Container,
  { host, folder }: BuildSurroundings,
): Promise<Built> {
  const file = fileOf(container, folder)
  await host.artifacts?.upload(file)
  host.log.info(`${labelOf(container)}: unchanged, from the cache: ${contentOf({ image, size })}`)
  return builtOf(container, image, { file, size, cached: true })
}

/** Builds a container and leaves its archive. */
export async function buildOne(
  around: BuildSurroundings,
  container: Container,
  prepared: Prepared | undefined,
): Promise<Built> {
  const { nix, host, signal } = around
  const runs = prepared?.runnable === true && nix.storeRoot === undefined
  const label = labelOf(container)
  const began = Date.now()
  // A job's log has no live line, and a long build should not look like a hanging one.
  if (host.kind === 'github') host.log.info(`${label}: building`)
  host.log.progress(`${label}: building`)
  const options = [...(prepared?.options ?? []), ...around.options]
  // How it is built is no part of what it is: it goes by its own derivation, also where its stream is built.
  const path = await buildGoingOn(nix, runs ? chooseStream(container) : container, host.log, {
    options,
    extraCaches: around.extraCaches,
    onLine: around.onLine,
    signal,
  }).catch(error => {
    throw prepared?.how === 'none' && lacksSystem(messageOf(error)) ? prepared.problem : error
  })
  const built = Date.now()
  const file = fileOf(container, around.folder)
  const { image, size } = await packageImage(container, path, host, {
    file,
    encoding: around.encoding,
    runsForeign: prepared?.runnable ?? false,
    signal,
    onProgress: bytes => host.log.progress(`${label}: ${formatBytes(bytes)} packed`),
  })
  await host.artifacts?.upload(file)
  const how = prepared?.how === 'qemu' ? ' under QEMU' : ''
  const times = `built${how} in ${formatSeconds(built - began)}, packed in ${formatSeconds(Date.now() - built)}`
  // A file that goes away with the run is nothing to tell of.
  const where = file.startsWith(host.temp) ? '' : ` in ${file}`
  host.log.info(`${label}: ${times}: ${contentOf({ image, size })}${where}`)
  return builtOf(container, image, { file, size, cached: false })
}

function labelOf({ name, system }: Container): string {
  return `${name} for ${system}`
}

/** Where a container's archive goes. */
export function fileOf({ name, system }: Pick<Container, 'name' | 'system'>, folder: string): string {
  return join(folder, `${name}-${system}${ARCHIVE_ENDING}`)
}

function contentOf({ image, size }: CachedImage): string {
  return `${plural(image.layers.length, 'layer')}, ${formatBytes(size)}`
}

function builtOf(
  { name, system, derivation }: Container,
  { platform, manifest }: Image,
  archive: Pick<Built, 'file' | 'size' | 'cached'>,
): Built {
  const { digest } = manifest
  return { container: name, system, platform: platformName(platform), ...archive, digest, derivation }
}
