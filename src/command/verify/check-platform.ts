import { addMachines, type Machines } from '../../image/layer-contents.js'
import { SYSTEM, THIN } from '../../oci/annotation-keys.js'
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
import type { Digest } from '../../oci/digest.js'
import { type Manifest, parseManifest } from '../../oci/image.js'
import { isSystem, type Platform, platformOf } from '../../oci/platform.js'
import { pluralize } from '../../util/text.js'
import { runnableArchitectures } from '../shared/check-packed-image.js'
import type { ImageLocation } from '../shared/image-locations.js'
import {
  checkBytes,
  checkCreated,
  checkImageAnnotations,
  compareAnnotations,
  nameOfPlatform,
} from './check-index.js'
import type { CheckedLayer } from './check-layer.js'
import { type Finding, Findings } from './finding.js'

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

/** What was read from the layers of an image. */
export interface PlatformContent {
  readonly findings: readonly Finding[]
  readonly machines: Machines
  /** The store paths in the layers, without duplicates. `undefined` if not all layers could be read. */
  readonly storePaths: readonly string[] | undefined
  /** In bytes, uncompressed. */
  readonly contentSize: number
}

/** Compares the content of the layers with the config. */
export function compareLayers(
  image: CheckedPlatform,
  checked: ReadonlyMap<Digest, CheckedLayer>,
): PlatformContent {
  const { findings, manifest, config, layers, omitted } = image
  const isRead = new Set(layers.map(({ digest }) => digest))
  for (const [n, { digest }] of (manifest?.layers ?? []).entries()) {
    const layer = isRead.has(digest) ? checked.get(digest) : undefined
    if (layer === undefined) continue
    const diffId = config?.diffIds[n]
    if ('problem' in layer) findings.add(`layer ${n + 1} is damaged: ${layer.problem}`, digest)
    else if (diffId !== undefined && layer.facts.diffId !== diffId)
      findings.add(
        `layer ${n + 1} has the diff_id ${layer.facts.diffId}, but the config says ${diffId}`,
        digest,
      )
  }
  const facts = layers.flatMap(({ digest }) => {
    const layer = checked.get(digest)
    return layer && 'facts' in layer ? [layer.facts] : []
  })
  const machines = addMachines(facts.map(({ contents }) => contents)) ?? new Map<string, number>()
  const isComplete = manifest !== undefined && omitted === undefined && facts.length === layers.length
  if (isComplete && config !== undefined) checkMachines(image, config, machines)
  return {
    findings: findings.list,
    machines,
    storePaths: isComplete ? [...new Set(facts.flatMap(({ storePaths }) => storePaths))] : undefined,
    contentSize: facts.reduce((sum, { contentSize }) => sum + contentSize, 0),
  }
}

/** As when an image is packed: one that runs a program must contain programs for its platform. */
function checkMachines({ findings, descriptor }: CheckedPlatform, config: Config, machines: Machines): void {
  const system = descriptor.annotations?.[SYSTEM]
  const stated = descriptor.platform ?? config.platform
  const { architecture } = system !== undefined && isSystem(system) ? platformOf(system) : stated
  const runsProgram = config.entrypoint.length + config.cmd.length > 0
  const runnable = runnableArchitectures(architecture)
  if (!runsProgram || machines.size === 0 || runnable.some(each => machines.has(each))) return
  const found = [...machines].map(([machine, count]) => `${pluralize(count, 'program')} for ${machine}`)
  findings.add(`it contains ${found.join(', ')} and none for ${architecture}`)
}
