import { mapLimit } from '../util/async.js'
import { exists } from '../util/files.js'
import { nameInput } from '../util/input-name.js'
import type { CachixCache } from './cachix.js'
import { composeNetrc, findAuthorization, type NetrcEntry, parseNetrc } from './netrc.js'
import { type CacheAnswer, type CacheQueryOptions, queryCache } from './query-cache.js'
import { cacheFileUrl, parsePublicKey, parseStoreUri, type StoreUri } from './store-uri.js'

export interface SubstituterInputs {
  /** The store URIs of the input `extra-substituters`. */
  readonly substituters: readonly string[]
  readonly publicKeys: readonly string[]
  /** The result of `readCachixCaches`. */
  readonly cachix: readonly CachixCache[]
  /** The token for the private caches in `cachix`. */
  readonly cachixToken?: string | undefined
  /** The lines of the input `netrc`. */
  readonly netrc?: string | undefined
  /** The text of the netrc that Nix is already configured with. */
  readonly existingNetrc?: string | undefined
}

/** The caches that a build can use. */
export interface Substituters {
  readonly substituters: readonly string[]
  readonly publicKeys: readonly string[]
  /** The text of a netrc file, or empty if none is needed. Contains secrets. */
  readonly netrc: string
  /** One warning for each cache that cannot be used, with its URI and the reason. */
  readonly warnings: readonly string[]
}

/**
 * Checks each cache, and skips caches that cannot be used with a warning. Throws a `UserError` only for malformed URIs, keys and
 * netrc lines.
 */
export async function chooseSubstituters(
  inputs: SubstituterInputs,
  options: CacheQueryOptions,
): Promise<Substituters> {
  const uris = new Set([...inputs.substituters, ...inputs.cachix.map(({ uri }) => uri)])
  const stores = [...uris].map(parseStoreUri)
  const inputKeys = inputs.publicKeys.map(parsePublicKey)
  const token = inputs.cachixToken
  const caches = token ? inputs.cachix.filter(each => !each.isPublic).map(({ uri }) => ({ uri, token })) : []
  const netrc = composeNetrc({ userLines: inputs.netrc, caches, existing: inputs.existingNetrc })
  const entries = parseNetrc(netrc || (inputs.existingNetrc ?? ''))
  const problems = await mapLimit(stores, 8, store => checkStore(store, entries, options))
  const substituters = stores.filter((_, index) => problems[index] === undefined).map(({ text }) => text)
  const cachixKeys = inputs.cachix
    .filter(({ uri }) => substituters.includes(uri))
    .flatMap(each => each.publicSigningKeys)
  return {
    substituters,
    publicKeys: [...new Set([...inputKeys, ...cachixKeys])],
    netrc,
    warnings: stores.flatMap(({ text }, index) => {
      const problem = problems[index]
      return problem === undefined ? [] : [`The cache ${text} is not used: ${problem}`]
    }),
  }
}

/** Returns why a cache cannot be used, or `undefined` if it can. */
async function checkStore(
  store: StoreUri,
  entries: readonly NetrcEntry[],
  options: CacheQueryOptions,
): Promise<string | undefined> {
  switch (store.kind) {
    case 'other':
      return undefined
    case 'folder':
      return (await exists(store.path)) ? undefined : `there is no folder ${store.path}`
    case 'http': {
      const authorization = findAuthorization(entries, store.url.hostname)
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
      const url = cacheFileUrl(store.url, 'nix-cache-info')
      const answer = await queryCache(url, { headers }, options)
      return cacheInfoProblemOf(answer, authorization !== undefined)
    }
  }
}

function cacheInfoProblemOf(answer: CacheAnswer, hasCredentials: boolean): string | undefined {
  if (answer.status === undefined) return answer.reason
  switch (answer.status) {
    case 200:
      return /^StoreDir:/m.test(answer.text)
        ? storeDirProblemOf(answer.text)
        : 'it is not a binary cache; check the URL'
    case 404:
      return 'it does not exist; check the URL'
    case 401:
    case 403:
      return hasCredentials
        ? `it does not accept the credentials in ${nameInput('netrc')}`
        : `it requires credentials; set ${nameInput('netrc')}`
    default:
      return `it responded with status ${answer.status}`
  }
}

function storeDirProblemOf(cacheInfo: string): string | undefined {
  const [, folder = ''] = /^StoreDir:\s*(\S*)/m.exec(cacheInfo) ?? []
  return folder === '/nix/store' ? undefined : `its store is ${folder || 'not set'}, not /nix/store`
}
