import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Artifacts, Host } from '../../host/host.js'
import { type Layout, openLayout } from '../../image/layout.js'
import {
  CONTAINER,
  DERIVATION,
  IMAGE_NAME,
  renameKeys,
  SYSTEM,
  THIN,
  WORK_TREE,
} from '../../oci/annotation-keys.js'
import { parseConfig } from '../../oci/config.js'
import { deduplicate, isIndexType } from '../../oci/descriptor.js'
import { digestOf } from '../../oci/digest.js'
import type { Image } from '../../oci/image.js'
import { formatPlatform, isSystem, platformOf, resolvePlatform, type System } from '../../oci/platform.js'
import { isImageName } from '../../oci/reference.js'
import type { Repository } from '../../registry/repository.js'
import { mapLimit } from '../../util/async.js'
import { codeOf, messageOf, UserError } from '../../util/error.js'
import { exists, isFileName } from '../../util/files.js'
import { nameInput } from '../../util/input-name.js'
import { isPlanFile, type PlanDocument, parsePlan, parsePlanReference } from './plan-document.js'
import type { ExternalLayers, PlatformImage } from './platform-image.js'
import { createRegistryBlob } from './published-images.js'
import { parseWorkTree, type WorkTree } from './work-tree.js'

/** The suffix of the archives of `build`, which are also the names of their artifacts. */
const ARCHIVE_ENDING = '.oci.tar'
/** The suffix of the multi-arch archives of `merge`. */
export const MERGED_ENDING = `.multi-arch${ARCHIVE_ENDING}`
/** The default folder for archives outside GitHub. */
export const ARCHIVES_FOLDER = 'archives'

const NEEDS_HINT = 'Add `needs: build` to the merge job, and check that all build jobs succeeded.'

/** Returns the file name of the archive of a container for one system. */
export function archiveNameOf({ name, system }: { readonly name: string; readonly system: System }): string {
  return `${name}-${system}${ARCHIVE_ENDING}`
}

/**
 * Returns the paths of the archives to merge, sorted. They are read from `folder`. Without a folder, the artifacts of this
 * workflow run are downloaded to a temporary folder; without artifacts, the folder `archives` is used. With a plan, only the
 * archives of the containers to build are returned. Throws a `UserError` if there are no archives, or if a planned
 * archive is missing.
 */
export async function findArchives(
  folder: string | undefined,
  host: Host,
  plan?: PlanDocument | undefined,
): Promise<string[]> {
  const expected = plan === undefined ? undefined : archiveNamesOf(plan)
  if (expected?.length === 0) return []
  if (folder === undefined && host.artifacts) return downloadArchives(host, host.artifacts, expected)
  return listArchives(folder ?? ARCHIVES_FOLDER, expected)
}

function archiveNamesOf({ containers }: PlanDocument): string[] {
  return containers
    .filter(({ build }) => build)
    .flatMap(({ name, systems }) => systems.map(({ system }) => archiveNameOf({ name, system })))
}

async function listArchives(folder: string, expected: readonly string[] | undefined): Promise<string[]> {
  const hint = `Set ${nameInput('archives')} to the folder that \`nix-multiarch build\` wrote to.`
  const names = await readdir(folder).catch(error => {
    if (codeOf(error) === 'ENOENT')
      throw new UserError(`The folder ${folder} does not exist`, { hint, cause: error })
    if (codeOf(error) === 'ENOTDIR') throw new UserError(`${folder} is not a folder`, { hint, cause: error })
    throw error
  })
  if (expected !== undefined) checkNoneMissing(expected, names, `in ${folder}`)
  const archives = expected ?? names.filter(name => name.endsWith(ARCHIVE_ENDING)).sort()
  if (archives.length === 0)
    throw new UserError(`The folder ${folder} contains no archives (*${ARCHIVE_ENDING})`, {
      hint,
    })
  return archives.map(name => join(folder, name))
}

async function downloadArchives(
  host: Host,
  artifacts: Artifacts,
  expected: readonly string[] | undefined,
): Promise<string[]> {
  const all = await artifacts.list()
  const names = all.map(({ name }) => name)
  if (expected !== undefined) checkNoneMissing(expected, names, 'from the artifacts of this workflow run')
  const archives = all.filter(({ name }) =>
    expected === undefined ? isBuildArchive(name) : expected.includes(name),
  )
  if (archives.length === 0) {
    throw new UserError(`This workflow run has no artifact named *${ARCHIVE_ENDING}`, { hint: NEEDS_HINT })
  }
  const paths = await mapLimit(archives, 4, archive => artifacts.download(archive, host.temp))
  return paths.sort()
}

function isBuildArchive(name: string): boolean {
  return name.endsWith(ARCHIVE_ENDING) && !name.endsWith(MERGED_ENDING)
}

function checkNoneMissing(expected: readonly string[], found: readonly string[], where: string): void {
  const missing = expected.filter(name => !found.includes(name))
  if (missing.length > 0) {
    throw new UserError(`Planned archives are missing ${where}: ${missing.join(', ')}`, {
      hint: NEEDS_HINT,
    })
  }
}

/**
 * Reads the plan for a merge: a file, or an artifact of this workflow run that is named together with its SHA-256. Any job of the
 * run can upload an artifact, so the SHA-256 must come from the outputs of the plan job. Throws a `UserError` if the plan does
 * not exist or has another content. Without a name there is no plan, also if the run has a plan artifact: that is only logged.
 *
 * @param text the path of a file, or `formatPlanReference`
 */
export async function findPlan(text: string | undefined, host: Host): Promise<PlanDocument | undefined> {
  if (text === undefined) return reportUnnamedPlan(host)
  if (await exists(text)) return parsePlan(await readFile(text), text)
  const { name, digest } = parsePlanReference(text)
  const artifact = (await host.artifacts?.list())?.find(each => each.name === name)
  if (artifact === undefined || host.artifacts === undefined) {
    const message = host.artifacts
      ? `No plan ${name}: it is neither a file nor an artifact of this workflow run`
      : `The plan file ${text} does not exist`
    throw new UserError(message, {
      hint: 'Create it with `nix-multiarch plan`. In a workflow, add the plan job to `needs` of the merge job.',
    })
  }
  if (digest === undefined)
    throw new UserError(`The plan ${name} is an artifact, and its SHA-256 is missing`, { hint: PLAN_HINT })
  const bytes = await readFile(await host.artifacts.download(artifact, host.temp))
  const found = digestOf(bytes)
  if (found === digest) return parsePlan(bytes, name)
  throw new UserError(`The plan ${name} has the digest ${found} instead of ${digest}`, {
    hint: 'Another job of this workflow run has replaced the plan. Nothing was pushed.',
  })
}

const PLAN_HINT = 'Set the output of the plan job: `plan: ${{ needs.plan.outputs.plan }}`.'

async function reportUnnamedPlan({ artifacts, log }: Host): Promise<undefined> {
  const plans = (await artifacts?.list())?.filter(({ name }) => isPlanFile(name)) ?? []
  const [plan] = plans
  if (plan === undefined) return undefined
  log.warning(
    `This workflow run has the plan ${plan.name}, but the merge does not use it: unchanged containers get no tags. ${PLAN_HINT}`,
  )
}

/** An image in an archive of `build`. */
interface ArchivedImage extends PlatformImage {
  readonly layout: Layout
}

/**
 * Opens the repository that a thin archive names. Throws a `UserError` if it is not a repository of the container.
 *
 * @param name `ghcr.io/owner/name`
 */
export type OpenRepository = (
  name: string,
  archive: Pick<PlatformImage, 'path' | 'container' | 'imageName'>,
) => Repository

/**
 * Opens an archive of `build` and checks that its annotations match its content. Returns `undefined` for a multi-arch archive of
 * `merge`, which may be in the same folder. Otherwise throws a `UserError` that names the archive.
 *
 * @param openRepository opens the repository that has the layers of a thin archive; if absent, thin archives are not accepted
 */
export async function openArchive(
  path: string,
  openRepository?: OpenRepository,
): Promise<ArchivedImage | undefined> {
  const layout = await openLayout(path)
  const [descriptor, ...more] = layout.index.manifests
  const annotations = renameKeys(descriptor?.annotations ?? {})
  if (!descriptor || more.length > 0)
    throw describeInvalidArchive(path, `it contains ${layout.index.manifests.length} images, not one`)
  const { [CONTAINER]: container, [SYSTEM]: system, [THIN]: repositoryName } = annotations
  if (container === undefined) throw describeInvalidArchive(path, 'it does not name its container')
  if (isIndexType(descriptor.mediaType)) return undefined
  if (system === undefined || !isSystem(system))
    throw describeInvalidArchive(path, `its system is ${JSON.stringify(system) ?? 'missing'}`)
  const imageName = annotations[IMAGE_NAME] ?? container
  // Both names become part of paths. An archive must not decide where files are written.
  if (!isFileName(container))
    throw describeInvalidArchive(path, `its container name is ${JSON.stringify(container)}`)
  if (imageName !== container && !isImageName(imageName))
    throw describeInvalidArchive(path, `its image name is ${JSON.stringify(imageName)}`)
  const repository =
    repositoryName === undefined
      ? undefined
      : openRepository?.(repositoryName, { path, container, imageName })
  const archived = await layout.readImage(
    descriptor,
    repository && (layer => createRegistryBlob(repository, layer)),
  )
  const config = await layout.readBlob(archived.config)
  const image = resolveImagePlatform(path, system, config, archived)
  return {
    path,
    layout,
    container,
    system,
    imageName,
    derivation: annotations[DERIVATION],
    annotations,
    tree: readTree(path, annotations[WORK_TREE]),
    image,
    config,
    externalLayers: repository && externalLayersOf(layout, archived, repository),
  }
}

/** Reads what the build of an archive found in its work tree. Returns `undefined` if it is not recorded. */
export async function readArchiveTree(path: string): Promise<WorkTree | undefined> {
  const { index } = await openLayout(path)
  return readTree(path, renameKeys(index.manifests[0]?.annotations ?? {})[WORK_TREE])
}

function readTree(path: string, text: string | undefined): WorkTree | undefined {
  if (text === undefined) return undefined
  try {
    return parseWorkTree(text)
  } catch (error) {
    throw describeInvalidArchive(path, messageOf(error))
  }
}

/** Returns the layers that a thin archive does not contain. It is not yet checked that they exist. */
function externalLayersOf(layout: Layout, { layers }: Image, repository: Repository): ExternalLayers {
  const missing = layers.filter(layer => !layout.hasBlob(layer))
  return { repository, layers: deduplicate(missing), areChecked: false }
}

/** Returns the image with the platform of its config. Throws a `UserError` if that is not the platform of the system. */
function resolveImagePlatform(path: string, system: System, config: Buffer, image: Image): Image {
  const configPlatform = parseConfig(config).platform
  const platform = resolvePlatform(system, configPlatform)
  const described = image.manifest.platform
  if (platform && (!described || formatPlatform(described) === formatPlatform(platform))) {
    return { ...image, platform, manifest: { ...image.manifest, platform } }
  }
  const expected = `${system} (${formatPlatform(platformOf(system))})`
  const also = described ? `, its descriptor says ${formatPlatform(described)}` : ''
  throw new UserError(
    `${path} is for ${expected}, but its image config says ${formatPlatform(configPlatform)}${also}`,
    { hint: 'Build this archive again. Nothing was pushed for its container.' },
  )
}

function describeInvalidArchive(path: string, why: string): UserError {
  return new UserError(`${path} is not an archive of \`nix-multiarch build\`: ${why}`, {
    hint:
      `The folder ${nameInput('archives')} must contain only archives of \`nix-multiarch build\`, ` +
      'named <container>-<system>.oci.tar.',
  })
}
