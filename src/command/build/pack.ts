import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host } from '../../host/host.js'
import { encodeDockerManifest } from '../../image/docker-archive.js'
import type { LayerCompression } from '../../image/format/blocks.js'
import { openLayout } from '../../image/layout.js'
import { type PackedImage, packImage } from '../../image/read.js'
import { openSource } from '../../image/source.js'
import { writeArchive } from '../../image/write-archive.js'
import type { Container } from '../../nix/container.js'
import { IMAGE_NAME, THIN } from '../../oci/annotations.js'
import { type Config, parseConfig } from '../../oci/config.js'
import {
  type Blob,
  type Descriptor,
  descriptorOf,
  layerTypeOf,
  OCI_LAYER,
  sizeOf,
} from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { blobsOf, type FindLayer, type Image, makeImage } from '../../oci/image.js'
import { formatPlatform, platformOf, resolvePlatform } from '../../oci/platform.js'
import { UserError } from '../../util/error.js'
import { pluralize } from '../../util/text.js'
import {
  archiveAnnotations,
  dockerName,
  externalDigests,
  manifestAnnotations,
  type PlatformImage,
} from '../shared/platform-image.js'
import type { FoundLayers } from '../shared/published.js'

interface PackOptions {
  readonly encoding: LayerCompression
  /** How hard to compress; what the encoding's own default is if absent. */
  readonly level?: number | undefined
  /** Layers that the destination has; the piece then names them only. */
  readonly there?: FoundLayers | undefined
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
): Promise<PlatformImage> {
  const { encoding, level, there, signal, runsForeign, onProgress } = options
  const elsewhere = new Set<Digest>()
  const staged = await packImage(await openSource(storePath), {
    encoding,
    directory: layersFolder(container, host),
    platform: platformOf(container.system),
    findKnown: knownTo(options, elsewhere),
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

function named({ layers }: PackedImage, elsewhere: ReadonlySet<Digest>): Descriptor[] {
  return layers.filter(({ digest }) => elsewhere.has(digest))
}

/** The size of what a piece has itself, in bytes. */
export function carriedSize(piece: PlatformImage): number {
  const absent = externalDigests(piece)
  return sizeOf(blobsOf([piece.image]).filter(({ digest }) => !absent.has(digest)))
}

/** Where the layers of a container are packed to. */
function layersFolder({ name, system }: Container, { temp }: Host): string {
  return join(temp, `${name}-${system}`)
}

/** A layer may be stored as it is where it does not compress. What is there is better than what would have to be sent. */
function knownTo(
  { encoding, there, packed }: PackOptions,
  elsewhere: Set<Digest>,
): (diffId: Digest) => Blob | undefined {
  const types = [layerTypeOf(encoding), OCI_LAYER]
  const first = (find: FindLayer | undefined, diffId: Digest): Blob | undefined =>
    types.map(type => find?.(diffId, type)).find(layer => layer !== undefined)
  return diffId => {
    const layer = first(there?.find, diffId)
    if (layer) elsewhere.add(layer.digest)
    return layer ?? first(packed, diffId)
  }
}

function imageOf(
  container: Container,
  staged: PackedImage,
  host: Host,
): Pick<PlatformImage, 'image' | 'config'> {
  const config = parseConfig(staged.config)
  const platform = resolvePlatform(container.system, config.platform)
  if (platform === undefined) throw wrongPlatform(container, formatPlatform(config.platform))
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
  { machines = new Map() }: PackedImage,
): void {
  const { architecture } = platformOf(system)
  const runsHere = architecture === 'amd64' ? ['amd64', '386'] : [architecture]
  const runs = config.entrypoint.length + config.cmd.length > 0
  if (!runs || machines.size === 0 || runsHere.some(own => machines.has(own))) return
  const found = [...machines]
    .map(([machine, count]) => `${pluralize(count, 'program')} for ${machine}`)
    .join(', ')
  throw new UserError(
    `${name} for ${system} says that it is for ${architecture}, but it holds ${found} and none for ${architecture}`,
    {
      hint: `Look at ${attribute}: its contents come from a package set of another system.`,
    },
  )
}

function wrongPlatform({ name, system, attribute }: Container, stated: string): UserError {
  const expected = formatPlatform(platformOf(system))
  return new UserError(
    `${name} for ${system} should be for ${expected}, but its image config says ${stated}`,
    {
      hint: `Look at ${attribute}: it was built for another system, or its \`architecture\` argument is wrong.`,
    },
  )
}

interface PackageOptions extends PackOptions {
  /** The archive's path. */
  readonly file: string
}

/** An image in an archive. */
interface Packaged {
  readonly image: Image
  /** The layers that the archive carries, which open from there, with what they unpack to. */
  readonly carried: { readonly diffIds: readonly Digest[]; readonly layers: readonly Blob[] }
  /** Of the archive, in bytes. */
  readonly size: number
}

/** Turns what Nix gave for a container into its OCI archive. */
export async function packageImage(
  container: Container,
  storePath: string,
  host: Host,
  options: PackageOptions,
): Promise<Packaged> {
  try {
    const piece = await packPiece(container, storePath, host, options)
    const size = await leaveArchive(piece, options)
    return { image: piece.image, carried: await carriedBy(piece, options.file), size }
  } finally {
    await rm(layersFolder(container, host), { recursive: true, force: true })
  }
}

/** A thin archive names layers that it has not, and where they are; no other tool could open it, so nothing is written for any. */
async function leaveArchive(piece: PlatformImage, { file, signal }: PackageOptions): Promise<number> {
  const { image, facts, elsewhere } = piece
  const absent = externalDigests(piece)
  const isThin = elsewhere !== undefined && absent.size > 0
  const annotations = { ...facts, ...(isThin && { [THIN]: elsewhere.repository.name }) }
  const content = {
    index: [{ ...descriptorOf(image.manifest), annotations }],
    blobs: [image.manifest, ...blobsOf([image]).filter(({ digest }) => !absent.has(digest))],
    ...(!isThin && { dockerManifest: encodeDockerManifest([image], dockerName(facts)) }),
  }
  const { size } = await writeArchive(file, content, { signal })
  return size
}

async function carriedBy(piece: PlatformImage, file: string): Promise<Packaged['carried']> {
  const layout = await openLayout(file)
  const absent = externalDigests(piece)
  const { diffIds } = parseConfig(piece.config)
  const pairs = piece.image.layers
    .map((layer, n) => ({ diffId: diffIds[n] as Digest, layer }))
    .filter(({ layer }) => !absent.has(layer.digest))
  return {
    diffIds: pairs.map(({ diffId }) => diffId),
    layers: pairs.map(({ layer }) => ({ ...layer, open: layout.getBlob(layer).open })),
  }
}
