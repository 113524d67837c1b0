import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host } from '../host/host.js'
import { codeOf, UserError } from '../util/error.js'
import { mapLimit } from '../util/limit.js'

/** How the build side names its files, and so its artifacts. */
export const ARCHIVE_ENDING = '.oci.tar'
/** Where `build` leaves archives on a person's machine, and `merge` looks for them. */
export const ARCHIVES_FOLDER = 'archives'

/**
 * The paths of the archives to merge, sorted: those in `folder`; without one, this run's artifacts (brought into a
 * temporary folder), or what lies in `archives` where there are no artifacts. Throws a `UserError` when there are none.
 */
export async function gather(folder: string | undefined, host: Host): Promise<string[]> {
  if (folder === undefined && host.artifacts) return download(host)
  return fromFolder(folder ?? ARCHIVES_FOLDER)
}

async function fromFolder(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(error => {
    if (codeOf(error) === 'ENOENT')
      throw new UserError(`There is no folder ${folder}`, { hint: HINT, cause: error })
    if (codeOf(error) === 'ENOTDIR')
      throw new UserError(`${folder} is not a folder`, { hint: HINT, cause: error })
    throw error
  })
  const archives = names.filter(name => name.endsWith(ARCHIVE_ENDING)).sort()
  if (archives.length === 0)
    throw new UserError(`No archive (*${ARCHIVE_ENDING}) is in ${folder}`, { hint: HINT })
  return archives.map(name => join(folder, name))
}

const HINT = 'Name the folder that `nix-multiarch build` wrote to, with `archives`.'

async function download(host: Host): Promise<string[]> {
  const { artifacts } = host
  if (!artifacts) return []
  const all = await artifacts.list()
  const archives = all.filter(({ name }) => name.endsWith(ARCHIVE_ENDING))
  if (archives.length === 0) {
    throw new UserError(`This workflow run has no artifact named *${ARCHIVE_ENDING}`, {
      hint: 'Let the job that merges need those that build: `needs: build`, and look whether they succeeded.',
    })
  }
  const paths = await mapLimit(archives, 4, archive => artifacts.download(archive, host.temp))
  return paths.sort()
}
