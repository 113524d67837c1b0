import { join } from 'node:path'
import type { Host, RunCache } from '../../host/host.js'
import { findLocallyBuiltPaths } from '../../nix/built-here.js'
import { type Container, derivationsOf } from '../../nix/container.js'
import { type CacheContent, dumpPath, type LocalCache, openLocalCache } from '../../nix/local-cache.js'
import type { Nix } from '../../nix/nix.js'
import { detectSystem } from '../../nix/system.js'
import { exists, shortHashOf } from '../../util/files.js'
import { formatBytes, pluralize } from '../../util/text.js'
import type { Save } from '../setup/finish.js'
import { warnOnFailure } from '../shared/failures.js'

/** What was built on this repository's runners and is in no binary cache, from run to run. */
export interface StoreCache {
  /** For the setting `extra-substituters`; `undefined` where it has nothing. */
  readonly uri: string | undefined
  /** Adds what was built for these containers, the images themselves left out, and gives what is to be saved. */
  collect(nix: Nix, containers: readonly Container[]): Promise<Save | undefined>
}

const LARGEST = 2e9

/**
 * Brings back what jobs that build these containers have left, else what others have; at most `most` bytes of it are kept.
 * `undefined` where there is no cache.
 */
export async function openStoreCache(
  cache: RunCache | undefined,
  host: Host,
  containers: readonly Container[],
  most = LARGEST,
): Promise<StoreCache | undefined> {
  if (cache === undefined) return undefined
  const folder = join(cache.folder, 'store')
  const prefixes = prefixesOf(containers, host)
  const [own] = prefixes
  const restored = await cache.restore(folder, `${own}none`, prefixes)
  const local = openLocalCache(folder)
  const prepared = await warnOnFailure('There is no store cache in this run', host.log, () => local.prepare())
  if (prepared === undefined) return undefined
  const { paths, broken } = prepared
  // A key is never written to again, so what was repaired needs one of its own.
  const ending = restored !== undefined && broken > 0 ? `-${shortHashOf(restored)}` : ''
  return {
    uri: restored === undefined || paths === 0 ? undefined : local.uri,
    async collect(nix, built) {
      if (cache.readOnly) return undefined
      return warnOnFailure('What was built cannot be put into the store cache', host.log, async () => {
        const { fingerprint, ...content } = await renew(nix, local, built, most)
        host.log.debug(`The store cache has ${sizeOf(content)}`)
        const isSaved = broken === 0 && restored?.includes(`-${fingerprint}`)
        return content.paths === 0 || isSaved ? undefined : { path: folder, key: own + fingerprint + ending }
      })
    },
  }
}

/** Jobs that run side by side have each their own, so that none loses what it built; all of one system help each other. */
function prefixesOf(containers: readonly Container[], { env }: Host): [string, string] {
  const all = `nix-multiarch-store-${detectSystem()}-`
  const attributes = containers.map(({ attribute }) => attribute).sort()
  return [`${all}${shortHashOf(JSON.stringify([env.GITHUB_JOB, attributes]))}-`, all]
}

async function renew(
  nix: Nix,
  local: LocalCache,
  containers: readonly Container[],
  most: number,
): Promise<CacheContent> {
  const images = new Set(containers.flatMap(derivationsOf))
  const found = (await findLocallyBuiltPaths(nix, [...images])).filter(
    ({ deriver }) => deriver === undefined || !images.has(deriver),
  )
  return local.update(found, {
    maxBytes,
    isUsed: path => exists(join(nix.storeRoot ?? '/', path)),
    dump: path => dumpPath(nix, path),
  })
}

function sizeOf({ paths, bytes }: Pick<CacheContent, 'paths' | 'bytes'>): string {
  return `${pluralize(paths, 'path')}, ${formatBytes(bytes)}`
}
