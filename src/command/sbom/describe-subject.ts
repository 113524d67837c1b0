import { realpath } from 'node:fs/promises'
import { basename } from 'node:path'
import { CONTAINER, CREATED, renameKeys, VERSION } from '../../oci/annotation-keys.js'
import { parsePlatformText } from '../../oci/platform.js'
import type { Subject } from '../../sbom/subject.js'
import { isFileName } from '../../util/files.js'
import type { ImageTree, PlatformTree } from '../inspect/tree.js'
import type { ImageLocation } from '../shared/image-locations.js'

/** Describes an image whose SBOM is written afterwards. */
export async function describeSubject(
  { platform, digest, annotations }: PlatformTree,
  tree: ImageTree,
  location: ImageLocation,
): Promise<Subject> {
  const { [VERSION]: version, [CREATED]: created } = { ...annotations, ...tree.annotations }
  const commitDate = created === undefined ? undefined : new Date(created)
  const { registry, repository } = location.repository?.reference ?? {}
  return {
    name: await nameImage(tree, location),
    platform: parsePlatformText(platform),
    digest,
    ...(version !== undefined && { version }),
    ...(registry !== undefined && repository !== undefined && { repository: { registry, repository } }),
    ...(commitDate && !Number.isNaN(commitDate.getTime()) && { commitDate }),
  }
}

/** Returns the name of the container, of the repository, or of the file. It can be a part of a file name. */
export async function nameImage(
  { annotations, platforms }: ImageTree,
  { name, repository }: ImageLocation,
): Promise<string> {
  const names = [
    ...[annotations, ...platforms.map(each => each.annotations)].map(each => renameKeys(each)[CONTAINER]),
    repository && basename(repository.reference.repository),
    nameFromFile(basename(await realpath(name).catch(() => name))),
  ]
  return names.find(each => each !== undefined && isFileName(each)) ?? 'image'
}

/** Without the hash of a store path and without endings: `hello.tar.gz` gives `hello`. */
function nameFromFile(file: string): string {
  return file.replace(/^[0-9a-z]{32}-/, '').replace(/(\.(oci|docker|tar|gz|zst|json))+$/, '')
}
