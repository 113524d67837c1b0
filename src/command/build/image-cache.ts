import { copyFile, link, mkdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Host, RunCache } from '../../host/host.js'
import { openLayout } from '../../image/layout.js'
import { type Container, formatContainer } from '../../nix/container.js'
import { hashPartOf } from '../../nix/local-cache.js'
import { ORIGIN, THIN, withRenamedKeys } from '../../oci/annotation-keys.js'
import type { Image } from '../../oci/image.js'
import { shortHashOf } from '../../util/files.js'
import { PROGRAM_VERSION } from '../../util/text.js'
import type { CacheEntry } from '../setup/post-job.js'
import { warnOnFailure } from '../shared/failures.js'
import { openArchive } from '../shared/open-archive.js'
import { createArchiveAnnotations } from '../shared/platform-image.js'
import type { WorkTree } from '../shared/work-tree.js'
import { writeImageArchive } from './pack-archive.js'

/** The archives of earlier runs, by the derivation that they were built from. A failure causes a warning and counts as a miss. */
export interface ImageCache {
  /** Restores the archive to `file`. Then nothing has to be built or downloaded. Returns `undefined` on a miss. */
  restore(container: Container, file: string): Promise<CachedImage | undefined>
  /** Copies an archive to the cache folder. The post step saves the returned entry. */
  prepareSave(container: Container, file: string): Promise<CacheEntry | undefined>
}

/** An archive of an earlier run. */
export interface CachedImage {
  readonly image: Image
  readonly file: string
  /** The size of the archive, in bytes. */
  readonly size: number
}

interface ImageCacheOptions {
  readonly host: Host
  readonly compression: string
  /** What the run found in the work tree of the flake. A restored archive gets it in place of that of the earlier run. */
  readonly tree: WorkTree
  /** Archives contain what is in the image. */
  readonly sbom?: boolean
  /** Archives are not restored. */
  readonly force?: boolean
}

/** Without `cache`, every restore is a miss and nothing is saved. */
export function createImageCache(cache: RunCache | undefined, options: ImageCacheOptions): ImageCache {
  const { host, compression, tree, sbom = false, force = false } = options
  if (cache === undefined) return { restore: async () => undefined, prepareSave: async () => undefined }
  const entryOf = (container: Container, file: string): CacheEntry => {
    const key = cacheKeyOf(container, { compression, sbom }, host)
    return { key, path: join(cache.folder, 'images', key, basename(file)) }
  }

  return {
    restore: (container, file) =>
      warnOnFailure(
        `Cannot restore ${formatContainer(container)} from the image cache`,
        host.log,
        async () => {
          if (force) return undefined
          const { key, path } = entryOf(container, file)
          await rm(dirname(path), { recursive: true, force: true })
          if ((await cache.restore(path, key)) === undefined) return undefined
          return copyCachedArchive(container, path, { file, tree, signal: host.signal })
        },
      ),
    prepareSave: (container, file) =>
      warnOnFailure(`Cannot save ${formatContainer(container)} in the image cache`, host.log, async () => {
        if (cache.readOnly || (await isThinArchive(file))) return undefined
        const entry = entryOf(container, file)
        await linkOrCopy(file, entry.path)
        return entry
      }),
  }
}

/**
 * Returns the cache key. It contains everything that determines the bytes of the archive: the derivation, the annotations, the
 * compression, whether its contents are listed, and the version of this program.
 */
function cacheKeyOf(
  container: Container,
  { compression, sbom }: { readonly compression: string; readonly sbom: boolean },
  host: Host,
): string {
  const rest = JSON.stringify([
    PROGRAM_VERSION,
    compression,
    container.output,
    createArchiveAnnotations(container, host),
    ...(sbom ? ['sbom'] : []),
  ])
  const hash = shortHashOf(rest)
  return `nix-multiarch-image-${hashPartOf(container.derivation)}-${hash}`
}

/** A thin archive cannot be reused: the registry may have deleted the layers that it omits. */
async function isThinArchive(file: string): Promise<boolean> {
  const { index } = await openLayout(file)
  return index.manifests.map(withRenamedKeys).some(({ annotations }) => annotations?.[THIN] !== undefined)
}

interface CopyOptions {
  /** The path of the copy. */
  readonly file: string
  readonly tree: WorkTree
  readonly signal: AbortSignal
}

/** Verifies every blob, so that a damaged cache entry counts as a miss. */
async function copyCachedArchive(
  container: Container,
  path: string,
  { file, tree, signal }: CopyOptions,
): Promise<CachedImage> {
  const archived = await openArchive(path)
  if (archived?.derivation !== container.derivation) throw new Error('the archive is from another derivation')
  // How an earlier job has built it says nothing about this one.
  const { [ORIGIN]: _, ...annotations } = archived.annotations
  const size = await writeImageArchive({ ...archived, annotations, origin: undefined, tree }, file, {
    signal,
  })
  return { image: archived.image, file, size }
}

/** Creates a hard link, or a copy if the file system does not allow a link. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await rm(to, { force: true })
  await link(from, to).catch(() => copyFile(from, to))
}
