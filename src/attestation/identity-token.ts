/** What GitHub says about a job in its identity token (OIDC). */
export interface IdentityClaims {
  /** `https://token.actions.githubusercontent.com` */
  readonly issuer: string
  /** `owner/name` */
  readonly repository: string
  readonly repositoryId: string
  readonly ownerId: string
  readonly visibility: 'public' | 'private' | 'internal'
  /** The slug of the enterprise that the repository belongs to. */
  readonly enterprise?: string
  readonly ref: string
  /** The commit that the run is about. */
  readonly sha: string
  readonly eventName: string
  /** The workflow that was started: `owner/name/.github/workflows/ci.yml@refs/heads/main`. */
  readonly workflowRef: string
  /** The workflow that has the job: a reusable one, or the same as `workflowRef`. It is the name in the certificate. */
  readonly jobWorkflowRef: string
  readonly runId: string
  readonly runAttempt: string
  /** `github-hosted` or `self-hosted` */
  readonly runnerEnvironment: string
}

export interface IdentityToken {
  readonly token: string
  readonly claims: IdentityClaims
}

interface TokenHost {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  maskSecret(value: string): void
}

/**
 * Requests an identity token for Sigstore. Throws a `UserError` if the job may not request one (`id-token: write`), or the
 * service fails.
 */
export async function requestIdentityToken(_host: TokenHost): Promise<IdentityToken> {
  throw new Error('not written yet')
}
