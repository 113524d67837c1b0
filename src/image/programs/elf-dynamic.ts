import { architectureOf, type ElfHeader, locateSegments, makeNumberReader, parseElfHeader } from './elf.js'

/** What an ELF program or library says about other files. */
export interface ElfFile {
  /** OCI's name of the machine, or `machine 8` if OCI has none. */
  readonly machine: string
  /** The dynamic loader (`PT_INTERP`). A program without one is static. */
  readonly interpreter?: string
  /** `unknown` if it could not be read, `none` if the file has no dynamic section. */
  readonly dynamic: ElfDynamic | 'none' | 'unknown'
}

/** The dynamic section of an ELF file (System V ABI, chapter 5). */
export interface ElfDynamic {
  /** `libc.so.6`, in the order of the file. */
  readonly needed: readonly string[]
  readonly soname?: string
  /** The folders in `DT_RPATH`. */
  readonly rpath?: readonly string[]
  readonly runpath?: readonly string[]
}

/** A part of a file. */
interface Part {
  readonly start: number
  readonly end: number
}

/** The parts of a file that were kept while it was read. */
export class FileParts {
  readonly #parts: { readonly start: number; readonly bytes: Buffer }[] = []

  add(start: number, bytes: Buffer): void {
    this.#parts.push({ start, bytes })
  }

  /** Returns `undefined` if these bytes were not kept. */
  read(start: number, length: number): Buffer | undefined {
    const part = this.#parts.find(
      each => start >= each.start && start + length <= each.start + each.bytes.length,
    )
    return part?.bytes.subarray(start - part.start, start - part.start + length)
  }

  /** Returns the text up to the next zero byte. */
  readText(start: number): string | undefined {
    const part = this.#parts.find(each => start >= each.start && start < each.start + each.bytes.length)
    if (part === undefined) return undefined
    const from = start - part.start
    const end = part.bytes.subarray(from, from + MAX_TEXT_BYTES).indexOf(0)
    return end < 0 ? undefined : part.bytes.toString('utf8', from, from + end)
  }
}

/** Linux limits a path to 4096 bytes. A list of folders can be longer. */
const MAX_TEXT_BYTES = 1 << 14

/** Values of `p_type`. */
const LOAD = 1
const DYNAMIC = 2
const INTERPRETER = 3

/** A bit of `p_flags`. */
const IS_CODE = 1

interface Segment extends Part {
  readonly type: number
  readonly flags: number
  readonly address: number
}

/** Far more than a linker writes. */
const MAX_SEGMENTS = 1000

/** Where the program headers are. */
interface SegmentTable extends Part, ElfHeader {
  readonly count: number
  readonly entrySize: number
}

/** Returns `undefined` if the header was not kept, or is not valid. */
function readTable(parts: FileParts): SegmentTable | undefined {
  const head = parts.read(0, 64) ?? parts.read(0, 52)
  const header = head && parseElfHeader(head)
  if (!head || !header || (header.bits === 64 && head.length < 64)) return undefined
  const isWide = header.bits === 64
  const { start, size, count } = locateSegments(head, header)
  if (count > MAX_SEGMENTS || (count > 0 && size < (isWide ? 56 : 32))) return undefined
  return { ...header, start, end: start + size * count, entrySize: size, count }
}

/** Returns `undefined` if the program headers were not kept. */
function readSegments(parts: FileParts, table: SegmentTable): Segment[] | undefined {
  const bytes = parts.read(table.start, table.end - table.start)
  if (bytes === undefined) return undefined
  const { u32, u64 } = makeNumberReader(bytes, table.order)
  return Array.from({ length: table.count }, (_, n) => {
    const at = n * table.entrySize
    const [flags, start, address, length] =
      table.bits === 64
        ? [u32(at + 4), u64(at + 8), u64(at + 16), u64(at + 32)]
        : [u32(at + 24), u32(at + 4), u32(at + 8), u32(at + 16)]
    return { type: u32(at), flags, start, end: start + length, address }
  })
}

/** Larger segments are the data of a program. */
const MAX_PART_BYTES = 1 << 20

/** Larger ones are not valid. */
const MAX_DYNAMIC_BYTES = 1 << 20

/** The parts of an ELF file that `parseElf` needs. */
export interface NeededParts {
  /** The length of the beginning. It contains the names of the libraries, in most files. */
  readonly head: number
  readonly others: readonly Part[]
}

/**
 * Returns what is needed of an ELF file, as far as `head` tells: this may be a longer head. patchelf moves the names of the
 * libraries into a small segment at the end of the file.
 */
export function findNeededParts(head: Buffer): NeededParts {
  const parts = wholeFile(head)
  const table = readTable(parts)
  if (table === undefined) return { head: 0, others: [] }
  const segments = readSegments(parts, table)
  if (segments === undefined) return { head: table.end, others: [] }
  const isDynamic = segments.some(({ type }) => type === DYNAMIC)
  const [first, ...loads] = segments.filter(({ type }) => type === LOAD)
  const small = segments.filter(({ type, start, end }) => {
    const isNamed = type === INTERPRETER || type === DYNAMIC
    return isNamed && end - start <= MAX_DYNAMIC_BYTES
  })
  const data = loads.filter(({ flags, start, end }) => !(flags & IS_CODE) && end - start <= MAX_PART_BYTES)
  return { head: isDynamic ? (first?.end ?? 0) : 0, others: isDynamic ? [...small, ...data] : small }
}

/** For a file that is in memory. */
export function wholeFile(bytes: Buffer): FileParts {
  const parts = new FileParts()
  parts.add(0, bytes)
  return parts
}

/** Parses an ELF file. Returns `undefined` if it is not a program or library. */
export function parseElf(parts: FileParts): ElfFile | undefined {
  const head = parts.read(0, 20)
  const header = head && parseElfHeader(head)
  if (!head || !header) return undefined
  const machine = architectureOf(head) ?? `machine ${header.machine}`
  const table = readTable(parts)
  const segments = table && readSegments(parts, table)
  if (segments === undefined) return { machine, dynamic: 'unknown' }
  const found = segments.find(({ type }) => type === INTERPRETER)
  const interpreter = found && parts.readText(found.start)
  if (found && interpreter === undefined) return { machine, dynamic: 'unknown' }
  return {
    machine,
    ...(interpreter !== undefined && { interpreter }),
    dynamic: readDynamic(parts, segments, header),
  }
}

/** Values of `d_tag`. */
const NEEDED = 1
const TEXTS = 5
const SONAME = 14
const RPATH = 15
const RUNPATH = 29

function readDynamic(
  parts: FileParts,
  segments: readonly Segment[],
  { bits, order }: ElfHeader,
): ElfFile['dynamic'] {
  const segment = segments.find(({ type }) => type === DYNAMIC)
  if (segment === undefined) return 'none'
  const length = segment.end - segment.start
  const table = length <= MAX_DYNAMIC_BYTES ? parts.read(segment.start, length) : undefined
  if (table === undefined) return 'unknown'
  const { u32, u64 } = makeNumberReader(table, order)
  const width = bits / 8
  const read = bits === 64 ? u64 : u32
  const entries: { readonly tag: number; readonly value: number }[] = []
  for (let at = 0; at + 2 * width <= table.length && read(at) !== 0; at += 2 * width)
    entries.push({ tag: read(at), value: read(at + width) })
  const address = entries.find(({ tag }) => tag === TEXTS)?.value
  const texts = address === undefined ? undefined : toOffset(address, segments)
  const textOf = (tag: number): (string | undefined)[] =>
    entries.filter(each => each.tag === tag).map(({ value }) => parts.readText((texts ?? Infinity) + value))
  const needed = textOf(NEEDED)
  const [soname, rpath, runpath] = [textOf(SONAME), textOf(RPATH), textOf(RUNPATH)]
  if (needed.length > MAX_NEEDED || [needed, soname, rpath, runpath].some(each => each.includes(undefined)))
    return 'unknown'
  return {
    needed: needed as string[],
    ...(soname[0] !== undefined && { soname: soname[0] }),
    ...(rpath[0] !== undefined && { rpath: splitFolders(rpath[0]) }),
    ...(runpath[0] !== undefined && { runpath: splitFolders(runpath[0]) }),
  }
}

/** The largest programs need some hundred libraries. */
const MAX_NEEDED = 1000

function toOffset(address: number, segments: readonly Segment[]): number | undefined {
  const segment = segments.find(
    ({ type, address: from, start, end }) => type === LOAD && address >= from && address - from < end - start,
  )
  return segment && segment.start + address - segment.address
}

function splitFolders(list: string): string[] {
  return list.split(':').filter(folder => folder !== '')
}
