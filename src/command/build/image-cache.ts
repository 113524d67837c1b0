import { copyFile, link, mkdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Host, RunCache } from '../../host/host.js'
import { openLayout } from '../../image/layout.js'
import type { Container } from '../../nix/container.js'
import { hashPartOf } from '../../nix/local-cache.js'
import { THIN, withRenamedKeys } from '../../oci/annotations.js'
import { blobsOf, type Image } from '../../oci/image.js'
import { shortHashOf } from '../../util/files.js'
import { PROGRAM_VERSION } from '../../util/text.js'
import type { Save } from '../setup/finish.js'
import { openArchived } from '../shared/archives.js'
import { warnOnFailure } from '../shared/failures.js'
import { archiveAnnotations } from '../shared/platform-image.js'

/** An archive that needs no building any more. */
export interface CachedImage {
  readonly image: Image
  readonly file: string
  /** Of the archive, in bytes. */
  readonly size: number
}

/** Archives of earlier runs, by the derivation that they were made from. Trouble is told as a warning, and counts as nothing. */
export interface ImageCache {
  /** Puts the archive into `file`, if there is one; then nothing has to be built or fetched. */
  restore(container: Container, file: string): Promise<CachedImage | undefined>
  /** Lays an archive aside for later runs. */
  remember(container: Container, file: string): Promise<Save | undefined>
}

/** Without a cache, nothing is found and nothing kept. */
export function imageCache(cache: RunCache | undefined, host: Host, encoding: string): ImageCache {
  if (cache === undefined) return { restore: async () => undefined, remember: async () => undefined }
  const placeOf = (container: Container, file: string): Save => {
    const key = keyOf(container, encoding, host)
    return { key, path: join(cache.folder, 'images', key, basename(file)) }
  }
  const labelOf = ({ name, system }: Container): string => `${name} for ${system}`
  return {
    restore: (container, file) =>
      warnOnFailure(`${labelOf(container)} may be cached, but that is of no use`, host.log, async () => {
        const { key, path } = placeOf(container, file)
        await rm(dirname(path), { recursive: true, force: true })
        if ((await cache.restore(path, key)) === undefined) return undefined
        return take(container, path, file)
      }),
    remember: (container, file) =>
      warnOnFailure(`${labelOf(container)} cannot be put into the cache`, host.log, async () => {
        if (cache.readOnly || (await isThin(file))) return undefined
        const save = placeOf(container, file)
        await putBeside(file, save.path)
        return save
      }),
  }
}

/**
 * What the archive follows from: the derivation, what we write beside the image, and how we write it. So the same key is
 * the same archive, and one whose annotations have other keys is not found.
 */
function keyOf(container: Container, encoding: string, host: Host): string {
  const rest = JSON.stringify([
    PROGRAM_VERSION,
    encoding,
    container.output,
    archiveAnnotations(container, host),
  ])
  const hash = shortHashOf(rest)
  return `nix-multiarch-image-${hashPartOf(container.derivation)}-${hash}`
}

/** What a thin archive names may be gone by then. */
async function isThin(file: string): Promise<boolean> {
  const { index } = await openLayout(file)
  return index.manifests.map(withRenamedKeys).some(({ annotations }) => annotations?.[THIN] !== undefined)
}

/** Every byte is read, so that a cache entry that is broken counts as none. */
async function take(container: Container, path: string, file: string): Promise<CachedImage> {
  const archived = await openArchived(path)
  if (archived?.derivation !== container.derivation) throw new Error('it is of another derivation')
  for (const blob of [archived.image.manifest, ...blobsOf([archived.image])])
    await archived.layout.verifyBlob(blob)
  await putBeside(path, file)
  return { image: archived.image, file, size: (await stat(file)).size }
}

/** The same file under a second name, or a copy where that cannot be. */
async function putBeside(file: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await rm(path, { force: true })
  await link(file, path).catch(() => copyFile(file, path))
}
