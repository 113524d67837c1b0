import type { Hash } from 'node:crypto'

/**
 * Returns Node.js's module `crypto`. The CLI starts 3 ms later if it imports this module, so it is loaded on first use. An
 * `import()` would make every hash asynchronous.
 */
function loadCrypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto')
}

export function createSha256(): Hash {
  return loadCrypto().createHash('sha256')
}

/** For formats that demand SHA-1, such as UUIDs of version 5. */
export function createSha1(): Hash {
  return loadCrypto().createHash('sha1')
}

export function randomUUID(): string {
  return loadCrypto().randomUUID()
}
