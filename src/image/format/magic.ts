import type { LayerEncoding } from '../../oci/media-type.js'
import { BLOCK, isZeroBlock, parseHeader } from './tar-header.js'

/** How many of the first bytes tell what a file is. */
export const HEAD = BLOCK

const COMPRESSIONS: readonly { encoding: LayerEncoding; matches(head: Buffer): boolean }[] = [
  { encoding: 'gzip', matches: head => head.length > 2 && head.readUIntBE(0, 3) === 0x1f8b08 },
  { encoding: 'zstd', matches: head => head.length > 3 && isZstdMagic(head.readUInt32LE(0)) },
]

/** A frame, or a skippable frame before one (RFC 8878, 3.1). */
export function isZstdMagic(magic: number): boolean {
  return magic === 0xfd2fb528 || isSkippableMagic(magic)
}

export function isSkippableMagic(magic: number): boolean {
  return magic >>> 4 === 0x184d2a5
}

/** How a file is compressed, by its first bytes. */
export function encodingOf(head: Buffer): LayerEncoding {
  return COMPRESSIONS.find(it => it.matches(head))?.encoding ?? 'none'
}

/** Whether the first block is a tar header or the end mark of an empty tar. */
export function isTar(head: Buffer): boolean {
  if (head.length < BLOCK) return false
  const block = head.subarray(0, BLOCK)
  return isZeroBlock(block) || parseHeader(block) !== undefined
}
