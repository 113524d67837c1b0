import { basename, join } from 'node:path'
import type { Host } from '../host/host.js'
import type { ImageHead } from '../image/pack-layers.js'
import type { PackedImage } from '../image/read-image.js'
import { openSource } from '../image/source.js'
import { checkCanWriteArchive } from '../image/write-archive.js'
import type { PublishInputs } from '../input/input-table.js'
import type { Container } from '../nix/container.js'
import { openNix } from '../nix/nix.js'
import { IMAGE_NAME } from '../oci/annotation-keys.js'
import { parseConfig } from '../oci/config.js'
import { formatPlatform, resolvePlatform, SYSTEMS } from '../oci/platform.js'
import { isImageName, parseReference } from '../oci/reference.js'
import type { ImageContents } from '../sbom/contents.js'
import { UserError } from '../util/error.js'
import { nameInput } from '../util/input-name.js'
import { quoteControlCharacters } from '../util/text.js'
import { mergeImages } from './merge/merge.js'
import { packResult } from './pack-result.js'
import { nixContextOf } from './setup/nix-context.js'
import { resolveForOneJob } from './shared/attest-settings.js'
import { checkLogins } from './shared/check-logins.js'
import { createPlatformImage } from './shared/create-platform-image.js'
import {
  checkDestinations,
  checkTagRepositories,
  type DestinationSettings,
  ownerOf,
  resolveDestinations,
} from './shared/destinations.js'
import type { GitFacts } from './shared/git.js'
import { resolveImageFile } from './shared/image-locations.js'
import type { Merged } from './shared/merge-result.js'
import { createArchiveAnnotations, imageVersionOf, type PlatformImage } from './shared/platform-image.js'
import { checkAddresses, openPushClient } from './shared/registry-client.js'

export type ResultRequest = Omit<PublishInputs, 'json' | 'quiet' | 'verbose' | 'passwordStdin'>

/** Nobody knows from which commit the image was built. So only the tag of its exact version is set automatically. */
const FACTS: GitFacts = { ref: { kind: 'no-commit' } }

/**
 * The command `publish` with an image that Nix built earlier, such as `./result`: publishes this one platform. A tag that has
 * several platforms is only replaced with `overwrite`.
 */
export async function publishResult(name: string, inputs: ResultRequest, host: Host): Promise<Merged[]> {
  const settings = resolveDestinations(inputs, host, FACTS.ref)
  const path = await resolveImageFile(name)
  const pushClient = openPushClient(settings, inputs.pushTimeout, host)
  try {
    if (settings.image.length > 0) await checkAddresses(pushClient.client, settings.registries, host)
    const signing = await resolveForOneJob(inputs, host, settings)
    const image = await packImageAt(path, name, { inputs, settings, host })
    const source = { archives: [], images: [image], plan: undefined, findFacts: async () => FACTS }
    return await mergeImages(
      { ...source, settings, pushClient, signing, keepsPlatforms: true },
      { ...inputs, systems: [], release: false },
      host,
    )
  } finally {
    pushClient.client.close()
  }
}

interface ResultContext {
  readonly inputs: ResultRequest
  readonly settings: DestinationSettings
  readonly host: Host
}

/** Packs the image. Its name, its version and the outputs are checked as soon as they are known. */
async function packImageAt(path: string, name: string, context: ResultContext): Promise<PlatformImage> {
  const { inputs, settings, host } = context
  const known = settings.image.filter(template => !template.includes('{')).map(parseReference)
  await checkLogins(known, settings.access, host)
  const source = await openSource(path)
  const file = { path: name, fileName: basename(source.path) }
  let found: Container | undefined
  const packed = await packResult(
    source,
    {
      encoding: inputs.compression,
      level: inputs.compressionLevel,
      streamScripts: inputs.streamScripts,
      directory: join(host.temp, 'result'),
      onHead: async head => {
        found = describeContainer(file, head, settings)
        await checkOutputs(found, context)
      },
    },
    host,
  )
  const container = found ?? describeContainer(file, packed, settings)
  const contents = inputs.sbom ? await collectContents(packed, container, host) : undefined
  return {
    ...createPlatformImage({ container, label: name, skipChecks: inputs.skipChecks }, packed, host),
    ...(contents && { contents }),
    path: name,
    derivation: undefined,
  }
}

/** No flake was evaluated, so nothing is known about packages. */
async function collectContents(
  packed: PackedImage,
  container: Container,
  host: Host,
): Promise<ImageContents> {
  // Loaded only if it is asked for.
  const { collectImageContents, describeCoverage } = await import('./build/collect-contents.js')
  const nix = await openNix(nixContextOf(host)).catch(error => {
    if (!(error instanceof UserError)) throw error
    host.log.warning(`The SBOM of ${container.name} has no hashes and references: ${error.message}`)
    return undefined
  })
  const contents = await collectImageContents(packed, { nix, packages: [], signal: host.signal })
  host.log.info(describeCoverage(contents, container))
  return contents
}

interface ImageFile {
  /** As the user wrote it. */
  readonly path: string
  /** The name of the file itself, without links. */
  readonly fileName: string
}

/** The image as a container of a flake would be. */
function describeContainer(
  file: ImageFile,
  { config, names }: ImageHead,
  settings: DestinationSettings,
): Container {
  const stated = parseConfig(config).platform
  const system = SYSTEMS.find(each => resolvePlatform(each, stated) !== undefined)
  if (system === undefined)
    throw new UserError(`${file.path} is for ${formatPlatform(stated)}, which no system of Nix is for`)
  const { imageName, imageTag } = nameImage(file, names, settings)
  return {
    name: imageName.slice(imageName.lastIndexOf('/') + 1),
    system,
    attribute: file.path,
    builder: system,
    derivation: '',
    output: 'out',
    streamed: false,
    imageName,
    ...(imageTag !== undefined && { imageTag }),
  }
}

/** Returns the name and the tag in the image, or the name of a repository without placeholders. */
function nameImage(
  { path, fileName }: ImageFile,
  names: readonly string[],
  { image }: DestinationSettings,
): { readonly imageName: string; readonly imageTag?: string } {
  const [name = ''] = names
  const [, repository = '', imageTag] = /^(.+?)(?::([^:/]+))?$/.exec(name) ?? []
  // In an OCI layout, the name may be a tag only.
  const isName = /[:/]/.test(name) && isImageName(repository)
  if (isName) return { imageName: repository, ...(imageTag !== undefined && { imageTag }) }
  const [template] = image
  if (template !== undefined && !template.includes('{'))
    return { imageName: parseReference(template).repository, ...(name !== '' && { imageTag: name }) }
  const fromFile = nameFromFile(fileName)
  // Nothing is pushed, and an archive must have a name.
  if (image.length === 0 && fromFile !== undefined) return { imageName: fromFile }
  const found = name === '' ? '' : ` (only ${JSON.stringify(quoteControlCharacters(name))})`
  throw new UserError(`${path} does not contain the name of an image${found}`, {
    hint: `Set ${nameInput('image')} to a repository without {image} and {name}, for example ghcr.io/me/hello.`,
  })
}

/** Without the hash of a store path, the `image-` of nix2container, and what follows a dot: `image-hello.json` gives `hello`. */
function nameFromFile(fileName: string): string | undefined {
  const [, name = ''] = /^(?:[0-9a-z]{32}-)?(?:image-)?([^.]+)/.exec(fileName) ?? []
  return isImageName(name) ? name : undefined
}

async function checkOutputs(container: Container, context: ResultContext): Promise<void> {
  const { inputs, settings, host } = context
  const annotations = createArchiveAnnotations(container, host)
  const { repositories, archives } = checkDestinations(
    [{ name: container.name, imageName: annotations[IMAGE_NAME] ?? container.name }],
    settings,
    ownerOf(host),
  )
  checkTagRepositories(inputs.tags, repositories)
  const version = inputs.version ?? imageVersionOf([annotations])
  if (repositories.length > 0 && inputs.tags.kind === 'auto' && version === undefined) {
    throw new UserError(
      `${container.attribute} has no version, so no tag can be chosen. Nothing was pushed`,
      {
        hint: `Set ${nameInput('tags')}. Only the tag of an exact version is chosen without a commit.`,
      },
    )
  }
  for (const archive of archives) await checkCanWriteArchive(archive)
  await checkLogins(repositories, settings.access, host)
}
