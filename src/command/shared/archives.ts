import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Artifacts, Host } from '../../host/host.js'
import { type Layout, openLayout } from '../../image/layout.js'
import { CONTAINER, DERIVATION, IMAGE_NAME, renameKeys, SYSTEM, THIN } from '../../oci/annotations.js'
import { parseConfig } from '../../oci/config.js'
import { deduplicate, isIndexType } from '../../oci/descriptor.js'
import type { Image } from '../../oci/image.js'
import { formatPlatform, isSystem, platformOf, resolvePlatform, type System } from '../../oci/platform.js'
import { isImageName } from '../../oci/reference.js'
import type { Repository } from '../../registry/repository.js'
import { mapLimit } from '../../util/async.js'
import { codeOf, UserError } from '../../util/error.js'
import { exists, isFileName } from '../../util/files.js'
import { isPlanFile, type PlanDocument, parsePlan } from './plan-document.js'
import type { ExternalLayers, PlatformImage } from './platform-image.js'
import { blobIn } from './published.js'

/** How the build side names its files, and so its artifacts. */
const ARCHIVE_ENDING = '.oci.tar'
/** How the merge side names its artifacts. */
export const MERGED_ENDING = `.multi-arch${ARCHIVE_ENDING}`
/** Where `build` leaves archives on a person's machine, and `merge` looks for them. */
export const ARCHIVES_FOLDER = 'archives'

/**
 * The paths of the archives to merge, sorted: those in `folder`; without one, this run's artifacts (brought into a
 * temporary folder), or what lies in `archives` where there are no artifacts. With a plan it is those of the containers that it
 * has built, and none of them may be missing. Throws a `UserError` when there are none.
 */
export async function gather(
  folder: string | undefined,
  host: Host,
  plan?: PlanDocument | undefined,
): Promise<string[]> {
  const wanted = plan === undefined ? undefined : archivesOf(plan)
  if (wanted?.length === 0) return []
  if (folder === undefined && host.artifacts) return download(host, host.artifacts, wanted)
  return fromFolder(folder ?? ARCHIVES_FOLDER, wanted)
}

/** The names of the archives that a plan's jobs leave. */
function archivesOf({ containers }: PlanDocument): string[] {
  return containers
    .filter(({ build }) => build)
    .flatMap(({ name, systems }) => systems.map(({ system }) => archiveName({ name, system })))
}

/** How the archive of a container for a system is called. */
export function archiveName({ name, system }: { readonly name: string; readonly system: System }): string {
  return `${name}-${system}${ARCHIVE_ENDING}`
}

async function fromFolder(folder: string, wanted: readonly string[] | undefined): Promise<string[]> {
  const names = await readdir(folder).catch(error => {
    if (codeOf(error) === 'ENOENT')
      throw new UserError(`There is no folder ${folder}`, { hint: HINT, cause: error })
    if (codeOf(error) === 'ENOTDIR')
      throw new UserError(`${folder} is not a folder`, { hint: HINT, cause: error })
    throw error
  })
  if (wanted !== undefined) refuseMissing(wanted, names, `in ${folder}`)
  const archives = wanted ?? names.filter(name => name.endsWith(ARCHIVE_ENDING)).sort()
  if (archives.length === 0)
    throw new UserError(`No archive (*${ARCHIVE_ENDING}) is in ${folder}`, { hint: HINT })
  return archives.map(name => join(folder, name))
}

const HINT = 'Name the folder that `nix-multiarch build` wrote to, with `archives`.'

async function download(
  host: Host,
  artifacts: Artifacts,
  wanted: readonly string[] | undefined,
): Promise<string[]> {
  const all = await artifacts.list()
  const names = all.map(({ name }) => name)
  if (wanted !== undefined) refuseMissing(wanted, names, 'among the artifacts of this workflow run')
  const archives = all.filter(({ name }) => (wanted === undefined ? isBuilt(name) : wanted.includes(name)))
  if (archives.length === 0) {
    throw new UserError(`This workflow run has no artifact named *${ARCHIVE_ENDING}`, { hint: NEEDS })
  }
  const paths = await mapLimit(archives, 4, archive => artifacts.download(archive, host.temp))
  return paths.sort()
}

const NEEDS =
  'Let the job that merges need those that build: `needs: build`, and look whether they succeeded.'

function isBuilt(name: string): boolean {
  return name.endsWith(ARCHIVE_ENDING) && !name.endsWith(MERGED_ENDING)
}

function refuseMissing(wanted: readonly string[], there: readonly string[], where: string): void {
  const missing = wanted.filter(name => !there.includes(name))
  if (missing.length > 0)
    throw new UserError(`The plan has ${missing.join(', ')} built, which is not ${where}`, { hint: NEEDS })
}

/**
 * The plan that a merge follows: the file or artifact of that name; without one, the artifact that the plan of this workflow run
 * left, if there is one. Throws a `UserError` when what was named is not there.
 */
export async function gatherPlan(named: string | undefined, host: Host): Promise<PlanDocument | undefined> {
  if (named !== undefined && (await exists(named))) return parsePlan(await readFile(named), named)
  const all = (await host.artifacts?.list()) ?? []
  const [artifact, ...more] = all.filter(({ name }) =>
    named === undefined ? isPlanFile(name) : name === named,
  )
  if (more.length > 0) {
    throw new UserError('This workflow run has more than one plan', {
      hint: 'Name the one that this merge is for: `plan: ${{ needs.plan.outputs.plan }}`.',
    })
  }
  if (artifact && host.artifacts) {
    const path = await host.artifacts.download(artifact, host.temp)
    return parsePlan(await readFile(path), artifact.name)
  }
  if (named === undefined) return undefined
  const where = host.artifacts === undefined ? '' : ', and this workflow run has no such artifact'
  throw new UserError(`There is no file ${named}${where}`, {
    hint: 'It is written by `nix-multiarch plan`; let the job that merges need the job that plans.',
  })
}

/** A piece as the build side left it in an archive. */
interface Archived extends PlatformImage {
  readonly layout: Layout
}

/** The repository of a registry that is called `ghcr.io/owner/name`, for the archive that names it. */
export type OpenRepository = (name: string, path: string) => Repository

/**
 * Opens one archive of the build side and holds what it says against what it has. Gives `undefined` for a multi-arch
 * archive of the merge side, which may lie in the same folder. Throws a `UserError` naming the archive for all else.
 *
 * @param registry where the layers are that a thin archive does not carry; without it, every archive must be full
 */
export async function openArchived(path: string, registry?: OpenRepository): Promise<Archived | undefined> {
  const layout = await openLayout(path)
  const [top, ...more] = layout.index.manifests
  const facts = renameKeys(top?.annotations ?? {})
  if (!top || more.length > 0)
    throw foreign(path, `it holds ${layout.index.manifests.length} images, not one`)
  const { [CONTAINER]: container, [SYSTEM]: system, [THIN]: lender } = facts
  if (container === undefined) throw foreign(path, 'it does not name its container')
  if (isIndexType(top.mediaType)) return undefined
  if (system === undefined || !isSystem(system)) throw foreign(path, `it names no known system (${system})`)
  const repository = lender === undefined ? undefined : registry?.(lender, path)
  const found = await layout.readImage(top, repository && (layer => blobIn(repository, layer)))
  const config = await layout.readBlob(found.config)
  const image = ofSystem(path, system, config, found)
  const imageName = facts[IMAGE_NAME] ?? container
  // Both become parts of paths, and an archive is not to say where it is written.
  if (!isFileName(container)) throw foreign(path, `its container has the name ${JSON.stringify(container)}`)
  if (imageName !== container && !isImageName(imageName))
    throw foreign(path, `its image has the name ${JSON.stringify(imageName)}`)
  return {
    path,
    layout,
    container,
    system,
    imageName,
    derivation: facts[DERIVATION],
    facts,
    image,
    config,
    elsewhere: repository && elsewhereOf(layout, found, repository),
  }
}

/** The layers that a thin archive names and has not; they are not looked for yet. */
function elsewhereOf(layout: Layout, { layers }: Image, repository: Repository): ExternalLayers {
  return { repository, layers: deduplicate(layers.filter(layer => !layout.hasBlob(layer))), seen: false }
}

/** The image with the platform that its config says, which must be the system's. */
function ofSystem(path: string, system: System, config: Buffer, image: Image): Image {
  const stated = parseConfig(config).platform
  const platform = resolvePlatform(system, stated)
  const described = image.manifest.platform
  if (platform && (!described || formatPlatform(described) === formatPlatform(platform))) {
    return { ...image, platform, manifest: { ...image.manifest, platform } }
  }
  const also = described ? `, its descriptor ${formatPlatform(described)}` : ''
  throw new UserError(
    `${path} is for ${system} (${formatPlatform(platformOf(system))}), but its image config says ${formatPlatform(stated)}${also}`,
    { hint: 'Build this archive again. Nothing was pushed for its container.' },
  )
}

function foreign(path: string, why: string): UserError {
  return new UserError(`${path} is no archive of \`nix-multiarch build\`: ${why}`, {
    hint: 'Give the merge a folder that holds only archives of the build, named <container>-<system>.oci.tar.',
  })
}
