import type { KeyObject } from 'node:crypto'
import type { Log } from '../host/host.js'
import type { SignedBundle } from './bundle.js'
import type { IdentityToken } from './identity-token.js'
import type { SigningInstance } from './signing-services.js'
import type { Statement } from './statement.js'

/** Signs statements. One certificate is used for several of them. */
export interface StatementSigner {
  /** Throws a `UserError` that names the service that failed. */
  sign(statement: Statement): Promise<SignedBundle>
}

export interface SigningOptions {
  /** A signing config (JSON, v0.2), which replaces the services. The path of a file. */
  readonly signingConfig?: string | undefined
  readonly instance: SigningInstance
  /** For GitHub's services: `https://github.com`. */
  readonly serverUrl?: string | undefined
  /** Requests a token. Called again when a certificate has expired. */
  readonly requestToken: () => Promise<IdentityToken>
  /** For the signing config of the public services. */
  readonly cacheFolder: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: Pick<Log, 'info' | 'warning' | 'debug'>
  readonly signal: AbortSignal
}

/** Creates a signer that uses the identity of the job. */
export async function createKeylessSigner(_options: SigningOptions): Promise<StatementSigner> {
  throw new Error('not written yet')
}

/** Creates a signer with a private key. No service is used, and nothing gets into a public log. */
export function createKeySigner(_key: KeyObject): StatementSigner {
  throw new Error('not written yet')
}
