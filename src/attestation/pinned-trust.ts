import sigstoreSigningConfig from './pinned/sigstore-signing-config.json' with { type: 'json' }
import sigstoreTrustedRoot from './pinned/sigstore-trusted-root.json' with { type: 'json' }

export { sigstoreSigningConfig, sigstoreTrustedRoot }
