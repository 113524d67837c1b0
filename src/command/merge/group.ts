import { basename, resolve } from 'node:path'
import type { MergeInputs } from '../../input/inputs.js'
import { SYSTEM } from '../../oci/annotations.js'
import type { Descriptor } from '../../oci/descriptor.js'
import { SYSTEMS, type System } from '../../oci/platform.js'
import { parseReference } from '../../oci/reference.js'
import { MAX_PARALLEL_REQUESTS, type RegistryClient } from '../../registry/client.js'
import { Repository } from '../../registry/repository.js'
import { mapLimit, waitForAll } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import { type OpenRepository, openArchived } from '../shared/archives.js'
import type { Destination } from '../shared/destinations.js'
import { type Attempt, allOrFail, attempt } from '../shared/failures.js'
import type { PlanDocument, PlannedContainer } from '../shared/plan-document.js'
import {
  type ContainerImages,
  type ExternalLayers,
  IMAGES_AT_ONCE,
  type PlatformImage,
} from '../shared/platform-image.js'
import { imageFrom, taggedImage } from '../shared/published.js'

/** What there is to join. */
interface Given {
  /** Archives. */
  readonly files: readonly string[]
  /** What was packed just now, without an archive. */
  readonly pieces: readonly PlatformImage[]
}

/**
 * Opens all archives and groups all pieces by container. Throws one `UserError` that tells all that is wrong with them.
 *
 * @param registry where the layers are that thin archives do not carry
 */
export async function openWholes(
  { files, pieces }: Given,
  registry: OpenRepository,
  systems: MergeInputs['systems'],
  plan: PlanDocument | undefined,
  signal: AbortSignal,
): Promise<ContainerImages[]> {
  const opened = await mapLimit(files, IMAGES_AT_ONCE, file =>
    attempt(file, () => openArchived(file, registry)),
  )
  const archives = allOrFail(opened, signal).filter(archive => archive !== undefined)
  if (files.length > 0 && archives.length === 0)
    throw new UserError('There are only multi-arch archives, which are merged already')
  const { wholes, problems } = groupPieces([...archives, ...pieces], systems, plan)
  const failed = problems.map(({ container, message }): Attempt<ContainerImages> => {
    const hint = 'Nothing was pushed. `systems` says which systems are expected; `any` takes what there is.'
    return { done: false, name: container, error: new UserError(message, { hint }) }
  })
  return allOrFail([...wholes.map(value => ({ done: true, value }) as const), ...failed], signal)
}

/** An output must not be written over what it is made from. */
export function refuseInputs(places: readonly Destination[], wholes: readonly ContainerImages[]): void {
  const inputs = new Set(wholes.flatMap(({ pieces }) => pieces.map(({ path }) => resolve(path))))
  const over = places.find(({ archive }) => archive !== undefined && inputs.has(resolve(archive)))
  if (over)
    throw new UserError(`${over.archive} is one of the archives to merge`, { hint: 'Name another file.' })
}

/** Why one container cannot be joined. */
interface Problem {
  readonly container: string
  readonly message: string
}

/**
 * Groups pieces by container and checks that each container has every expected system once: those that are named, or that a plan
 * has for it, or that any of them has. Containers come sorted by name, their archives in the systems' order, whatever order the
 * archives came in.
 */
function groupPieces(
  archives: readonly PlatformImage[],
  expected: readonly System[] | 'any',
  plan?: PlanDocument,
): { wholes: ContainerImages[]; problems: Problem[] } {
  const named = expected === 'any' ? [] : expected.length > 0 ? expected : systemsOf(archives)
  const wholes: ContainerImages[] = []
  const problems: Problem[] = []
  for (const [container, own] of byContainer(archives)) {
    const planned = plan?.containers.find(({ name }) => name === container)
    const systems = expected.length === 0 && planned ? planned.systems.map(({ system }) => system) : named
    const sorted = own.toSorted((a, b) => SYSTEMS.indexOf(a.system) - SYSTEMS.indexOf(b.system))
    const faults = [
      ...doubles(sorted),
      ...strangers(sorted, systems, expected),
      ...missing(sorted, systems),
      ...names(sorted),
      ...others(sorted, planned),
    ]
    if (faults.length === 0)
      wholes.push({ container, imageName: own[0]?.imageName ?? container, pieces: sorted, unchanged: false })
    else problems.push({ container, message: `${container}: ${faults.join('; ')}` })
  }
  return { wholes, problems }
}

function byContainer(archives: readonly PlatformImage[]): [string, PlatformImage[]][] {
  const groups = new Map<string, PlatformImage[]>()
  for (const archive of archives) {
    const group = groups.get(archive.container)
    if (group) group.push(archive)
    else groups.set(archive.container, [archive])
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
}

function systemsOf(archives: readonly PlatformImage[]): readonly System[] {
  const present = new Set(archives.map(archive => archive.system))
  return SYSTEMS.filter(system => present.has(system))
}

function doubles(archives: readonly PlatformImage[]): string[] {
  return archives.flatMap((archive, n) => {
    const first = archives.findIndex(other => other.system === archive.system)
    const other = archives[first]
    return other && first < n
      ? [`${archive.system} is there twice, in ${basename(other.path)} and ${basename(archive.path)}`]
      : []
  })
}

function strangers(
  archives: readonly PlatformImage[],
  systems: readonly System[],
  expected: unknown,
): string[] {
  if (expected === 'any') return []
  return archives
    .filter(archive => !systems.includes(archive.system))
    .map(archive => `${basename(archive.path)} is for ${archive.system}, which is not expected`)
}

function missing(archives: readonly PlatformImage[], systems: readonly System[]): string[] {
  return systems
    .filter(system => !archives.some(archive => archive.system === system))
    .map(
      system => `${system} is missing (only ${archives.map(archive => basename(archive.path)).join(', ')})`,
    )
}

function names(archives: readonly PlatformImage[]): string[] {
  const distinct = new Set(archives.map(archive => archive.imageName))
  if (distinct.size < 2) return []
  return [
    `its archives disagree about the image's name: ${archives.map(a => `${a.imageName} in ${basename(a.path)}`).join(', ')}`,
  ]
}

/** Two parts of one workflow run may build containers of one name. */
function others(archives: readonly PlatformImage[], planned: PlannedContainer | undefined): string[] {
  return archives
    .filter(({ system, derivation }) => {
      const meant = planned?.systems.find(each => each.system === system)?.derivation
      return meant !== undefined && meant !== derivation
    })
    .map(
      ({ path }) =>
        `${basename(path)} is of another derivation than the plan's: something else has this name in the workflow run, or the flake has changed since`,
    )
}

/** Looks for the layers that archives name and do not carry. Throws a `UserError` that tells all archives for which one is gone. */
export async function checkExternalLayers(
  wholes: readonly ContainerImages[],
  signal: AbortSignal,
): Promise<void> {
  const attempts: Attempt<void>[] = []
  for (const piece of wholes.flatMap(({ pieces }) => pieces)) {
    const { elsewhere } = piece
    if (elsewhere === undefined || elsewhere.seen) continue
    attempts.push(await attempt(piece.container, () => lookFor(elsewhere, piece)))
  }
  allOrFail(attempts, signal)
}

async function lookFor({ repository, layers }: ExternalLayers, piece: PlatformImage): Promise<void> {
  const there = await mapLimit(layers, MAX_PARALLEL_REQUESTS, ({ digest }) => repository.hasBlob(digest))
  const [gone, ...more] = layers.filter((_, n) => !there[n])
  if (gone) throw goneFrom(repository.name, piece, gone, more.length)
}

function goneFrom(name: string, { path }: PlatformImage, { digest }: Descriptor, more: number): UserError {
  const others = more === 0 ? '' : ` and ${more} more`
  return new UserError(
    `${path} is a thin archive: it names the layer ${digest}${others} of ${name}, which is gone there`,
    { hint: 'Build it again; with `archives: full` it carries all of its layers. Nothing was pushed.' },
  )
}

/** A container that the plan found unchanged, out of the registry. Its facts are the flake's of today. */
export async function openUnchanged(
  { name, imageName, systems }: PlannedContainer,
  standing: NonNullable<PlannedContainer['standing']>,
  client: RegistryClient,
  signal: AbortSignal,
): Promise<ContainerImages> {
  const repository = new Repository(client, parseReference(standing.image), { signal })
  const found = await repository.getManifest(standing.digest)
  const { manifests } = found ? taggedImage(found) : { manifests: [] }
  const pieces = systems.map(async ({ system, derivation, facts }): Promise<PlatformImage> => {
    const descriptor = manifests.find(({ annotations }) => annotations?.[SYSTEM] === system)
    if (!descriptor) throw vanished(standing.image)
    const { image, config } = await imageFrom(repository, descriptor)
    return {
      path: standing.image,
      container: name,
      system,
      imageName,
      derivation,
      facts,
      image,
      config,
      elsewhere: { repository, layers: image.layers, seen: true },
    }
  })
  return { container: name, imageName, pieces: await waitForAll(pieces), unchanged: true }
}

function vanished(image: string): UserError {
  return new UserError(`${image} is not what the plan found there`, {
    hint: 'It was removed since. Run the workflow again, with `force: true` when that does not help.',
  })
}
