import { basename, resolve } from 'node:path'
import type { MergeInputs } from '../../input/input-table.js'
import { SYSTEM } from '../../oci/annotation-keys.js'
import { SYSTEMS, type System } from '../../oci/platform.js'
import { parseReference, type Reference } from '../../oci/reference.js'
import { MAX_PARALLEL_REQUESTS, type RegistryClient } from '../../registry/client.js'
import { Repository } from '../../registry/repository.js'
import { mapLimit, waitForAll } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import { nameInput, nameSetting } from '../../util/input-name.js'
import type { Destination } from '../shared/destinations.js'
import { type Attempt, attempt, requireAll } from '../shared/failures.js'
import { type OpenRepository, openArchive } from '../shared/find-archives.js'
import type { PlanDocument, PlannedContainer } from '../shared/plan-document.js'
import {
  type ContainerImages,
  type ExternalLayers,
  IMAGES_AT_ONCE,
  type PlatformImage,
} from '../shared/platform-image.js'
import { parseTaggedImage, readImage } from '../shared/published-images.js'
import { describeWorkTree, type WorkTree } from '../shared/work-tree.js'

/** The images to merge. */
export interface ImageSource {
  /** The paths of archives. */
  readonly files: readonly string[]
  /** Images that this run packed without an archive. */
  readonly images?: readonly PlatformImage[]
  readonly plan: PlanDocument | undefined
}

interface CollectContext {
  readonly systems: MergeInputs['systems']
  /** The repositories of a container, also if nothing is pushed. Images and layers are read from no other repository. */
  readonly ownRepositoriesOf: (container: Pick<ContainerImages, 'name' | 'imageName'>) => readonly Reference[]
  readonly client: RegistryClient
  readonly signal: AbortSignal
}

/**
 * Opens the images of all containers: built images, and unchanged images that the plan found in the registry. Sorted by name.
 */
export async function collectContainers(
  source: ImageSource,
  context: CollectContext,
): Promise<ContainerImages[]> {
  const built = await openBuiltContainers(source, context)
  await checkExternalLayers(built, context)
  const unchanged = await mapLimit(source.plan?.containers ?? [], IMAGES_AT_ONCE, async planned => {
    const { build, standing } = planned
    if (build || standing === undefined) return []
    return [{ ...(await openPublished(planned, standing, context)), tree: source.plan?.tree }]
  })
  return [...built, ...unchanged.flat()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Opens all archives, and groups all images by container. Throws one `UserError` that lists all problems. */
async function openBuiltContainers(
  { files, images = [], plan }: ImageSource,
  context: CollectContext,
): Promise<ContainerImages[]> {
  const openRepository = createRepositoryOpener(context)
  const opened = await mapLimit(files, IMAGES_AT_ONCE, file =>
    attempt(file, () => openArchive(file, openRepository)),
  )
  const archives = requireAll(opened, context.signal).filter(archive => archive !== undefined)
  if (files.length > 0 && archives.length === 0)
    throw new UserError('All archives are multi-arch archives, which are already merged', {
      hint: `Set ${nameInput('archives')} to the folder that \`nix-multiarch build\` wrote to.`,
    })
  const { containers, problems } = groupImages([...archives, ...images], context.systems, plan)
  const failed = problems.map(({ container, message }): Attempt<ContainerImages> => {
    const hint = `Nothing was pushed. Set ${nameInput('systems')} to the expected systems, or to \`any\` to accept all.`
    return { done: false, name: container, error: new UserError(message, { hint }) }
  })
  return requireAll([...containers.map(value => ({ done: true, value }) as const), ...failed], context.signal)
}

/**
 * Opens a repository only if it is one of the container's own, whatever an archive or a plan says: otherwise layers of a private
 * repository could get into a public one.
 */
function openOwnRepository(
  name: string,
  container: Pick<ContainerImages, 'name' | 'imageName'>,
  { ownRepositoriesOf, client, signal }: CollectContext,
): Repository | undefined {
  const reference = parseReference(name)
  const { registry, repository } = reference
  const isOwn = ownRepositoriesOf(container).some(
    own => own.registry === registry && own.repository === repository,
  )
  return isOwn ? new Repository(client, reference, { signal }) : undefined
}

function createRepositoryOpener(context: CollectContext): OpenRepository {
  const [noPush, full] = [nameSetting('push', 'false'), nameSetting('archive-layers', 'full')]
  return (name, { path, container, imageName }) => {
    const repository = openOwnRepository(name, { name: container, imageName }, context)
    if (repository !== undefined) return repository
    throw new UserError(
      `${path} is a thin archive with layers in ${name}, which is not a repository of ${container} in this run`,
      {
        hint: `Set ${nameInput('image')} to that repository (with ${noPush} to push nothing), or build with ${full}.`,
      },
    )
  }
}

/** The reason why the images of one container cannot be joined. */
interface Problem {
  readonly container: string
  readonly message: string
}

/**
 * Groups images by container and checks that each container has each expected system once. The expected systems are from
 * the input, otherwise from the plan, otherwise from all containers. Containers are sorted by name, and images by system.
 */
function groupImages(
  images: readonly PlatformImage[],
  expected: readonly System[] | 'any',
  plan?: PlanDocument,
): { containers: ContainerImages[]; problems: Problem[] } {
  const defaultSystems = expected === 'any' ? [] : expected.length > 0 ? expected : systemsOf(images)
  const containers: ContainerImages[] = []
  const problems: Problem[] = []
  for (const [name, group] of groupByContainer(images)) {
    const planned = plan?.containers.find(container => container.name === name)
    const systems =
      expected.length === 0 && planned ? planned.systems.map(({ system }) => system) : defaultSystems
    const sorted = group.toSorted((a, b) => SYSTEMS.indexOf(a.system) - SYSTEMS.indexOf(b.system))
    const messages = [
      ...findDuplicates(sorted),
      ...(expected === 'any' ? [] : findUnexpected(sorted, systems)),
      ...findMissing(sorted, systems),
      ...findNameConflict(sorted),
      ...findOtherDerivations(sorted, planned),
      ...findOtherCommits(sorted, plan?.tree),
    ]
    if (messages.length > 0) problems.push({ container: name, message: `${name}: ${messages.join('; ')}` })
    else
      containers.push({
        name,
        imageName: group[0]?.imageName ?? name,
        images: sorted,
        tree: group[0]?.tree,
        unchanged: false,
      })
  }
  return { containers, problems }
}

function systemsOf(images: readonly PlatformImage[]): readonly System[] {
  const systems = new Set(images.map(({ system }) => system))
  return SYSTEMS.filter(system => systems.has(system))
}

function groupByContainer(images: readonly PlatformImage[]): [string, PlatformImage[]][] {
  const groups = new Map<string, PlatformImage[]>()
  for (const image of images) {
    const group = groups.get(image.container)
    if (group) group.push(image)
    else groups.set(image.container, [image])
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
}

function findDuplicates(images: readonly PlatformImage[]): string[] {
  return images.flatMap((image, n) => {
    const first = images.findIndex(other => other.system === image.system)
    const other = images[first]
    return other && first < n
      ? [`${image.system} has two archives: ${basename(other.path)} and ${basename(image.path)}`]
      : []
  })
}

function findUnexpected(images: readonly PlatformImage[], systems: readonly System[]): string[] {
  return images
    .filter(({ system }) => !systems.includes(system))
    .map(({ path, system }) => `${basename(path)} is for ${system}, which is not expected`)
}

function findMissing(images: readonly PlatformImage[], systems: readonly System[]): string[] {
  const files = images.map(({ path }) => basename(path)).join(', ')
  return systems
    .filter(system => !images.some(image => image.system === system))
    .map(system => `${system} is missing (found only ${files})`)
}

function findNameConflict(images: readonly PlatformImage[]): string[] {
  const distinct = new Set(images.map(({ imageName }) => imageName))
  if (distinct.size < 2) return []
  const list = images.map(({ imageName, path }) => `${imageName} in ${basename(path)}`).join(', ')
  return [`its archives have different image names: ${list}`]
}

/** Two parts of one workflow run may build containers with the same name. */
function findOtherDerivations(
  images: readonly PlatformImage[],
  planned: PlannedContainer | undefined,
): string[] {
  return images
    .filter(({ system, derivation }) => {
      const expected = planned?.systems.find(each => each.system === system)?.derivation
      return expected !== undefined && expected !== derivation
    })
    .map(
      ({ path }) =>
        `${basename(path)} is not from the planned derivation: the flake changed, or another build has the same name`,
    )
}

/** The images of a container, and the plan of the run, are for one commit. */
function findOtherCommits(images: readonly PlatformImage[], planned: WorkTree | undefined): string[] {
  const expected = planned ?? images[0]?.tree
  const whose = planned === undefined ? basename(images[0]?.path ?? '') : 'the plan'
  return images
    .filter(({ tree }) => describeWorkTree(tree) !== describeWorkTree(expected))
    .map(
      ({ path, tree }) =>
        `${basename(path)} was built from ${describeWorkTree(tree)}, and ${whose} is for ${describeWorkTree(expected)}`,
    )
}

/**
 * Checks that the layers of thin archives exist in the registry. Throws a `UserError` that lists all archives with missing
 * layers.
 */
async function checkExternalLayers(
  containers: readonly ContainerImages[],
  { signal }: CollectContext,
): Promise<void> {
  const attempts: Attempt<void>[] = []
  for (const image of containers.flatMap(({ images }) => images)) {
    const { externalLayers } = image
    if (externalLayers === undefined || externalLayers.areChecked) continue
    attempts.push(await attempt(image.container, () => checkLayersExist(externalLayers, image.path)))
  }
  requireAll(attempts, signal)
}

async function checkLayersExist({ repository, layers }: ExternalLayers, path: string): Promise<void> {
  const exist = await mapLimit(layers, MAX_PARALLEL_REQUESTS, ({ digest }) => repository.hasBlob(digest))
  const [first, ...more] = layers.filter((_, n) => !exist[n])
  if (first === undefined) return
  const others = more.length === 0 ? '' : ` and ${more.length} more`
  throw new UserError(
    `${path} is a thin archive, and ${repository.name} no longer has its layer ${first.digest}${others}`,
    {
      hint: `Nothing was pushed. Build it again, or build with ${nameSetting('archive-layers', 'full')} to include all layers.`,
    },
  )
}

/** Reads the images of an unchanged container from the registry. The annotations are from the plan. */
async function openPublished(
  { name, imageName, systems }: PlannedContainer,
  { image: reference, digest }: NonNullable<PlannedContainer['standing']>,
  context: CollectContext,
): Promise<Omit<ContainerImages, 'tree'>> {
  const repository = openOwnRepository(reference, { name, imageName }, context)
  if (repository === undefined) {
    throw new UserError(
      `The plan takes ${name} from ${reference}, which is not a repository of ${name} in this run`,
      {
        hint: `Set ${nameInput('image')} to the same repositories for the plan and the merge. Nothing was pushed.`,
      },
    )
  }
  const found = await repository.getManifest(digest)
  const { manifests } = found ? parseTaggedImage(found) : { manifests: [] }
  const images = systems.map(async ({ system, derivation, facts }): Promise<PlatformImage> => {
    const descriptor = manifests.find(({ annotations }) => annotations?.[SYSTEM] === system)
    if (!descriptor) {
      throw new UserError(`${reference} no longer has the image for ${system} that the plan found`, {
        hint: `It was deleted after the plan. Plan again. If that does not help, set ${nameSetting('force', 'true')}.`,
      })
    }
    const { image, config } = await readImage(repository, descriptor)
    return {
      path: reference,
      container: name,
      system,
      imageName,
      derivation,
      annotations: facts,
      image,
      config,
      externalLayers: { repository, layers: image.layers, areChecked: true },
    }
  })
  return { name, imageName, images: await waitForAll(images), unchanged: true }
}

/** Throws a `UserError` if an output would overwrite one of the archives to merge. */
export function checkOutputPaths(
  destinations: readonly Destination[],
  containers: readonly ContainerImages[],
): void {
  const inputs = new Set(containers.flatMap(({ images }) => images.map(({ path }) => resolve(path))))
  const conflict = destinations.find(({ archive }) => archive !== undefined && inputs.has(resolve(archive)))
  if (conflict) {
    throw new UserError(
      `${nameInput('archive')} would overwrite ${conflict.archive}, which is one of the archives to merge`,
      {
        hint: `Set ${nameInput('archive')} to another file.`,
      },
    )
  }
}
