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

export function randomUUID(): string {
  return loadCrypto().randomUUID()
}
