import { UserError } from '../util/error.js'
import { nameInput } from '../util/input-name.js'
import { decodePercent, parseUrl } from '../util/text.js'

/** The URI of a store or binary cache. `text` is the URI as given. */
export type StoreUri =
  | { readonly kind: 'http'; readonly text: string; readonly url: URL }
  | { readonly kind: 'folder'; readonly text: string; readonly path: string }
  /** `s3:`, `ssh-ng:`, `daemon`: only Nix can access it. */
  | { readonly kind: 'other'; readonly text: string }

/**
 * Parses the URI of a store, as accepted by Nix. Throws a `UserError` if it is not valid, or if it contains a password,
 * because Nix prints URIs.
 */
export function parseStoreUri(text: string): StoreUri {
  if (/[\s\x00-\x1f\x7f#"\\]/.test(text)) throw describeInvalidUri(text)
  if (text.startsWith('/')) return { kind: 'folder', text, path: text }
  if (/^(daemon|local|auto)$/.test(text)) return { kind: 'other', text }
  const url = parseUrl(text)
  if (url === undefined) throw describeInvalidUri(text)
  if (url.password !== '') {
    throw new UserError(`The URL of the cache ${url.host} contains a password`, {
      hint: `Nix would print it. Add a line \`machine ${url.hostname} login … password …\` to ${nameInput('netrc')} instead.`,
    })
  }
  if (/^https?:$/.test(url.protocol)) return { kind: 'http', text, url }
  if (url.protocol === 'file:') return { kind: 'folder', text, path: decodePercent(url.pathname) }
  return { kind: 'other', text }
}

function describeInvalidUri(text: string): UserError {
  return new UserError(`${JSON.stringify(text)} is not the URL of a Nix store or binary cache`, {
    hint: 'Write it like https://cache.example.org, file:///srv/cache or s3://bucket.',
  })
}

/** Returns the URL of a file in a cache. The query of the cache's URL is left out, because it contains options for Nix. */
export function cacheFileUrl(cache: URL, name: string): string {
  return `${cache.origin}${cache.pathname.replace(/\/*$/, '')}/${name}`
}

/** Checks a public key: a name, a colon, and 32 bytes in base64. Returns it unchanged. Throws a `UserError`. */
export function parsePublicKey(text: string): string {
  if (isPublicKey(text)) return text
  const [, name = ''] = /^([^:\s]*):/.exec(text) ?? []
  const isSecret = Buffer.from(text.slice(name.length + 1), 'base64').length === 64
  // The message must not contain a secret key.
  const message = isSecret
    ? `The key ${name} is a secret key, not a public one`
    : `${JSON.stringify(text)} is not the public key of a binary cache`
  throw new UserError(message, {
    hint: 'Write it like cache.example.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=, a name and 32 bytes in base64.',
  })
}

export function isPublicKey(text: string): boolean {
  const [, key = ''] = /^[^:\s#"\\]+:([A-Za-z0-9+/]{43}=)$/.exec(text) ?? []
  return Buffer.from(key, 'base64').length === 32
}

/**
 * Checks a secret key and returns it without surrounding whitespace. Nix prints a malformed key in its error message, so it must
 * be checked before Nix reads it. Throws a `UserError`.
 */
export function parseSecretKey(text: string): string {
  const key = text.trim()
  const [, bytes = ''] = /^[^:\s]+:([A-Za-z0-9+/]+={0,2})$/.exec(key) ?? []
  if (Buffer.from(bytes, 'base64').length === 64) return key
  throw new UserError('it is not a secret key: write a name, a colon, and 64 bytes in base64', {
    hint: 'Generate one with `nix key generate-secret --key-name cache.example.org-1`.',
  })
}
