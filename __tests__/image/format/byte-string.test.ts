import { isUtf8 } from 'node:buffer'
import { describe, expect, test } from '@jest/globals'
import {
  compareByteStrings,
  isAscii,
  splitUtf8,
  toByteString,
  toBytes,
} from '../../../src/image/format/byte-string.js'

test('a text has one character for each byte of its UTF-8', () => {
  expect(toByteString('aü')).toBe('a\xc3\xbc')
  expect(toBytes('a\xc3\xbc\xff')).toEqual(Buffer.from([0x61, 0xc3, 0xbc, 0xff]))
})

test.each([
  ['', true],
  ['a\0\x7f\n', true],
  ['a\x80', false],
  ['\nü', false],
])('%j is ASCII: %j', (text, expected) => {
  expect(isAscii(text)).toBe(expected)
})

test('the order is that of the bytes', () => {
  const texts = ['b', 'a\xff', 'a', '\xc3', 'ab']
  const bytes = texts.map(toBytes)
  expect(texts.sort(compareByteStrings).map(toBytes)).toEqual(bytes.sort(Buffer.compare))
  expect(compareByteStrings('a', 'a')).toBe(0)
})

describe('bytes are split into the characters of UTF-8', () => {
  test.each<[string, string, (string | undefined)[]]>([
    ['ASCII', 'a\n\0', ['a', '\n', '\0']],
    ['two to four bytes', toByteString('ü€😀'), ['ü', '€', '😀']],
    ['bytes that begin no character', '\x80a\xff', [undefined, 'a', undefined]],
    ['a character without its end', 'a\xe2\x82', ['a', undefined, undefined]],
    ['a longer form than needed', '\xc0\xaf', [undefined, undefined]],
    ['a surrogate', '\xed\xa0\x80', [undefined, undefined, undefined]],
    ['above U+10FFFF', '\xf4\x90\x80\x80', [undefined, undefined, undefined, undefined]],
  ])('%s', (_, text, characters) => {
    const parts = splitUtf8(text)
    expect(parts.map(({ character }) => character)).toEqual(characters)
    expect(parts.map(({ bytes }) => bytes).join('')).toBe(text)
  })

  test('exactly those that Node.js accepts', () => {
    const bytes = ['\x00', '\x7f', '\x80', '\x8f', '\x90', '\x9f', '\xa0', '\xbf']
    const firsts = Array.from({ length: 128 }, (_, n) => String.fromCharCode(0x80 + n))
    for (const first of firsts)
      for (const second of bytes)
        for (const rest of ['', '\x80', '\x80\xbf', '\x80\xff']) {
          const text = first + second + rest
          const sizes = [2, 3, 4].filter(size => size <= text.length && isUtf8(toBytes(text.slice(0, size))))
          const size = second < '\x80' ? 0 : (sizes[0] ?? 0)
          expect([text, splitUtf8(text)[0]?.bytes.length]).toEqual([text, size || 1])
        }
  })
})
