import { mkdir } from 'node:fs/promises'
import { packageProxyVariables } from '../http/proxy.js'
import { withTimeout } from '../util/async.js'
import { messageOf } from '../util/error.js'
import { withVariables } from '../util/scoped-variables.js'
import type { Log, RunCache } from './host.js'

/** The functions of @actions/cache that are used. */
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
  /** The folder of the cached files. It must be the same on each machine: the paths are part of the cache version. */
  readonly folder: string
  readonly readOnly: boolean
  readonly log: Log
  /** Loads the client on first use, because it is large. */
  readonly client: () => Promise<CacheClient>
  /** Timeout of a lookup in milliseconds. */
  readonly timeoutMs?: number
}

/** The client itself retries for half a minute, or for 15 minutes if the service does not answer. */
const LOOKUP_TIMEOUT_MS = 15_000

/** A download is aborted if one of its segments takes longer. The run then builds instead. */
const SEGMENT_TIMEOUT_MS = 120_000

/** GitHub's cache. Errors are logged as warnings. After one timeout, the cache is not used any more. */
export function createRunCache({
  folder,
  readOnly,
  log,
  client,
  timeoutMs = LOOKUP_TIMEOUT_MS,
}: RunCacheOptions): RunCache {
  let hasTimedOut = false
  const useClient = async <T>(
    title: string,
    fallback: T,
    task: (client: CacheClient) => Promise<T>,
  ): Promise<T> => {
    try {
      const loaded = await client()
      if (hasTimedOut || !loaded.isFeatureAvailable()) return fallback
      // The client logs to standard output.
      return await log.group(title, () =>
        withVariables(packageProxyVariables(process.env), () => task(loaded)),
      )
    } catch (error) {
      if (!(error instanceof LookupTimeout && hasTimedOut)) log.warning(`${title}: ${messageOf(error)}`)
      hasTimedOut ||= error instanceof LookupTimeout
      return fallback
    }
  }
  /** Returns the key that matches, without a download. */
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
      useClient(`Cache: look for ${key}`, undefined, async loaded => {
        await mkdir(folder, { recursive: true })
        if ((await lookUp(loaded, path, key, prefixes)) === undefined) return undefined
        return loaded.restoreCache([path], key, [...prefixes], { segmentTimeoutInMs: SEGMENT_TIMEOUT_MS })
      }),
    save: (path, key) =>
      useClient(`Cache: save ${key}`, false, async loaded => {
        // Look up the key first: the client packs the files before it detects that the key exists.
        if ((await lookUp(loaded, path, key, [])) === key) return false
        return (await loaded.saveCache([path], key)) !== -1
      }),
  }
}

class LookupTimeout extends Error {}
