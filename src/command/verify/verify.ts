import type { Host } from '../../host/host.js'
import { showPartsIfSlow } from '../../host/progress.js'
import type { VerifyInputs } from '../../input/input-table.js'
import { artifactTypeOfDescriptor } from '../../oci/artifact.js'
import { type Descriptor, deduplicate, sizeOf } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { mapLimit } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import { pluralize } from '../../util/text.js'
import { type ImageLocation, type PackResult, withLocations } from '../shared/image-locations.js'
import { selectPlatforms } from '../shared/select-platforms.js'
import { describeUnverified, openSignatureCheck, type SignatureCheck } from './check-attestations.js'
import { type CheckedIndex, checkIndex, nameOfPlatform } from './check-index.js'
import { type CheckedLayer, checkLayer } from './check-layer.js'
import { type CheckedPlatform, checkManifest } from './check-platform.js'
import type { SignedImage } from './check-provenance.js'
import { compareLayers, type PlatformContent } from './compare-layers.js'
import { checkAllSboms, type SbomCheck } from './compare-sboms.js'
import type { IgnoredBundle } from './find-bundles.js'
import { type Finding, Findings } from './finding.js'
import { listChecks } from './list-checks.js'
import type { SignedProvenance } from './read-provenance.js'

/** The result of `verify`. Printed by `--json`. Sizes are in bytes. */
export interface Verification {
  readonly name: string
  readonly digest: Digest
  /** Nothing that was checked is wrong. */
  readonly isRight: boolean
  readonly platforms: readonly VerifiedPlatform[]
  readonly findings: readonly Finding[]
  readonly checked: readonly string[]
  readonly notChecked: readonly string[]
  /**
   * `image@sha256:…`, to deploy exactly what was verified. Absent if anything is wrong, if signatures are not verified, and for a
   * file.
   */
  readonly image?: string
  /** Absent if signatures are not verified, or no provenance is valid. */
  readonly provenance?: SignedProvenance
  /** Signatures that were found and prove nothing about the image. Absent if signatures are not verified. */
  readonly ignoredSignatures?: readonly IgnoredBundle[]
}

export interface VerifiedPlatform {
  readonly platform: string
  readonly digest: Digest
  readonly layers: number
  /** Of the config and the layers, as they are stored. */
  readonly size: number
  /** Of the layers that were read, uncompressed. */
  readonly contentSize: number
  /** The number of programs and libraries by architecture. */
  readonly programs: Readonly<Record<string, number>>
  /** The number of store paths. Absent if not all layers could be read. */
  readonly storePaths?: number
}

/** A verified image, with the documents that were read. */
export interface VerifiedImage {
  readonly verification: Verification
  /** `undefined` if the index cannot be read. */
  readonly index: CheckedIndex | undefined
  readonly platforms: readonly CheckedPlatform[]
}

/**
 * Checks everything in an image that its bytes can show, and calls `task` with the result and the place where the image is. Finds
 * all problems, not only the first.
 */
export async function withVerified<T>(
  name: string,
  inputs: VerifyInputs,
  host: Host,
  task: (verified: VerifiedImage, location: ImageLocation) => Promise<T>,
): Promise<T> {
  const packResult: PackResult = () => {
    throw new UserError(`${name} is not an image with digests, but an image as Nix builds it`, {
      hint: 'Verify an image in a registry, or an OCI archive that build or merge has written.',
    })
  }
  const checkSignatures = await openSignatureCheck(inputs, host)
  return withLocations([name], { inputs, host, packResult }, async ([location]) => {
    if (location === undefined) throw new Error('no location was opened')
    return task(await verifyLocation(location, { inputs, host, checkSignatures }), location)
  })
}

interface VerifyContext {
  readonly inputs: Pick<VerifyInputs, 'platform' | 'skipChecks' | 'checkLayers'>
  readonly host: Host
  readonly checkSignatures: Awaited<ReturnType<typeof openSignatureCheck>>
}

const PLATFORMS_AT_ONCE = 4
const LAYERS_AT_ONCE = 4

async function verifyLocation(
  location: ImageLocation,
  { inputs, host, checkSignatures }: VerifyContext,
): Promise<VerifiedImage> {
  const { name } = location
  const { platform: selected, skipChecks } = inputs
  const top = selectImage(location)
  const findings = new Findings()
  const index = await checkIndex(top, location, findings)
  const isIndex = index?.bytes !== undefined
  // If the index cannot be read, its platforms are not known.
  const descriptors = selectPlatforms(index?.images ?? [], isIndex ? selected : [], {
    name,
    platformOf: ({ platform }) => platform && nameOfPlatform(platform),
  })
  const signed = describeSigned(top, index)
  const signatures = await checkSignatures?.(signed, location)
  const platforms = await mapLimit(descriptors, PLATFORMS_AT_ONCE, descriptor =>
    checkManifest(descriptor, index?.annotations ?? {}, location),
  )
  const described = isIndex ? { descriptor: top, findings } : undefined
  const { contents, sboms } = await checkContents(platforms, described, {
    location,
    signatures,
    inputs,
    host,
  })
  const all = [
    ...(signatures?.findings.list ?? []),
    ...findings.list,
    ...contents.flatMap(each => each.findings),
  ]
  const verification = {
    name,
    digest: top.digest,
    isRight: all.length === 0,
    platforms: platforms.map((each, n) => describePlatform(each, contents[n] as PlatformContent)),
    findings: all,
    ...listChecks({
      index,
      platforms,
      contents,
      sboms,
      signatures: signatures ?? (await describeUnverified(signed, location)),
      isLimited: selected.length > 0,
      areStartsSkipped: skipChecks.includes('all'),
      areLayersSkipped: !inputs.checkLayers,
    }),
    ...(signatures && describeSignatures(signatures, all.length === 0)),
  }
  return { verification, index, platforms }
}

interface ContentsContext extends Pick<VerifyContext, 'inputs' | 'host'> {
  readonly location: ImageLocation
  readonly signatures: SignatureCheck | undefined
}

/** Reads the layers and the SBOMs, unless they are left out. */
async function checkContents(
  platforms: readonly CheckedPlatform[],
  index: Parameters<typeof checkAllSboms>[1],
  { location, signatures, inputs, host }: ContentsContext,
): Promise<{ contents: PlatformContent[]; sboms: SbomCheck[] }> {
  const layers = inputs.checkLayers ? await checkLayers(platforms, location, host) : new Map()
  const contents = platforms.map(each => compareLayers(each, layers, inputs.skipChecks))
  const sboms = inputs.checkLayers
    ? await checkAllSboms(platforms, index, { layers, location, signatures })
    : []
  reportWarnings(platforms, contents, host)
  return { contents, sboms }
}

/** A file may also contain the documents about its image. */
function selectImage({ name, images: all }: ImageLocation): Descriptor {
  const images = all.filter(({ top }) => artifactTypeOfDescriptor(top) === undefined)
  const [image, ...others] = images
  if (image !== undefined && others.length === 0) return image.top
  throw new UserError(
    `${name} contains ${pluralize(images.length, 'image')}, but one image is verified at a time`,
    { hint: 'Use a reference, an archive with one image, or oci:FOLDER:TAG.' },
  )
}

/** Signatures are about the whole index, also if only some platforms are read. */
function describeSigned({ digest }: Descriptor, index: CheckedIndex | undefined): SignedImage {
  const images = index?.bytes === undefined ? [] : index.images
  const platforms = images.map(each => ({
    name: each.platform ? nameOfPlatform(each.platform) : each.digest,
    digest: each.digest,
  }))
  return { digest, platforms }
}

function describeSignatures({ image, provenance, attestations }: SignatureCheck, isRight: boolean) {
  return {
    ...(isRight && image !== undefined && { image }),
    ...(provenance && { provenance }),
    ignoredSignatures: attestations.ignored,
  }
}

function reportWarnings(
  platforms: readonly CheckedPlatform[],
  contents: readonly PlatformContent[],
  { log }: Host,
): void {
  for (const [n, { entryPoint }] of contents.entries())
    for (const { kind, text } of entryPoint)
      if (kind === 'warning') log.warning(`${platforms[n]?.platform}: ${text}`)
}

/** Reads each layer once, even if several platforms have it. */
async function checkLayers(
  platforms: readonly CheckedPlatform[],
  location: ImageLocation,
  { log, signal }: Host,
): Promise<ReadonlyMap<Digest, CheckedLayer>> {
  const layers = deduplicate(platforms.flatMap(each => each.layers))
  const checked = new Map<Digest, CheckedLayer>()
  const parts = { title: location.name, activity: 'verifying layers', total: layers.length }
  await showPartsIfSlow(log, parts, countOne =>
    mapLimit(layers, LAYERS_AT_ONCE, async layer => {
      checked.set(layer.digest, await checkLayer(layer, location, signal))
      countOne()
    }),
  )
  return checked
}

function describePlatform(
  { platform, descriptor, manifest }: CheckedPlatform,
  { machines, storePaths, contentSize }: PlatformContent,
): VerifiedPlatform {
  const layers = manifest?.layers ?? []
  return {
    platform,
    digest: descriptor.digest,
    layers: layers.length,
    size: sizeOf(deduplicate(manifest === undefined ? [] : [manifest.config, ...layers])),
    contentSize,
    programs: Object.fromEntries(machines),
    ...(storePaths && { storePaths: storePaths.length }),
  }
}
