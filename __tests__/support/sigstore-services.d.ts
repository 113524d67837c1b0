/** A request, recorded before it is answered. */
export interface SigstoreRequest {
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** Of the answer. `undefined` until it is sent. */
  readonly status: number | undefined
}

/** What happens to the next `times` requests of a service. */
export interface ServiceFault<Wrong extends string = never> {
  /** Default: 1. `Number.POSITIVE_INFINITY` until `heal`. */
  readonly times?: number
  /** Refuses with this status, and `message` in JSON or `body` as it is. */
  readonly status?: number
  readonly message?: string
  readonly body?: string | object
  /** Answers after this time. */
  readonly delayMs?: number
  /** Answers with success, and something wrong in it. */
  readonly wrong?: Wrong
}

export interface ServiceStandIn<Wrong extends string = never> {
  readonly url: string
  /** All requests since the start, in order. */
  readonly requests: readonly SigstoreRequest[]
  fail(fault: ServiceFault<Wrong>): void
  /** Refuses connections until `heal`. */
  takeDown(): Promise<void>
  /** Ends all faults. */
  heal(): Promise<void>
}

export type WrongToken = 'expired-token'

export type WrongCertificate =
  /** The certificate is for `octo-org/other`. */
  | 'other-repository'
  /** The certificate is for another workflow. */
  | 'other-workflow'
  /** The certificate is for a key of somebody else. */
  | 'other-key'
  /** The certificate has expired. */
  | 'expired-certificate'
  /** By an authority that is in the trusted root, but has expired. */
  | 'expired-authority'
  /** By an authority with the same name that is not in the trusted root. */
  | 'other-authority'

export type WrongTimestamp =
  /** For another signature. */
  'other-signature' | 'other-authority'

export type WrongEntry =
  /** The entry that is returned is not the one that was logged. */
  | 'tampered'
  /** The entry before, with its proof. */
  | 'other-entry'
  | 'no-proof'
  /** The proof does not lead to the root. */
  | 'wrong-proof'
  /** Promise and checkpoint are signed with a key that is not in the trusted root. */
  | 'other-log'

export type WrongEntryV1 =
  | WrongEntry
  /** Without a promise, which has the time. */
  | 'no-promise'
  /** Logged an hour later, when the certificate has expired. */
  | 'late'

export interface LogStandIn<Wrong extends string> extends ServiceStandIn<Wrong> {
  /** The number of entries that clients have added. */
  size(): number
}

/** What an identity token says. https://docs.github.com/en/actions/reference/security/oidc */
export type Claims = Readonly<Record<string, string>>

export interface IdentityStandIn extends ServiceStandIn<WrongToken> {
  claims(): Claims
  /** Changes claims of new tokens. Claims that depend on `repository` and `ref` follow, if they are not set. */
  setClaims(claims: Claims): void
  resetClaims(): void
}

/** Services that belong together. */
export interface SigstoreInstance {
  readonly fulcio: ServiceStandIn<WrongCertificate>
  readonly timestamps: ServiceStandIn<WrongTimestamp>
  /** A trusted root of Sigstore, in JSON. */
  readonly trustedRoot: object
}

export interface SigningConfigOptions {
  /** The version of the log. Default: 1. */
  readonly rekor?: 1 | 2 | 'none'
  /** Default: only if the log is not version 1, whose answer has a time. */
  readonly timestamps?: boolean
}

export interface SigstoreServices extends SigstoreInstance {
  readonly identity: IdentityStandIn
  /** Rekor v1. */
  readonly rekor: LogStandIn<WrongEntryV1>
  /** Rekor v2. */
  readonly rekor2: LogStandIn<WrongEntry>
  /** A signing config of Sigstore (v0.2), in JSON. */
  signingConfig(options?: SigningConfigOptions): object
  /** The services of GitHub for private repositories, which have no logs. The tokens are the same. */
  readonly github: SigstoreInstance & { signingConfig(): object }
  /** The variables that a job with `id-token: write` has. */
  environment(): Record<string, string>
  /** Writes the trusted roots and signing configs, and returns the paths of the files. */
  writeFiles(folder: string): SigstoreFiles
  /** Ends all faults of all services. */
  heal(): Promise<void>
  close(): Promise<void>
}

export interface SigstoreFiles {
  readonly trustedRoot: string
  /** With Rekor v1. */
  readonly signingConfig: string
  /** With Rekor v2 and timestamps. */
  readonly signingConfig2: string
  readonly githubTrustedRoot: string
  readonly githubSigningConfig: string
}

/**
 * Stand-ins for the services that sign with the identity of a job: GitHub's identity tokens, Fulcio, Rekor v1 and v2, a timestamp
 * authority; and a second Fulcio and timestamp authority in the place of GitHub's own. Each listens on a loopback port. They check
 * what they get as the real ones do, and keep their logs in memory.
 *
 * @param options `claims`: changes of what the identity tokens say. Default: the job of `publish.yml`, called by `octo-org/app`
 *   on `main`
 */
export function startSigstoreServices(options?: { readonly claims?: Claims }): Promise<SigstoreServices>
