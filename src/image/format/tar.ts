import { type FileHandle, open } from 'node:fs/promises'
import { posix } from 'node:path'
import { limitEntries } from './limit-archive.js'

/** A member of a tar. Names and targets are relative to the root of the tar, without `./`, `..` or a leading `/`. */
export type TarEntry = { readonly name: string; readonly offset: number } & (
  | { readonly kind: 'file'; readonly size: number }
  | { readonly kind: 'link'; readonly size: 0; readonly target: string }
  | { readonly kind: 'other'; readonly size: number }
)

export type TarFile = Extract<TarEntry, { readonly kind: 'file' }>

/** A member as its headers describe it. Its name and target are not checked: they can refer to anything. */
export interface RawMember {
  readonly name: string
  /** The type flag, as in `TarHeader`. */
  readonly type: string
  readonly link: string
  readonly offset: number
  /** The size of the body that follows, in bytes. Links, folders and devices have no body, even if their header has a size. */
  readonly size: number
  /** The permission bits. */
  readonly mode: number
  /** The body is not the content of the file: it leaves out blocks of zeros. */
  readonly isSparse: boolean
  readonly owner: TarOwner
}

export interface TarOwner {
  readonly uid: number
  readonly gid: number
}

/** A stream, or a file in which bodies are skipped without reading them. */
interface TarInput {
  readonly position: number
  /** Reads `count` bytes, or fewer if the input ends. */
  read(count: number): Promise<Buffer>
  /** Throws an `Error` if the input ends before. */
  skip(count: number): Promise<void>
}

/**
 * Lists the members of an image archive by reading only its headers. Throws an `Error` if the tar is damaged or truncated, or has
 * far more members than an image.
 */
export async function scanTar(path: string): Promise<TarEntry[]> {
  const file = await open(path)
  try {
    const entries: TarEntry[] = []
    const all = readTarEntries(await makeFileInput(file))
    for await (const entry of limitEntries(all)) entries.push(entry)
    return entries
  } finally {
    await file.close()
  }
}

const MAX_WINDOW_BYTES = 1 << 16

async function makeFileInput(file: FileHandle): Promise<TarInput> {
  const { size } = await file.stat()
  let position = 0
  let window = { start: 0, bytes: Buffer.alloc(0) }
  /** Reads more at once if the members are small, and only the header if the next one is far away. */
  const readWindow = async (count: number): Promise<void> => {
    const { start, bytes } = window
    const isNear = position <= start + bytes.length
    const length = Math.max(count, isNear ? Math.min(2 * bytes.length, MAX_WINDOW_BYTES) : 0)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
    window = { start: position, bytes: buffer.subarray(0, bytesRead) }
  }
  return {
    get position() {
      return position
    },
    async read(count) {
      if (position + count > window.start + window.bytes.length) await readWindow(count)
      const from = position - window.start
      const bytes = window.bytes.subarray(from, from + count)
      position += bytes.length
      return bytes
    },
    async skip(count) {
      position += count
      if (position > size) throw new Error(`it is truncated: ${position - size} bytes are missing`)
    },
  }
}

/**
 * Finds the first regular file that has one of these names. The next read from `input` starts at its body. Throws an `Error` if
 * the tar is damaged or truncated before it.
 */
export async function findFile(input: TarInput, names: readonly string[]): Promise<TarFile | undefined> {
  for await (const entry of readTarEntries(input)) {
    if (entry.kind === 'file' && names.includes(entry.name)) return entry
  }
  return undefined
}

/**
 * Yields the members of a tar, in order, up to its end mark. The caller may read a member's body from `input` before it requests
 * the next member. The rest of the body is skipped. Throws an `Error` if the tar is damaged or truncated, or if a name refers to
 * a file outside the tar.
 */
export async function* readTarEntries(input: TarInput): AsyncGenerator<TarEntry> {
  for await (const member of readRawMembers(input)) yield toEntry(member)
}

/** Like `readTarEntries`, with unchanged names. Only for tars that are not unpacked: layers can have absolute names. */
export async function* readRawMembers(input: TarInput): AsyncGenerator<RawMember> {
  const extensions = new TarExtensions()
  for (let header = await readHeader(input); header; header = await readHeader(input)) {
    if (extensions.begin(header)) extensions.add(header, await readExtension(input, header))
    else {
      const member = extensions.toMember(header, input.position)
      yield member
      await input.skip(member.offset + member.size + paddingOf(member.size) - input.position)
    }
  }
}

/** The headers of a tar that replace fields of the next member, or of all members that follow. */
export class TarExtensions {
  #global: HeaderOverrides = {}
  #local: HeaderOverrides = {}
  /** Since the last member. */
  #bytes = 0

  /** Whether a header is an extension. Throws an `Error` if its body, or those of one member together, are too large. */
  begin(header: TarHeader): boolean {
    if (!(header.type in EXTENSIONS)) return false
    if (header.size > MAX_EXTENSION_BYTES) throw new Error(`the tar has a header of ${header.size} bytes`)
    this.#bytes += TAR_BLOCK_BYTES + header.size
    if (this.#bytes > MAX_EXTENSION_BYTES)
      throw new Error(`the tar has headers of more than ${MAX_EXTENSION_BYTES} bytes for one member`)
    return true
  }

  add(header: TarHeader, body: Buffer): void {
    const extension = EXTENSIONS[header.type]?.(body)
    if (extension?.scope === 'global') this.#global = { ...this.#global, ...extension.overrides }
    else this.#local = { ...this.#local, ...extension?.overrides }
  }

  /** @param offset of the body in the tar */
  toMember(header: TarHeader, offset: number): RawMember {
    const overrides = this.#bytes === 0 ? this.#global : { ...this.#global, ...this.#local }
    if (this.#bytes > 0) this.#local = {}
    this.#bytes = 0
    const { type, mode, owner } = header
    const size = '123456'.includes(type) ? 0 : (overrides.size ?? header.size)
    const isSparse = type === 'S' || overrides.isSparse === true
    const [name, link] = [overrides.path ?? header.name, overrides.linkpath ?? header.link]
    return { name, type, link, offset, size, mode, isSparse, owner }
  }
}

async function readHeader(input: TarInput): Promise<TarHeader | undefined> {
  const start = input.position
  const block = await input.read(TAR_BLOCK_BYTES)
  if (start === 0 && block.length < TAR_BLOCK_BYTES && !hasTarMagic(block))
    throw new Error(`it is not a tar: it has only ${block.length} bytes`)
  if (block.length < TAR_BLOCK_BYTES)
    throw new Error(`it is truncated: the tar ends at byte ${start} without an end mark`)
  if (isZeroBlock(block)) return undefined
  const header = parseHeader(block)
  if (!header) throw new Error(`there is no tar header at byte ${start}`)
  return header
}

function toEntry({ name: rawName, type, link, offset, size }: RawMember): TarEntry {
  const name = resolveMemberName(rawName)
  switch (type) {
    case '0':
    case '7':
      return { kind: rawName.endsWith('/') ? 'other' : 'file', name, offset, size }
    case '1':
      return { kind: 'link', name, offset, size: 0, target: resolveLinkTarget(link) }
    case '2':
      return { kind: 'link', name, offset, size: 0, target: resolveLinkTarget(link, posix.dirname(name)) }
    default:
      return { kind: 'other', name, offset, size }
  }
}

/** Returns a member's name without `./`. Throws an `Error` if it is absolute or contains `..`, which no image needs. */
export function resolveMemberName(name: string): string {
  if (name.startsWith('/') || name.split('/').includes('..'))
    throw new Error(`it contains a member with an unsafe path: ${quoteName(name)}`)
  return posix.join('/', name).slice(1)
}

/** Returns the member that a link refers to. The target is relative to `folder`. Throws an `Error` if it is outside the tar. */
export function resolveLinkTarget(target: string, folder = ''): string {
  const path = posix.join(folder, target)
  if (target.startsWith('/') || path.split('/')[0] === '..')
    throw new Error(`it contains a link with an unsafe target: ${quoteName(target)}`)
  return path
}

/** In characters. A name can have a megabyte. */
const MAX_QUOTED_NAME = 1000

function quoteName(name: string): string {
  const isLong = name.length > MAX_QUOTED_NAME
  return JSON.stringify(isLong ? `${name.slice(0, MAX_QUOTED_NAME)}…` : name)
}

/** Values from pax records and GNU long names that replace the fields of the next header. */
interface HeaderOverrides {
  readonly path?: string
  readonly linkpath?: string
  readonly size?: number
  readonly isSparse?: true
}

interface Extension {
  readonly scope: 'local' | 'global'
  readonly overrides: HeaderOverrides
}

const EXTENSIONS: Readonly<Record<string, (body: Buffer) => Extension>> = {
  x: body => ({ scope: 'local', overrides: parsePax(body) }),
  g: body => ({ scope: 'global', overrides: parsePax(body) }),
  L: body => ({ scope: 'local', overrides: { path: decodeUntilNul(body) } }),
  K: body => ({ scope: 'local', overrides: { linkpath: decodeUntilNul(body) } }),
}

/** Far more than any name needs. The limit prevents a malicious header from filling the memory. */
export const MAX_EXTENSION_BYTES = 1 << 20

async function readExtension(input: TarInput, header: TarHeader): Promise<Buffer> {
  const body = await input.read(header.size)
  if (body.length < header.size) throw new Error(`it is truncated inside a header at byte ${input.position}`)
  await input.skip(paddingOf(header.size))
  return body
}

/** True if the body of a header has pax records: for the next member, or for all members that follow. */
export function isPaxHeader({ type }: Pick<TarHeader, 'type'>): boolean {
  return type === 'x' || type === 'g'
}

function parsePax(body: Buffer): HeaderOverrides {
  return paxOverridesOf(parsePaxRecords(body))
}

/** Parses the records of a pax header: `<length> <key>=<value>\n`. The length is the length of the whole record. */
export function parsePaxRecords(body: Buffer): Map<string, string> {
  const records = new Map<string, string>()
  for (let at = 0; at < body.length; ) {
    const blank = body.indexOf(0x20, at)
    const length = Number(body.toString('latin1', at, Math.max(at, blank)))
    const record = body.toString('utf8', blank + 1, at + length - 1)
    const equals = record.indexOf('=')
    if (!Number.isInteger(length) || length < 5 || at + length > body.length || equals < 0)
      throw new Error('the tar has a damaged pax header')
    records.set(record.slice(0, equals), record.slice(equals + 1))
    at += length
  }
  return records
}

export function paxOverridesOf(records: ReadonlyMap<string, string>): HeaderOverrides {
  const path = records.get('path')
  const linkpath = records.get('linkpath')
  const size = records.get('size')
  if (size !== undefined && !/^\d{1,15}$/.test(size))
    throw new Error(`the tar has a pax size of ${quoteName(size)}`)
  return {
    ...(path !== undefined && { path }),
    ...(linkpath !== undefined && { linkpath }),
    ...(size !== undefined && { size: Number(size) }),
    ...(records.has('GNU.sparse.major') && { isSparse: true }),
  }
}

export const TAR_BLOCK_BYTES = 512

/** Returns the length of the padding after a body, which aligns the next header to a block. */
export function paddingOf(size: number): number {
  return (TAR_BLOCK_BYTES - (size % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES
}

export function isZeroBlock(block: Buffer): boolean {
  return block.every(byte => byte === 0)
}

/** True if a block, or the first part of a block, has the magic of a tar header. */
export function hasTarMagic(block: Buffer): boolean {
  return block.toString('latin1', 257, 262) === 'ustar'
}

/** One 512-byte header of a tar (POSIX.1-1988 ustar, with the extensions of GNU tar and pax). */
export interface TarHeader {
  readonly name: string
  /** The type flag: `'0'` a file, `'1'` a hard link, `'2'` a symbolic link, `'5'` a folder, `'x'` a pax header, … */
  readonly type: string
  /** The size of the body that follows, in bytes. */
  readonly size: number
  readonly link: string
  readonly mode: number
  readonly owner: TarOwner
}

interface Field {
  readonly at: number
  readonly length: number
}

const CHECKSUM_FIELD: Field = { at: 148, length: 8 }
const SIZE_FIELD: Field = { at: 124, length: 12 }
const MODE_FIELD: Field = { at: 100, length: 8 }
const UID_FIELD: Field = { at: 108, length: 8 }
const GID_FIELD: Field = { at: 116, length: 8 }

/** Parses a header. Returns `undefined` if the block is not a tar header: its checksum does not match. */
export function parseHeader(block: Buffer): TarHeader | undefined {
  if (block.length < TAR_BLOCK_BYTES) return undefined
  if (!hasChecksum(block, parseOctal(block, CHECKSUM_FIELD))) return undefined
  const size = parseNumber(block, SIZE_FIELD)
  if (size === undefined) return undefined
  const name = decodeText(block, { at: 0, length: 100 })
  // The format of GNU tar has other fields in the place of ustar's prefix.
  const isUstar = block.toString('latin1', 257, 263) === 'ustar\0'
  const prefix = isUstar ? decodeText(block, { at: 345, length: 155 }) : ''
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type: String.fromCharCode(block[156] || 0x30),
    size,
    link: decodeText(block, { at: 157, length: 100 }),
    mode: (parseNumber(block, MODE_FIELD) ?? 0) & 0o7777,
    owner: { uid: parseNumber(block, UID_FIELD) ?? 0, gid: parseNumber(block, GID_FIELD) ?? 0 },
  }
}

/**
 * Whether this is the sum of a header's bytes, with blanks in place of the checksum. Some old versions of tar added up signed
 * bytes. A layer can have hundreds of thousands of headers.
 */
function hasChecksum(block: Buffer, checksum: number): boolean {
  let sum = 0
  let negative = 0
  for (let at = 0; at < TAR_BLOCK_BYTES; at++) {
    const byte = block[at] as number
    sum += byte
    negative += byte >> 7
  }
  for (let at = CHECKSUM_FIELD.at; at < CHECKSUM_FIELD.at + CHECKSUM_FIELD.length; at++) {
    const byte = block[at] as number
    sum += 0x20 - byte
    negative -= byte >> 7
  }
  return checksum === sum || checksum === sum - 256 * negative
}

/** Parses a number in octal digits, or in GNU's base 256 if the first bit is set. */
function parseNumber(block: Buffer, field: Field): number | undefined {
  const bytes = block.subarray(field.at, field.at + field.length)
  const first = bytes[0] ?? 0
  const value = first & 0x80 ? parseBase256(bytes) : parseOctal(block, field)
  return Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

function parseBase256(bytes: Buffer): number {
  if (bytes[0] !== 0x80) return Number.NaN
  return bytes.subarray(1).reduce((total, byte) => total * 256 + byte, 0)
}

/** A layer can have hundreds of thousands of headers, so this makes no text of the digits. */
function parseOctal(block: Buffer, { at, length }: Field): number {
  const end = at + length
  let position = at
  while (position < end && block[position] === 0x20) position += 1
  const start = position
  let value = 0
  for (; position < end; position++) {
    const digit = (block[position] as number) - 0x30
    if (digit < 0 || digit > 7) break
    value = value * 8 + digit
  }
  return position > start || isBlank(block, start, end) ? value : Number.NaN
}

function isBlank(block: Buffer, start: number, end: number): boolean {
  return block.subarray(start, end).every(byte => byte === 0 || byte === 0x20)
}

function decodeUntilNul(bytes: Buffer): string {
  return decodeText(bytes, { at: 0, length: bytes.length })
}

function decodeText(bytes: Buffer, { at, length }: Field): string {
  if (bytes[at] === 0) return ''
  const end = bytes.indexOf(0, at)
  return bytes.toString('utf8', at, end < 0 ? at + length : Math.min(end, at + length))
}
