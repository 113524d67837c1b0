import sigstoreTrustedRoot from './pinned/sigstore-trusted-root.json' with { type: 'json' }

export { sigstoreTrustedRoot }
