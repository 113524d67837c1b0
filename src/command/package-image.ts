import { rm } from 'node:fs/promises'
import type { Host } from '../host/host.js'
import { writeArchive } from '../image/archive-writer.js'
import { encodeDockerManifest } from '../image/docker-manifest.js'
import { openLayout } from '../image/layout.js'
import type { Container } from '../nix/container.js'
import { THIN } from '../oci/annotation.js'
import { parseConfig } from '../oci/config.js'
import { descriptorOf } from '../oci/descriptor.js'
import type { Digest } from '../oci/digest.js'
import { blobsOf, type Image } from '../oci/image.js'
import { referenceName } from '../oci/reference.js'
import type { Repository } from '../registry/repository.js'
import { dockerName } from './facts.js'
import { layersFolder, type PackOptions, packPiece } from './pack-piece.js'
import type { Piece } from './piece.js'

export interface PackageOptions extends PackOptions {
  /** The archive's path. */
  readonly file: string
}

/** An image in an archive. */
export interface Packaged {
  /** Its layers open from the archive, or where it names them only, from the registry. */
  readonly image: Image
  readonly diffIds: readonly Digest[]
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
    const image = await inArchive(piece, options.file)
    return { image, diffIds: parseConfig(piece.config).diffIds, size }
  } finally {
    await rm(layersFolder(container, host), { recursive: true, force: true })
  }
}

/** A thin archive names layers that it has not, and where they are; no other tool could open it, so nothing is written for any. */
async function leaveArchive(
  { image, facts, elsewhere }: Piece,
  { file, signal }: PackageOptions,
): Promise<number> {
  const absent = new Set(elsewhere?.layers.map(({ digest }) => digest))
  const isThin = elsewhere !== undefined && absent.size > 0
  const annotations = { ...facts, ...(isThin && { [THIN]: nameOf(elsewhere.repository) }) }
  const content = {
    index: [{ ...descriptorOf(image.manifest), annotations }],
    blobs: [image.manifest, ...blobsOf([image]).filter(({ digest }) => !absent.has(digest))],
    ...(!isThin && { dockerManifest: encodeDockerManifest([image], dockerName(facts)) }),
  }
  const { size } = await writeArchive(file, content, { signal })
  return size
}

function nameOf({ reference: { registry, repository } }: Repository): string {
  return referenceName({ registry, repository })
}

async function inArchive({ image, elsewhere }: Piece, file: string): Promise<Image> {
  const layout = await openLayout(file)
  const absent = new Set(elsewhere?.layers.map(({ digest }) => digest))
  const layers = image.layers.map(layer => (absent.has(layer.digest) ? layer : layout.blob(layer)))
  return { ...image, layers }
}
