import { join } from 'node:path'
import type { Host } from '../../host/host.js'
import type { StagedEncoding } from '../../image/format/blocks.js'
import { type StagedImage, stageImage } from '../../image/read.js'
import { openSource } from '../../image/source.js'
import type { Container } from '../../nix/container.js'
import { IMAGE_NAME } from '../../oci/annotations.js'
import { type Config, parseConfig } from '../../oci/config.js'
import { type Blob, type Descriptor, sizeOf } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { blobsOf, makeImage } from '../../oci/image.js'
import type { FindLayer } from '../../oci/known-layers.js'
import { layerType, OCI_LAYER } from '../../oci/media-type.js'
import { platformName } from '../../oci/platform.js'
import { platformFor, platformOf } from '../../oci/system.js'
import { UserError } from '../../util/error.js'
import { plural } from '../../util/text.js'
import { archiveAnnotations, manifestAnnotations } from '../shared/facts.js'
import { absentFrom, type Piece } from '../shared/platform-image.js'
import type { There } from '../shared/registry-layers.js'

export interface PackOptions {
  readonly encoding: StagedEncoding
  /** How hard to compress; what the encoding's own default is if absent. */
  readonly level?: number | undefined
  /** Layers that the destination has; the piece then names them only. */
  readonly there?: There | undefined
  /** Layers that this run has packed already. */
  readonly packed?: FindLayer
  /** The machine's programs are foreign to this one, but run here. */
  readonly runsForeign?: boolean
  readonly onProgress?: (bytesRead: number) => void
  readonly signal: AbortSignal
}

/** Turns what Nix gave for a container into a piece. Its layers lie in the folder that `layersFolder` names, until that is removed. */
export async function packPiece(
  container: Container,
  storePath: string,
  host: Host,
  options: PackOptions,
): Promise<Piece> {
  const { encoding, level, there, signal, runsForeign, onProgress } = options
  const elsewhere = new Set<Digest>()
  const staged = await stageImage(await openSource(storePath), {
    encoding,
    directory: layersFolder(container, host),
    platform: platformOf(container.system),
    known: knownTo(options, elsewhere),
    signal,
    ...(level && { level }),
    ...(runsForeign && { runsForeign }),
    ...(onProgress && { onProgress }),
  })
  const facts = archiveAnnotations(container, host)
  const { name, system, derivation } = container
  return {
    path: storePath,
    container: name,
    system,
    derivation,
    imageName: facts[IMAGE_NAME] ?? name,
    facts,
    ...imageOf(container, staged, host),
    ...(there && {
      elsewhere: { repository: there.repository, layers: named(staged, elsewhere), seen: true },
    }),
  }
}

function named({ layers }: StagedImage, elsewhere: ReadonlySet<Digest>): Descriptor[] {
  return layers.filter(({ digest }) => elsewhere.has(digest))
}

/** The size of what a piece has itself, in bytes. */
export function carriedSize(piece: Piece): number {
  const absent = absentFrom(piece)
  return sizeOf(blobsOf([piece.image]).filter(({ digest }) => !absent.has(digest)))
}

/** Where the layers of a container are packed to. */
export function layersFolder({ name, system }: Container, { temp }: Host): string {
  return join(temp, `${name}-${system}`)
}

/** A layer may be stored as it is where it does not compress. What is there is better than what would have to be sent. */
function knownTo(
  { encoding, there, packed }: PackOptions,
  elsewhere: Set<Digest>,
): (diffId: Digest) => Blob | undefined {
  const types = [layerType(encoding), OCI_LAYER]
  const first = (find: FindLayer | undefined, diffId: Digest): Blob | undefined =>
    types.map(type => find?.(diffId, type)).find(layer => layer !== undefined)
  return diffId => {
    const layer = first(there?.find, diffId)
    if (layer) elsewhere.add(layer.digest)
    return layer ?? first(packed, diffId)
  }
}

function imageOf(container: Container, staged: StagedImage, host: Host): Pick<Piece, 'image' | 'config'> {
  const config = parseConfig(staged.config)
  const platform = platformFor(container.system, config.platform)
  if (platform === undefined) throw wrongPlatform(container, platformName(config.platform))
  checkMachines(container, config, staged)
  const annotations = manifestAnnotations(container, host)
  const image = makeImage({ platform, config: staged.config, layers: staged.layers, annotations })
  return { image, config: staged.config }
}

/**
 * A config can say anything. An image that runs something, but has no program for its own machine, was built for another. Layers that
 * were not read may hold anything, too.
 */
function checkMachines(
  { name, system, attribute }: Container,
  config: Config,
  { machines = new Map() }: StagedImage,
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
