import type { Host } from '../../host/host.js'
import { showPartsIfSlow } from '../../host/progress.js'
import type { VerifyInputs } from '../../input/input-table.js'
import { artifactTypeOfDescriptor } from '../../oci/artifact.js'
import { deduplicate, sizeOf } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { mapLimit } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import { pluralize } from '../../util/text.js'
import { type ImageLocation, type PackResult, withLocations } from '../shared/image-locations.js'
import { selectPlatforms } from '../shared/select-platforms.js'
import { type CheckedIndex, checkIndex, nameOfPlatform } from './check-index.js'
import { type CheckedLayer, checkLayer } from './check-layer.js'
import { type CheckedPlatform, checkManifest } from './check-platform.js'
import { checkSboms } from './check-sboms.js'
import { compareLayers, type PlatformContent } from './compare-layers.js'
import { type Finding, Findings } from './finding.js'
import { listChecks } from './list-checks.js'

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

type VerifyRequest = Pick<VerifyInputs, 'platform' | 'skipChecks'>

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
  return withLocations([name], { inputs, host, packResult }, async ([location]) => {
    if (location === undefined) throw new Error('no location was opened')
    return task(await verifyLocation(location, inputs, host), location)
  })
}

const PLATFORMS_AT_ONCE = 4
const LAYERS_AT_ONCE = 4

async function verifyLocation(
  location: ImageLocation,
  { platform: selected, skipChecks }: VerifyRequest,
  host: Host,
): Promise<VerifiedImage> {
  const { name } = location
  // A file may also contain the documents about its image.
  const images = location.images.filter(({ top }) => artifactTypeOfDescriptor(top) === undefined)
  const [image, ...others] = images
  if (image === undefined || others.length > 0) {
    throw new UserError(
      `${name} contains ${pluralize(images.length, 'image')}, but one image is verified at a time`,
      { hint: 'Use a reference, an archive with one image, or oci:FOLDER:TAG.' },
    )
  }
  const findings = new Findings()
  const index = await checkIndex(image.top, location, findings)
  // If the index cannot be read, its platforms are not known.
  const descriptors = selectPlatforms(index?.images ?? [], index?.bytes === undefined ? [] : selected, {
    name,
    platformOf: ({ platform }) => platform && nameOfPlatform(platform),
  })
  const platforms = await mapLimit(descriptors, PLATFORMS_AT_ONCE, descriptor =>
    checkManifest(descriptor, index?.annotations ?? {}, location),
  )
  const checked = await checkLayers(platforms, location, host)
  const contents = platforms.map(each => compareLayers(each, checked, skipChecks))
  const sboms = await mapLimit(platforms, PLATFORMS_AT_ONCE, each => checkSboms(each, checked, location))
  for (const [n, { entryPoint }] of contents.entries())
    for (const { kind, text } of entryPoint)
      if (kind === 'warning') host.log.warning(`${platforms[n]?.platform}: ${text}`)
  const all = [...findings.list, ...contents.flatMap(each => each.findings)]
  const verification = {
    name,
    digest: image.top.digest,
    isRight: all.length === 0,
    platforms: platforms.map((each, n) => describePlatform(each, contents[n] as PlatformContent)),
    findings: all,
    ...listChecks({
      index,
      platforms,
      contents,
      sboms,
      isLimited: selected.length > 0,
      areStartsSkipped: skipChecks.includes('all'),
    }),
  }
  return { verification, index, platforms }
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
