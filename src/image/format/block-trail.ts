import type { BlockStart } from './inflate-thread.js'
import { Pieces } from './pieces.js'

/** Whole blocks of a deflate stream that follow each other. */
export interface BlockRun {
  /** Of the content: the first byte, and the first behind it. */
  readonly start: number
  readonly end: number
  /** Of the stream, likewise. */
  readonly bit: number
  readonly endBit: number
  /** From the byte of the first bit to the byte of the last. */
  readonly bytes: Buffer
}

/** A block that takes more than this is not waited for. */
const HELD = 4 << 20

/** The part of a deflate stream that was read last, and where in it the blocks begin. */
export class BlockTrail {
  /** The stream. */
  readonly pieces = new Pieces(0)
  #starts: BlockStart[] = []

  note(starts: readonly BlockStart[]): void {
    this.#starts.push(...starts)
  }

  /** The longest run of blocks whose content lies between two places of it; no part of it is given again. */
  take(from: number, to: number): BlockRun | undefined {
    const oldest = this.pieces.start * 8
    const first = this.#starts.findIndex(({ at, bit }) => at >= from && bit >= oldest)
    const last = this.#starts.findLastIndex(({ at }) => at <= to)
    const begin = this.#starts[first]
    const end = this.#starts[last]
    if (!begin || !end || begin.at >= end.at) return undefined
    this.#starts.splice(0, last)
    const bytes = this.pieces.slice(Math.floor(begin.bit / 8), Math.ceil(end.bit / 8))
    return { start: begin.at, end: end.at, bit: begin.bit, endBit: end.bit, bytes }
  }

  /**
   * All content before `at`, of which `used` bytes of the stream were read, has been dealt with: what only belongs to that is
   * let go of. What is held follows from these alone, so that the same stream is always cut alike.
   */
  forget(at: number, used: number): void {
    const open = this.#starts.findLastIndex(start => start.at <= at)
    this.#starts.splice(0, Math.max(0, open))
    const [oldest] = this.#starts
    if (oldest) this.pieces.forget(Math.floor(oldest.bit / 8))
    this.pieces.forget(used - HELD)
  }
}
