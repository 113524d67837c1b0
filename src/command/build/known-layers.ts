import type { Host } from '../../host/host.js'
import type { BuildInputs } from '../../input/inputs.js'
import type { Container } from '../../nix/container.js'
import type { GitRef } from '../../tags/subject.js'
import { mapLimit } from '../../util/async.js'
import { UsageError } from '../../util/error.js'
import {
  askingClient,
  askRegistries,
  basesOf,
  type LookupResult,
  placesOf,
  plannedImages,
} from '../shared/compare.js'
import { mayPush } from '../shared/destinations.js'
import { warnOnFailure } from '../shared/failures.js'
import { IMAGES_AT_ONCE } from '../shared/platform-image.js'
import { type FoundLayers, findPublishedLayers } from '../shared/published.js'
import { forReading } from '../shared/registry-client.js'

/** What tells a build where its images will go. */
export type ReuseInputs = Pick<
  BuildInputs,
  'image' | 'tags' | 'flavor' | 'version' | 'push' | 'username' | 'password' | 'githubToken' | 'insecure'
>

/**
 * Whether archives name layers that the registry has, and do not carry them. A run that may not push has nowhere to merge such ones.
 * Throws a `UsageError` when they are asked for without a registry.
 */
export function makesThin(
  { archives, force, ...inputs }: ReuseInputs & Pick<BuildInputs, 'archives' | 'force'>,
  ref: GitRef,
  host: Host,
): boolean {
  const isPlace = inputs.image.length > 0
  if (archives === 'thin' && !isPlace)
    throw new UsageError('`archives: thin` needs an `image`', {
      hint: 'Name the registry that the merge pushes to: what is there already need not be in an archive.',
    })
  if (force) return false
  return archives === 'thin' || (archives === 'auto' && isPlace && mayPush(inputs, host, ref))
}

/** The layers that containers' repositories have, by container. A registry's trouble is told in a warning, and all is packed then. */
export async function layersInRegistries(
  containers: readonly Container[],
  inputs: ReuseInputs,
  ref: GitRef,
  host: Host,
): Promise<(container: string) => FoundLayers | undefined> {
  const access = forReading(inputs)
  const places = placesOf(plannedImages(containers, { ref, version: inputs.version }, host), inputs, host)
  const client = askingClient(places, access, host)
  const found = new Map<string, FoundLayers | undefined>()
  try {
    const looked = await askRegistries(places, access, ref, client, host.signal)
    tellSilence(looked, host)
    await mapLimit(looked, IMAGES_AT_ONCE, async (each, n) => {
      const repositories = places[n]?.references.length ?? 0
      const there = await warnOnFailure(`All layers of ${each.subject.name} are packed`, host.log, () =>
        findPublishedLayers(basesOf(each), repositories),
      )
      found.set(each.subject.name, there)
    })
  } finally {
    client.close()
  }
  host.signal.throwIfAborted()
  return container => found.get(container)
}

function tellSilence(looked: readonly LookupResult[], { log }: Host): void {
  const silent = looked.map(({ result }) => result).find(({ kind }) => kind === 'silent')
  if (silent && 'error' in silent)
    log.warning(`The registry could not be asked for layers, so all are packed: ${silent.error.message}`)
}
