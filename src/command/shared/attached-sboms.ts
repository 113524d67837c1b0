import { buffer } from 'node:stream/consumers'
import { type Descriptor, isManifestType } from '../../oci/descriptor.js'
import { isSbomType } from '../../sbom/formats.js'
import { UserError } from '../../util/error.js'
import type { ImageLocation } from './image-locations.js'

/** Whether an artifact may be an SBOM. In a file, the descriptor does not always have the type of the artifact. */
export function isPossibleSbom({ mediaType, artifactType }: Descriptor): boolean {
  return isManifestType(mediaType) && (artifactType === undefined || isSbomType(artifactType))
}

/** An SBOM of 10,000 store paths has some 20 MB. */
const MAX_BYTES = 128 << 20

/** Reads the document in an artifact. Throws a `UserError` if it is too large. */
export async function readSbomDocument(layer: Descriptor, location: ImageLocation): Promise<Buffer> {
  if (layer.size > MAX_BYTES)
    throw new UserError(`${location.name}: the SBOM ${layer.digest} is too large: ${layer.size} bytes`)
  return location.retry(() => buffer(location.openLayer(layer)))
}
