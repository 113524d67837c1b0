import { basename, resolve } from 'node:path'
import type { PlanBinding } from '../../attestation/provenance.js'
import type { MergeInputs } from '../../input/input-table.js'
import { isLocalSource } from '../../nix/flake-metadata.js'
import {
  CONTENTS,
  DERIVATION,
  LAYER_FILES,
  LAYER_KEYS,
  ORIGIN,
  RECIPE,
  SOURCE,
  SOURCE_ANNOTATIONS,
  SYSTEM,
  THIN,
  WORK_TREE,
} from '../../oci/annotation-keys.js'
import type { Annotations, Descriptor } from '../../oci/descriptor.js'
import { SYSTEMS, type System } from '../../oci/platform.js'
import { parseReference, type Reference } from '../../oci/reference.js'
import { MAX_PARALLEL_REQUESTS, type RegistryClient } from '../../registry/client.js'
import { Repository } from '../../registry/repository.js'
import { mapLimit, waitForAll } from '../../util/async.js'
import { messageOf, UserError } from '../../util/error.js'
import { nameInput, nameSetting } from '../../util/input-name.js'
import { quoteControlCharacters } from '../../util/text.js'
import type { Destination } from '../shared/destinations.js'
import { type Attempt, attempt, requireAll } from '../shared/failures.js'
import type { FoundArchive } from '../shared/find-archives.js'
import { readLayerKeys } from '../shared/layer-keys.js'
import {
  type ArchiveFile,
  checkArchiveName,
  type OpenRepository,
  openArchiveFile,
  readArchivedImage,
} from '../shared/open-archive.js'
import type { PlanDocument, PlannedContainer, PlannedSystem } from '../shared/plan-document.js'
import {
  type ContainerImages,
  type ExternalLayers,
  IMAGES_AT_ONCE,
  type PlatformImage,
} from '../shared/platform-image.js'
import { hasRecord } from '../shared/proof-record.js'
import { parseTaggedImage, readImage } from '../shared/published-images.js'
import { readRecipe } from '../shared/recipe.js'
import { readSourceAnnotations } from '../shared/source-annotations.js'
import { describeWorkTree, findCommonTree, isSameCommit, type WorkTree } from '../shared/work-tree.js'

/** The images to merge. */
export interface ImageSource {
  readonly archives: readonly ArchiveFile[]
  /** Images that this run packed without an archive. */
  readonly images?: readonly PlatformImage[]
  readonly plan: PlanDocument | undefined
  /** The plan as a file of another job. */
  readonly planBinding?: PlanBinding | undefined
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

/**
 * Opens archives, without their images. Multi-arch archives are left out. Throws one `UserError` that lists all problems.
 *
 * @param areNamed the archives are artifacts or were planned, so each must contain what its file name says
 */
export async function openArchives(
  files: readonly FoundArchive[],
  { areNamed, signal }: { readonly areNamed: boolean; readonly signal: AbortSignal },
): Promise<ArchiveFile[]> {
  const opened = await mapLimit(files, IMAGES_AT_ONCE, ({ path, archive }) =>
    attempt(path, async () => {
      const opened = await openArchiveFile(path)
      if (areNamed) checkArchiveName(path, opened)
      return opened && { ...opened, ...(archive && { archive }) }
    }),
  )
  const archives = requireAll(opened, signal).filter(archive => archive !== undefined)
  if (files.length > 0 && archives.length === 0)
    throw new UserError('All archives are multi-arch archives, which are already merged', {
      hint: `Set ${nameInput('archives')} to the folder that \`nix-multiarch build\` wrote to.`,
    })
  return archives
}

/** Reads the images of all archives, and groups all images by container. Throws one `UserError` that lists all problems. */
async function openBuiltContainers(
  { archives, images = [], plan }: ImageSource,
  context: CollectContext,
): Promise<ContainerImages[]> {
  const openRepository = createRepositoryOpener(context)
  const read = await mapLimit(archives, IMAGES_AT_ONCE, archive =>
    attempt(archive.path, () => readArchivedImage(archive, openRepository)),
  )
  const archived = requireAll(read, context.signal)
  const { containers, problems } = groupImages([...archived, ...images], context.systems, plan)
  const failed = problems.map(({ container, message }): Attempt<ContainerImages> => {
    const hint =
      `Nothing was pushed. Build what is missing, or set ${nameInput('systems')} to the expected systems, or to \`any\` ` +
      'to accept all.'
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
  return (text, { path, container, imageName }) => {
    const [name = text] = text.split('@')
    const repository = openOwnRepository(text, { name: container, imageName }, context)
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
      ...findOtherFacts(sorted, planned),
      ...findOtherCommits(sorted, plan?.tree),
      ...findOtherFlakes(sorted, plan?.tree),
    ]
    if (messages.length > 0) problems.push({ container: name, message: `${name}: ${messages.join('; ')}` })
    else
      containers.push({
        name,
        imageName: group[0]?.imageName ?? name,
        images: sorted.map(image => ({
          ...image,
          annotations: findPlannedFacts(planned, image.system) ?? image.annotations,
        })),
        tree: plan?.tree ?? findCommonTree(sorted.map(({ tree }) => tree)),
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
      const expected = findPlanned(planned, system)?.derivation
      return expected !== undefined && expected !== derivation
    })
    .map(
      ({ path }) =>
        `${basename(path)} is not from the planned derivation: the flake changed, or another build has the same name`,
    )
}

/** Annotations that do not come from the flake: a build outside of GitHub has no source. The others are checked elsewhere. */
const KEYS_OF_BUILD = [
  CONTENTS,
  LAYER_FILES,
  LAYER_KEYS,
  ORIGIN,
  RECIPE,
  SOURCE,
  SOURCE_ANNOTATIONS,
  THIN,
  WORK_TREE,
]

/** The tags are made from the version, for example. So the annotations must be those of the flake that the plan evaluated. */
function findOtherFacts(images: readonly PlatformImage[], planned: PlannedContainer | undefined): string[] {
  return images.flatMap(({ path, system, derivation, annotations }) => {
    const expected = findPlanned(planned, system)
    if (expected === undefined || expected.derivation !== derivation) return []
    const keys = [...new Set([...Object.keys(expected.facts), ...Object.keys(annotations)])]
    const changes = keys
      .filter(key => !KEYS_OF_BUILD.includes(key) && expected.facts[key] !== annotations[key])
      .map(key => {
        const [found, wanted] = [annotations, expected.facts].map(each => JSON.stringify(each[key]) ?? 'none')
        return `${quoteControlCharacters(key)} (${found} instead of ${wanted})`
      })
    return changes.length === 0 ? [] : [`${basename(path)} and the plan differ in ${changes.join(', ')}`]
  })
}

function findPlanned(planned: PlannedContainer | undefined, system: System): PlannedSystem | undefined {
  return planned?.systems.find(each => each.system === system)
}

/** Returns `undefined` if only the build jobs could evaluate the container: then the plan does not know its version. */
function findPlannedFacts(planned: PlannedContainer | undefined, system: System) {
  const isEvaluated = planned?.systems.some(({ derivation }) => derivation !== undefined)
  return isEvaluated ? findPlanned(planned, system)?.facts : undefined
}

/** The images of a container, and the plan of the run, are for one commit. */
function findOtherCommits(images: readonly PlatformImage[], planned: WorkTree | undefined): string[] {
  const expected = planned ?? images[0]?.tree
  const whose = planned === undefined ? basename(images[0]?.path ?? '') : 'the plan'
  return images
    .filter(({ tree }) => !isSameCommit(tree, expected))
    .map(
      ({ path, tree }) =>
        `${basename(path)} was built from ${describeWorkTree(tree)}, and ${whose} is for ${describeWorkTree(expected)}`,
    )
}

/** A build cannot say that it has built a flake of another repository: the provenance would name that one as the source. */
function findOtherFlakes(images: readonly PlatformImage[], planned: WorkTree | undefined): string[] {
  return images.flatMap(({ path, tree, origin }) => {
    const expected = planned ?? tree
    if (origin === undefined || isLocalSource(origin.flake)) return []
    if (expected === undefined || expected.kind === 'remote') return []
    return [
      `${basename(path)} says that it was built from ${origin.flake.url}, and not from ${describeWorkTree(expected)}`,
    ]
  })
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
  const exist = await mapLimit(layers, MAX_PARALLEL_REQUESTS, ({ digest }) => repository.canReadBlob(digest))
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
  const published = found && parseTaggedImage(found)
  const manifests = published?.manifests ?? []
  const isRecorded = published !== undefined && hasRecord(published)
  const images = systems.map(async ({ system, derivation, facts }): Promise<PlatformImage> => {
    const descriptor = manifests.find(
      ({ annotations = {} }) => annotations[SYSTEM] === system && annotations[DERIVATION] === derivation,
    )
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
      sourceAnnotations: readPublishedSource(descriptor, reference),
      ...(isRecorded && {
        layerKeys: readLayerKeys(descriptor.annotations),
        layerFiles: descriptor.annotations?.[LAYER_FILES],
      }),
      recipe: readRecipe(descriptor.annotations),
      image,
      config,
      externalLayers: { repository, layers: image.layers, areChecked: true },
    }
  })
  return { name, imageName, images: await waitForAll(images), unchanged: true, isRecorded }
}

function readPublishedSource({ annotations }: Descriptor, reference: string): Annotations {
  try {
    return readSourceAnnotations(annotations)
  } catch (error) {
    throw new UserError(`${reference}: ${messageOf(error)}`, {
      hint: `Build it again with ${nameSetting('force', 'true')}.`,
      cause: error,
    })
  }
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
