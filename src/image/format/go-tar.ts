import { posix } from 'node:path'
import { type ByteString, isAscii, toBytes } from './byte-string.js'
import { paddingOf, TAR_BLOCK_BYTES } from './tar.js'
import {
  encodePaxRecord,
  type MemberKind,
  type PaxRecord,
  TYPE_FLAGS,
  writeChecksum,
} from './write-tar-header.js'

/** A member of a tar, as a program in Go describes it. */
export interface GoTarMember {
  readonly name: ByteString
  readonly kind: MemberKind
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly uname: ByteString
  readonly gname: ByteString
  /** In bytes; 0 for folders and links. */
  readonly size: number
  /** Of a link; otherwise empty. */
  readonly target: ByteString
}

/** The largest mode that a header can have. */
export const MAX_TAR_MODE = 0o7777777

/** The modification time of all members: one second after 1970. */
const MODIFIED_SECONDS = 1

/**
 * Encodes the header of a member as `archive/tar` of Go does if the program does not choose a format: ustar, or pax if a value
 * does not fit in ustar. The extended header of pax comes before the header. Throws an `Error` if a value fits in neither.
 */
export function encodeGoTarHeader(member: GoTarMember): Buffer {
  checkMember(member)
  const split = splitName(member.name)
  const records = listRecords(member)
  // Go adds the path to the records also if the name can be split, and then writes it only if something else needs pax.
  const isUstar = records.every(([key]) => key === 'path' && split !== undefined)
  if (!isUstar) return Buffer.concat([encodeExtendedHeader(member.name, records), encodeHeader(member)])
  return split ? encodeHeader({ ...member, name: split.name }, split.prefix) : encodeHeader(member)
}

/** Go refuses longer records. */
const MAX_RECORDS_BYTES = 1 << 20

function checkMember(member: GoTarMember): void {
  const { name, kind, target, uname, gname, mode } = member
  if ([name, target, uname, gname].some(text => text.includes('\0')))
    throw new Error(
      `a name, a target or an owner contains a zero byte, which a tar cannot store: ${quote(name)}`,
    )
  if (kind === 'file' && name.endsWith('/')) throw new Error(`${quote(name)} is a file, but must be a folder`)
  if (mode < 0 || mode > MAX_TAR_MODE) throw new Error(`the mode of ${quote(name)} does not fit in a tar`)
}

function quote(name: ByteString): string {
  return JSON.stringify(toBytes(name).toString())
}

const NAME = { offset: 0, length: 100 }
const MODE = { offset: 100, length: 8 }
const UID = { offset: 108, length: 8 }
const GID = { offset: 116, length: 8 }
const SIZE = { offset: 124, length: 12 }
const MODIFIED = { offset: 136, length: 12 }
const TYPE_OFFSET = 156
const TARGET = { offset: 157, length: 100 }
const MAGIC_OFFSET = 257
const UNAME = { offset: 265, length: 32 }
const GNAME = { offset: 297, length: 32 }
const DEVICE_MAJOR = { offset: 329, length: 8 }
const DEVICE_MINOR = { offset: 337, length: 8 }
const PREFIX = { offset: 345, length: 155 }

interface Field {
  readonly offset: number
  readonly length: number
}

/** Splits a name that does not fit in its field at the last slash that gives two parts that fit. */
function splitName(name: ByteString): { prefix: string; name: string } | undefined {
  if (name.length <= NAME.length || !isAscii(name)) return undefined
  const at = name.lastIndexOf('/', Math.min(name.length - 1, PREFIX.length))
  const rest = name.length - at - 1
  if (at <= 0 || rest === 0 || rest > NAME.length) return undefined
  return { prefix: name.slice(0, at), name: name.slice(at + 1) }
}

/** The values that do not fit in their fields, sorted by key. */
function listRecords(member: GoTarMember): readonly PaxRecord[] {
  const { name, target, uname, gname, uid, gid, size } = member
  const records: PaxRecord[] = []
  if (!fitsInOctal(gid, GID)) records.push(['gid', String(gid)])
  if (!fitsInText(gname, GNAME)) records.push(['gname', gname])
  if (!fitsInText(target, TARGET)) records.push(['linkpath', target])
  if (!fitsInText(name, NAME)) records.push(['path', name])
  if (!fitsInOctal(size, SIZE)) records.push(['size', String(size)])
  if (!fitsInOctal(uid, UID)) records.push(['uid', String(uid)])
  if (!fitsInText(uname, UNAME)) records.push(['uname', uname])
  return records
}

function fitsInText(text: string, { length }: Field): boolean {
  return text.length <= length && isAscii(text)
}

/** A number ends with a zero byte. */
function fitsInOctal(value: number, { length }: Field): boolean {
  return value >= 0 && value < 8 ** (length - 1)
}

function toAscii(text: ByteString): string {
  return text.replace(/[\x80-\xff]/g, '')
}

function encodeExtendedHeader(name: ByteString, records: readonly PaxRecord[]): Buffer {
  const content = toBytes(records.map(encodePaxRecord).join(''))
  if (content.length > MAX_RECORDS_BYTES)
    throw new Error(
      `the name of a file, the target of a link or an owner is too long: ${content.length} bytes`,
    )
  const header = Buffer.alloc(TAR_BLOCK_BYTES)
  writeText(header, NAME, toAscii(nameExtendedHeader(name)).slice(0, NAME.length).replace(/\/+$/, ''))
  for (const field of [MODE, UID, GID, MODIFIED]) writeOctal(header, field, 0)
  writeOctal(header, SIZE, content.length)
  finishHeader(header, 'x')
  return Buffer.concat([header, content, Buffer.alloc(paddingOf(content.length))])
}

function nameExtendedHeader(name: ByteString): ByteString {
  const at = name.lastIndexOf('/') + 1
  return cleanPath(`${name.slice(0, at)}PaxHeaders.0/${name.slice(at)}`)
}

/** Returns the shortest name of the same path, without a slash at its end, as `path.Clean` of Go. */
export function cleanPath(path: string): string {
  const normal = posix.normalize(path)
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal
}

function encodeHeader(member: GoTarMember, prefix = ''): Buffer {
  const header = Buffer.alloc(TAR_BLOCK_BYTES)
  writeText(header, NAME, toAscii(member.name))
  writeText(header, TARGET, toAscii(member.target))
  writeOctal(header, MODE, member.mode)
  writeOctal(header, UID, member.uid)
  writeOctal(header, GID, member.gid)
  writeOctal(header, SIZE, member.size)
  writeOctal(header, MODIFIED, MODIFIED_SECONDS)
  writeText(header, UNAME, toAscii(member.uname))
  writeText(header, GNAME, toAscii(member.gname))
  writeOctal(header, DEVICE_MAJOR, 0)
  writeOctal(header, DEVICE_MINOR, 0)
  writeText(header, PREFIX, prefix)
  finishHeader(header, TYPE_FLAGS[member.kind])
  return header
}

/** Cuts a text that is too long. If the cut text ends with slashes, a zero byte replaces the first of them. */
function writeText(header: Buffer, { offset, length }: Field, text: string): void {
  header.write(text.slice(0, length), offset, 'latin1')
  if (text.length > length && text[length - 1] === '/')
    header[offset + text.slice(0, length - 1).replace(/\/+$/, '').length] = 0
}

/** Writes 0 for a number that does not fit. */
function writeOctal(header: Buffer, field: Field, value: number): void {
  const digits = (fitsInOctal(value, field) ? value : 0).toString(8)
  header.write(digits.padStart(field.length - 1, '0'), field.offset, 'latin1')
}

function finishHeader(header: Buffer, type: string): void {
  header.write(type, TYPE_OFFSET, 'latin1')
  header.write('ustar\x0000', MAGIC_OFFSET, 'latin1')
  writeChecksum(header)
}
