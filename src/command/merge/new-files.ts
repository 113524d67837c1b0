import { resolve } from 'node:path'
import { UserError } from '../../util/error.js'
import { nameInput } from '../../util/input-name.js'
import type { Destination } from '../shared/destinations.js'
import type { ContainerImages } from '../shared/platform-image.js'

interface OtherFiles {
  readonly destinations: readonly Destination[]
  readonly containers: readonly ContainerImages[]
}

/**
 * Throws a `UserError` if a file next to an archive would overwrite an archive, or such a file of another container.
 *
 * @param what what is in the files: `SBOM`
 */
export function checkNewFiles(
  what: string,
  paths: readonly string[],
  { destinations, containers }: OtherFiles,
): void {
  const taken = new Set(
    [
      ...containers.flatMap(({ images }) => images.map(({ path }) => path)),
      ...destinations.flatMap(({ archive }) => archive ?? []),
    ].map(path => resolve(path)),
  )
  for (const path of paths) {
    const resolved = resolve(path)
    if (taken.has(resolved)) {
      throw new UserError(`The ${what} ${path} would overwrite another file of this run`, {
        hint: `Set ${nameInput('archive')} to file names that differ before \`.tar\`.`,
      })
    }
    taken.add(resolved)
  }
}
