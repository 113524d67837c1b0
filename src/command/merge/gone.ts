import type { Descriptor } from '../../oci/descriptor.js'
import { REQUESTS_AT_ONCE } from '../../registry/client.js'
import { mapLimit } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import { type Attempt, allOrFail, attempt } from '../shared/failures.js'
import type { Elsewhere, Piece, Whole } from '../shared/platform-image.js'

/** Looks for the layers that archives name and do not carry. Throws a `UserError` that tells all archives for which one is gone. */
export async function refuseGone(wholes: readonly Whole[], signal: AbortSignal): Promise<void> {
  const attempts: Attempt<void>[] = []
  for (const piece of wholes.flatMap(({ pieces }) => pieces)) {
    const { elsewhere } = piece
    if (elsewhere === undefined || elsewhere.seen) continue
    attempts.push(await attempt(piece.container, () => lookFor(elsewhere, piece)))
  }
  allOrFail(attempts, signal)
}

async function lookFor({ repository, layers }: Elsewhere, piece: Piece): Promise<void> {
  const there = await mapLimit(layers, REQUESTS_AT_ONCE, ({ digest }) => repository.hasBlob(digest))
  const [gone, ...more] = layers.filter((_, n) => !there[n])
  if (gone) throw goneFrom(repository.name, piece, gone, more.length)
}

function goneFrom(name: string, { path }: Piece, { digest }: Descriptor, more: number): UserError {
  const others = more === 0 ? '' : ` and ${more} more`
  return new UserError(
    `${path} is a thin archive: it names the layer ${digest}${others} of ${name}, which is gone there`,
    { hint: 'Build it again; with `archives: full` it carries all of its layers. Nothing was pushed.' },
  )
}
