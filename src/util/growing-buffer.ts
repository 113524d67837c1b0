/** In bytes. */
const FIRST_CAPACITY = 16 * 1024

/**
 * Bytes that arrive in chunks. They are copied into one buffer, because a list of chunks needs hundreds of bytes for each chunk,
 * and a sender can choose chunks of one byte.
 */
export class GrowingBuffer {
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0

  get length(): number {
    return this.#length
  }

  add(chunk: Buffer): void {
    const needed = this.#length + chunk.length
    if (needed > this.#bytes.length) this.#grow(Math.max(needed, 2 * this.#bytes.length, FIRST_CAPACITY))
    chunk.copy(this.#bytes, this.#length)
    this.#length = needed
  }

  /** The bytes so far. They share memory with this buffer. */
  read(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  /** Keeps the memory for the next bytes. */
  clear(): void {
    this.#length = 0
  }

  #grow(capacity: number): void {
    const bytes = Buffer.allocUnsafeSlow(capacity)
    this.read().copy(bytes)
    this.#bytes = bytes
  }
}
