import { createSha256 } from '../util/crypto.js'
import { truncateText } from '../util/text.js'

/** A SHA-256 digest: `sha256:` and 64 lower-case hex digits. Only `parseDigest` and `Hasher` create it. */
export type Digest = `sha256:${string}` & { readonly __digest: true }

const DIGEST = /^sha256:[0-9a-f]{64}$/

export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && DIGEST.test(text)
}

/** Throws an `Error` that quotes the text if it is not a SHA-256 digest. */
export function parseDigest(text: unknown): Digest {
  if (!isDigest(text))
    throw new Error(`not a sha256 digest: ${truncateText(JSON.stringify(text) ?? 'nothing', 100)}`)
  return text
}

/** Returns the 64 hex digits, which are the file name of a blob in an image layout. */
export function hexOf(digest: Digest): string {
  return digest.slice('sha256:'.length)
}

export function digestOf(bytes: Uint8Array): Digest {
  return new Hasher().update(bytes).digest()
}

/** Computes a digest incrementally. */
export class Hasher {
  readonly #hash = createSha256()

  update(bytes: Uint8Array): this {
    this.#hash.update(bytes)
    return this
  }

  /** Call it only once. */
  digest(): Digest {
    return `sha256:${this.#hash.digest('hex')}` as Digest
  }
}
