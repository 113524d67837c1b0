/** Who may do what. Passwords and tokens are checked; what is wrong gets 401, what is not allowed 403. */
export type Auth =
  | { kind: 'none' }
  | { kind: 'basic'; username: string; password: string }
  | {
      kind: 'token'
      username?: string
      password?: string
      /** Accepted as an OAuth2 refresh token. */
      identityToken?: string
      /** What one may do without credentials; nothing if absent. */
      anonymous?: 'pull' | 'push'
      /** What one may do with them; `push` if absent. */
      account?: 'pull' | 'push'
      /** Seconds that a token lasts, and that the answer names unless `quiet`. */
      expiresIn?: number
      quiet?: boolean
      /** The answer's field; `token` if absent. */
      field?: 'token' | 'access_token'
      /** The realm to name, instead of the registry's own token server. */
      realm?: string
    }

/** With none of them it is a registry as the specification has it. */
export interface RegistryOptions {
  auth?: Auth
  /** Blobs are read from a second origin, which must never see an Authorization header. */
  redirectBlobs?: boolean
  /** Where uploads go: `foreign` is the second origin. `relative` if absent. */
  locations?: 'relative' | 'absolute' | 'foreign'
  /** Leaves out Docker-Content-Digest. */
  stripDigest?: boolean
  /** Whether blobs can be mounted; yes if absent. */
  mounts?: boolean
  /** Whether it takes indexes; yes if absent. */
  indexes?: boolean
  /** Whether it has the referrers API; yes if absent. */
  referrers?: boolean
  /** Bytes of a request that uploads, at most: what is larger has to come in chunks. */
  maxBody?: number
  /** Tags on a page, at most. */
  pageSize?: number
  /** How many times a tag still shows what it showed before, after it was moved. */
  lag?: number
  /** Keeps only the sizes of blobs, not their bytes; for large ones. */
  forgetBytes?: boolean
  tls?: { key: string; cert: string }
  now?: () => number
}
