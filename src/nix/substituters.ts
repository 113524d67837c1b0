import { mapLimit } from '../util/async.js'
import { exists } from '../util/files.js'
import type { CachixCache } from './cachix.js'
import { composeNetrc, findAuthorization, type NetrcEntry, parseNetrc } from './netrc.js'
import { cacheFileUrl, parsePublicKey, parseStoreUri, type StoreUri } from './store-uri.js'
import { fetchText, type Web, type WebAnswer } from './web.js'

export interface SubstituterInputs {
  /** Addresses as the user gave them. */
  readonly substituters: readonly string[]
  readonly publicKeys: readonly string[]
  /** As `askCachix` found them. */
  readonly cachix: readonly CachixCache[]
  /** Opens the private ones among them. */
  readonly cachixToken?: string | undefined
  /** The user's own lines for the netrc. */
  readonly netrc?: string | undefined
  /** What the netrc holds that Nix reads without us. */
  readonly existingNetrc?: string | undefined
}

/** What a build may take paths from. */
export interface Substituters {
  readonly substituters: readonly string[]
  readonly publicKeys: readonly string[]
  /** The text of a netrc file; empty where none is needed. It holds secrets. */
  readonly netrc: string
  /** Why a cache is left out, each naming it. */
  readonly warnings: readonly string[]
}

/**
 * Asks every cache whether it is one, and leaves out those that would be of no use. Throws a `UserError` only for addresses
 * and keys that are malformed.
 */
export async function chooseSubstituters(inputs: SubstituterInputs, web: Web): Promise<Substituters> {
  const stores = [...new Set([...inputs.substituters, ...inputs.cachix.map(({ uri }) => uri)])].map(
    parseStoreUri,
  )
  const given = inputs.publicKeys.map(parsePublicKey)
  const token = inputs.cachixToken
  const caches = token ? inputs.cachix.filter(each => !each.isPublic).map(({ uri }) => ({ uri, token })) : []
  const netrc = composeNetrc({ userLines: inputs.netrc, caches, existing: inputs.existingNetrc })
  const entries = parseNetrc(netrc || (inputs.existingNetrc ?? ''))
  const problems = await mapLimit(stores, 8, store => problemOf(store, entries, web))
  const used = stores.filter((_, index) => problems[index] === undefined).map(({ text }) => text)
  const cachixKeys = inputs.cachix
    .filter(({ uri }) => used.includes(uri))
    .flatMap(each => each.publicSigningKeys)
  return {
    substituters: used,
    publicKeys: [...new Set([...given, ...cachixKeys])],
    netrc,
    warnings: stores.flatMap(({ text }, index) => {
      const problem = problems[index]
      return problem === undefined ? [] : [`The cache ${text} is not used: ${problem}`]
    }),
  }
}

async function problemOf(
  store: StoreUri,
  entries: readonly NetrcEntry[],
  web: Web,
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
      const answer = await fetchText(url, { headers, redirect: 'follow' }, web)
      if (answer.status === undefined && web.hasProxy) return undefined
      return problemIn(answer, authorization !== undefined)
    }
  }
}

function problemIn(answer: WebAnswer, isKnown: boolean): string | undefined {
  if (answer.status === undefined) return `it cannot be reached, ${answer.reason}`
  switch (answer.status) {
    case 200:
      return /^StoreDir:/m.test(answer.text) ? otherFolder(answer.text) : 'what is there is no binary cache'
    case 404:
      return 'there is no binary cache; check the address'
    case 401:
    case 403:
      return isKnown
        ? 'it does not accept the credentials in netrc'
        : 'it wants credentials; put them into netrc'
    default:
      return `it answers with status ${answer.status}`
  }
}

function otherFolder(text: string): string | undefined {
  const [, folder = ''] = /^StoreDir:\s*(\S*)/m.exec(text) ?? []
  return folder === '/nix/store' ? undefined : `its paths lie in ${folder || 'no folder'}, not in /nix/store`
}
