/** Access rules. A wrong password or token gets 401, a missing permission 403. */
export type Auth =
  | { kind: 'none' }
  | { kind: 'basic'; username: string; password: string }
  | {
      kind: 'token'
      username?: string
      password?: string
      /** Accepted as an OAuth2 refresh token. */
      identityToken?: string
      /** Permissions without credentials. Default: none. */
      anonymous?: 'pull' | 'push'
      /** Permissions with the credentials. Default: `push`. */
      account?: 'pull' | 'push'
      /** Lifetime of a token in seconds. The answer contains it unless `quiet` is set. */
      expiresIn?: number
      quiet?: boolean
      /** The field of the answer that contains the token. Default: `token`. */
      field?: 'token' | 'access_token'
      /** The realm in the challenge. `HOST` is the host of the registry. Default: an absolute URL. */
      realm?: string
    }

/** How requests without a login are refused, if not with 401 and a challenge. Only the root of the API has a challenge. */
export interface AnonymousRefusal {
  status: 400 | 401 | 403 | 404
  /** Of the error; by default the answer has no body. */
  code?: string
  /** The root has no challenge either. */
  noChallenge?: boolean
}

/** Without options, the registry follows the specification. */
export interface RegistryOptions {
  auth?: Auth
  anonymousRefusal?: AnonymousRefusal
  /** Redirect blob downloads to a second origin, which must never get an Authorization header. */
  redirectBlobs?: boolean
  /** The form of upload locations; `foreign` is the second origin. Default: `relative`. */
  locations?: 'relative' | 'absolute' | 'foreign'
  /** Omit the header Docker-Content-Digest. */
  stripDigest?: boolean
  /** Whether blobs can be mounted. Default: `true`. */
  mounts?: boolean
  /** Whether indexes are accepted. Default: `true`. */
  indexes?: boolean
  /**
   * Whether the referrers API exists. Default: `true`. `draft`: as in zot 1.4, without headers for the subject and for
   * the filter, and with the media type of the config as the artifact type.
   */
  referrers?: boolean | 'draft'
  /** Maximum bytes in one upload request; larger blobs must be uploaded in chunks. */
  maxBody?: number
  /** Maximum number of tags or referrers on a page. */
  pageSize?: number
  /** The number of reads that still get a tag's previous digest after the tag was moved. */
  lag?: number
  /** Keep only the sizes of blobs, not their bytes. For large blobs. */
  forgetBytes?: boolean
  /** The answer to each HEAD for a manifest or a blob. Default: as the specification says. */
  headStatus?: number
  /** Manifests are accepted although their blobs or images do not exist. */
  trustsManifests?: boolean
  /** The answer to a list of tags with a page size (`?n=`), or to each list. */
  listRefusal?: { status: number; code?: string; onlyWithSize?: boolean }
  /** The answer to a PUT of a tag that exists with other content. */
  immutableTags?: { status: number; code: string; message?: string }
  tls?: { key: string; cert: string }
  now?: () => number
}
