import { deflateRawSync } from 'node:zlib'

/** A layer or a block below this size is compressed, whatever comes of it. */
export const SMALL_CONTENT = 1 << 16

/** Compressed content that is at least this much of the plain one is not worth unpacking. */
const WORTHLESS = 0.97

/** Whether compressing was for nothing; sizes in bytes. */
export function isWorthless(compressed: number, plain: number): boolean {
  return plain >= SMALL_CONTENT && compressed >= plain * WORTHLESS
}

/**
 * Whether a block holds what is compressed or encrypted already, told by samples: its bytes are about equally frequent, and a
 * part out of its middle does not compress. Content alone decides, so that the same block is always taken for the same.
 */
export function isDense(block: Buffer): boolean {
  if (block.length < SMALL_CONTENT || entropyOf(block) < DENSE_ENTROPY) return false
  const at = (block.length - SMALL_CONTENT) >>> 1
  const part = block.subarray(at, at + SMALL_CONTENT)
  return isWorthless(deflateRawSync(part, { level: 1, chunkSize: SMALL_CONTENT }).length, part.length)
}

const SAMPLES = 1 << 14

/** In bits per byte. Programs have 5 to 6.5, texts 4 to 5, compressed files above 7.95; samples of so many random bytes have 7.99. */
const DENSE_ENTROPY = 7.9

/** Of bytes that lie at equal distances. */
function entropyOf(block: Buffer): number {
  const counts = new Uint32Array(256)
  const step = Math.max(1, Math.floor(block.length / SAMPLES))
  let total = 0
  for (let at = 0; at < block.length; at += step, total++) {
    const byte = block[at] as number
    counts[byte] = (counts[byte] as number) + 1
  }
  let sum = 0
  for (const count of counts) if (count > 0) sum += count * Math.log2(count)
  return Math.log2(total) - sum / total
}
