import { pipeline, type Readable, Transform, type TransformCallback } from 'node:stream'
import type { Blob, Descriptor } from './descriptor.js'
import { Hasher } from './digest.js'

/** The content does not match its descriptor. */
export class DigestMismatch extends Error {
  override readonly name = 'DigestMismatch'
}

/** Converts the error of a stream. */
type DescribeError = (error: Error) => Error

type Expected = Pick<Descriptor, 'digest' | 'size'>

/** The streams that `openVerified` returned, with the digest and size that they are verified against. */
const verifiedStreams = new WeakMap<Readable, Expected>()

/**
 * Opens a blob. If the content does not match, the stream fails with `DigestMismatch` before the last chunk. If the blob's `open`
 * already returns a verified stream, that stream is returned unchanged and its errors are not converted.
 *
 * @param describeError converts a mismatch or a read error
 */
export function openVerified(blob: Blob, describeError: DescribeError = error => error): Readable {
  const source = blob.open()
  const expected = verifiedStreams.get(source)
  if (expected?.digest === blob.digest && expected.size === blob.size) return source
  const stream = createVerifier(blob, describeError)
  verifiedStreams.set(stream, { digest: blob.digest, size: blob.size })
  // Registered before `pipeline`, which would forward the error without `describeError`.
  source.once('error', error => stream.destroy(describeError(error)))
  return pipeline(source, stream, () => {})
}

/**
 * Forwards bytes and fails with `DigestMismatch` if they do not match `expected`. The last chunk is forwarded only after the
 * check, so that a reader never gets complete content that is wrong.
 */
export function createVerifier(expected: Expected, describeError: DescribeError = error => error): Transform {
  const hasher = new Hasher()
  let size = 0
  let lastChunk: Buffer | undefined
  const findMismatch = (): DigestMismatch | undefined => {
    if (size !== expected.size)
      return new DigestMismatch(`${expected.digest} has ${size} bytes, not ${expected.size}`)
    const actual = hasher.digest()
    return actual === expected.digest
      ? undefined
      : new DigestMismatch(`the content of ${expected.digest} has the digest ${actual}`)
  }
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      size += chunk.length
      if (size > expected.size) {
        return done(
          describeError(new DigestMismatch(`${expected.digest} has more than ${expected.size} bytes`)),
        )
      }
      hasher.update(chunk)
      const previousChunk = lastChunk
      lastChunk = chunk
      return previousChunk ? done(null, previousChunk) : done()
    },
    flush(done: TransformCallback) {
      const mismatch = findMismatch()
      if (mismatch) done(describeError(mismatch))
      else if (lastChunk) done(null, lastChunk)
      else done()
    },
  })
}
