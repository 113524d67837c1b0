import { WINDOW } from './gzip.js'

/** Where in native/deflate.c's memory its input is put, and its output taken from. */
export interface DeflatePlaces {
  readonly memory: SharedArrayBuffer
  readonly room: number
  readonly packed: number
}

/** The most content that is deflated at once. */
const LARGEST = 1 << 20

/** The memory in which native/deflate.c works, wherever it runs. */
export class DeflateMemory {
  readonly #bytes: Uint8Array
  readonly #room: number
  readonly #packed: number

  constructor({ memory, room, packed }: DeflatePlaces) {
    this.#bytes = new Uint8Array(memory)
    this.#room = room
    this.#packed = packed
  }

  /** Puts a block in, with what came right before it. */
  put(block: Uint8Array, before: Uint8Array): void {
    if (block.length > LARGEST || before.length > WINDOW)
      throw new RangeError('more than can be deflated at once')
    this.#bytes.set(before, this.#room - before.length)
    this.#bytes.set(block, this.#room)
  }

  /** A copy of what came of it. */
  take(size: number): Buffer {
    return Buffer.from(this.#bytes.subarray(this.#packed, this.#packed + size))
  }
}
