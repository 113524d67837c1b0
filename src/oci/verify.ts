import { Transform, type TransformCallback } from 'node:stream'
import type { Descriptor } from './descriptor.js'
import { Hasher } from './digest.js'

/** Content was not what its descriptor says. */
export class DigestMismatch extends Error {
  override readonly name = 'DigestMismatch'
}

/**
 * Passes bytes through and fails with `DigestMismatch` unless they are exactly what `expected` says. The last chunk is
 * held back until the digest is known, so that a reader that stops at the failure never has the whole of a wrong content.
 */
export function verifier(expected: Pick<Descriptor, 'digest' | 'size'>): Transform {
  const hasher = new Hasher()
  let size = 0
  let held: Buffer | undefined
  const check = (): DigestMismatch | undefined => {
    if (size !== expected.size)
      return new DigestMismatch(`${expected.digest} has ${size} bytes, not ${expected.size}`)
    const actual = hasher.digest()
    return actual === expected.digest ? undefined : new DigestMismatch(`${expected.digest} holds ${actual}`)
  }
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      size += chunk.length
      if (size > expected.size) {
        return done(new DigestMismatch(`${expected.digest} has more than its ${expected.size} bytes`))
      }
      hasher.update(chunk)
      const ready = held
      held = chunk
      return ready ? done(null, ready) : done()
    },
    flush(done: TransformCallback) {
      const failure = check()
      if (failure) done(failure)
      else if (held) done(null, held)
      else done()
    },
  })
}
