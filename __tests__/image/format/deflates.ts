import * as zlib from 'node:zlib'
import { below, drawBytes, noise, type Random } from '../../support/images.js'

const { constants } = zlib

/** Contents that need all kinds of blocks. */
export const CONTENTS: Record<string, (random: Random, size: number) => Buffer> = {
  noise,
  zeros: (_random, size) => Buffer.alloc(size),
  text: (random, size) => {
    const words = Array.from({ length: 400 }, () => below(random, 1e9).toString(36).slice(below(random, 6)))
    let text = ''
    while (text.length < size) text += `${words[below(random, words.length)]} `
    return Buffer.from(text.slice(0, size), 'latin1')
  },
  random: (random, size) => drawBytes(size, () => below(random, 256)),
  mixed: (random, size) => {
    const part = Math.floor(size / 3)
    return Buffer.concat([noise(random, part), Buffer.alloc(part), noise(random, size - 2 * part)])
  },
}

const OPTIONS: Record<string, zlib.ZlibOptions> = {
  ...Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`level ${n + 1}`, { level: n + 1 }])),
  'small blocks': { memLevel: 1 },
  'small window': { windowBits: 9 },
  'codes of deflate': { strategy: constants.Z_FIXED },
  'no matches': { strategy: constants.Z_HUFFMAN_ONLY },
  'runs only': { strategy: constants.Z_RLE },
}

/** Writers of one gzip member. */
export const GZIPS: Record<string, (content: Buffer) => Buffer> = {
  ...Object.fromEntries(
    Object.entries(OPTIONS).map(([name, options]) => [
      name,
      (content: Buffer) => zlib.gzipSync(content, options),
    ]),
  ),
  'flushed now and then': content => deflateParts(content, 20_000),
  'flushed all the time': content => deflateParts(content, 700),
}

/** Like pigz: each part ends at a whole byte, with an empty stored block. */
function deflateParts(content: Buffer, size: number): Buffer {
  const parts = [Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])]
  for (let at = 0; at < content.length; at += size) {
    const dictionary = content.subarray(Math.max(0, at - 32768), at)
    parts.push(
      zlib.deflateRawSync(content.subarray(at, at + size), {
        finishFlush: constants.Z_SYNC_FLUSH,
        ...(dictionary.length > 0 && { dictionary }),
      }),
    )
  }
  return Buffer.concat([...parts, Buffer.from([3, 0]), trailer(content)])
}

/** CRC-32 and size, from zlib's gzip. */
export function trailer(content: Buffer): Buffer {
  return zlib.gzipSync(content, { level: 1 }).subarray(-8)
}
