import { architectureOf, ELF_HEAD, isRunnableElf } from './elf.js'
import { BLOCK, paddingOf } from './tar-header.js'

/** How many programs and libraries there are for a machine, by OCI's name for it: `arm64`. */
export type Machines = ReadonlyMap<string, number>

/**
 * Notes for which machines the programs in a layer's tar are, while it goes by. It looks at the beginnings of files alone, and
 * stops without a word where it does not understand the tar.
 */
export class MachineSurvey {
  readonly machines = new Map<string, number>()
  #wanted: 'header' | 'head' | 'nothing' = 'header'
  #kept: Buffer = Buffer.alloc(0)
  #toSkip = 0
  /** What remains of a file's body, with its padding, behind its head. */
  #rest = 0

  add(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length && this.#wanted !== 'nothing') {
      const skipped = Math.min(this.#toSkip, chunk.length - at)
      this.#toSkip -= skipped
      at += skipped
      if (this.#toSkip > 0) return
      const length = this.#wanted === 'header' ? BLOCK : ELF_HEAD
      const part = chunk.subarray(at, at + length - this.#kept.length)
      at += part.length
      this.#kept = this.#kept.length === 0 ? part : Buffer.concat([this.#kept, part])
      if (this.#kept.length === length) this.#take(this.#kept)
    }
    // A view would hold the whole chunk in memory.
    if (this.#kept.length > 0) this.#kept = Buffer.from(this.#kept)
  }

  #take(bytes: Buffer): void {
    this.#kept = Buffer.alloc(0)
    if (this.#wanted === 'header') this.#takeHeader(bytes)
    else this.#takeHead(bytes)
  }

  #takeHeader(header: Buffer): void {
    const size = sizeIn(header)
    if (header.toString('latin1', 257, 262) !== 'ustar' || size === undefined) {
      this.#wanted = 'nothing'
      return
    }
    const isFile = header[156] === 0 || header[156] === 0x30
    const body = size + paddingOf(size)
    if (!isFile || size < ELF_HEAD) {
      this.#toSkip = body
      return
    }
    this.#wanted = 'head'
    this.#rest = body - ELF_HEAD
  }

  #takeHead(head: Buffer): void {
    this.#wanted = 'header'
    this.#toSkip = this.#rest
    const architecture = isRunnableElf(head) ? architectureOf(head) : undefined
    if (architecture !== undefined)
      this.machines.set(architecture, (this.machines.get(architecture) ?? 0) + 1)
  }
}

/** What several layers hold together. */
export function sumOf(all: readonly Machines[]): Machines {
  const sum = new Map<string, number>()
  for (const machines of all) {
    for (const [architecture, count] of machines) sum.set(architecture, (sum.get(architecture) ?? 0) + count)
  }
  return sum
}

/** Octal digits; larger sizes than those hold are left to others. */
function sizeIn(header: Buffer): number | undefined {
  const digits = /^ *([0-7]+)[ \0]*$/.exec(header.toString('latin1', 124, 136))?.[1]
  return digits === undefined ? undefined : Number.parseInt(digits, 8)
}
