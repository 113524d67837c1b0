import { UserError } from '../util/error.js'
import { parseUrl } from '../util/text.js'

/** Where store paths can be had from, or sent to. */
export type StoreUri =
  | { readonly kind: 'http'; readonly text: string; readonly url: URL }
  | { readonly kind: 'folder'; readonly text: string; readonly path: string }
  /** `s3:`, `ssh-ng:`, `daemon`: only Nix knows how to reach it. */
  | { readonly kind: 'other'; readonly text: string }

const EXAMPLES = 'It looks like https://cache.example.org, file:///srv/cache or s3://bucket.'

/**
 * Reads the address of a store, as Nix takes it. Throws a `UserError` for what is none, and for passwords in it, since
 * Nix prints addresses.
 */
export function parseStoreUri(text: string): StoreUri {
  if (/[\s\x00-\x1f\x7f#"\\]/.test(text)) throw noStore(text)
  if (text.startsWith('/')) return { kind: 'folder', text, path: text }
  if (/^(daemon|local|auto)$/.test(text)) return { kind: 'other', text }
  const url = parseUrl(text)
  if (url === undefined) throw noStore(text)
  if (url.password !== '') {
    throw new UserError(`The address of the cache ${url.host} holds a password`, {
      hint: `Nix prints such addresses. Put a line \`machine ${url.hostname} login … password …\` into netrc instead.`,
    })
  }
  if (/^https?:$/.test(url.protocol)) return { kind: 'http', text, url }
  if (url.protocol === 'file:') return { kind: 'folder', text, path: decodeURIComponent(url.pathname) }
  return { kind: 'other', text }
}

/** The address of a file of a cache, without the options for Nix that its own may carry. */
export function cacheFileUrl(cache: URL, name: string): string {
  return `${cache.origin}${cache.pathname.replace(/\/*$/, '')}/${name}`
}

function noStore(text: string): UserError {
  return new UserError(`${JSON.stringify(text)} is no address of a Nix store or cache`, { hint: EXAMPLES })
}

/** A key that a cache signs with, as Nix writes it: a name, a colon, and 32 bytes in base64. Throws a `UserError` for anything else. */
export function parsePublicKey(text: string): string {
  if (isPublicKey(text)) return text
  const [, name = ''] = /^([^:\s]*):/.exec(text) ?? []
  const isSecret = Buffer.from(text.slice(name.length + 1), 'base64').length === 64
  // A secret key in the wrong place is not to be shown.
  const what = isSecret
    ? `The key ${name} is a secret key, not a public one`
    : `${JSON.stringify(text)} is no public key of a cache`
  throw new UserError(what, {
    hint: 'It looks like cache.example.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=, a name and 32 bytes in base64.',
  })
}

export function isPublicKey(text: string): boolean {
  const [, key = ''] = /^[^:\s#"\\]+:([A-Za-z0-9+/]{43}=)$/.exec(text) ?? []
  return Buffer.from(key, 'base64').length === 32
}

/** The text of a secret key. It is checked because Nix shows a malformed one in its error. Throws a `UserError`. */
export function parseSecretKey(text: string): string {
  const key = text.trim()
  const [, bytes = ''] = /^[^:\s]+:([A-Za-z0-9+/]+={0,2})$/.exec(key) ?? []
  if (Buffer.from(bytes, 'base64').length === 64) return key
  throw new UserError('it is no secret key of a cache: a name, a colon, and 64 bytes in base64', {
    hint: 'Make one with `nix key generate-secret --key-name cache.example.org-1`.',
  })
}
