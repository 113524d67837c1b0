import type { JsonObject } from '../util/json.js'
import githubTrustedRoot from './pinned/github-trusted-root.json' with { type: 'json' }
import githubTufRoot from './pinned/github-tuf-root.json' with { type: 'json' }
import sigstoreSigningConfig from './pinned/sigstore-signing-config.json' with { type: 'json' }
import sigstoreTrustedRoot from './pinned/sigstore-trusted-root.json' with { type: 'json' }
import sigstoreTufRoot from './pinned/sigstore-tuf-root.json' with { type: 'json' }

/** A group of services that publishes its keys and addresses through an update service. */
export type TrustService = 'sigstore' | 'github'

/** What this program knows about an update service without a request. */
export interface PinnedTrust {
  /** For people. */
  readonly name: string
  /** The update service: a repository of TUF. */
  readonly url: string
  /** When the files were the newest ones. */
  readonly date: string
  /** The keys that sign the updates (TUF root). */
  readonly tufRoot: JsonObject
  /** The content of files, by name. */
  readonly targets: Readonly<Record<string, JsonObject>>
}

/** docs/trust.md says where each file is from. */
export const PINNED_TRUST: Readonly<Record<TrustService, PinnedTrust>> = {
  sigstore: {
    name: 'Sigstore',
    url: 'https://tuf-repo-cdn.sigstore.dev',
    date: '2026-08-21',
    tufRoot: sigstoreTufRoot,
    targets: { 'trusted_root.json': sigstoreTrustedRoot, 'signing_config.v0.2.json': sigstoreSigningConfig },
  },
  github: {
    name: 'GitHub',
    url: 'https://tuf-repo.github.com',
    date: '2026-06-29',
    tufRoot: githubTufRoot,
    targets: { 'trusted_root.json': githubTrustedRoot },
  },
}
