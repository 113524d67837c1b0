/** The services that sign with the identity of a job. */
export interface SigningServices {
  readonly fulcio: string
  readonly rekor?: { readonly url: string; readonly version: 1 | 2 }
  readonly timestamps?: string
}

/** Which services a run uses: the public ones, or those of GitHub for private repositories. */
export type SigningInstance = 'sigstore' | 'github'
