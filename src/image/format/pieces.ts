/** A stream of bytes of which the newest are held, each byte known by its place in the whole. */
export class Pieces {
  readonly #pieces: { at: number; bytes: Buffer }[] = []
  #end: number

  /** `start` is the place of the first byte that will come. */
  constructor(start: number) {
    this.#end = start
  }

  /** The place of the oldest byte that is held. */
  get start(): number {
    return this.#pieces[0]?.at ?? this.#end
  }

  /** The place behind the newest byte. */
  get end(): number {
    return this.#end
  }

  add(bytes: Buffer): void {
    this.#pieces.push({ at: this.#end, bytes })
    this.#end += bytes.length
  }

  /** What is not held is left out. */
  slice(from: number, to: number): Buffer {
    const parts = this.#pieces
      .map(({ at, bytes }) => bytes.subarray(Math.max(0, from - at), Math.max(0, to - at)))
      .filter(bytes => bytes.length > 0)
    const [only] = parts
    return parts.length === 1 && only ? only : Buffer.concat(parts)
  }

  /** Lets go of the pieces that lie before a place as a whole. */
  forget(before: number): void {
    const kept = this.#pieces.findIndex(({ at, bytes }) => at + bytes.length > before)
    this.#pieces.splice(0, kept < 0 ? this.#pieces.length : kept)
  }
}
