import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { type Bytes, lazily } from './bytes.js'

/** In pieces this large the cost of each read is not felt. */
const CHUNK = 1 << 19

/** A file, or the part of it from `start` to `end`, the last byte included. */
export function openFile(path: string, part: { start?: number; end?: number } = {}): Readable {
  return createReadStream(path, { ...part, highWaterMark: CHUNK })
}

/** A whole file, opened when its first byte is asked for. */
export function fileBytes(path: string): Bytes {
  return lazily(() => openFile(path))
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
