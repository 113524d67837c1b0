import { readFile } from 'node:fs/promises'
import type { Host } from '../../host/host.js'
import { UserError } from '../../util/error.js'
import { exists } from '../../util/files.js'
import type { PlanDocument } from './plan-document.js'
import { isPlanFile, parsePlan } from './plan-file.js'

/**
 * The plan that a merge follows: the file or artifact of that name; without one, the artifact that the plan of this workflow run
 * left, if there is one. Throws a `UserError` when what was named is not there.
 */
export async function gatherPlan(named: string | undefined, host: Host): Promise<PlanDocument | undefined> {
  if (named !== undefined && (await exists(named))) return parsePlan(await readFile(named), named)
  const all = (await host.artifacts?.list()) ?? []
  const [artifact, ...more] = all.filter(({ name }) =>
    named === undefined ? isPlanFile(name) : name === named,
  )
  if (more.length > 0) {
    throw new UserError('This workflow run has more than one plan', {
      hint: 'Name the one that this merge is for: `plan: ${{ needs.plan.outputs.plan }}`.',
    })
  }
  if (artifact && host.artifacts) {
    const path = await host.artifacts.download(artifact, host.temp)
    return parsePlan(await readFile(path), artifact.name)
  }
  if (named === undefined) return undefined
  const where = host.artifacts === undefined ? '' : ', and this workflow run has no such artifact'
  throw new UserError(`There is no file ${named}${where}`, {
    hint: 'It is written by `nix-multiarch plan`; let the job that merges need the job that plans.',
  })
}
