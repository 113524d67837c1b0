import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { type Digest, Hasher } from '../../oci/digest.js'

/** Content as it streams by. */
export type Bytes = AsyncIterable<Buffer>

/** The digest and size of what went by. */
export class ContentHasher {
  readonly #hasher = new Hasher()
  #size = 0

  add(chunk: Buffer): void {
    this.#hasher.update(chunk)
    this.#size += chunk.length
  }

  /** May be called once. */
  finish(): { digest: Digest; size: number } {
    return { digest: this.#hasher.digest(), size: this.#size }
  }
}

/** The same bytes; `see` is called with each chunk before it is handed on. */
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

/** What a stream holds, opened when its first byte is asked for: one that nobody reads could fail unheard. */
export async function* openLazily(open: () => Readable): Bytes {
  yield* open()
}

/** Reads a stream of chunks by count of bytes. */
export class ByteReader implements LayerSource {
  readonly #chunks: AsyncIterator<Buffer>
  #buffered: Buffer = Buffer.alloc(0)
  #position = 0

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]()
  }

  /** How many bytes have been read. */
  get position(): number {
    return this.#position
  }

  /** Exactly `count` bytes, or fewer where the stream ends. */
  async read(count: number): Promise<Buffer> {
    const parts: Buffer[] = []
    let missing = count
    while (missing > 0) {
      const part = await this.#nextPart(missing)
      if (!part) break
      parts.push(part)
      missing -= part.length
    }
    const [only] = parts
    return parts.length === 1 && only ? only : Buffer.concat(parts)
  }

  /** Copies into a buffer until it is full, or the stream ends. */
  async fill(into: Buffer): Promise<number> {
    let filled = 0
    while (filled < into.length) {
      const part = await this.#nextPart(into.length - filled)
      if (!part) break
      filled += part.copy(into, filled)
    }
    return filled
  }

  /** Exactly `count` bytes. Throws an `Error` when the stream ends before. */
  async readExactly(count: number): Promise<Buffer> {
    const bytes = await this.read(count)
    if (bytes.length < count) throw this.#cutOff(count - bytes.length)
    return bytes
  }

  /** The next `count` bytes as they come, not copied. Throws an `Error` when the stream ends before. */
  async *take(count: number): AsyncGenerator<Buffer> {
    let missing = count
    while (missing > 0) {
      const part = await this.#nextPart(missing)
      if (!part) throw this.#cutOff(missing)
      missing -= part.length
      yield part
    }
  }

  async skip(count: number): Promise<void> {
    for await (const _ of this.take(count));
  }

  /** Reads until a byte with this value has been read. Gives `false` where none of the next `max` has it. */
  async skipPast(value: number, max: number): Promise<boolean> {
    for (let left = max; left > 0 && (await this.#load()); ) {
      const part = this.#takePart(Math.min(left, this.#buffered.indexOf(value) + 1 || this.#buffered.length))
      if (part.at(-1) === value) return true
      left -= part.length
    }
    return false
  }

  /** What is left, as it comes. */
  async *readRest(): AsyncGenerator<Buffer> {
    for (let part = await this.#nextPart(Infinity); part; part = await this.#nextPart(Infinity)) yield part
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  #cutOff(missing: number): Error {
    return new Error(`it is cut off: ${missing} bytes are missing after byte ${this.#position}`)
  }

  async #nextPart(max: number): Promise<Buffer | undefined> {
    return (await this.#load()) ? this.#takePart(max) : undefined
  }

  /** Whether there is more; then some of it is held. */
  async #load(): Promise<boolean> {
    while (this.#buffered.length === 0) {
      const { value, done } = await this.#chunks.next()
      if (done) return false
      this.#buffered = value
    }
    return true
  }

  /** Of what is held. */
  #takePart(max: number): Buffer {
    const part = this.#buffered.subarray(0, Math.min(max, this.#buffered.length))
    this.#buffered = this.#buffered.subarray(part.length)
    this.#position += part.length
    return part
  }
}

/** Content that fills one buffer after the other. */
export interface LayerSource {
  /** Fills the buffer, or less of it where the content ends. Gives how many bytes it was: none at the end. */
  fill(into: Buffer): Promise<number>
  /** What is left, as it comes. */
  readRest(): AsyncIterable<Buffer>
}

/** A part of a layer in memory. Its bytes belong to somebody else once it is released. */
export interface Block {
  readonly bytes: Buffer
  release(): void
}

/** A few buffers that are used again and again: new ones for each block would keep the garbage collector busy. */
export class BlockPool {
  readonly #size: number
  readonly #max: number
  readonly #free: Buffer[] = []
  readonly #waiting: ((buffer: Buffer) => void)[] = []
  #allocated = 0

  /** Of at most `max` buffers of `size` bytes. */
  constructor(size: number, max: number) {
    this.#size = size
    this.#max = max
  }

  /** The next block of a source, `undefined` at its end. Waits while all buffers are in use. */
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

/** In pieces this large the cost of each read is not felt. */
const READ_CHUNK_BYTES = 1 << 19

/** A file, or the part of it from `start` to `end`, the last byte included. */
export function openFile(path: string, part: { start?: number; end?: number } = {}): Readable {
  return createReadStream(path, { ...part, highWaterMark: READ_CHUNK_BYTES })
}

/** A whole file, opened when its first byte is asked for. */
export function readFileBytes(path: string): Bytes {
  return openLazily(() => openFile(path))
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

/** A part of an open file, read straight into the buffers where it is wanted. */
export class FileSource implements LayerSource {
  readonly #file: FileHandle
  readonly #onRead: (count: number) => void
  #position: number
  #remaining: number

  /** @param see is told how many bytes have just been read */
  constructor(file: FileHandle, part: { offset: number; size: number }, see: (count: number) => void) {
    this.#file = file
    this.#position = part.offset
    this.#remaining = part.size
    this.#onRead = see
  }

  async fill(into: Buffer): Promise<number> {
    let filled = 0
    while (filled < into.length && this.#remaining > 0) {
      const wanted = Math.min(into.length - filled, this.#remaining)
      const { bytesRead } = await this.#file.read(into, filled, wanted, this.#position)
      if (bytesRead === 0)
        throw new Error(`it is cut off: ${this.#remaining} bytes are missing after byte ${this.#position}`)
      filled += bytesRead
      this.#position += bytesRead
      this.#remaining -= bytesRead
      this.#onRead(bytesRead)
    }
    return filled
  }

  async *readRest(): AsyncGenerator<Buffer> {
    while (this.#remaining > 0) {
      const chunk = Buffer.allocUnsafeSlow(Math.min(READ_CHUNK_BYTES, this.#remaining))
      await this.fill(chunk)
      yield chunk
    }
  }
}
