import { renameKeys } from '../../oci/annotation-keys.js'
import type { ImageContents } from '../../sbom/contents.js'
import { messageOf, UserError } from '../../util/error.js'
import type { PlatformTree } from '../inspect/tree.js'
import { parseContents, readContentsDescriptor } from '../shared/contents-blob.js'
import type { ImageLocation } from '../shared/image-locations.js'

/** Reads what `build` found out about an image, if it is in the archive. Throws a `UserError` if it is damaged. */
export async function readArchivedContents(
  { annotations }: PlatformTree,
  { name, isLocal, readBlob }: ImageLocation,
): Promise<ImageContents | undefined> {
  if (!isLocal) return undefined
  try {
    const descriptor = readContentsDescriptor(renameKeys(annotations))
    return descriptor && parseContents(await readBlob(descriptor))
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`${name}: the list of its contents is damaged: ${messageOf(error)}`, { cause: error })
  }
}
