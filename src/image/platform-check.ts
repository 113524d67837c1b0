import { architectureOf, ELF_HEAD, isRunnableElf } from './elf.js'
import { BLOCK, hasMagic, paddingOf } from './format/tar.js'

/** How many programs and libraries there are for a machine, by OCI's name for it: `arm64`. */
export type Machines = ReadonlyMap<string, number>

/** Far more than a pax header needs. */
const MAX_PAX = 1 << 16

/**
 * Notes for which machines the programs in a layer's tar are, while it goes by. It looks at the beginnings of files alone, and
 * stops without a word where it does not understand the tar.
 */
export class MachineSurvey {
  readonly machines = new Map<string, number>()
  #wanted: 'header' | 'pax' | 'head' | 'nothing' = 'header'
  /** How many bytes of it. */
  #length = BLOCK
  #kept: Buffer = Buffer.alloc(0)
  #toSkip = 0
  /** What remains of a body, with its padding, behind what is wanted of it. */
  #rest = 0

  add(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length && this.#wanted !== 'nothing') {
      const skipped = Math.min(this.#toSkip, chunk.length - at)
      this.#toSkip -= skipped
      at += skipped
      if (this.#toSkip > 0) return
      const part = chunk.subarray(at, at + this.#length - this.#kept.length)
      at += part.length
      this.#kept = this.#kept.length === 0 ? part : Buffer.concat([this.#kept, part])
      if (this.#kept.length === this.#length) this.#take(this.#kept)
    }
    // A view would hold the whole chunk in memory.
    if (this.#kept.length > 0) this.#kept = Buffer.from(this.#kept)
  }

  #take(bytes: Buffer): void {
    const wanted = this.#wanted
    this.#kept = Buffer.alloc(0)
    if (wanted === 'header') {
      this.#takeHeader(bytes)
      return
    }
    this.#wanted = 'header'
    this.#length = BLOCK
    this.#toSkip = this.#rest
    if (wanted === 'head') this.#takeHead(bytes)
    // The next header then does not say how long its body is.
    else if (bytes.includes(' size=')) this.#wanted = 'nothing'
  }

  #takeHeader(header: Buffer): void {
    const size = sizeIn(header)
    const type = String.fromCharCode(header[156] || 0x30)
    // More headers of their own kind follow that of a GNU sparse file.
    if (!hasMagic(header) || size === undefined || type === 'S') {
      this.#wanted = 'nothing'
      return
    }
    const isPax = type === 'x' || type === 'g'
    if (isPax && size > MAX_PAX) this.#wanted = 'nothing'
    else if (isPax && size > 0) this.#want('pax', size, size)
    else if (type === '0' && size >= ELF_HEAD) this.#want('head', ELF_HEAD, size)
    else this.#toSkip = size + paddingOf(size)
  }

  /** The first `length` bytes of a body of `size`. */
  #want(what: 'pax' | 'head', length: number, size: number): void {
    this.#wanted = what
    this.#length = length
    this.#rest = size + paddingOf(size) - length
  }

  #takeHead(head: Buffer): void {
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
