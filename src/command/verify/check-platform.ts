import { THIN } from '../../oci/annotation-keys.js'
import { checkConfigTypes } from '../../oci/check-config.js'
import { type Config, parseConfig } from '../../oci/config.js'
import {
  type Annotations,
  type Descriptor,
  DOCKER_CONFIG,
  isForeignLayer,
  layerEncodingOf,
  OCI_CONFIG,
} from '../../oci/descriptor.js'
import { type Manifest, parseManifest } from '../../oci/image.js'
import type { Platform } from '../../oci/platform.js'
import { pluralize } from '../../util/text.js'
import type { ImageLocation } from '../shared/image-locations.js'
import {
  checkBytes,
  checkCreated,
  checkImageAnnotations,
  compareAnnotations,
  nameOfPlatform,
} from './check-index.js'
import { Findings } from './finding.js'

/** The image of one platform: its manifest and its config, as far as they can be read. */
export interface CheckedPlatform {
  readonly platform: string
  readonly descriptor: Descriptor
  readonly manifest?: Manifest
  readonly config?: Config
  /** The bytes of the config. */
  readonly configBytes?: Buffer
  /** The layers whose content is in the image. */
  readonly layers: readonly Descriptor[]
  /** Why layers are not in the image, if some are not. */
  readonly omitted?: string
  readonly findings: Findings
}

/** Reads the manifest and the config of an image, and compares them with each other and with the index. */
export async function checkManifest(
  descriptor: Descriptor,
  indexAnnotations: Annotations,
  location: ImageLocation,
): Promise<CheckedPlatform> {
  const stated = descriptor.platform && nameOfPlatform(descriptor.platform)
  const findings = new Findings(stated ?? descriptor.digest)
  const failed = { platform: stated ?? descriptor.digest, descriptor, layers: [], findings }
  try {
    const bytes = await location.readBlob(descriptor)
    checkBytes(bytes, descriptor, findings)
    const manifest = parseManifest(bytes)
    const annotations = manifest.annotations ?? {}
    if (manifest.mediaType !== descriptor.mediaType)
      findings.add(
        `its manifest has the media type ${manifest.mediaType}, but is listed as ${descriptor.mediaType}`,
      )
    checkMediaTypes(manifest, findings)
    checkCreated(annotations, 'the annotation', findings)
    compareAnnotations(indexAnnotations, annotations, findings)
    checkImageAnnotations(descriptor.annotations ?? {}, manifest.layers.length, findings)
    return await checkConfig(
      { ...failed, manifest, ...selectLayers(manifest, descriptor, location) },
      location,
    )
  } catch (error) {
    findings.addError('its manifest cannot be read', error, descriptor.digest)
    return failed
  }
}

function checkMediaTypes({ config, layers }: Manifest, findings: Findings): void {
  if (config.mediaType !== OCI_CONFIG && config.mediaType !== DOCKER_CONFIG)
    findings.add(`its config has the media type ${config.mediaType}`, config.digest)
  for (const { mediaType, digest } of layers)
    if (layerEncodingOf(mediaType) === undefined)
      findings.add(`a layer has the media type ${mediaType}, which is not a tar`, digest)
}

/** A thin archive and a foreign layer have their content elsewhere: that is not damage. */
function selectLayers(
  { layers }: Manifest,
  { annotations = {} }: Descriptor,
  location: ImageLocation,
): Pick<CheckedPlatform, 'layers' | 'omitted'> {
  const thin = annotations[THIN]
  const isOmitted = (layer: Descriptor): boolean =>
    isForeignLayer(layer) || (thin !== undefined && location.omits(layer))
  const omitted = layers.filter(isOmitted)
  if (omitted.length === 0) return { layers }
  const place = thin === undefined ? 'elsewhere (foreign layers)' : `in ${thin} (a thin archive)`
  return {
    layers: layers.filter(layer => !isOmitted(layer)),
    omitted: `${pluralize(omitted.length, 'layer')}, whose content is ${place}`,
  }
}

async function checkConfig(
  image: CheckedPlatform & { readonly manifest: Manifest },
  location: ImageLocation,
): Promise<CheckedPlatform> {
  const { manifest, descriptor, findings } = image
  try {
    const configBytes = await location.readBlob(manifest.config)
    checkBytes(configBytes, manifest.config, findings)
    checkConfigTypes(configBytes)
    const config = parseConfig(configBytes)
    checkPlatform(descriptor, config.platform, findings)
    if (config.diffIds.length !== manifest.layers.length)
      findings.add(
        `its manifest lists ${pluralize(manifest.layers.length, 'layer')}, but its config ${config.diffIds.length}`,
      )
    const platform = descriptor.platform ? image.platform : nameOfPlatform(config.platform)
    return { ...image, platform, config, configBytes }
  } catch (error) {
    findings.addError('its config cannot be read', error, manifest.config.digest)
    return image
  }
}

/** A config may be without a variant: dockerTools does not write it. */
function checkPlatform({ platform }: Descriptor, stated: Platform, findings: Findings): void {
  if (platform === undefined) return
  const variant = stated.variant ?? platform.variant
  const completed = { ...stated, ...(variant !== undefined && { variant }) }
  if (nameOfPlatform(completed) !== nameOfPlatform(platform))
    findings.add(`the index says ${nameOfPlatform(platform)}, but its config says ${nameOfPlatform(stated)}`)
}
