import { UserError } from '../util/error.js'

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
