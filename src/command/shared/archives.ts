import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Artifacts, Host } from '../../host/host.js'
import type { System } from '../../oci/system.js'
import { mapLimit } from '../../util/async.js'
import { codeOf, UserError } from '../../util/error.js'
import type { PlanDocument } from './plan-document.js'

/** How the build side names its files, and so its artifacts. */
export const ARCHIVE_ENDING = '.oci.tar'
/** How the merge side names its artifacts. */
export const MERGED_ENDING = `.multi-arch${ARCHIVE_ENDING}`
/** Where `build` leaves archives on a person's machine, and `merge` looks for them. */
export const ARCHIVES_FOLDER = 'archives'

/**
 * The paths of the archives to merge, sorted: those in `folder`; without one, this run's artifacts (brought into a
 * temporary folder), or what lies in `archives` where there are no artifacts. With a plan it is those of the containers that it
 * has built, and none of them may be missing. Throws a `UserError` when there are none.
 */
export async function gather(
  folder: string | undefined,
  host: Host,
  plan?: PlanDocument | undefined,
): Promise<string[]> {
  const wanted = plan === undefined ? undefined : archivesOf(plan)
  if (wanted?.length === 0) return []
  if (folder === undefined && host.artifacts) return download(host, host.artifacts, wanted)
  return fromFolder(folder ?? ARCHIVES_FOLDER, wanted)
}

/** The names of the archives that a plan's jobs leave. */
function archivesOf({ containers }: PlanDocument): string[] {
  return containers
    .filter(({ build }) => build)
    .flatMap(({ name, systems }) => systems.map(({ system }) => archiveName({ name, system })))
}

/** How the archive of a container for a system is called. */
export function archiveName({ name, system }: { readonly name: string; readonly system: System }): string {
  return `${name}-${system}${ARCHIVE_ENDING}`
}

async function fromFolder(folder: string, wanted: readonly string[] | undefined): Promise<string[]> {
  const names = await readdir(folder).catch(error => {
    if (codeOf(error) === 'ENOENT')
      throw new UserError(`There is no folder ${folder}`, { hint: HINT, cause: error })
    if (codeOf(error) === 'ENOTDIR')
      throw new UserError(`${folder} is not a folder`, { hint: HINT, cause: error })
    throw error
  })
  if (wanted !== undefined) refuseMissing(wanted, names, `in ${folder}`)
  const archives = wanted ?? names.filter(name => name.endsWith(ARCHIVE_ENDING)).sort()
  if (archives.length === 0)
    throw new UserError(`No archive (*${ARCHIVE_ENDING}) is in ${folder}`, { hint: HINT })
  return archives.map(name => join(folder, name))
}

const HINT = 'Name the folder that `nix-multiarch build` wrote to, with `archives`.'

async function download(
  host: Host,
  artifacts: Artifacts,
  wanted: readonly string[] | undefined,
): Promise<string[]> {
  const all = await artifacts.list()
  const names = all.map(({ name }) => name)
  if (wanted !== undefined) refuseMissing(wanted, names, 'among the artifacts of this workflow run')
  const archives = all.filter(({ name }) => (wanted === undefined ? isBuilt(name) : wanted.includes(name)))
  if (archives.length === 0) {
    throw new UserError(`This workflow run has no artifact named *${ARCHIVE_ENDING}`, { hint: NEEDS })
  }
  const paths = await mapLimit(archives, 4, archive => artifacts.download(archive, host.temp))
  return paths.sort()
}

const NEEDS =
  'Let the job that merges need those that build: `needs: build`, and look whether they succeeded.'

function isBuilt(name: string): boolean {
  return name.endsWith(ARCHIVE_ENDING) && !name.endsWith(MERGED_ENDING)
}

function refuseMissing(wanted: readonly string[], there: readonly string[], where: string): void {
  const missing = wanted.filter(name => !there.includes(name))
  if (missing.length > 0)
    throw new UserError(`The plan has ${missing.join(', ')} built, which is not ${where}`, { hint: NEEDS })
}
