import { pipeline, type Readable, Transform, type TransformCallback } from 'node:stream'
import type { Blob, Descriptor } from './descriptor.js'
import { Hasher } from './digest.js'

/** Content was not what its descriptor says. */
export class DigestMismatch extends Error {
  override readonly name = 'DigestMismatch'
}

/** What a stream's failure is told as. */
type DescribeError = (error: Error) => Error

type Expected = Pick<Descriptor, 'digest' | 'size'>

/** What the streams that `verified` gave are held against. */
const verifiedStreams = new WeakMap<Readable, Expected>()

/**
 * Opens a blob. The stream fails with `DigestMismatch` before the last bytes when they are not the right ones. A blob
 * whose own `open` verifies it is not verified twice, and fails in its own words.
 *
 * @param explain puts the mismatch, or a failure to read, into other words
 */
export function openVerified(blob: Blob, explain: DescribeError = error => error): Readable {
  const source = blob.open()
  const expected = verifiedStreams.get(source)
  if (expected?.digest === blob.digest && expected.size === blob.size) return source
  const stream = createVerifier(blob, explain)
  verifiedStreams.set(stream, { digest: blob.digest, size: blob.size })
  // Before `pipeline`, which would hand on the failure as it is.
  source.once('error', error => stream.destroy(explain(error)))
  return pipeline(source, stream, () => {})
}

/**
 * Passes bytes through and fails with `DigestMismatch` unless they are exactly what `expected` says. The last chunk is
 * held back until the digest is known, so that a reader that stops at the failure never has the whole of a wrong content.
 */
export function createVerifier(expected: Expected, explain: DescribeError = error => error): Transform {
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
        return done(
          explain(new DigestMismatch(`${expected.digest} has more than its ${expected.size} bytes`)),
        )
      }
      hasher.update(chunk)
      const ready = held
      held = chunk
      return ready ? done(null, ready) : done()
    },
    flush(done: TransformCallback) {
      const failure = check()
      if (failure) done(explain(failure))
      else if (held) done(null, held)
      else done()
    },
  })
}
