/** One 512-byte header of a tar (POSIX.1-1988 ustar, and what GNU tar and pax add to it). */
export interface TarHeader {
  readonly name: string
  /** The type flag: `'0'` a file, `'1'` a hard link, `'2'` a symbolic link, `'5'` a folder, `'x'` a pax header, … */
  readonly type: string
  /** Of the body that follows, in bytes. */
  readonly size: number
  readonly link: string
}

export const BLOCK = 512

const CHECKSUM = { at: 148, length: 8 }
const SIZE = { at: 124, length: 12 }
/** The largest size that eleven octal digits hold, plus one. */
const OCTAL_LIMIT = 8 ** 11

/** How many bytes stand after a body so that the next header starts on a block. */
export function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK
}

export function isZeroBlock(block: Buffer): boolean {
  return block.every(byte => byte === 0)
}

/** Whether a block, or the beginning of one, calls itself a tar header. */
export function hasMagic(block: Buffer): boolean {
  return block.toString('latin1', 257, 262) === 'ustar'
}

/** `undefined` when the block is no tar header: its checksum tells. */
export function parseHeader(block: Buffer): TarHeader | undefined {
  if (block.length < BLOCK || !checksums(block).includes(octal(block, CHECKSUM))) return undefined
  const size = numberAt(block, SIZE)
  if (size === undefined) return undefined
  const name = text(block, 0, 100)
  // GNU's own format keeps other things where ustar has the prefix.
  const prefix = block.toString('latin1', 257, 263) === 'ustar\0' ? text(block, 345, 155) : ''
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type: String.fromCharCode(block[156] || 0x30),
    size,
    link: text(block, 157, 100),
  }
}

/** A ustar header without owner, time or anything else that differs from machine to machine. */
export function encodeHeader(of: { name: string; type: '0' | '5'; mode: number; size: number }): Buffer {
  const block = Buffer.alloc(BLOCK)
  block.write(of.name, 0, 100)
  writeOctal(block, of.mode, 100, 8)
  for (const owner of [108, 116]) writeOctal(block, 0, owner, 8)
  writeSize(block, of.size)
  writeOctal(block, 0, 136, 12)
  block.write(of.type, 156)
  block.write('ustar\x0000', 257, 'latin1')
  for (const device of [329, 337]) writeOctal(block, 0, device, 8)
  block.fill(' ', CHECKSUM.at, CHECKSUM.at + CHECKSUM.length)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, CHECKSUM.at, 'latin1')
  return block
}

/** The sum over the header with blanks for the checksum itself: of unsigned bytes, and of signed ones as some old tars do. */
function checksums(block: Buffer): number[] {
  let unsigned = 0
  let signed = 0
  for (const [at, byte] of block.entries()) {
    const value = at >= CHECKSUM.at && at < CHECKSUM.at + CHECKSUM.length ? 0x20 : byte
    unsigned += value
    signed += value > 127 ? value - 256 : value
  }
  return [unsigned, signed]
}

interface Field {
  readonly at: number
  readonly length: number
}

/** A number in octal or, where the first bit is set, in GNU's base 256. */
function numberAt(block: Buffer, field: Field): number | undefined {
  const bytes = block.subarray(field.at, field.at + field.length)
  const first = bytes[0] ?? 0
  const value = first & 0x80 ? base256(bytes) : octal(block, field)
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

function base256(bytes: Buffer): number {
  if (bytes[0] !== 0x80) return Number.NaN
  return bytes.subarray(1).reduce((total, byte) => total * 256 + byte, 0)
}

function octal(block: Buffer, field: Field): number {
  const digits = block
    .toString('latin1', field.at, field.at + field.length)
    .replace(/[\0 ]+$/, '')
    .trimStart()
  if (digits === '') return 0
  return /^[0-7]+/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN
}

function text(block: Buffer, at: number, length: number): string {
  const field = block.subarray(at, at + length)
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end < 0 ? length : end)
}

function writeOctal(block: Buffer, value: number, at: number, length: number): void {
  block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1')
}

function writeSize(block: Buffer, size: number): void {
  if (size < OCTAL_LIMIT) {
    writeOctal(block, size, SIZE.at, SIZE.length)
    return
  }
  block[SIZE.at] = 0x80
  block.writeBigUInt64BE(BigInt(size), SIZE.at + 4)
}
