import { SYSTEM } from '../../oci/annotations.js'
import { parseReference } from '../../oci/reference.js'
import type { Client } from '../../registry/client.js'
import { Repository } from '../../registry/repository.js'
import { together } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import type { PlannedContainer } from '../shared/plan-document.js'
import type { Piece, Whole } from '../shared/platform-image.js'
import { holdingOf } from '../shared/published.js'
import { imageFrom } from '../shared/registry-image.js'

/** A container that the plan found unchanged, out of the registry. Its facts are the flake's of today. */
export async function openUnchanged(
  { name, imageName, systems }: PlannedContainer,
  standing: NonNullable<PlannedContainer['standing']>,
  client: Client,
  signal: AbortSignal,
): Promise<Whole> {
  const repository = new Repository(client, parseReference(standing.image), { signal })
  const found = await repository.getManifest(standing.digest)
  const { manifests } = found ? holdingOf(found) : { manifests: [] }
  const pieces = systems.map(async ({ system, derivation, facts }): Promise<Piece> => {
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
  return { container: name, imageName, pieces: await together(pieces), unchanged: true }
}

function vanished(image: string): UserError {
  return new UserError(`${image} is not what the plan found there`, {
    hint: 'It was removed since. Run the workflow again, with `force: true` when that does not help.',
  })
}
