import { GrowingBuffer } from '../../util/growing-buffer.js'
import {
  isZeroBlock,
  paddingOf,
  parseHeader,
  type RawMember,
  TAR_BLOCK_BYTES,
  TarExtensions,
  type TarHeader,
} from '../format/tar.js'
import { MAX_STORE_PATHS, storePathOf } from '../store/store-paths.js'
import { architectureOf, ELF_HEAD_BYTES, isElf, isRunnableElf } from './elf.js'
import { FileParts, findNeededParts, type NeededParts, parseElf, wholeFile } from './elf-dynamic.js'
import { FileTable, type ScanLimits } from './file-table.js'
import type { LayerContents, LayerFile } from './layer-contents.js'
import { trimBlanks } from './script-line.js'

/** The kernel reads only so much of a script to find its interpreter (`BINPRM_BUF_SIZE`). */
const HEAD_BYTES = 256

/** Linkers write up to four. */
const MAX_PARTS = 12

/** Contains the program headers, which linkers write after the header of the file. */
const ELF_START_BYTES = 4096

/** The names of the libraries of a large program can be some megabytes after its beginning. */
const MAX_ELF_HEAD_BYTES = 8 << 20

/**
 * Finds out what is in a layer while its tar is read, chunk by chunk. It never fails: what cannot be parsed, or exceeds a limit,
 * is not known.
 */
export class LayerScanner {
  readonly #machines = new Map<string, number>()
  readonly #storePaths = new Set<string>()
  /** `undefined` if there are too many, or if a name is not a path. */
  #files: FileTable | undefined
  readonly #extensions = new TarExtensions()
  /** What is read next. `skip` is the rest of a body. */
  #state: 'header' | 'extension' | 'head' | 'elf' | 'skip' | 'ended' | 'stopped' = 'header'
  /** How many bytes must be buffered for the current state, or skipped. */
  #wanted = TAR_BLOCK_BYTES
  readonly #buffer = new GrowingBuffer()
  /** How many bytes can be read without copying them. 0 if bytes are buffered. */
  #viewable = 0
  /** Of the next byte in the tar. */
  #position = 0
  #extension: TarHeader | undefined
  #member: RawMember | undefined
  #elf: SplitElf | undefined

  constructor(limits?: ScanLimits) {
    this.#files = new FileTable(limits)
  }

  add(chunk: Buffer): void {
    let at = 0
    try {
      while (at < chunk.length && this.#state !== 'stopped' && this.#state !== 'ended')
        at += this.#state === 'skip' ? this.#skip(chunk, at) : this.#buffered(chunk, at)
    } catch {
      this.#state = 'stopped'
    }
  }

  /** Call it after the last chunk. */
  finish(): LayerContents {
    const isAtEnd =
      this.#state === 'ended' || (this.#state === 'header' && this.#buffer.length === 0 && this.#position > 0)
    const machines = this.#machines
    if (!isAtEnd) return { machines }
    const storePaths = [...this.#storePaths]
    return { machines, storePaths, ...(this.#files && { files: this.#files.finish() }) }
  }

  #skip(chunk: Buffer, at: number): number {
    const count = Math.min(this.#wanted, chunk.length - at)
    if (this.#elf)
      this.#elf.add(chunk.subarray(at, at + count), this.#position - (this.#member as RawMember).offset)
    this.#wanted -= count
    this.#position += count
    if (this.#wanted === 0) this.#finishBody()
    return count
  }

  /** Processes bytes as soon as there are as many as wanted. Returns how many bytes of the chunk were used. */
  #buffered(chunk: Buffer, at: number): number {
    this.#viewable = this.#buffer.length === 0 ? chunk.length - at : 0
    if (this.#viewable >= this.#wanted) {
      const used = this.#process(chunk.subarray(at, at + this.#wanted))
      this.#position += used
      return used
    }
    const part = chunk.subarray(at, at + this.#wanted - this.#buffer.length)
    this.#buffer.add(part)
    if (this.#buffer.length === this.#wanted) {
      const used = this.#process(this.#buffer.read())
      this.#position += used
      if (used > 0) this.#buffer.clear()
    }
    return part.length
  }

  /** Returns 0 if more bytes are wanted, and otherwise the number of bytes. */
  #process(bytes: Buffer): number {
    switch (this.#state) {
      case 'header':
        this.#processHeader(bytes)
        return bytes.length
      case 'extension':
        this.#processExtension(bytes)
        return bytes.length
      case 'head':
        return this.#processHead(bytes) ? bytes.length : 0
      default:
        return this.#processElf(bytes) ? bytes.length : 0
    }
  }

  #expect(state: 'header' | 'extension' | 'head' | 'elf' | 'skip', wanted: number): void {
    this.#state = state
    this.#wanted = wanted
  }

  #processHeader(block: Buffer): void {
    const header = parseHeader(block)
    if (!header) {
      this.#state = isZeroBlock(block) ? 'ended' : 'stopped'
      return
    }
    if (this.#extensions.begin(header)) {
      this.#extension = header
      if (header.size === 0) this.#processExtension(block.subarray(0, 0))
      else this.#expect('extension', header.size + paddingOf(header.size))
      return
    }
    // The header of a GNU sparse file can be followed by more headers of another format.
    if (header.type === 'S') this.#state = 'stopped'
    else this.#beginMember(this.#extensions.toMember(header, this.#position + TAR_BLOCK_BYTES))
  }

  #processExtension(body: Buffer): void {
    const header = this.#extension as TarHeader
    this.#extensions.add(header, body.subarray(0, header.size))
    this.#expect('header', TAR_BLOCK_BYTES)
  }

  #beginMember(member: RawMember): void {
    this.#member = member
    this.#addStorePath(member)
    const { size, isSparse } = member
    if (size > 0 && !isSparse && isRegular(member)) this.#expect('head', Math.min(size, HEAD_BYTES))
    else {
      this.#addFile(member, isSparse ? { kind: 'unknown' } : undefined)
      this.#skipBody(0)
    }
  }

  /** The last path is most often the path of the next file, too. */
  #lastStorePath = '\0'

  #addStorePath({ name }: RawMember): void {
    if (name.startsWith(this.#lastStorePath) || !name.includes('nix/store/')) return
    const path = storePathOf(name)
    if (path === undefined) return
    this.#storePaths.add(path)
    this.#lastStorePath = `${path.slice(1)}/`
    if (this.#storePaths.size > MAX_STORE_PATHS) throw new Error(`it has more than ${MAX_STORE_PATHS} paths`)
  }

  /** Returns `false` if the file is an ELF file, of which more bytes are wanted. */
  #processHead(head: Buffer): boolean {
    const member = this.#member as RawMember
    if (isElf(head) && head.length >= ELF_HEAD_BYTES && isRunnableElf(head)) {
      this.#countProgram(head)
      this.#expect('elf', Math.min(member.size, ELF_START_BYTES))
      return this.#wanted === head.length && this.#processElf(head)
    }
    this.#addFile(member, toTextFile(head, member))
    this.#skipBody(head.length)
    return true
  }

  #addFile(member: RawMember, content: LayerFile | undefined): void {
    try {
      this.#files?.add(member, content)
    } catch {
      this.#files = undefined
    }
  }

  #countProgram(head: Buffer): void {
    const architecture = architectureOf(head)
    if (architecture !== undefined)
      this.#machines.set(architecture, (this.#machines.get(architecture) ?? 0) + 1)
  }

  /** Returns `false` if more bytes are wanted. */
  #processElf(head: Buffer): boolean {
    const member = this.#member as RawMember
    const needed = findNeededParts(head)
    const wanted = Math.min(needed.head, member.size, MAX_ELF_HEAD_BYTES)
    const ends = needed.others
      .map(({ end }) => end)
      .filter(end => end <= this.#viewable && end <= member.size)
    const most = Math.max(wanted, ...ends)
    if (most > head.length) {
      this.#wanted = most
      return false
    }
    const others = needed.others
      .filter(({ end }) => end > head.length && end <= member.size)
      .slice(0, MAX_PARTS)
    if (others.length === 0) this.#addFile(member, toElfFile(wholeFile(head), member))
    // Buffered memory is used again only after this file.
    else this.#elf = new SplitElf(this.#viewable > 0 ? Buffer.from(head) : head, others)
    this.#skipBody(head.length)
    return true
  }

  #skipBody(count: number): void {
    const { size } = this.#member as RawMember
    this.#expect('skip', size - count + paddingOf(size))
    if (this.#wanted === 0) this.#finishBody()
  }

  #finishBody(): void {
    const member = this.#member as RawMember
    if (this.#elf) this.#addFile(member, toElfFile(this.#elf.finish(), member))
    this.#elf = undefined
    this.#expect('header', TAR_BLOCK_BYTES)
  }
}

/** Regular files. Some old programs write folders like that. */
function isRegular({ type, name }: RawMember): boolean {
  return (type === '0' || type === '7') && !name.endsWith('/')
}

function toTextFile(head: Buffer, { mode }: RawMember): LayerFile {
  const isExecutable = (mode & 0o111) !== 0
  if (head[0] !== 0x23 || head[1] !== 0x21) return { kind: 'other', isExecutable }
  const end = head.indexOf('\n')
  const line = trimBlanks(head.toString('utf8', 2, end < 0 ? head.length : end))
  return { kind: 'script', isExecutable, line }
}

function toElfFile(parts: FileParts, { mode }: RawMember): LayerFile {
  const elf = parseElf(parts)
  return elf ? { kind: 'elf', isExecutable: (mode & 0o111) !== 0, elf } : { kind: 'unknown' }
}

/** An ELF file of which only the beginning and a few parts after it are kept. */
class SplitElf {
  readonly #parts = new FileParts()
  readonly #missing: { readonly start: number; readonly bytes: Buffer; filled: number }[]

  constructor(head: Buffer, parts: NeededParts['others']) {
    this.#parts.add(0, head)
    this.#missing = parts.map(({ start, end }) => ({ start, bytes: Buffer.alloc(end - start), filled: 0 }))
    this.add(head, 0)
  }

  /** @param position of the chunk in the file */
  add(chunk: Buffer, position: number): void {
    for (const part of this.#missing) copyInto(part, chunk, position)
  }

  finish(): FileParts {
    for (const { start, bytes, filled } of this.#missing)
      if (filled === bytes.length) this.#parts.add(start, bytes)
    return this.#parts
  }
}

/** Copies what a chunk has of a part of a file. */
function copyInto(
  part: { readonly start: number; readonly bytes: Buffer; filled: number },
  chunk: Buffer,
  position: number,
): void {
  const from = part.start + part.filled - position
  if (from < 0 || from >= chunk.length) return
  part.filled += chunk.copy(part.bytes, part.filled, from)
}
