import { Decompress } from 'fzstd'

/**
 * Decodes one zstd frame for a Node.js without zstd. If the frame is passed block by block, no output chunk is larger than 128
 * KiB. The frame's checksum is not verified, because the content is verified by its digest.
 */
export async function* decodeFrame(frame: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let ready: Buffer[] = []
  const decoder = new Decompress(part =>
    ready.push(Buffer.from(part.buffer as ArrayBuffer, part.byteOffset, part.byteLength)),
  )
  const takeReady = (): Buffer[] => {
    const parts = ready
    ready = []
    return parts
  }
  for await (const chunk of frame) {
    decoder.push(chunk)
    yield* takeReady()
  }
  decoder.push(new Uint8Array(0), true)
  yield* takeReady()
}
