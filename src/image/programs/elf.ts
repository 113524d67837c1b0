import { type FileHandle, open } from 'node:fs/promises'
import { platformOf, SYSTEMS, type System } from '../../oci/platform.js'

/** The part of an ELF header that is the same for all machines (System V ABI, chapter 4), in bytes. It contains the machine. */
export const ELF_HEAD_BYTES = 20

/** The fields of an ELF header that depend on the machine. `machine` is `e_machine` in elf.h. */
export interface ElfMachine {
  readonly bits: 32 | 64
  readonly order: 'little' | 'big'
  readonly machine: number
}

const MACHINES: Readonly<Record<System, ElfMachine>> = {
  'x86_64-linux': { bits: 64, order: 'little', machine: 62 },
  'aarch64-linux': { bits: 64, order: 'little', machine: 183 },
  'armv7l-linux': { bits: 32, order: 'little', machine: 40 },
  'armv6l-linux': { bits: 32, order: 'little', machine: 40 },
  'i686-linux': { bits: 32, order: 'little', machine: 3 },
  'powerpc64le-linux': { bits: 64, order: 'little', machine: 21 },
  's390x-linux': { bits: 64, order: 'big', machine: 22 },
  'riscv64-linux': { bits: 64, order: 'little', machine: 243 },
}

/** Values of `e_type`. */
const EXECUTABLE = 2
const SHARED = 3
/** A value of `p_type`. */
const INTERPRETER = 3

export function isElf(head: Buffer): boolean {
  return head[0] === 0x7f && head.toString('latin1', 0, 4) === '\x7fELF'
}

/** Whether a file is an executable or a shared object. Other ELF files cannot be run. */
export function isRunnableElf(head: Buffer): boolean {
  const type = parseElfHeader(head)?.type
  return type === EXECUTABLE || type === SHARED
}

/** Returns OCI's name of the machine that an ELF file is for, or `undefined` if no system has this machine. */
export function architectureOf(head: Buffer): string | undefined {
  const system = SYSTEMS.find(each => isMadeFor(head, each))
  return system && platformOf(system).architecture
}

function isMadeFor(head: Buffer, system: System): boolean {
  const [header, wanted] = [parseElfHeader(head), MACHINES[system]]
  return header?.machine === wanted.machine && header.order === wanted.order && header.bits === wanted.bits
}

export interface ElfHeader extends ElfMachine {
  readonly type: number
}

/** Parses the first bytes of a file; `undefined` if it is not an ELF file. */
export function parseElfHeader(head: Buffer): ElfHeader | undefined {
  if (!isElf(head) || head.length < ELF_HEAD_BYTES) return undefined
  const order = head[5] === 2 ? 'big' : 'little'
  const { u16 } = makeNumberReader(head, order)
  return { bits: head[4] === 2 ? 64 : 32, order, type: u16(16), machine: u16(18) }
}

export function makeNumberReader(bytes: Buffer, order: ElfMachine['order']) {
  const isLittle = order === 'little'
  return {
    u16: (at: number): number => (isLittle ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)),
    u32: (at: number): number => (isLittle ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)),
    u64: (at: number): number =>
      isLittle
        ? bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32
        : bytes.readUInt32BE(at + 4) + bytes.readUInt32BE(at) * 2 ** 32,
  }
}

/** Encodes the first 20 bytes of a program for a system: identification, type (executable) and machine. */
export function encodeElfHead(system: System): Buffer {
  const { bits, order, machine } = MACHINES[system]
  const head = Buffer.alloc(ELF_HEAD_BYTES)
  head.set([0x7f, 0x45, 0x4c, 0x46, bits / 32, order === 'little' ? 1 : 2, 1])
  if (order === 'little') head.writeUInt16LE(EXECUTABLE, 16)
  else head.writeUInt16BE(EXECUTABLE, 16)
  if (order === 'little') head.writeUInt16LE(machine, 18)
  else head.writeUInt16BE(machine, 18)
  return head
}

/**
 * The bits of `encodeElfHead` to compare: all except the OS/ABI byte and the bit that differs in position-independent
 * executables.
 */
export function encodeElfMask(system: System): Buffer {
  const mask = Buffer.alloc(ELF_HEAD_BYTES, 0xff)
  mask[7] = 0
  mask[MACHINES[system].order === 'little' ? 16 : 17] = 0xfe
  return mask
}

/** Whether a file is an ELF program without a dynamic loader. `false` if the file cannot be read. */
export function isStaticProgram(path: string): Promise<boolean> {
  return checkFile(path, async file => {
    const types = await readSegmentTypes(file)
    return types.length > 0 && !types.includes(INTERPRETER)
  })
}

/** Whether a file is an ELF program for a system's processor. `false` if the file cannot be read. */
export function isProgramFor(path: string, system: System): Promise<boolean> {
  return checkFile(path, async file => {
    const head = await readAt(file, 0, ELF_HEAD_BYTES)
    return isRunnableElf(head) && isMadeFor(head, system)
  })
}

async function checkFile(path: string, check: (file: FileHandle) => Promise<boolean>): Promise<boolean> {
  try {
    const file = await open(path)
    try {
      return await check(file)
    } finally {
      await file.close()
    }
  } catch {
    return false
  }
}

/** The types of the program headers; empty if the file is not an ELF file. */
async function readSegmentTypes(file: FileHandle): Promise<number[]> {
  const head = await readAt(file, 0, 64)
  const header = parseElfHeader(head)
  if (header === undefined) return []
  const { start, size, count } = locateSegments(head, header)
  const table = makeNumberReader(await readAt(file, start, size * count), header.order)
  return Array.from({ length: count }, (_, n) => table.u32(n * size))
}

/** Where the program headers of a file are. */
interface SegmentTable {
  readonly start: number
  /** The size of one program header, in bytes. */
  readonly size: number
  readonly count: number
}

/** @param head the whole ELF header: 52 or 64 bytes */
export function locateSegments(head: Buffer, { bits, order }: ElfHeader): SegmentTable {
  const isWide = bits === 64
  const { u16, u32, u64 } = makeNumberReader(head, order)
  return {
    start: isWide ? u64(32) : u32(28),
    size: u16(isWide ? 54 : 42),
    count: u16(isWide ? 56 : 44),
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  if (bytesRead < length) throw new Error('the file is truncated')
  return buffer
}
