/** What an ELF file of a test says. */
export interface TestElf {
  /** `e_machine`. Default: 62, amd64. */
  readonly machine?: number
  readonly bits?: 32 | 64
  readonly order?: 'little' | 'big'
  readonly interpreter?: string
  readonly needed?: readonly string[]
  readonly soname?: string
  readonly rpath?: string
  readonly runpath?: string
  /** The bytes of code between the names of the libraries and the dynamic section. */
  readonly code?: number
  /** The names of the libraries are at the end of the file, as patchelf writes them. */
  readonly lateNames?: boolean
}

const FIRST_ADDRESS = 0x400000

/** An ELF file with program headers, a dynamic section and its texts, and nothing else. */
export function elfOf(elf: TestElf = {}): Buffer {
  const { machine = 62, bits = 64, order = 'little', code = 0, lateNames = false } = elf
  const isWide = bits === 64
  const texts = new Texts()
  const entries: [tag: number, value: number][] = [
    ...(elf.needed ?? []).map((name): [number, number] => [1, texts.add(name)]),
    ...[elf.soname, elf.rpath, elf.runpath].flatMap((text, n): [number, number][] =>
      text === undefined ? [] : [[[14, 15, 29][n] as number, texts.add(text)]],
    ),
  ]
  const interpreter = Buffer.from(`${elf.interpreter ?? ''}\0`)
  const names = texts.bytes()
  const isDynamic = entries.length > 0 || elf.interpreter !== undefined
  const count = 2 + (elf.interpreter === undefined ? 0 : 1) + (isDynamic ? 1 : 0)
  const headerBytes = (isWide ? 64 : 52) + count * (isWide ? 56 : 32)
  const interpreterAt = headerBytes
  const earlyNamesAt = interpreterAt + interpreter.length
  const codeAt = earlyNamesAt + (lateNames ? 0 : names.length)
  const dynamicAt = codeAt + code
  const width = isWide ? 8 : 4
  const dynamicBytes = (entries.length + 2) * 2 * width
  const lateNamesAt = dynamicAt + dynamicBytes
  const namesAt = lateNames ? lateNamesAt : earlyNamesAt
  const file = Buffer.alloc(lateNamesAt + (lateNames ? names.length : 0), 0x90)
  const write = (value: number, at: number, bytes: number): void => {
    if (bytes === 8) {
      if (order === 'little') file.writeBigUInt64LE(BigInt(value), at)
      else file.writeBigUInt64BE(BigInt(value), at)
    } else if (order === 'little') file.writeUIntLE(value, at, bytes)
    else file.writeUIntBE(value, at, bytes)
  }
  file.fill(0, 0, headerBytes)
  file.set([0x7f, 0x45, 0x4c, 0x46, isWide ? 2 : 1, order === 'little' ? 1 : 2, 1])
  write(3, 16, 2)
  write(machine, 18, 2)
  write(isWide ? 64 : 52, isWide ? 32 : 28, width)
  write(isWide ? 56 : 32, isWide ? 54 : 42, 2)
  write(count, isWide ? 56 : 44, 2)
  let at = isWide ? 64 : 52
  const segment = (type: number, flags: number, start: number, length: number): void => {
    const fields = isWide
      ? [
          [type, 4],
          [flags, 4],
          [start, 8],
          [FIRST_ADDRESS + start, 8],
          [0, 8],
          [length, 8],
          [length, 8],
          [1, 8],
        ]
      : [
          [type, 4],
          [start, 4],
          [FIRST_ADDRESS + start, 4],
          [0, 4],
          [length, 4],
          [length, 4],
          [flags, 4],
          [1, 4],
        ]
    for (const [value, bytes] of fields as [number, number][]) {
      write(value, at, bytes)
      at += bytes
    }
  }
  segment(1, 5, 0, codeAt)
  segment(1, 6, dynamicAt, file.length - dynamicAt)
  if (elf.interpreter !== undefined) segment(3, 4, interpreterAt, interpreter.length)
  if (isDynamic) segment(2, 6, dynamicAt, dynamicBytes)
  interpreter.copy(file, interpreterAt)
  names.copy(file, namesAt)
  for (const [n, [tag, value]] of [...entries, [5, FIRST_ADDRESS + namesAt], [0, 0]].entries() as Iterable<
    [number, [number, number]]
  >) {
    write(tag, dynamicAt + n * 2 * width, width)
    write(value, dynamicAt + n * 2 * width + width, width)
  }
  return file
}

/** The texts of a file, each followed by a zero byte. */
class Texts {
  #bytes = Buffer.from('\0')

  add(text: string): number {
    const at = this.#bytes.length
    this.#bytes = Buffer.concat([this.#bytes, Buffer.from(`${text}\0`)])
    return at
  }

  bytes(): Buffer {
    return this.#bytes
  }
}
