import { Decompress } from 'fzstd'

/**
 * Decodes one zstd frame where the runtime cannot. As `zstdFrames` gives it block by block, no chunk holds more than
 * 128 KiB of content. The frame's own checksum is not looked at: digests tell.
 */
export async function* decodeFrame(frame: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let ready: Buffer[] = []
  const decoder = new Decompress(part =>
    ready.push(Buffer.from(part.buffer as ArrayBuffer, part.byteOffset, part.byteLength)),
  )
  const taken = (): Buffer[] => {
    const parts = ready
    ready = []
    return parts
  }
  for await (const chunk of frame) {
    decoder.push(chunk)
    yield* taken()
  }
  decoder.push(new Uint8Array(0), true)
  yield* taken()
}
