import { resolve } from 'node:path'
import type { MergeInputs } from '../../input/inputs.js'
import { mapLimit } from '../../util/async.js'
import { UserError } from '../../util/error.js'
import { type OpenRepository, openArchived } from '../shared/archived.js'
import type { Destination } from '../shared/destination.js'
import { type Attempt, allOrFail, attempt } from '../shared/failures.js'
import type { PlanDocument } from '../shared/plan-document.js'
import type { Piece, Whole } from '../shared/platform-image.js'
import { IMAGES_AT_ONCE } from '../shared/platform-image.js'
import { groupPieces } from './join.js'

/** What there is to join. */
export interface Given {
  /** Archives. */
  readonly files: readonly string[]
  /** What was packed just now, without an archive. */
  readonly pieces: readonly Piece[]
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
): Promise<Whole[]> {
  const opened = await mapLimit(files, IMAGES_AT_ONCE, file =>
    attempt(file, () => openArchived(file, registry)),
  )
  const archives = allOrFail(opened, signal).filter(archive => archive !== undefined)
  if (files.length > 0 && archives.length === 0)
    throw new UserError('There are only multi-arch archives, which are merged already')
  const { wholes, problems } = groupPieces([...archives, ...pieces], systems, plan)
  const failed = problems.map(({ container, message }): Attempt<Whole> => {
    const hint = 'Nothing was pushed. `systems` says which systems are expected; `any` takes what there is.'
    return { done: false, name: container, error: new UserError(message, { hint }) }
  })
  return allOrFail([...wholes.map(value => ({ done: true, value }) as const), ...failed], signal)
}

/** An output must not be written over what it is made from. */
export function refuseInputs(places: readonly Destination[], wholes: readonly Whole[]): void {
  const inputs = new Set(wholes.flatMap(({ pieces }) => pieces.map(({ path }) => resolve(path))))
  const over = places.find(({ archive }) => archive !== undefined && inputs.has(resolve(archive)))
  if (over)
    throw new UserError(`${over.archive} is one of the archives to merge`, { hint: 'Name another file.' })
}
