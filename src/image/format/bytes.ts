import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { type Digest, Hasher } from '../../oci/digest.js'

/** Content as a stream of chunks. */
export type Bytes = AsyncIterable<Buffer>

/** The digest and the size of content. */
export interface ContentSum {
  readonly digest: Digest
  readonly size: number
}

export class ContentHasher {
  readonly #hasher = new Hasher()
  #size = 0

  add(chunk: Buffer): void {
    this.#hasher.update(chunk)
    this.#size += chunk.length
  }

  /** Can be called only once. */
  finish(): ContentSum {
    return { digest: this.#hasher.digest(), size: this.#size }
  }
}

/** Yields the same bytes. `onChunk` is called with each chunk before it is yielded. */
export async function* tapBytes(bytes: Bytes, onChunk: (chunk: Buffer) => void | Promise<void>): Bytes {
  for await (const chunk of bytes) {
    await onChunk(chunk)
    yield chunk
  }
}

export async function* prependBytes(head: Buffer, rest?: Bytes): Bytes {
  if (head.length > 0) yield head
  if (rest) yield* rest
}

/** Opens a stream when its first byte is read. An open stream that is never read could fail with an unhandled error. */
export async function* openLazily(open: () => Readable): Bytes {
  yield* open()
}

/** Large enough that the cost per read is negligible. */
export const READ_CHUNK_BYTES = 1 << 19

/** Opens a file, or the part of it from `start` to `end`. The byte at `end` is included. */
export function openFile(path: string, part: { start?: number; end?: number } = {}): Readable {
  return createReadStream(path, { ...part, highWaterMark: READ_CHUNK_BYTES })
}

/** Reads a whole file. It is opened when its first byte is read. */
export function readFileBytes(path: string): Bytes {
  return openLazily(() => openFile(path))
}

/** Reads the first `count` bytes of a file, or all bytes of a smaller file. */
export async function readHead(path: string, count: number): Promise<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** The content of a layer, which is read into buffers. */
export interface LayerSource {
  /** Fills the buffer, or a part of it at the end of the content. Returns the number of bytes, which is 0 at the end. */
  fill(into: Buffer): Promise<number>
  /** The remaining content. */
  readRest(): Bytes
}

/** A part of an open file. It is read directly into the buffers of the caller. */
export class FileSource implements LayerSource {
  readonly #file: FileHandle
  readonly #onRead: (count: number) => void
  #position: number
  #remaining: number

  /** @param onRead called after each read with the number of bytes */
  constructor(file: FileHandle, part: { offset: number; size: number }, onRead: (count: number) => void) {
    this.#file = file
    this.#position = part.offset
    this.#remaining = part.size
    this.#onRead = onRead
  }

  async fill(into: Buffer): Promise<number> {
    let filled = 0
    while (filled < into.length && this.#remaining > 0) {
      const wanted = Math.min(into.length - filled, this.#remaining)
      const { bytesRead } = await this.#file.read(into, filled, wanted, this.#position)
      if (bytesRead === 0) throw makeTruncatedError(this.#remaining, this.#position)
      filled += bytesRead
      this.#position += bytesRead
      this.#remaining -= bytesRead
      this.#onRead(bytesRead)
    }
    return filled
  }

  async *readRest(): Bytes {
    while (this.#remaining > 0) {
      const chunk = Buffer.allocUnsafeSlow(Math.min(READ_CHUNK_BYTES, this.#remaining))
      await this.fill(chunk)
      yield chunk
    }
  }
}

/** Reads a given number of bytes at a time from a stream of chunks. */
export class ByteReader implements LayerSource {
  readonly #chunks: AsyncIterator<Buffer>
  #buffered: Buffer = Buffer.alloc(0)
  #position = 0

  constructor(source: Bytes) {
    this.#chunks = source[Symbol.asyncIterator]()
  }

  /** The number of bytes that were read. */
  get position(): number {
    return this.#position
  }

  /** Reads `count` bytes, or fewer if the stream ends. */
  async read(count: number): Promise<Buffer> {
    const first = await this.#readPart(count)
    if (!first || first.length === count) return first ?? Buffer.alloc(0)
    // Not a list of parts: for a source in chunks of one byte, it would need a hundred times as much memory.
    const bytes = Buffer.allocUnsafe(count)
    const copied = first.copy(bytes)
    return bytes.subarray(0, copied + (await this.fill(bytes.subarray(copied))))
  }

  async fill(into: Buffer): Promise<number> {
    let filled = 0
    while (filled < into.length) {
      const part = await this.#readPart(into.length - filled)
      if (!part) break
      filled += part.copy(into, filled)
    }
    return filled
  }

  /** Reads `count` bytes. Throws an `Error` if the stream ends before. */
  async readExactly(count: number): Promise<Buffer> {
    const bytes = await this.read(count)
    if (bytes.length < count) throw makeTruncatedError(count - bytes.length, this.#position)
    return bytes
  }

  /** Yields the next `count` bytes in the chunks of the source, without copying. Throws an `Error` if the stream ends before. */
  async *take(count: number): AsyncGenerator<Buffer> {
    let missing = count
    while (missing > 0) {
      const part = await this.#readPart(missing)
      if (!part) throw makeTruncatedError(missing, this.#position)
      missing -= part.length
      yield part
    }
  }

  async skip(count: number): Promise<void> {
    for await (const _ of this.take(count));
  }

  /** Reads up to and including the next byte with this value. Returns `false` if none of the next `max` bytes has it. */
  async skipPast(value: number, max: number): Promise<boolean> {
    for (let left = max; left > 0 && (await this.#load()); ) {
      const part = this.#takePart(Math.min(left, this.#buffered.indexOf(value) + 1 || this.#buffered.length))
      if (part.at(-1) === value) return true
      left -= part.length
    }
    return false
  }

  async *readRest(): AsyncGenerator<Buffer> {
    for (let part = await this.#readPart(Infinity); part; part = await this.#readPart(Infinity)) yield part
  }

  /** Closes the source. */
  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  async #readPart(max: number): Promise<Buffer | undefined> {
    return (await this.#load()) ? this.#takePart(max) : undefined
  }

  /** Buffers the next chunk if nothing is buffered. Returns `false` at the end of the stream. */
  async #load(): Promise<boolean> {
    while (this.#buffered.length === 0) {
      const { value, done } = await this.#chunks.next()
      if (done) return false
      this.#buffered = value
    }
    return true
  }

  #takePart(max: number): Buffer {
    const part = this.#buffered.subarray(0, Math.min(max, this.#buffered.length))
    this.#buffered = this.#buffered.subarray(part.length)
    this.#position += part.length
    return part
  }
}

function makeTruncatedError(missing: number, position: number): Error {
  return new Error(`it is truncated: ${missing} bytes are missing after byte ${position}`)
}

/** A part of a layer in memory. Its bytes must not be used after `release`, because they are overwritten. */
export interface Block {
  readonly bytes: Buffer
  release(): void
}

/** A few buffers that are reused, because allocating a buffer for each block would slow down the garbage collector. */
export class BlockPool {
  readonly #size: number
  readonly #max: number
  readonly #free: Buffer[] = []
  readonly #waiting: ((buffer: Buffer) => void)[] = []
  #allocated = 0

  /** Creates a pool of at most `max` buffers of `size` bytes. */
  constructor(size: number, max: number) {
    this.#size = size
    this.#max = max
  }

  /** Reads the next block of a source. Returns `undefined` at its end. Waits if all buffers are in use. */
  async readBlock(source: LayerSource): Promise<Block | undefined> {
    const buffer = await this.#acquire()
    let length = 0
    try {
      length = await source.fill(buffer)
    } finally {
      if (length === 0) this.#release(buffer)
    }
    return length === 0
      ? undefined
      : { bytes: buffer.subarray(0, length), release: () => this.#release(buffer) }
  }

  async #acquire(): Promise<Buffer> {
    const free = this.#free.pop()
    if (free) return free
    if (this.#allocated === this.#max) return new Promise(resolve => this.#waiting.push(resolve))
    this.#allocated++
    return Buffer.allocUnsafeSlow(this.#size)
  }

  #release(buffer: Buffer): void {
    const next = this.#waiting.shift()
    if (next) next(buffer)
    else this.#free.push(buffer)
  }
}
