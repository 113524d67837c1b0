import { ByteReader } from './byte-reader.js'
import { isSkippableMagic, isZstdMagic } from './magic.js'

/**
 * Cuts a zstd stream (RFC 8878, 3.1) into its frames, each given as its own bytes; skippable frames are left out.
 * Node.js stops decoding after the first frame without an error, so the ends must be known. A frame must be read to
 * its end before the next is asked for. Throws an `Error` when the stream is cut off or something else follows.
 */
export async function* zstdFrames(source: AsyncIterable<Buffer>): AsyncGenerator<AsyncIterable<Buffer>> {
  const input = new ByteReader(source)
  try {
    for (let magic = await input.read(4); magic.length > 0; magic = await input.read(4)) {
      const value = magic.length === 4 ? magic.readUInt32LE(0) : 0
      if (!isZstdMagic(value)) throw new Error('the zstd stream is damaged: no frame where one should start')
      if (isSkippableMagic(value)) await input.skip((await input.exactly(4)).readUInt32LE(0))
      else yield frame(input, magic)
    }
  } finally {
    await input.close()
  }
}

async function* frame(input: ByteReader, magic: Buffer): AsyncGenerator<Buffer> {
  const flags = await input.exactly(1)
  const descriptor = flags.readUInt8(0)
  yield Buffer.concat([magic, flags, await input.exactly(headerRest(descriptor))])
  for (let last = false; !last; ) {
    const header = await input.exactly(3)
    const bits = header.readUIntLE(0, 3)
    last = (bits & 1) === 1
    yield header
    yield* input.take(blockSize(bits))
  }
  if (descriptor & 4) yield await input.exactly(4)
}

/** The length of a frame header after its first byte: window, dictionary id and content size, where they are. */
function headerRest(descriptor: number): number {
  const single = (descriptor & 0x20) !== 0
  const dictionary = [0, 1, 2, 4][descriptor & 3] as number
  const content = [single ? 1 : 0, 2, 4, 8][descriptor >>> 6] as number
  return (single ? 0 : 1) + dictionary + content
}

const RLE = 1

function blockSize(header: number): number {
  return ((header >>> 1) & 3) === RLE ? 1 : header >>> 3
}
