import { join } from 'node:path'
import type { Host, RunCache } from '../host/host.js'
import { builtHere } from '../nix/built-here.js'
import { type Container, derivationsOf } from '../nix/container.js'
import { type LocalCache, localCache } from '../nix/local-cache.js'
import type { Nix } from '../nix/nix.js'
import { dumpPath } from '../nix/store-dump.js'
import { thisMachine } from '../nix/system.js'
import { messageOf } from '../util/error.js'
import { exists } from '../util/file.js'
import { formatBytes, plural } from '../util/format.js'
import type { Save } from './unfinished.js'

/** What was built on this repository's runners and is in no binary cache, from run to run. */
export interface StoreCache {
  /** For the setting `extra-substituters`. */
  readonly uri: string
  /** Adds what was built for these containers, the images themselves left out, and gives what is to be saved. */
  collect(nix: Nix, containers: readonly Container[]): Promise<Save | undefined>
}

const LARGEST = 2e9

/** Brings back what there is, at most `most` bytes of it to be kept; `undefined` where there is no cache. */
export async function openStoreCache(
  cache: RunCache | undefined,
  host: Host,
  most = LARGEST,
): Promise<StoreCache | undefined> {
  if (cache === undefined) return undefined
  const folder = join(cache.folder, 'store')
  // Jobs of one system help each other, whatever they build.
  const prefix = `nix-multiarch-store-${thisMachine()}-`
  const restored = await cache.restore(folder, `${prefix}none`, prefix)
  const local = localCache(folder)
  try {
    await local.prepare()
  } catch (error) {
    host.log.warning(`There is no store cache in this run: ${messageOf(error)}`)
    return undefined
  }
  return {
    uri: local.uri,
    async collect(nix, containers) {
      if (cache.readOnly) return undefined
      try {
        await addAll(nix, local, containers, most)
        const { paths, bytes } = await local.prune(most, path => exists(join(nix.storeRoot ?? '/', path)))
        const key = prefix + (await local.fingerprint())
        host.log.debug(`The store cache has ${plural(paths, 'path')}, ${formatBytes(bytes)}`)
        return paths === 0 || key === restored ? undefined : { path: folder, key }
      } catch (error) {
        host.log.warning(`What was built cannot be put into the store cache: ${messageOf(error)}`)
        return undefined
      }
    },
  }
}

async function addAll(
  nix: Nix,
  local: LocalCache,
  containers: readonly Container[],
  most: number,
): Promise<void> {
  const images = new Set(containers.flatMap(derivationsOf))
  for (const info of await builtHere(nix, [...images])) {
    const isImage = info.deriver !== undefined && images.has(info.deriver)
    if (!isImage && info.narSize <= most) await local.add(info, path => dumpPath(nix, path))
  }
}
