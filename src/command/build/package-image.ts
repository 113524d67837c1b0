import { rm } from 'node:fs/promises'
import type { Host } from '../../host/host.js'
import { encodeDockerManifest } from '../../image/docker-manifest.js'
import { openLayout } from '../../image/layout.js'
import { writeArchive } from '../../image/write-archive.js'
import type { Container } from '../../nix/container.js'
import { THIN } from '../../oci/annotations.js'
import { parseConfig } from '../../oci/config.js'
import { type Blob, descriptorOf } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { blobsOf, type Image } from '../../oci/image.js'
import { dockerName } from '../shared/facts.js'
import { absentFrom, type Piece } from '../shared/platform-image.js'
import { layersFolder, type PackOptions, packPiece } from './pack.js'

export interface PackageOptions extends PackOptions {
  /** The archive's path. */
  readonly file: string
}

/** An image in an archive. */
export interface Packaged {
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
async function leaveArchive(piece: Piece, { file, signal }: PackageOptions): Promise<number> {
  const { image, facts, elsewhere } = piece
  const absent = absentFrom(piece)
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

async function carriedBy(piece: Piece, file: string): Promise<Packaged['carried']> {
  const layout = await openLayout(file)
  const absent = absentFrom(piece)
  const { diffIds } = parseConfig(piece.config)
  const pairs = piece.image.layers
    .map((layer, n) => ({ diffId: diffIds[n] as Digest, layer }))
    .filter(({ layer }) => !absent.has(layer.digest))
  return {
    diffIds: pairs.map(({ diffId }) => diffId),
    layers: pairs.map(({ layer }) => ({ ...layer, open: layout.blob(layer).open })),
  }
}
