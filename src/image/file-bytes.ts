import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Bytes } from './bytes.js'

/** In pieces this large the cost of each read is not felt. */
const CHUNK = 1 << 20

/** A whole file, opened when its first byte is asked for. */
export async function* fileBytes(path: string): Bytes {
  yield* createReadStream(path, { highWaterMark: CHUNK })
}

/** The first `count` bytes of a file, or all of a smaller one. */
export async function readHead(path: string, count: number): Promise<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
