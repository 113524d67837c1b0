import { architectureOf, ELF_HEAD_BYTES, isRunnableElf } from './elf.js'
import { hasTarMagic, paddingOf, TAR_BLOCK_BYTES } from './format/tar.js'

/** The number of programs and libraries for each machine, by OCI's name for it, such as `arm64`. */
export type Machines = ReadonlyMap<string, number>

/** Adds up the counts of several layers. */
export function addMachines(all: readonly Machines[]): Machines {
  const sum = new Map<string, number>()
  for (const machines of all) {
    for (const [architecture, count] of machines) sum.set(architecture, (sum.get(architecture) ?? 0) + count)
  }
  return sum
}

/** Far more than a pax header needs. */
const MAX_PAX_BYTES = 1 << 16

/**
 * Counts the programs for each machine in a layer's tar, chunk by chunk. It reads only the first bytes of each file. If it cannot
 * parse the tar, it stops counting without an error.
 */
export class MachineCounter {
  readonly machines = new Map<string, number>()
  /** The part of the tar that is buffered. `elf` is the first bytes of a file. */
  #state: 'header' | 'pax' | 'elf' | 'stopped' = 'header'
  /** How many bytes must be buffered for the current state. */
  #wantedBytes = TAR_BLOCK_BYTES
  #buffered: Buffer = Buffer.alloc(0)
  #skipBytes = 0
  /** The number of bytes of the current body after the buffered bytes, including the padding. */
  #bodyRest = 0

  add(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length && this.#state !== 'stopped') {
      const skipped = Math.min(this.#skipBytes, chunk.length - at)
      this.#skipBytes -= skipped
      at += skipped
      if (this.#skipBytes > 0) return
      const part = chunk.subarray(at, at + this.#wantedBytes - this.#buffered.length)
      at += part.length
      this.#buffered = this.#buffered.length === 0 ? part : Buffer.concat([this.#buffered, part])
      if (this.#buffered.length === this.#wantedBytes) this.#process(this.#buffered)
    }
    // A view would keep the whole chunk in memory.
    if (this.#buffered.length > 0) this.#buffered = Buffer.from(this.#buffered)
  }

  #process(bytes: Buffer): void {
    const state = this.#state
    this.#buffered = Buffer.alloc(0)
    if (state === 'header') {
      this.#processHeader(bytes)
      return
    }
    this.#state = 'header'
    this.#wantedBytes = TAR_BLOCK_BYTES
    this.#skipBytes = this.#bodyRest
    if (state === 'elf') this.#countProgram(bytes)
    // A pax size replaces the size in the next header, so the length of the next body is unknown.
    else if (bytes.includes(' size=')) this.#state = 'stopped'
  }

  #processHeader(header: Buffer): void {
    const size = parseSize(header)
    const type = String.fromCharCode(header[156] || 0x30)
    // The header of a GNU sparse file (type S) can be followed by more headers of another format.
    if (!hasTarMagic(header) || size === undefined || type === 'S') {
      this.#state = 'stopped'
      return
    }
    const isPax = type === 'x' || type === 'g'
    if (isPax && size > MAX_PAX_BYTES) this.#state = 'stopped'
    else if (isPax && size > 0) this.#expectBody('pax', size, size)
    else if (type === '0' && size >= ELF_HEAD_BYTES) this.#expectBody('elf', ELF_HEAD_BYTES, size)
    else this.#skipBytes = size + paddingOf(size)
  }

  /** Buffers the first `count` bytes of a body of `size` bytes next. */
  #expectBody(state: 'pax' | 'elf', count: number, size: number): void {
    this.#state = state
    this.#wantedBytes = count
    this.#bodyRest = size + paddingOf(size) - count
  }

  #countProgram(head: Buffer): void {
    const architecture = isRunnableElf(head) ? architectureOf(head) : undefined
    if (architecture !== undefined)
      this.machines.set(architecture, (this.machines.get(architecture) ?? 0) + 1)
  }
}

/** Reads a size in octal digits. Sizes that need GNU's base 256 are not supported. */
function parseSize(header: Buffer): number | undefined {
  const digits = /^ *([0-7]+)[ \0]*$/.exec(header.toString('latin1', 124, 136))?.[1]
  return digits === undefined ? undefined : Number.parseInt(digits, 8)
}
