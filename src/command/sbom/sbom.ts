import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host } from '../../host/host.js'
import type { SbomInputs } from '../../input/input-table.js'
import type { Digest } from '../../oci/digest.js'
import { formatPlatform, platformOf, SYSTEMS } from '../../oci/platform.js'
import { SBOM_FORMATS, type SbomFormat } from '../../sbom/formats.js'
import { messageOf, UserError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'
import { pluralize } from '../../util/text.js'
import { loadTrees } from '../inspect/inspect.js'
import type { ImageTree, PlatformTree } from '../inspect/tree.js'
import { type ImageLocation, type PackResult, withLocations } from '../shared/image-locations.js'
import { selectPlatforms } from '../shared/select-platforms.js'
import { describeSubject, nameImage } from './describe-subject.js'
import { findAttachedSbom } from './find-attached-sbom.js'
import { findSbomFile } from './find-sbom-file.js'
import { listLayerContents } from './list-layer-contents.js'
import { readArchivedContents } from './read-archived-contents.js'

/** The SBOM of one platform. Printed by `--json`. */
export interface PlatformSbom {
  readonly platform: string
  /** Of the platform's manifest. */
  readonly digest: Digest
  readonly format: SbomFormat
  /**
   * - `attached`: a document in the registry, or next to the file;
   * - `archive`: written from the contents in an archive of `build`;
   * - `layers`: written from the store paths in the layers.
   */
  readonly source: 'attached' | 'archive' | 'layers'
  /** The text of the document. */
  readonly text: string
  /** With `--output`. */
  readonly file?: string
}

/** The command `sbom`: prints the SBOM of an image, or writes those of all platforms to a folder. */
export async function sbom(
  name: string,
  inputs: SbomInputs,
  host: Host,
  packResult: PackResult,
): Promise<PlatformSbom[]> {
  return withLocations([name], { inputs, host, packResult }, async ([location]) => {
    if (location === undefined) throw new Error('no location was opened')
    const tree = await loadOnlyImage(location, host)
    const platforms = selectForOutput(tree, inputs)
    const found: PlatformSbom[] = []
    for (const platform of platforms)
      found.push(await findSbom(platform, { tree, location, format: inputs.format, host }))
    const { output } = inputs
    return output === undefined ? found : writeFiles(found, output, await nameImage(tree, location))
  })
}

async function loadOnlyImage(location: ImageLocation, host: Host): Promise<ImageTree> {
  const { name } = location
  const images = (await loadTrees(location, host)).filter(({ platforms }) => platforms.length > 0)
  const [tree, ...others] = images
  if (tree !== undefined && others.length === 0) return tree
  throw new UserError(
    `${name} contains ${pluralize(images.length, 'image')}, but an SBOM is about one image`,
    {
      hint: 'Use a reference, a file with one image, or oci:FOLDER:TAG.',
    },
  )
}

/** Throws a `UserError` if several documents would be printed one after another. */
function selectForOutput({ name, platforms }: ImageTree, inputs: SbomInputs): readonly PlatformTree[] {
  const selected = selectPlatforms(platforms, inputs.platform, { name, platformOf: each => each.platform })
  if (selected.length < 2 || inputs.output !== undefined || inputs.json) return selected
  throw new UserError(`${name} has one SBOM for each of its ${selected.length} platforms`, {
    hint:
      `Select one with ${nameInput('platform')}: ${platforms.map(({ platform }) => platform).join(', ')}. ` +
      `Or write all of them to a folder with ${nameInput('output')}.`,
  })
}

interface SbomContext {
  readonly tree: ImageTree
  readonly location: ImageLocation
  readonly format: SbomFormat
  readonly host: Host
}

/** From the best source: a document, else what the build found out, else the layers. */
async function findSbom(platform: PlatformTree, context: SbomContext): Promise<PlatformSbom> {
  const { tree, location, format, host } = context
  const about = { platform: platform.platform, digest: platform.digest, format }
  const attached =
    (await findAttachedSbom(location, platform.digest, format)) ??
    (await findSbomFile(location, platform, { format, host }))
  if (attached !== undefined) return { ...about, source: 'attached', text: attached }
  const subject = await describeSubject(platform, tree, location)
  const { write } = SBOM_FORMATS[format]
  const archived = await readArchivedContents(platform, location)
  if (archived !== undefined)
    return { ...about, source: 'archive', text: write({ subject, contents: archived, basis: 'build' }) }
  const contents = await listLayerContents(platform, location, host)
  if (contents.components.length === 0) {
    throw new UserError(`${location.name} has no SBOM, and its layers contain no store paths`, {
      hint: 'Use a program that detects packages of other systems, for example syft.',
    })
  }
  host.log.warning(
    `${location.name} has no SBOM for ${platform.platform}. This one lists the store paths in its layers, without licenses, ` +
      `sources and patches. For a complete one, build and publish the image with ${nameInput('sbom')}`,
  )
  return { ...about, source: 'layers', text: write({ subject, contents, basis: 'layers' }) }
}

/** The names are those that the files have in a registry: `fd-x86_64-linux.cdx.json`. */
async function writeFiles(
  sboms: readonly PlatformSbom[],
  folder: string,
  name: string,
): Promise<PlatformSbom[]> {
  const files = sboms.map(sbom => {
    const file = join(folder, `${name}-${nameOfPlatform(sbom.platform)}${SBOM_FORMATS[sbom.format].ending}`)
    return { ...sbom, file }
  })
  try {
    await mkdir(folder, { recursive: true })
    for (const { file, text } of files) await writeFile(file, text)
  } catch (error) {
    throw new UserError(`${nameInput('output')}: ${messageOf(error)}`, { cause: error })
  }
  return files
}

/** The system, or `windows-amd64` if no system is for the platform. */
function nameOfPlatform(platform: string): string {
  const system = SYSTEMS.find(each => formatPlatform(platformOf(each)) === platform)
  return system ?? platform.replaceAll('/', '-')
}

/** For standard output: the document, or the files. */
export function formatSboms(sboms: readonly PlatformSbom[]): string {
  return sboms.map(({ text, file }) => file ?? text.trimEnd()).join('\n')
}
