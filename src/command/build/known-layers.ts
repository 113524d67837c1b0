import type { Host } from '../../host/host.js'
import { showPartsIfSlow } from '../../host/progress.js'
import type { BuildInputs } from '../../input/input-table.js'
import type { Container } from '../../nix/container.js'
import type { GitRef } from '../../tags/subject.js'
import { mapLimit } from '../../util/async.js'
import { UsageError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'
import {
  checkDestinations,
  checkTagRepositories,
  imageTemplatesOf,
  mayPush,
  ownerOf,
} from '../shared/destinations.js'
import { warnOnFailure } from '../shared/failures.js'
import {
  askRegistries,
  createLookupClient,
  groupPlannedImages,
  type LookupResult,
  publishedImagesOf,
  resolveRepositories,
} from '../shared/look-up-published-images.js'
import { IMAGES_AT_ONCE } from '../shared/platform-image.js'
import { type FoundLayers, findPublishedLayers } from '../shared/published-images.js'
import { allowAnonymous, nameRegistries } from '../shared/registry-client.js'

/** The inputs for the destinations of the merge, and for access to their registries. */
export type ReuseInputs = Pick<
  BuildInputs,
  'image' | 'tags' | 'flavor' | 'version' | 'push' | 'username' | 'password' | 'githubToken' | 'insecure'
>

/**
 * True if archives omit layers that the registry has. A run that may not push makes full archives, because its archives cannot
 * be merged into the registry. Throws a `UsageError` for `archive-layers: thin` without a registry.
 */
export function isThinBuild(
  { archiveLayers, force, ...inputs }: ReuseInputs & Pick<BuildInputs, 'archiveLayers' | 'force'>,
  ref: GitRef,
  host: Host,
): boolean {
  const hasRegistry = inputs.image.length > 0
  if (archiveLayers === 'thin' && !hasRegistry) {
    throw new UsageError(`${nameInput('archive-layers')} is \`thin\`, but ${nameInput('image')} is not set`, {
      hint: `Set ${nameInput('image')} to the registry that the merge pushes to. Thin archives omit layers that it already has.`,
    })
  }
  if (force) return false
  return archiveLayers === 'thin' || (archiveLayers === 'auto' && hasRegistry && mayPush(inputs, host, ref))
}

/**
 * Throws the error that a merge with the same inputs would throw: for two containers with one destination, and for a tag of a
 * repository that is no destination. Called before anything is built.
 */
export function checkMergeDestinations(
  containers: readonly Container[],
  inputs: ReuseInputs,
  ref: GitRef,
  host: Host,
): void {
  const images = groupPlannedImages(containers, { ref, version: inputs.version }, host)
  const { repositories } = checkDestinations(
    images,
    { image: inputs.image, archive: undefined },
    ownerOf(host),
  )
  checkTagRepositories(inputs.tags, repositories)
}

/**
 * Looks up the layers that the repositories of each container have, and returns a function that finds them by container. If a
 * registry fails, a warning is logged and all layers are packed.
 */
export async function lookUpPublishedLayers(
  containers: readonly Container[],
  inputs: ReuseInputs,
  ref: GitRef,
  host: Host,
): Promise<(container: string) => FoundLayers | undefined> {
  const { signal, log } = host
  const access = allowAnonymous(inputs)
  const images = groupPlannedImages(containers, { ref, version: inputs.version }, host)
  const templates = imageTemplatesOf({ ...inputs, archive: undefined }, host)
  const repositories = resolveRepositories(images, templates, host)
  const client = createLookupClient(repositories, access, host)
  const layers = new Map<string, FoundLayers | undefined>()
  try {
    const results = await askRegistries(repositories, { inputs: access, ref, client, log, signal })
    warnOfUnreachableRegistry(results, host)
    const findLayers = async (result: LookupResult, n: number): Promise<void> => {
      const repositoryCount = repositories[n]?.references.length ?? 0
      const { name } = result.image
      const found = await warnOnFailure(
        `Cannot read the published layers of ${name}, so all layers are packed`,
        log,
        () => findPublishedLayers(publishedImagesOf(result), repositoryCount),
      )
      layers.set(name, found)
    }
    const title = nameRegistries(repositories.flatMap(({ references }) => references))
    const parts = { title, activity: 'reading images', total: results.length }
    await showPartsIfSlow(log, parts, countOne =>
      mapLimit(results, IMAGES_AT_ONCE, (result, n) => findLayers(result, n).finally(countOne)),
    )
  } finally {
    client.close()
  }
  signal.throwIfAborted()
  return container => layers.get(container)
}

function warnOfUnreachableRegistry(results: readonly LookupResult[], { log }: Host): void {
  const unreachable = results.map(({ result }) => result).find(({ kind }) => kind === 'unreachable')
  if (unreachable && 'error' in unreachable)
    log.warning(`Cannot read the registry, so all layers are packed: ${unreachable.error.message}`)
}
