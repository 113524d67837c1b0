/** Media types of the OCI image specification 1.1 and of the Docker formats that stand for the same things. */
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json'
export const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar'
export const OCI_LAYER_GZIP = `${OCI_LAYER}+gzip`
export const OCI_LAYER_ZSTD = `${OCI_LAYER}+zstd`
export const DOCKER_INDEX = 'application/vnd.docker.distribution.manifest.list.v2+json'
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'

export function isIndexType(mediaType: string): boolean {
  return mediaType === OCI_INDEX || mediaType === DOCKER_INDEX
}

export function isManifestType(mediaType: string): boolean {
  return mediaType === OCI_MANIFEST || mediaType === DOCKER_MANIFEST
}

/** How a layer's tar is stored. */
export type LayerEncoding = 'none' | 'gzip' | 'zstd'

const LAYER_TYPES: Readonly<Record<LayerEncoding, string>> = {
  none: OCI_LAYER,
  gzip: OCI_LAYER_GZIP,
  zstd: OCI_LAYER_ZSTD,
}

export function layerType(encoding: LayerEncoding): string {
  return LAYER_TYPES[encoding]
}
