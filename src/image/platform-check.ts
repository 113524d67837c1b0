import { architectureOf, ELF_HEAD, isRunnableElf } from './elf.js'
import { hasTarMagic, paddingOf, TAR_BLOCK_BYTES } from './format/tar.js'

/** How many programs and libraries there are for a machine, by OCI's name for it: `arm64`. */
export type Machines = ReadonlyMap<string, number>

/** Far more than a pax header needs. */
const MAX_PAX_BYTES = 1 << 16

/**
 * Notes for which machines the programs in a layer's tar are, while it goes by. It looks at the beginnings of files alone, and
 * stops without a word where it does not understand the tar.
 */
export class MachineCounter {
  readonly machines = new Map<string, number>()
  #state: 'header' | 'pax' | 'head' | 'nothing' = 'header'
  /** How many bytes of it. */
  #wantedBytes = TAR_BLOCK_BYTES
  #buffered: Buffer = Buffer.alloc(0)
  #skipBytes = 0
  /** What remains of a body, with its padding, behind what is wanted of it. */
  #bodyRest = 0

  add(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length && this.#state !== 'nothing') {
      const skipped = Math.min(this.#skipBytes, chunk.length - at)
      this.#skipBytes -= skipped
      at += skipped
      if (this.#skipBytes > 0) return
      const part = chunk.subarray(at, at + this.#wantedBytes - this.#buffered.length)
      at += part.length
      this.#buffered = this.#buffered.length === 0 ? part : Buffer.concat([this.#buffered, part])
      if (this.#buffered.length === this.#wantedBytes) this.#process(this.#buffered)
    }
    // A view would hold the whole chunk in memory.
    if (this.#buffered.length > 0) this.#buffered = Buffer.from(this.#buffered)
  }

  #process(bytes: Buffer): void {
    const wanted = this.#state
    this.#buffered = Buffer.alloc(0)
    if (wanted === 'header') {
      this.#readHeader(bytes)
      return
    }
    this.#state = 'header'
    this.#wantedBytes = TAR_BLOCK_BYTES
    this.#skipBytes = this.#bodyRest
    if (wanted === 'head') this.#countProgram(bytes)
    // The next header then does not say how long its body is.
    else if (bytes.includes(' size=')) this.#state = 'nothing'
  }

  #readHeader(header: Buffer): void {
    const size = parseSize(header)
    const type = String.fromCharCode(header[156] || 0x30)
    // More headers of their own kind follow that of a GNU sparse file.
    if (!hasTarMagic(header) || size === undefined || type === 'S') {
      this.#state = 'nothing'
      return
    }
    const isPax = type === 'x' || type === 'g'
    if (isPax && size > MAX_PAX_BYTES) this.#state = 'nothing'
    else if (isPax && size > 0) this.#expect('pax', size, size)
    else if (type === '0' && size >= ELF_HEAD) this.#expect('head', ELF_HEAD, size)
    else this.#skipBytes = size + paddingOf(size)
  }

  /** The first `length` bytes of a body of `size`. */
  #expect(what: 'pax' | 'head', length: number, size: number): void {
    this.#state = what
    this.#wantedBytes = length
    this.#bodyRest = size + paddingOf(size) - length
  }

  #countProgram(head: Buffer): void {
    const architecture = isRunnableElf(head) ? architectureOf(head) : undefined
    if (architecture !== undefined)
      this.machines.set(architecture, (this.machines.get(architecture) ?? 0) + 1)
  }
}

/** What several layers hold together. */
export function addMachines(all: readonly Machines[]): Machines {
  const sum = new Map<string, number>()
  for (const machines of all) {
    for (const [architecture, count] of machines) sum.set(architecture, (sum.get(architecture) ?? 0) + count)
  }
  return sum
}

/** Octal digits; larger sizes than those hold are left to others. */
function parseSize(header: Buffer): number | undefined {
  const digits = /^ *([0-7]+)[ \0]*$/.exec(header.toString('latin1', 124, 136))?.[1]
  return digits === undefined ? undefined : Number.parseInt(digits, 8)
}
