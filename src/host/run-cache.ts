import { mkdir } from 'node:fs/promises'
import { withTimeout } from '../util/async.js'
import { messageOf } from '../util/error.js'
import type { Log, RunCache } from './host.js'

/** What of GitHub's cache client is used. */
export interface CacheClient {
  isFeatureAvailable(): boolean
  restoreCache(
    paths: string[],
    key: string,
    prefixes?: string[],
    options?: { lookupOnly?: boolean; segmentTimeoutInMs?: number },
  ): Promise<string | undefined>
  saveCache(paths: string[], key: string): Promise<number>
}

interface RunCacheOptions {
  /** Where what is cached lies; the same on each machine, since a path is part of a cache's identity. */
  readonly folder: string
  readonly readOnly: boolean
  readonly log: Log
  /** Loads the client, which is large, when it is first needed. */
  readonly client: () => Promise<CacheClient>
  /** How long the service may take to tell what it has, in milliseconds. */
  readonly timeoutMs?: number
}

/** The client tries again for half a minute, or for a quarter of an hour where nothing answers at all. */
const LOOKUP_TIMEOUT_MS = 15_000

/** A segment of a download that stands still for so long is given up: building anew is the way out. */
const SEGMENT_TIMEOUT_MS = 120_000

/** GitHub's cache, of which no trouble is ever more than a warning. One that does not answer is not asked again. */
export function createRunCache({
  folder,
  readOnly,
  log,
  client,
  timeoutMs = LOOKUP_TIMEOUT_MS,
}: RunCacheOptions): RunCache {
  let silent = false
  const careful = async <T>(
    what: string,
    otherwise: T,
    task: (client: CacheClient) => Promise<T>,
  ): Promise<T> => {
    try {
      const loaded = await client()
      if (silent || !loaded.isFeatureAvailable()) return otherwise
      // The client tells its steps on standard output.
      return await log.group(what, () => task(loaded))
    } catch (error) {
      if (!(error instanceof LookupTimeout && silent)) log.warning(`${what}: ${messageOf(error)}`)
      silent ||= error instanceof LookupTimeout
      return otherwise
    }
  }
  /** Tells the key that there is, and brings nothing. */
  const lookUp = (loaded: CacheClient, path: string, key: string, prefixes: readonly string[]) =>
    withTimeout(
      timeoutMs,
      loaded.restoreCache([path], key, [...prefixes], { lookupOnly: true }),
      () => new LookupTimeout(`the cache has not answered for ${timeoutMs / 1000} s, so it is not used`),
    )
  return {
    folder,
    readOnly,
    restore: (path, key, prefixes = []) =>
      careful(`Cache: look for ${key}`, undefined, async loaded => {
        await mkdir(folder, { recursive: true })
        if ((await lookUp(loaded, path, key, prefixes)) === undefined) return undefined
        return loaded.restoreCache([path], key, [...prefixes], { segmentTimeoutInMs: SEGMENT_TIMEOUT_MS })
      }),
    save: (path, key) =>
      careful(`Cache: save ${key}`, false, async loaded => {
        // Asked first, since the client packs everything before it finds that a key is taken.
        if ((await lookUp(loaded, path, key, [])) === key) return false
        return (await loaded.saveCache([path], key)) !== -1
      }),
  }
}

class LookupTimeout extends Error {}
