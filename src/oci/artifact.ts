import { type Descriptor, DOCKER_CONFIG, isIndexType, isManifestType, OCI_CONFIG } from './descriptor.js'
import type { Manifest } from './image.js'
import { isAttestation } from './image-index.js'

/** The name of attestations, which have no type of their own. */
const ATTESTATION = 'attestation'

/**
 * Returns the type of an artifact, such as an SBOM or a signature, as far as a descriptor in an index says that it is one. An
 * artifact is not an image, although it may have the media type of an image manifest.
 */
export function artifactTypeOfDescriptor(descriptor: Descriptor): string | undefined {
  const { artifactType, mediaType } = descriptor
  if (isAttestation(descriptor)) return ATTESTATION
  if (!isManifestType(mediaType) && !isIndexType(mediaType)) return mediaType
  // Lists of referrers give an image the type of its config (OCI distribution-spec 1.1).
  return artifactType === undefined || isImageConfigType(artifactType) ? undefined : artifactType
}

/**
 * Returns the type of an artifact whose manifest is an image manifest (OCI image-spec 1.1, "Guidelines for artifact usage").
 * Signatures of cosign have the config of an image, and layers that are not layers.
 */
export function artifactTypeOfManifest({ artifactType, config, layers }: Manifest): string | undefined {
  if (artifactType !== undefined && !isImageConfigType(artifactType)) return artifactType
  if (!isImageConfigType(config.mediaType)) return config.mediaType
  return layers.find(({ mediaType }) => !isLayerType(mediaType))?.mediaType
}

function isImageConfigType(mediaType: string): boolean {
  return mediaType === OCI_CONFIG || mediaType === DOCKER_CONFIG
}

/** Includes encrypted and non-distributable layers. */
function isLayerType(mediaType: string): boolean {
  return /^application\/vnd\.(oci\.image\.layer|docker\.image\.rootfs)\./.test(mediaType)
}
