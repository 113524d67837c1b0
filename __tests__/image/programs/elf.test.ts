import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  architectureOf,
  encodeElfHead,
  isProgramFor,
  isRunnableElf,
  isStaticProgram,
} from '../../../src/image/programs/elf.js'
import { platformOf, SYSTEMS, type System } from '../../../src/oci/platform.js'

const SHARED = 3
const RELOCATABLE = 1
const LOAD = 1
const INTERPRETER = 3

/** A file with the first bytes of an ELF file, the rest of the header, and a table of segments of these types. */
function program(system: System, segments: readonly number[], type = SHARED): Buffer {
  const head = encodeElfHead(system)
  const [isWide, isBig] = [head[4] === 2, head[5] === 2]
  const size = isWide ? 56 : 32
  const file = Buffer.alloc(64 + size * segments.length)
  head.copy(file)
  const put = (value: number, at: number, length: number): void =>
    void (isBig ? file.writeUIntBE(value, at, length) : file.writeUIntLE(value, at, length))
  put(type, 16, 2)
  put(64, isWide ? (isBig ? 36 : 32) : 28, 4)
  put(size, isWide ? 54 : 42, 2)
  put(segments.length, isWide ? 56 : 44, 2)
  for (const [n, segment] of segments.entries()) put(segment, 64 + n * size, 4)
  return file
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'elf-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function fileOf(bytes: Buffer): string {
  const path = join(folder, 'program')
  writeFileSync(path, bytes)
  return path
}

describe.each(SYSTEMS)('a program for %s', system => {
  const { architecture } = platformOf(system)

  test('is detected by its first bytes', () => {
    expect(isRunnableElf(encodeElfHead(system))).toBe(true)
    expect(architectureOf(encodeElfHead(system))).toBe(architecture)
  })

  test('is only for systems with its architecture', async () => {
    const path = fileOf(program(system, [LOAD]))
    for (const other of SYSTEMS)
      expect(await isProgramFor(path, other)).toBe(platformOf(other).architecture === architecture)
  })

  test('is static without an interpreter', async () => {
    expect(await isStaticProgram(fileOf(program(system, [LOAD, LOAD])))).toBe(true)
    expect(await isStaticProgram(fileOf(program(system, [LOAD, INTERPRETER])))).toBe(false)
    expect(await isStaticProgram(fileOf(program(system, [])))).toBe(false)
  })

  test('is not runnable if it is an object file', async () => {
    const object = program(system, [LOAD], RELOCATABLE)
    expect(isRunnableElf(object)).toBe(false)
    expect(await isProgramFor(fileOf(object), system)).toBe(false)
  })
})

test.each<[string, System, (head: Buffer) => void]>([
  [
    'big-endian PowerPC',
    'powerpc64le-linux',
    head => {
      head[5] = 2
      head.set([0, 2, 0, 21], 16)
    },
  ],
  ['32-bit RISC-V', 'riscv64-linux', head => void head.set([1], 4)],
  ['an unknown machine', 'x86_64-linux', head => void head.writeUInt16LE(9999, 18)],
])('%s is not %s', async (_, system, change) => {
  const bytes = program(system, [LOAD])
  change(bytes)
  expect(isRunnableElf(bytes)).toBe(true)
  expect(architectureOf(bytes)).toBeUndefined()
  expect(await isProgramFor(fileOf(bytes), system)).toBe(false)
})

test.each([Buffer.from('\x7fELF'), encodeElfHead('x86_64-linux').subarray(0, 19), Buffer.alloc(64)])(
  'a truncated file or another file is not a program',
  async bytes => {
    expect(isRunnableElf(bytes)).toBe(false)
    expect(architectureOf(bytes)).toBeUndefined()
    expect(await isProgramFor(fileOf(bytes), 'x86_64-linux')).toBe(false)
    expect(await isStaticProgram(fileOf(bytes))).toBe(false)
  },
)
