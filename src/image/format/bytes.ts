import type { Readable } from 'node:stream'
import { type Digest, Hasher } from '../../oci/digest.js'

/** Content as it streams by. */
export type Bytes = AsyncIterable<Buffer>

/** The digest and size of what went by. */
export class Sum {
  readonly #hasher = new Hasher()
  #size = 0

  add(chunk: Buffer): void {
    this.#hasher.update(chunk)
    this.#size += chunk.length
  }

  /** May be called once. */
  total(): { digest: Digest; size: number } {
    return { digest: this.#hasher.digest(), size: this.#size }
  }
}

/** The same bytes; `see` is called with each chunk before it is handed on. */
export async function* tapped(bytes: Bytes, see: (chunk: Buffer) => void | Promise<void>): Bytes {
  for await (const chunk of bytes) {
    await see(chunk)
    yield chunk
  }
}

export async function* prepended(head: Buffer, rest?: Bytes): Bytes {
  if (head.length > 0) yield head
  if (rest) yield* rest
}

/** What a stream holds, opened when its first byte is asked for: one that nobody reads could fail unheard. */
export async function* lazily(open: () => Readable): Bytes {
  yield* open()
}
