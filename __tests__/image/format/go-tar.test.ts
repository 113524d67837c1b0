import { describe, expect, test } from '@jest/globals'
import { encodeGoTarHeader, type GoTarMember } from '../../../src/image/format/go-tar.js'

function memberOf(fields: Partial<GoTarMember>): GoTarMember {
  const owner = { uid: 0, gid: 0, uname: 'root', gname: 'root' }
  return { name: '/a', kind: 'file', mode: 0o444, size: 0, target: '', ...owner, ...fields }
}

/** The text of a field, up to its first zero byte. */
function textAt(header: Buffer, offset: number, length: number): string {
  return header.toString('latin1', offset, offset + length).split('\0')[0] ?? ''
}

/** The extended header, its records, and the header of the member. */
function split(bytes: Buffer): { type: string; name: string; records: string; main: Buffer } {
  const size = Number.parseInt(textAt(bytes, 124, 12), 8)
  return {
    type: textAt(bytes, 156, 1),
    name: textAt(bytes, 0, 100),
    records: bytes.toString('latin1', 512, 512 + size),
    main: bytes.subarray(-512),
  }
}

test('a header of ustar has one block', () => {
  const header = encodeGoTarHeader(
    memberOf({ name: '/bin/a', mode: 0o4755, size: 8, uid: 7, gid: 0o2000000 }),
  )
  expect(header.length).toBe(512)
  expect(textAt(header, 0, 100)).toBe('/bin/a')
  expect(header.toString('latin1', 100, 156)).toMatch(
    /^0004755\0{1}0000007\0{1}2000000\0{1}00000000010\0{1}00000000001\0{1}[0-7]{6}\0 $/,
  )
  expect(header.toString('latin1', 257, 265)).toBe('ustar\x0000')
  expect(header.toString('latin1', 329, 345)).toBe('0000000\x000000000\0')
})

describe('a long name of ASCII is split at the last slash that fits', () => {
  test.each([
    ['100 bytes are not split', `/${'n'.repeat(99)}`, `/${'n'.repeat(99)}`, ''],
    ['two parts', `/${'p'.repeat(20)}/${'n'.repeat(90)}`, 'n'.repeat(90), `/${'p'.repeat(20)}`],
    ['155 and 100 bytes', `/${'p'.repeat(154)}/${'n'.repeat(100)}`, 'n'.repeat(100), `/${'p'.repeat(154)}`],
    ['the last slash', `/${'p'.repeat(60)}/x/y/${'n'.repeat(60)}`, 'n'.repeat(60), `/${'p'.repeat(60)}/x/y`],
  ])('%s', (_, name, rest, prefix) => {
    const header = encodeGoTarHeader(memberOf({ name }))
    expect(header.length).toBe(512)
    expect([textAt(header, 0, 100), textAt(header, 345, 155)]).toEqual([rest, prefix])
  })

  test.each([
    ['the first part has 156 bytes', `/${'p'.repeat(155)}/n`],
    ['the last part has 101 bytes', `/p/${'n'.repeat(101)}`],
    ['the only slash is the first byte', `/${'n'.repeat(100)}`],
    ['it has no slash', 'n'.repeat(101)],
  ])('or is in an extended header: %s', (_, name) => {
    const { type, records, main } = split(encodeGoTarHeader(memberOf({ name })))
    expect(type).toBe('x')
    expect(records).toBe(`${name.length + 10} path=${name}\n`)
    expect(textAt(main, 345, 155)).toBe('')
  })
})

test('the length of a record includes its own digits', () => {
  const wrong = Array.from({ length: 2000 }, (_, n) => '\xfc'.repeat(n + 1)).filter(target => {
    const { records } = split(encodeGoTarHeader(memberOf({ kind: 'link', target })))
    return records !== `${records.length} linkpath=${target}\n`
  })
  expect(wrong).toEqual([])
})

test('only the values that do not fit are records, sorted by key', () => {
  const long = `/${'p'.repeat(60)}/${'n'.repeat(60)}`
  const owner = { uid: 2_097_152, gid: 2_097_151, uname: 'u'.repeat(33), gname: 'g'.repeat(32) }
  const { records, main } = split(encodeGoTarHeader(memberOf({ name: long, ...owner, size: 8 * 1024 ** 3 })))
  // The name could be split, but is a record because something else needs one.
  expect(records.match(/ \w+=/g)).toEqual([' path=', ' size=', ' uid=', ' uname='])
  expect(main.toString('latin1', 100, 136)).toBe('0000444\x000000000\x007777777\x0000000000000\0')
  expect(textAt(main, 0, 100)).toBe(long.slice(0, 100))
})

test.each([
  ['no bytes that are not ASCII', '/a/\xc3\xbc/b', '/a//PaxHeaders.0/b', '/a//b'],
  ['no folder', 'x\xff', 'PaxHeaders.0/x', 'x'],
  ['at most 100 bytes', `/${'n'.repeat(110)}`, `/PaxHeaders.0/${'n'.repeat(86)}`, `/${'n'.repeat(99)}`],
  [
    'no slash at the end of a part',
    `/${'d'.repeat(97)}/\xff/x`,
    `/${'d'.repeat(97)}`,
    // The first of the slashes at the end is a zero byte.
    `/${'d'.repeat(97)}`,
  ],
])('the names in both headers have %s', (_, name, extended, plain) => {
  const headers = split(encodeGoTarHeader(memberOf({ name })))
  expect([headers.name, textAt(headers.main, 0, 100)]).toEqual([extended, plain])
})

test('what no header can store is an error', () => {
  expect(() => encodeGoTarHeader(memberOf({ name: '/a\0b' }))).toThrow('contains a zero byte')
  expect(() => encodeGoTarHeader(memberOf({ uname: '\0' }))).toThrow('contains a zero byte')
  expect(() => encodeGoTarHeader(memberOf({ name: '/' }))).toThrow('"/" is a file, but must be a folder')
  expect(() => encodeGoTarHeader(memberOf({ mode: 0o10000000 }))).toThrow('the mode of "/a" does not fit')
  expect(() => encodeGoTarHeader(memberOf({ name: `/${'x'.repeat(1 << 20)}` }))).toThrow('is too long')
})
