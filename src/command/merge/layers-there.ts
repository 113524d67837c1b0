import { distinct } from '../../oci/descriptor.js'
import type { Digest } from '../../oci/digest.js'
import { type FindLayer, KnownLayers } from '../../oci/known-layers.js'
import { REQUESTS_AT_ONCE } from '../../registry/client.js'
import { mapLimit, together } from '../../util/async.js'
import type { Whole } from '../shared/platform-image.js'
import { type Base, layersIn, layersInAll, type RegistryLayers } from '../shared/registry-layers.js'
import type { Target } from './keep.js'
import { replacements, wholeWith } from './share-layers.js'

/**
 * Layers that all of the repositories have are named as they are there, whatever bytes they would have had here. Also gives what was
 * seen in each repository.
 */
export async function wholeAsThere(
  whole: Whole,
  targets: readonly Target[],
): Promise<{ whole: Whole; seen: readonly RegistryLayers[] }> {
  const seen = await together(targets.map(target => layersIn(baseOf(target))))
  const others = await standingFor(whole, layersInAll(seen), targets)
  return { whole: wholeWith(whole, others.find), seen }
}

/** The layers to take in place of our own. They are looked for: what is taken so cannot be sent again from here. */
async function standingFor(whole: Whole, find: FindLayer, targets: readonly Target[]): Promise<KnownLayers> {
  const standing = new KnownLayers()
  await mapLimit(replacements(whole, find), REQUESTS_AT_ONCE, async ({ diffId, layer }) => {
    const looks = targets.map(({ repository }) => repository.hasBlob(layer.digest))
    if ((await together(looks)).every(Boolean)) standing.add([diffId], [layer])
  })
  return standing
}

/** The images that the wanted tags hold now. */
function baseOf({ repository, standing }: Target): Base {
  return {
    repository,
    manifests: distinct([...standing.held.values()].flatMap(({ manifests }) => manifests)),
  }
}

/** What a repository has, as far as this run has seen it. */
export function knownIn({ standing }: Target, seen: RegistryLayers | undefined): ReadonlySet<Digest> {
  return new Set([
    ...[...standing.held.values()].map(({ descriptor }) => descriptor.digest),
    ...(seen?.has ?? []),
  ])
}
