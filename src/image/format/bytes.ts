import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { type Digest, Hasher } from '../../oci/digest.js'

/** Content as it streams by. */
export type Bytes = AsyncIterable<Buffer>

/** The digest and size of what went by. */
export class Sum {
  readonly #hasher = new Hasher()
  #size = 0

  add(chunk: Buffer): void {
    this.#hasher.update(chunk)
    this.#size += chunk.length
  }

  /** May be called once. */
  total(): { digest: Digest; size: number } {
    return { digest: this.#hasher.digest(), size: this.#size }
  }
}

/** The same bytes; `see` is called with each chunk before it is handed on. */
export async function* tapped(bytes: Bytes, see: (chunk: Buffer) => void | Promise<void>): Bytes {
  for await (const chunk of bytes) {
    await see(chunk)
    yield chunk
  }
}

export async function* prepended(head: Buffer, rest?: Bytes): Bytes {
  if (head.length > 0) yield head
  if (rest) yield* rest
}

/** What a stream holds, opened when its first byte is asked for: one that nobody reads could fail unheard. */
export async function* lazily(open: () => Readable): Bytes {
  yield* open()
}

/** Reads a stream of chunks by count of bytes. */
export class ByteReader implements LayerSource {
  readonly #chunks: AsyncIterator<Buffer>
  #held: Buffer = Buffer.alloc(0)
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
      const part = await this.#next(missing)
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
      const part = await this.#next(into.length - filled)
      if (!part) break
      filled += part.copy(into, filled)
    }
    return filled
  }

  /** Exactly `count` bytes. Throws an `Error` when the stream ends before. */
  async exactly(count: number): Promise<Buffer> {
    const bytes = await this.read(count)
    if (bytes.length < count) throw this.#cutOff(count - bytes.length)
    return bytes
  }

  /** The next `count` bytes as they come, not copied. Throws an `Error` when the stream ends before. */
  async *take(count: number): AsyncGenerator<Buffer> {
    let missing = count
    while (missing > 0) {
      const part = await this.#next(missing)
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
    for (let left = max; left > 0 && (await this.#hold()); ) {
      const part = this.#cut(Math.min(left, this.#held.indexOf(value) + 1 || this.#held.length))
      if (part.at(-1) === value) return true
      left -= part.length
    }
    return false
  }

  /** What is left, as it comes. */
  async *rest(): AsyncGenerator<Buffer> {
    for (let part = await this.#next(Infinity); part; part = await this.#next(Infinity)) yield part
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  #cutOff(missing: number): Error {
    return new Error(`it is cut off: ${missing} bytes are missing after byte ${this.#position}`)
  }

  async #next(max: number): Promise<Buffer | undefined> {
    return (await this.#hold()) ? this.#cut(max) : undefined
  }

  /** Whether there is more; then some of it is held. */
  async #hold(): Promise<boolean> {
    while (this.#held.length === 0) {
      const { value, done } = await this.#chunks.next()
      if (done) return false
      this.#held = value
    }
    return true
  }

  /** Of what is held. */
  #cut(max: number): Buffer {
    const part = this.#held.subarray(0, Math.min(max, this.#held.length))
    this.#held = this.#held.subarray(part.length)
    this.#position += part.length
    return part
  }
}

/** Content that fills one buffer after the other. */
export interface LayerSource {
  /** Fills the buffer, or less of it where the content ends. Gives how many bytes it was: none at the end. */
  fill(into: Buffer): Promise<number>
  /** What is left, as it comes. */
  rest(): AsyncIterable<Buffer>
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
  #made = 0

  /** Of at most `max` buffers of `size` bytes. */
  constructor(size: number, max: number) {
    this.#size = size
    this.#max = max
  }

  /** The next block of a source, `undefined` at its end. Waits while all buffers are in use. */
  async next(source: LayerSource): Promise<Block | undefined> {
    const buffer = await this.#take()
    let length = 0
    try {
      length = await source.fill(buffer)
    } finally {
      if (length === 0) this.#give(buffer)
    }
    return length === 0 ? undefined : { bytes: buffer.subarray(0, length), release: () => this.#give(buffer) }
  }

  async #take(): Promise<Buffer> {
    const free = this.#free.pop()
    if (free) return free
    if (this.#made === this.#max) return new Promise(resolve => this.#waiting.push(resolve))
    this.#made++
    return Buffer.allocUnsafeSlow(this.#size)
  }

  #give(buffer: Buffer): void {
    const next = this.#waiting.shift()
    if (next) next(buffer)
    else this.#free.push(buffer)
  }
}

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

/** A part of an open file, read straight into the buffers where it is wanted. */
export class FileSource implements LayerSource {
  readonly #file: FileHandle
  readonly #see: (count: number) => void
  #at: number
  #left: number

  /** @param see is told how many bytes have just been read */
  constructor(file: FileHandle, part: { offset: number; size: number }, see: (count: number) => void) {
    this.#file = file
    this.#at = part.offset
    this.#left = part.size
    this.#see = see
  }

  async fill(into: Buffer): Promise<number> {
    let filled = 0
    while (filled < into.length && this.#left > 0) {
      const wanted = Math.min(into.length - filled, this.#left)
      const { bytesRead } = await this.#file.read(into, filled, wanted, this.#at)
      if (bytesRead === 0)
        throw new Error(`it is cut off: ${this.#left} bytes are missing after byte ${this.#at}`)
      filled += bytesRead
      this.#at += bytesRead
      this.#left -= bytesRead
      this.#see(bytesRead)
    }
    return filled
  }

  async *rest(): AsyncGenerator<Buffer> {
    while (this.#left > 0) {
      const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK, this.#left))
      await this.fill(chunk)
      yield chunk
    }
  }
}
