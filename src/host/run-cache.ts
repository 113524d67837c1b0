import { mkdir } from 'node:fs/promises'
import { messageOf } from '../util/error.js'
import type { Log, RunCache } from './host.js'

/** What of GitHub's cache client is used. */
export interface CacheClient {
  isFeatureAvailable(): boolean
  restoreCache(
    paths: string[],
    key: string,
    prefixes?: string[],
    options?: { timeoutInMs?: number; segmentTimeoutInMs?: number },
  ): Promise<string | undefined>
  saveCache(paths: string[], key: string): Promise<number>
}

export interface RunCacheOptions {
  /** Where what is cached lies; the same on each machine, since a path is part of a cache's identity. */
  readonly folder: string
  readonly readOnly: boolean
  readonly log: Log
  /** Loads the client, which is large, when it is first needed. */
  readonly client: () => Promise<CacheClient>
}

/** A segment of a download that stands still for so long is given up: building anew is the way out. */
const STALLED_MS = 120_000

/** GitHub's cache, of which no trouble is ever more than a warning. */
export function runCache({ folder, readOnly, log, client }: RunCacheOptions): RunCache {
  const careful = async <T>(
    what: string,
    otherwise: T,
    task: (client: CacheClient) => Promise<T>,
  ): Promise<T> => {
    try {
      const loaded = await client()
      if (!loaded.isFeatureAvailable()) return otherwise
      // The client tells its steps on standard output.
      return await log.group(what, () => task(loaded))
    } catch (error) {
      log.warning(`${what}: ${messageOf(error)}`)
      return otherwise
    }
  }
  return {
    folder,
    readOnly,
    restore: (path, key, prefix) =>
      careful(`Cache: look for ${key}`, undefined, async loaded => {
        await mkdir(folder, { recursive: true })
        const options = { segmentTimeoutInMs: STALLED_MS }
        return loaded.restoreCache([path], key, prefix === undefined ? [] : [prefix], options)
      }),
    save: (path, key) =>
      careful(`Cache: save ${key}`, false, async loaded => (await loaded.saveCache([path], key)) !== -1),
  }
}
