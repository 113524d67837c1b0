import { type FileHandle, open } from 'node:fs/promises'
import type { System } from '../oci/platform.js'

/** How many of a file's first bytes tell whether it is an ELF file (System V ABI, chapter 4), and for which machine. */
export const ELF_HEAD = 20

/** OCI's names of the machines, by `e_machine`. */
const ARCHITECTURES = new Map([
  [3, '386'],
  [21, 'ppc64le'],
  [22, 's390x'],
  [40, 'arm'],
  [62, 'amd64'],
  [183, 'arm64'],
  [243, 'riscv64'],
])

/** Executables and shared objects; other ELF files are data to a machine. */
const RUNNABLE = new Set([2, 3])

export function isElf(head: Buffer): boolean {
  return head.toString('latin1', 0, 4) === '\x7fELF'
}

export function isRunnableElf(head: Buffer): boolean {
  return isElf(head) && head.length >= ELF_HEAD && RUNNABLE.has(numberAt(head, 16))
}

/** OCI's name of the machine that an ELF file is for; `undefined` for one that no image is made for. */
export function architectureOf(head: Buffer): string | undefined {
  return ARCHITECTURES.get(numberAt(head, 18))
}

function numberAt(head: Buffer, at: number): number {
  const isBig = head[5] === 2
  return isBig ? head.readUInt16BE(at) : head.readUInt16LE(at)
}

/** What the head of an ELF file says of the machine that it is for (System V ABI, chapter 4; `e_machine` in elf.h). */
interface ElfMachine {
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

const EXECUTABLE = 2
const INTERPRETER = 3

/** The first 20 bytes of a program for a system: identification, type (executable) and machine. */
export function elfHead(system: System): Buffer {
  const { bits, order, machine } = MACHINES[system]
  const head = Buffer.alloc(20)
  head.set([0x7f, 0x45, 0x4c, 0x46, bits / 32, order === 'little' ? 1 : 2, 1])
  if (order === 'little') head.writeUInt16LE(EXECUTABLE, 16)
  else head.writeUInt16BE(EXECUTABLE, 16)
  if (order === 'little') head.writeUInt16LE(machine, 18)
  else head.writeUInt16BE(machine, 18)
  return head
}

/** Which bits of `elfHead` count: not the OS/ABI byte, and not the one that tells executable from position-independent. */
export function elfMask(system: System): Buffer {
  const mask = Buffer.alloc(20, 0xff)
  mask[7] = 0
  mask[MACHINES[system].order === 'little' ? 16 : 17] = 0xfe
  return mask
}

/** Whether a file is an ELF program that needs no dynamic loader. A file that cannot be read is none. */
export async function isStaticProgram(path: string): Promise<boolean> {
  try {
    const file = await open(path)
    try {
      const types = await segmentTypes(file)
      return types.length > 0 && !types.includes(INTERPRETER)
    } finally {
      await file.close()
    }
  } catch {
    return false
  }
}

/** Whether a file is an ELF program for a system's processor. A file that cannot be read is none. */
export async function isProgramFor(path: string, system: System): Promise<boolean> {
  try {
    const file = await open(path)
    try {
      const [head, wanted, mask] = [await read(file, 0, 20), elfHead(system), elfMask(system)]
      return mask.every((bits, n) => (((head[n] ?? 0) ^ (wanted[n] ?? 0)) & bits) === 0)
    } finally {
      await file.close()
    }
  } catch {
    return false
  }
}

/** The types of the program headers; none when the file is no ELF file. */
async function segmentTypes(file: FileHandle): Promise<number[]> {
  const head = await read(file, 0, 64)
  if (head.readUInt32BE(0) !== 0x7f454c46) return []
  const wide = head[4] === 2
  const little = head[5] === 1
  const u16 = (from: Buffer, at: number) => (little ? from.readUInt16LE(at) : from.readUInt16BE(at))
  const u32 = (from: Buffer, at: number) => (little ? from.readUInt32LE(at) : from.readUInt32BE(at))
  const u64 = (at: number) => Number(little ? head.readBigUInt64LE(at) : head.readBigUInt64BE(at))
  const start = wide ? u64(32) : u32(head, 28)
  const size = u16(head, wide ? 54 : 42)
  const count = u16(head, wide ? 56 : 44)
  const table = await read(file, start, size * count)
  return Array.from({ length: count }, (_, n) => u32(table, n * size))
}

async function read(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
  if (bytesRead < length) throw new Error('the file ends too early')
  return buffer
}
