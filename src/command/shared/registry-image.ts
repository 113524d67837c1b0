import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { parseConfig } from '../../oci/config.js'
import { type Blob, type Descriptor, descriptorOf } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { bytesBlob, type Image } from '../../oci/image.js'
import { parseManifest } from '../../oci/manifest.js'
import { OCI_CONFIG } from '../../oci/media-type.js'
import { normalizePlatform } from '../../oci/platform.js'
import { referenceName } from '../../oci/reference.js'
import { RegistryError } from '../../registry/describe-error.js'
import type { Repository } from '../../registry/repository.js'
import { UserError } from '../../util/error.js'

/** Blobs that are at hand already, by digest. */
export type AtHand = ReadonlyMap<Digest, Blob>

/**
 * An image that lies in a registry. Its manifest and config are read, its layers only when they are opened. Throws a `UserError`
 * where a part of it is gone.
 */
export async function imageFrom(
  repository: Repository,
  descriptor: Descriptor,
  atHand: AtHand = new Map(),
): Promise<{ image: Image; config: Buffer }> {
  const found = await repository.getManifest(descriptor.digest)
  if (!found) throw gone(repository, descriptor)
  const manifest = parseManifest(found.bytes)
  const held = atHand.get(manifest.config.digest)
  const bytes = held ? await buffer(held.open()) : await repository.getBytes(manifest.config)
  const platform = normalizePlatform(descriptor.platform ?? parseConfig(bytes).platform)
  const { mediaType } = found.descriptor
  const { annotations } = descriptor
  const image = {
    platform,
    manifest: bytesBlob(found.bytes, { mediaType, platform, ...(annotations && { annotations }) }),
    config: bytesBlob(bytes, { mediaType: OCI_CONFIG }),
    layers: manifest.layers.map(layer => atHand.get(layer.digest) ?? blobIn(repository, layer)),
  }
  return { image, config: bytes }
}

export function blobIn(repository: Repository, of: Descriptor): Blob {
  const open = async function* () {
    yield* await repository.getBlob(of)
  }
  return { ...descriptorOf(of), open: () => Readable.from(open(), { objectMode: false }) }
}

/** Whether an image that is named somewhere is no longer there. */
export function isGone(error: unknown): boolean {
  return error instanceof Gone || (error instanceof RegistryError && error.failure.status === 404)
}

class Gone extends UserError {
  override readonly name = 'Gone'
}

function gone({ reference: { registry, repository } }: Repository, { digest }: Descriptor): UserError {
  return new Gone(`${referenceName({ registry, repository, digest })} is gone from its registry`, {
    hint: 'Something deletes what has no tag of its own, though an index names it. Build it again: with `force: true`.',
  })
}
