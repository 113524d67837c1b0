import { Readable } from 'node:stream'
import type { Host } from '../../host/host.js'
import type { TestInputs } from '../../input/input-table.js'
import { artifactTypeOfDescriptor } from '../../oci/artifact.js'
import { parseConfig } from '../../oci/config.js'
import { type Descriptor, isIndexType, isManifestType } from '../../oci/descriptor.js'
import { createBlob, type Image, parseManifest } from '../../oci/image.js'
import { parseIndex } from '../../oci/image-index.js'
import {
  formatPlatform,
  normalizePlatform,
  resolvePlatform,
  SYSTEMS,
  type System,
} from '../../oci/platform.js'
import { messageOf, UserError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'
import { formatSeconds } from '../../util/text.js'
import { attempt, requireAll } from '../shared/failures.js'
import { type ImageLocation, type PackResult, withLocations } from '../shared/image-locations.js'
import { selectPlatforms } from '../shared/select-platforms.js'
import { createTestContext, prepareTestSystems } from './create-tester.js'
import type { EngineName } from './test-engine.js'
import { formatEngine, testImage } from './test-image.js'

/** A platform in which the command succeeded. Printed by `test --json`. */
export interface TestedPlatform {
  readonly platform: string
  /** The digest of the image manifest. */
  readonly digest: string
  readonly engine: EngineName
  /** In milliseconds. */
  readonly duration: number
  /** The last lines of both outputs. */
  readonly output: readonly string[]
}

/** The command `test`: runs a command in each platform of an image. Throws a `UserError` that lists the failures. */
export async function test(
  [name = '', ...command]: readonly string[],
  inputs: TestInputs,
  host: Host,
  packResult: PackResult,
): Promise<TestedPlatform[]> {
  return withLocations([name], { inputs, host, packResult }, async ([location]) => {
    if (location === undefined) throw new Error('no location was opened')
    const images = selectPlatforms(await openImages(location), inputs.platform, {
      name,
      platformOf: image => formatPlatform(image.platform),
    })
    if (images.length === 0) throw new UserError(`${name} has no image`)
    await prepareTestSystems(new Set(images.map(image => systemOf(image, name))), inputs, host)
    const context = createTestContext(inputs, host)
    await context.engines.check()
    const results = []
    for (const image of images) {
      host.signal.throwIfAborted()
      const platform = formatPlatform(image.platform)
      const label = `${name} for ${platform}`
      const tested = await attempt(platform, () => testImage({ label, image }, [command], context))
      results.push(tested.done ? { ...tested, value: { tested: tested.value, image } } : tested)
    }
    return requireAll(results, host.signal).flatMap(({ tested, image }) =>
      tested.map(({ engine, duration, output }) => {
        const { platform, manifest } = image
        return { platform: formatPlatform(platform), digest: manifest.digest, engine, duration, output }
      }),
    )
  })
}

async function openImages(location: ImageLocation): Promise<Image[]> {
  const { name, images, readBlob } = location
  try {
    const lists = await Promise.all(images.map(({ top }) => listManifests(top, readBlob)))
    const manifests = lists.flat().filter(each => artifactTypeOfDescriptor(each) === undefined)
    return await Promise.all(manifests.map(each => openImage(each, location)))
  } catch (error) {
    if (error instanceof UserError || !(error instanceof Error) || error.name !== 'Error') throw error
    throw new UserError(`${name} is not a container image: ${messageOf(error)}`, { cause: error })
  }
}

async function listManifests(
  top: Descriptor,
  readBlob: ImageLocation['readBlob'],
): Promise<readonly Descriptor[]> {
  if (!isIndexType(top.mediaType)) return [top]
  return parseIndex(await readBlob(top)).manifests.filter(({ mediaType }) => isManifestType(mediaType))
}

async function openImage(descriptor: Descriptor, location: ImageLocation): Promise<Image> {
  const bytes = await location.readBlob(descriptor)
  const manifest = parseManifest(bytes)
  const omitted = manifest.layers.find(layer => location.omits(layer))
  if (omitted !== undefined) {
    throw new UserError(`${location.name} is an archive without the layer ${omitted.digest}`, {
      hint: `Test the image in the registry, or build the archive with ${nameInput('archive-layers')} set to \`full\`.`,
    })
  }
  const config = await location.readBlob(manifest.config)
  return {
    platform: normalizePlatform(descriptor.platform ?? parseConfig(config).platform),
    manifest: createBlob(bytes, { mediaType: descriptor.mediaType }),
    config: createBlob(config, { mediaType: manifest.config.mediaType }),
    layers: manifest.layers.map(layer => ({
      ...layer,
      open: () => Readable.from(location.openLayer(layer), { objectMode: false }),
    })),
  }
}

function systemOf({ platform }: Image, name: string): System {
  const system = SYSTEMS.find(each => resolvePlatform(each, platform) !== undefined)
  if (system !== undefined) return system
  throw new UserError(`${name} has an image for ${formatPlatform(platform)}, which cannot be tested`, {
    hint: `Select other platforms with ${nameInput('platform')}.`,
  })
}

/** `linux/amd64: passed with podman in 0.3 s`, and the output of the command. */
export function formatTested(tested: readonly TestedPlatform[]): string {
  return tested
    .flatMap(({ platform, engine, duration, output }) => {
      return [
        `${platform}: passed ${formatEngine(engine)} in ${formatSeconds(duration)}`,
        ...output.map(line => `  ${line}`),
      ]
    })
    .join('\n')
}
