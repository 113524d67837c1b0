import { join } from 'node:path'
import type { Host, RunCache } from '../../host/host.js'
import { type Container, derivationsOf } from '../../nix/container.js'
import { detectSystem } from '../../nix/detect-system.js'
import { type CacheContent, dumpPath, type LocalCache, openLocalCache } from '../../nix/local-cache.js'
import { findLocallyBuiltPaths } from '../../nix/locally-built-paths.js'
import type { Nix } from '../../nix/nix.js'
import { exists, shortHashOf } from '../../util/files.js'
import { formatBytes, pluralize } from '../../util/text.js'
import type { CacheEntry } from '../setup/post-job.js'
import { warnOnFailure } from '../shared/failures.js'

/** The store paths that earlier runs built and that are not in any binary cache. */
export interface StoreCache {
  /** The store URI for the setting `extra-substituters`; `undefined` if the cache is empty. */
  readonly uri: string | undefined
  /** Adds the store paths that were built for these containers, except the images. The post step saves the returned entry. */
  prepareSave(nix: Nix, containers: readonly Container[]): Promise<CacheEntry | undefined>
}

const DEFAULT_MAX_BYTES = 2e9

/**
 * Restores the store paths of earlier jobs that built the same containers, or else of other jobs. Returns `undefined` if there is
 * no cache.
 *
 * @param maxBytes the maximum size of the saved cache
 */
export async function openStoreCache(
  cache: RunCache | undefined,
  host: Host,
  containers: readonly Container[],
  maxBytes = DEFAULT_MAX_BYTES,
): Promise<StoreCache | undefined> {
  if (cache === undefined) return undefined
  const folder = join(cache.folder, 'store')
  const prefixes = keyPrefixesOf(containers, host)
  const [jobPrefix] = prefixes
  const restoredKey = await cache.restore(folder, `${jobPrefix}none`, prefixes)
  const local = openLocalCache(folder)
  const prepared = await warnOnFailure('Cannot use the store cache', host.log, () => local.prepare())
  if (prepared === undefined) return undefined
  const { paths, broken } = prepared
  // A key cannot be overwritten, so a repaired cache needs a new key.
  const suffix = restoredKey !== undefined && broken > 0 ? `-${shortHashOf(restoredKey)}` : ''
  return {
    uri: restoredKey === undefined || paths === 0 ? undefined : local.uri,
    async prepareSave(nix, built) {
      if (cache.readOnly) return undefined
      return warnOnFailure('Cannot save store paths in the store cache', host.log, async () => {
        const { fingerprint, ...content } = await updateLocalCache(nix, local, built, maxBytes)
        host.log.debug(`The store cache has ${formatContent(content)}`)
        const isSaved = broken === 0 && restoredKey?.includes(`-${fingerprint}`)
        if (content.paths === 0 || isSaved) return undefined
        return { path: folder, key: jobPrefix + fingerprint + suffix }
      })
    },
  }
}

/**
 * Returns the prefix of the keys of this job, and the prefix of the keys of all jobs on this system. Parallel jobs have different
 * keys, so that none overwrites the other's content.
 */
function keyPrefixesOf(containers: readonly Container[], { env }: Host): [string, string] {
  const systemPrefix = `nix-multiarch-store-${detectSystem()}-`
  const attributes = containers.map(({ attribute }) => attribute).sort()
  return [`${systemPrefix}${shortHashOf(JSON.stringify([env.GITHUB_JOB, attributes]))}-`, systemPrefix]
}

async function updateLocalCache(
  nix: Nix,
  local: LocalCache,
  containers: readonly Container[],
  maxBytes: number,
): Promise<CacheContent> {
  const images = new Set(containers.flatMap(derivationsOf))
  const built = (await findLocallyBuiltPaths(nix, [...images])).filter(
    ({ deriver }) => deriver === undefined || !images.has(deriver),
  )
  return local.update(built, {
    maxBytes,
    isUsed: path => exists(join(nix.storeRoot ?? '/', path)),
    dump: path => dumpPath(nix, path),
  })
}

function formatContent({ paths, bytes }: Pick<CacheContent, 'paths' | 'bytes'>): string {
  return `${pluralize(paths, 'path')}, ${formatBytes(bytes)}`
}
