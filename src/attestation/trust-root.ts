import type { TrustedRoot } from '@sigstore/protobuf-specs'
import type { Log } from '../host/host.js'

export interface TrustOptions {
  /** The path of a trusted root (JSON), which replaces all others. */
  readonly trustedRoot?: string | undefined
  /** The folder for updates of the trust roots. */
  readonly cacheFolder: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Pick<Log, 'info' | 'warning' | 'debug'>
  readonly signal: AbortSignal
}

/** The services whose keys are trusted. */
export interface TrustRoots {
  /** The public Sigstore services, or the file that the user has set. */
  readonly sigstore: TrustedRoot
  /** GitHub's services for private repositories. `undefined` if the user has set a file. */
  readonly github: TrustedRoot | undefined
}

/**
 * Reads the trust roots: a file, or the newest ones from their update services. If a service cannot be reached, uses the last
 * update, or the one that is part of this program, and says so.
 */
export async function loadTrustRoots(_options: TrustOptions): Promise<TrustRoots> {
  throw new Error('not written yet')
}
