import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host } from '../host/host.js'
import { writeArchive } from '../image/archive-writer.js'
import { encodeDockerManifest } from '../image/docker-manifest.js'
import { openSource } from '../image/open.js'
import { type StagedImage, stageImage } from '../image/stage.js'
import type { Container } from '../nix/container.js'
import { type Config, parseConfig } from '../oci/config.js'
import { descriptorOf } from '../oci/descriptor.js'
import { blobsOf, type Image, makeImage } from '../oci/image.js'
import { platformName } from '../oci/platform.js'
import { platformFor, platformOf } from '../oci/system.js'
import { UserError } from '../util/error.js'
import { plural } from '../util/format.js'
import { archiveAnnotations, dockerName, manifestAnnotations } from './facts.js'

export interface PackageOptions {
  /** The archive's path. */
  readonly file: string
  readonly encoding: 'gzip' | 'zstd'
  /** The machine's programs are foreign to this one, but run here. */
  readonly runsForeign?: boolean
  readonly onProgress?: (bytesRead: number) => void
  readonly signal: AbortSignal
}

/** Turns what Nix gave for a container into its OCI archive, and gives the image in it. */
export async function packageImage(
  container: Container,
  storePath: string,
  host: Host,
  options: PackageOptions,
): Promise<{ image: Image; size: number }> {
  const directory = join(host.temp, `${container.name}-${container.system}`)
  const { encoding, signal, runsForeign, onProgress } = options
  try {
    const source = await openSource(storePath)
    const platform = platformOf(container.system)
    const staged = await stageImage(source, {
      encoding,
      directory,
      platform,
      signal,
      ...(runsForeign && { runsForeign }),
      ...(onProgress && { onProgress }),
    })
    const image = imageOf(container, staged, host)
    const annotations = archiveAnnotations(container, host)
    const { size } = await writeArchive(
      options.file,
      {
        index: [{ ...descriptorOf(image.manifest), annotations }],
        blobs: [image.manifest, ...blobsOf([image])],
        dockerManifest: encodeDockerManifest([image], dockerName(annotations)),
      },
      { signal },
    )
    return { image, size }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function imageOf(container: Container, staged: StagedImage, host: Host): Image {
  const config = parseConfig(staged.config)
  const platform = platformFor(container.system, config.platform)
  if (platform === undefined) throw wrongPlatform(container, platformName(config.platform))
  checkMachines(container, config, staged)
  const annotations = manifestAnnotations(container, host)
  return makeImage({ platform, config: staged.config, layers: staged.layers, annotations })
}

/** A config can say anything. An image that runs something, but has no program for its own machine, was built for another. */
function checkMachines(
  { name, system, attribute }: Container,
  config: Config,
  { machines }: StagedImage,
): void {
  const { architecture } = platformOf(system)
  const runsHere = architecture === 'amd64' ? ['amd64', '386'] : [architecture]
  const runs = config.entrypoint.length + config.cmd.length > 0
  if (!runs || machines.size === 0 || runsHere.some(own => machines.has(own))) return
  const found = [...machines]
    .map(([machine, count]) => `${plural(count, 'program')} for ${machine}`)
    .join(', ')
  throw new UserError(
    `${name} for ${system} says that it is for ${architecture}, but it holds ${found} and none for ${architecture}`,
    {
      hint: `Look at ${attribute}: its contents come from a package set of another system.`,
    },
  )
}

function wrongPlatform({ name, system, attribute }: Container, stated: string): UserError {
  const expected = platformName(platformOf(system))
  return new UserError(
    `${name} for ${system} should be for ${expected}, but its image config says ${stated}`,
    {
      hint: `Look at ${attribute}: it was built for another system, or its \`architecture\` argument is wrong.`,
    },
  )
}
