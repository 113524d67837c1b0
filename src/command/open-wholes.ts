import { resolve } from 'node:path'
import type { MergeInputs } from '../input/inputs.js'
import { UserError } from '../util/error.js'
import { mapLimit } from '../util/limit.js'
import { openArchived } from './archived.js'
import type { Destination } from './destination.js'
import { type Attempt, allOrFail, attempt } from './failures.js'
import { groupArchives } from './join.js'
import type { Whole } from './piece.js'
import type { PlanDocument } from './plan-document.js'

const AT_ONCE = 4

/** Opens all archives and groups them by container. Throws one `UserError` that tells all that is wrong with them. */
export async function openWholes(
  files: readonly string[],
  systems: MergeInputs['systems'],
  plan: PlanDocument | undefined,
  signal: AbortSignal,
): Promise<Whole[]> {
  const opened = await mapLimit(files, AT_ONCE, file => attempt(file, () => openArchived(file)))
  const archives = allOrFail(opened, signal).filter(archive => archive !== undefined)
  if (files.length > 0 && archives.length === 0)
    throw new UserError('There are only multi-arch archives, which are merged already')
  const { wholes, problems } = groupArchives(archives, systems, plan)
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
