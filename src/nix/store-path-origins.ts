import { redactAddresses } from '../util/redact-addresses.js'
import { type PathInfo, readBuildClosure } from './locally-built-paths.js'
import type { Nix } from './nix.js'
import { isSameCache, stripControlCodes } from './parse-log-lines.js'

/**
 * Where a job got the store paths of a build from: everything that the build needed or made, and that is in the store
 * afterwards, without derivations and sources.
 */
export interface StorePathOrigins {
  readonly builtHere: number
  /** Built by this job on a remote builder. */
  readonly builtRemotely: number
  /** In the Nix store before the job began to build. */
  readonly alreadyPresent: number
  /** By binary cache, sorted by URL. */
  readonly downloaded: readonly { readonly substituter: string; readonly count: number }[]
  /** From the GitHub Actions cache, whose content is not signed. */
  readonly fromActionsCache: number
  /** The downloaded or present store paths with a signature, by the name of the key, sorted. A path can have several. */
  readonly signedBy: readonly { readonly key: string; readonly count: number }[]
  /** The downloaded or present store paths that have no signature, and whose name is not a hash of their content. */
  readonly unsigned: number
}

/** What Nix's log says about store paths. One for all builds of a job: what one builds, another one finds in the store. */
export class StoreActivity {
  /** The derivations that were built, and where. */
  readonly #built = new Map<string, 'here' | 'remotely'>()
  /** The URI of the cache from which a store path was copied. */
  readonly #copied = new Map<string, string>()

  /** Reads a line of Nix's log, in its usual format. */
  push(line: string): void {
    const text = stripControlCodes(line)
    const [, derivation, builder] = /^\s*building '([^']+\.drv)'(?: on '([^']+)')?/.exec(text) ?? []
    if (derivation !== undefined) this.#built.set(derivation, builder === undefined ? 'here' : 'remotely')
    const [, path, cache] = /^\s*copying path '([^']+)' from '([^']+)'/.exec(text) ?? []
    if (path !== undefined && cache !== undefined) this.#copied.set(path, cache)
  }

  findBuilder({ deriver }: Pick<PathInfo, 'deriver'>): 'here' | 'remotely' | undefined {
    return deriver === undefined ? undefined : this.#built.get(deriver)
  }

  findCache({ path }: Pick<PathInfo, 'path'>): string | undefined {
    return this.#copied.get(path)
  }
}

interface OriginOptions {
  readonly activity: StoreActivity
  /** The URIs of caches that were restored from the GitHub Actions cache. */
  readonly actionsCaches?: readonly string[]
  readonly signal?: AbortSignal
}

/** Finds out where the store paths of a build came from. Throws a `UserError` if Nix fails. */
export async function findStorePathOrigins(
  nix: Nix,
  derivations: readonly string[],
  { activity, actionsCaches = [], signal }: OriginOptions,
): Promise<StorePathOrigins> {
  const infos = await readBuildClosure(nix, derivations, signal ? { signal } : {})
  return countOrigins(infos, activity, actionsCaches)
}

function countOrigins(
  infos: readonly PathInfo[],
  activity: StoreActivity,
  actionsCaches: readonly string[],
): StorePathOrigins {
  const isBuilt = (info: PathInfo, where: 'here' | 'remotely'): boolean =>
    activity.findCache(info) === undefined && activity.findBuilder(info) === where
  const copied = infos.filter(info => activity.findCache(info) !== undefined)
  const isActionsCache = (info: PathInfo): boolean =>
    actionsCaches.some(cache => isSameCache(activity.findCache(info), cache))
  const present = infos.filter(
    info => !copied.includes(info) && activity.findBuilder(info) === undefined && !isSource(info),
  )
  const others = [...copied, ...present]
  const urls = copied.filter(info => !isActionsCache(info)).map(info => activity.findCache(info) ?? '')
  return {
    builtHere: infos.filter(info => isBuilt(info, 'here')).length,
    builtRemotely: infos.filter(info => isBuilt(info, 'remotely')).length,
    alreadyPresent: present.length,
    downloaded: countEach(urls.map(formatCache)).map(([substituter, count]) => ({ substituter, count })),
    fromActionsCache: copied.filter(isActionsCache).length,
    signedBy: countEach(others.flatMap(listKeys)).map(([key, count]) => ({ key, count })),
    unsigned: others.filter(({ signatures, ca }) => signatures.length === 0 && ca === undefined).length,
  }
}

/** A source of a derivation, which the evaluation adds to the store. Its name is a hash of its content. */
function isSource({ deriver, ca }: PathInfo): boolean {
  return deriver === undefined && ca !== undefined
}

/** The part of a signature before the colon. */
function listKeys({ signatures }: PathInfo): string[] {
  return [...new Set(signatures.map(signature => signature.replace(/:.*$/s, '')))]
}

/** The query has options for Nix only. */
function formatCache(uri: string): string {
  return redactAddresses(uri).replace(/[?#].*$/s, '')
}

function countEach(texts: readonly string[]): [string, number][] {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
}
