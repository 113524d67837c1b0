import { type ByteString, isAscii, toByteString, toBytes } from './byte-string.js'
import { decodePythonName, hasLoneSurrogate } from './python-text.js'
import { paddingOf, TAR_BLOCK_BYTES } from './tar.js'
import {
  encodePaxRecord,
  type MemberKind,
  type PaxRecord,
  TYPE_FLAGS,
  writeChecksum,
} from './write-tar-header.js'

/** Python fills a tar to a multiple of this number of bytes. */
export const PYTHON_RECORD_BYTES = 10240

export interface PythonTarMember {
  /** Without a slash at the end. */
  readonly name: ByteString
  readonly kind: MemberKind
  readonly mode: number
  readonly size: number
  /** Of a link; otherwise empty. */
  readonly target: ByteString
}

/** What all members of a tar have in common. Whole numbers, and texts with a UTF-8 form. */
export interface PythonTarOwner {
  readonly uid: number
  readonly gid: number
  readonly uname: string
  readonly gname: string
  /** In seconds since 1970. */
  readonly mtime: number
}

/**
 * Encodes the header of a member as Python's `tarfile` writes it in its default format: pax since 3.8. The bytes are those of
 * Python 3.9 and newer. Python 3.8 also fills the two fields for devices.
 *
 * A text is in the pax header if it is not ASCII, or is longer than its field. Names are never split at a slash. A number is in
 * the pax header if its field has too few octal digits, and the field is then 0.
 */
export function encodePythonHeader(member: PythonTarMember, owner: PythonTarOwner): Buffer {
  const records: PaxRecord[] = []
  const name = member.kind === 'folder' ? `${member.name}/` : member.name
  const uname = toByteString(owner.uname)
  const gname = toByteString(owner.gname)
  const texts = [
    ['path', name, 100],
    ['linkpath', member.target, 100],
    ['uname', uname, 32],
    ['gname', gname, 32],
  ] as const
  for (const [keyword, text, length] of texts)
    if (!isAscii(text) || text.length > length) records.push([keyword, text])
  const inField = (keyword: string, value: number, digits: number): string => {
    if (value >= 0 && value < 8 ** digits) return encodeOctal(value, digits)
    records.push([keyword, String(value)])
    return encodeOctal(0, digits)
  }
  const header = encodeBlock({
    name,
    mode: encodeOctal(member.mode & 0o7777, 7),
    uid: inField('uid', owner.uid, 7),
    gid: inField('gid', owner.gid, 7),
    size: inField('size', member.size, 11),
    mtime: inField('mtime', owner.mtime, 11),
    type: TYPE_FLAGS[member.kind],
    target: member.target,
    uname,
    gname,
  })
  return records.length === 0 ? header : Buffer.concat([encodePaxHeader(records), header])
}

function encodePaxHeader(records: readonly PaxRecord[]): Buffer {
  const isBinary = records.some(([, value]) => hasLoneSurrogate(decodePythonName(value)))
  const charset: PaxRecord[] = isBinary ? [['hdrcharset', 'BINARY']] : []
  const body = [...charset, ...records].map(encodePaxRecord).join('')
  const header = encodeBlock({
    name: '././@PaxHeader',
    mode: encodeOctal(0, 7),
    uid: encodeOctal(0, 7),
    gid: encodeOctal(0, 7),
    size: encodeOctal(body.length, 11),
    mtime: encodeOctal(0, 11),
    type: 'x',
    target: '',
    uname: '',
    gname: '',
  })
  return Buffer.concat([header, toBytes(body), Buffer.alloc(paddingOf(body.length))])
}

interface BlockFields {
  readonly name: string
  readonly mode: string
  readonly uid: string
  readonly gid: string
  readonly size: string
  readonly mtime: string
  readonly type: string
  readonly target: string
  readonly uname: string
  readonly gname: string
}

function encodeBlock(fields: BlockFields): Buffer {
  const block = Buffer.alloc(TAR_BLOCK_BYTES)
  writeText(block, fields.name, 0, 100)
  block.write(fields.mode, 100, 'latin1')
  block.write(fields.uid, 108, 'latin1')
  block.write(fields.gid, 116, 'latin1')
  block.write(fields.size, 124, 'latin1')
  block.write(fields.mtime, 136, 'latin1')
  block.write(fields.type, 156, 'latin1')
  writeText(block, fields.target, 157, 100)
  block.write('ustar\x0000', 257, 'latin1')
  writeText(block, fields.uname, 265, 32)
  writeText(block, fields.gname, 297, 32)
  writeChecksum(block)
  return block
}

/** Python writes a question mark for each character outside ASCII. A text may fill its field. */
function writeText(block: Buffer, text: string, start: number, length: number): void {
  const ascii = isAscii(text) ? text : [...decodePythonName(text)].map(toAscii).join('')
  block.write(ascii.slice(0, length), start, 'latin1')
}

function toAscii(character: string): string {
  return isAscii(character) ? character : '?'
}

/** With a zero byte after the digits. */
function encodeOctal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, '0')}\0`
}
