import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Host } from '../../host/host.js'
import type { Blob } from '../../oci/descriptor.js'
import { UserError } from '../../util/error.js'
import { toWriteError } from '../../util/files.js'
import { nameInput } from '../../util/input-name.js'
import type { Destination } from '../shared/destinations.js'
import { warnOnFailure } from '../shared/failures.js'
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

/** Writes a blob to a file, and creates its folder. */
export async function writeBlob(blob: Blob, path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, blob.open())
  } catch (error) {
    throw toWriteError(error, path)
  }
}

/** GitHub allows 500 artifacts for a job, and limits the requests. */
const MAX_ARTIFACTS = 200

/**
 * Uploads files as artifacts of the workflow run. A failure only causes a warning.
 *
 * @param what what is in the files: `SBOMs`
 */
export async function uploadFiles(
  what: string,
  files: readonly { readonly blob: Blob; readonly fileName: string }[],
  { artifacts, temp, log }: Pick<Host, 'artifacts' | 'temp' | 'log'>,
): Promise<void> {
  if (artifacts === undefined || files.length === 0) return
  if (files.length > MAX_ARTIFACTS) {
    log.warning(
      `The ${what} are not uploaded as artifacts: there are ${files.length}, and at most ${MAX_ARTIFACTS} are uploaded`,
    )
    return
  }
  await warnOnFailure(`Cannot upload the ${what} as artifacts`, log, async () => {
    for (const { blob, fileName } of files) {
      const path = join(temp, fileName)
      await writeBlob(blob, path)
      await artifacts.upload(path)
    }
  })
}
