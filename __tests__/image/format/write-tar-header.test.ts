import { describe, expect, test } from '@jest/globals'
import { parseHeader, parsePaxRecords } from '../../../src/image/format/tar.js'
import { encodeHeader, encodePaxRecord, writeChecksum } from '../../../src/image/format/write-tar-header.js'

test('a written header can be parsed, also with sizes above 8 GiB', () => {
  for (const size of [0, 511, 8 ** 11 - 1, 8 ** 11, 2 ** 45]) {
    const header = encodeHeader({ name: 'blobs/sha256/a', type: '0', mode: 0o644, size })
    expect(parseHeader(header)).toMatchObject({
      name: 'blobs/sha256/a',
      type: '0',
      size,
      link: '',
      mode: 0o644,
    })
  }
})

test('a checksum is six octal digits, a zero byte and a blank, and counts itself as blanks', () => {
  const block = Buffer.alloc(512)
  block.write('\xff', 0, 'latin1')
  block.write('of another header', 148, 8, 'latin1')
  writeChecksum(block)
  // 255 + 8 * 32
  expect(block.toString('latin1', 148, 156)).toBe('000777\0 ')
  expect(parseHeader(block)).toBeDefined()
})

describe('a record of a pax header begins with its length, which counts its own digits', () => {
  test.each([
    ['mtime', '1.5', '13 mtime=1.5\n'],
    ['a', '12', '7 a=12\n'],
    ['a', '1234', '9 a=1234\n'],
    ['a', '12345', '11 a=12345\n'],
  ])('%s=%s', (key, value, record) => {
    expect(encodePaxRecord([key, value])).toBe(record)
  })

  test.each([10, 99, 100, 101, 999, 1000, 1001])('also about %d bytes', count => {
    for (const length of [count - 3, count - 2, count - 1, count]) {
      const value = 'x'.repeat(length)
      const record = encodePaxRecord(['k', value])
      expect(Number.parseInt(record, 10)).toBe(record.length)
      expect(parsePaxRecords(Buffer.from(record))).toEqual(new Map([['k', value]]))
    }
  })
})
