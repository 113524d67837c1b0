import type { Descriptor } from '../oci/descriptor.js'
import { referenceName } from '../oci/reference.js'
import type { Repository } from '../registry/repository.js'
import { UserError } from '../util/error.js'
import { mapLimit } from '../util/limit.js'
import type { Piece, Whole } from './piece.js'
import type { RegistryLayers } from './registry-layers.js'

const AT_ONCE = 8

/**
 * Holds thin archives against their registry. Throws a `UserError` where a layer is gone that an archive names and does not carry.
 *
 * @param seen what is known to be there, which is not asked for again
 */
export async function refuseGone({ pieces }: Whole, seen: readonly RegistryLayers[]): Promise<void> {
  for (const piece of pieces) {
    const { elsewhere } = piece
    if (elsewhere === undefined || elsewhere.seen) continue
    const { repository, layers } = elsewhere
    const known = seen.find(each => nameOf(each.repository) === nameOf(repository))?.has
    const unknown = layers.filter(({ digest }) => !known?.has(digest))
    const there = await mapLimit(unknown, AT_ONCE, ({ digest }) => repository.hasBlob(digest))
    const [gone, ...more] = unknown.filter((_, n) => !there[n])
    if (gone) throw isThin(piece, gone, more.length, repository)
  }
}

function isThin({ path }: Piece, { digest }: Descriptor, more: number, repository: Repository): UserError {
  const others = more === 0 ? '' : ` and ${more} more`
  return new UserError(
    `${path} is a thin archive: it names the layer ${digest}${others} of ${nameOf(repository)}, which is gone there`,
    { hint: 'Build it again; with `archives: full` it carries all of its layers. Nothing was pushed.' },
  )
}

function nameOf({ reference: { registry, repository } }: Repository): string {
  return referenceName({ registry, repository })
}
