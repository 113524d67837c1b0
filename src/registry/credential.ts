import type { Reference } from '../oci/reference.js'

/** What proves to a registry who one is, and where it was found, as in `~/.docker/config.json`. */
export type Credential = { readonly source: string } & (
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token. */
  | { readonly kind: 'identity'; readonly token: string }
)

export type CredentialResolver = (reference: Reference) => Promise<Credential | undefined>

/** Who and from where, for messages: `octocat (from GITHUB_TOKEN)`. */
export function accountName(credential: Credential): string {
  const who = credential.kind === 'basic' ? credential.username : 'an identity token'
  return `${who} (from ${credential.source})`
}

/** The value of an Authorization header (RFC 7617). */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

/** Every text that must not be seen. */
export function secretsOf(credential: Credential): string[] {
  if (credential.kind === 'identity') return [credential.token].filter(Boolean)
  const { username, password } = credential
  return password === '' ? [] : [password, basicAuthorization(username, password).slice('Basic '.length)]
}
