import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { asCount, asStringMap, parseJson } from '../../src/util/json.js'
import {
  columnsOf,
  escapeJson,
  flattenText,
  formatBytes,
  formatSeconds,
  PROGRAM_VERSION,
  parseUrl,
  pluralize,
  quoteControlCharacters,
  stripTerminalControls,
} from '../../src/util/text.js'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [99_949, '99.9 kB'],
  [123_456, '123 kB'],
  [999_600, '1.0 MB'],
  [5e15, '5000 TB'],
])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

test.each([
  [40, '0.0 s'],
  [1250, '1.3 s'],
  [59_960, '1 min 00 s'],
  [125_000, '2 min 05 s'],
])('%d ms are %s', (milliseconds, text) => expect(formatSeconds(milliseconds)).toBe(text))

test('pluralize adds no s for one', () =>
  expect([pluralize(1, 'layer'), pluralize(0, 'layer')]).toEqual(['1 layer', '0 layers']))

test.each([
  ['plain', 'Grüße → “x”'],
  ['empty', ''],
])('text that is %s is unchanged', (_, text) => {
  expect(quoteControlCharacters(text)).toBe(text)
})

test.each([
  ['an escape', '\x1b[31mred', '"\\u001b[31mred"'],
  ['a line break', 'a\nb', '"a\\nb"'],
  ['DEL', 'a\x7fb', '"a?b"'],
  ['the first of C1', 'a\x80b', '"a?b"'],
  ['a CSI of C1', 'a\x9b31mb', '"a?31mb"'],
  ['the last of C1', 'a\x9fb', '"a?b"'],
])('%s is quoted', (_, text, expected) => {
  expect(quoteControlCharacters(text)).toBe(expected)
})

test('the first character after C1 is not quoted', () => {
  expect(quoteControlCharacters('a\xa0b')).toBe('a\xa0b')
})

test.each([
  ['text that is not JSON', () => parseJson('\x1b]0;x\x07', 'it')],
  ['a key', () => asStringMap({ '\x1b[2J': 1 }, 'annotations')],
  ['a value', () => asCount('\x9b2J', 'size')],
])('%s does not reach the terminal in an error', (_, read) => {
  const said = failureOf(read)
  expect(said).not.toBe('')
  expect(said).not.toMatch(/[\x00-\x1f\x7f-\x9f]/)
})

function failureOf(task: () => unknown): string {
  try {
    task()
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

test.each([
  ['https://a.example/b', undefined, 'https://a.example/b'],
  ['/c?d=1', new URL('http://a.example/b'), 'http://a.example/c?d=1'],
  ['../c', 'http://a.example/b/', 'http://a.example/c'],
  ['https://b.example/', 'http://a.example/', 'https://b.example/'],
])('%s relative to %s is %s', (text, base, expected) => {
  expect(parseUrl(text, base)?.href).toBe(expected)
})

test.each([
  ['/c', undefined],
  ['', undefined],
  ['http://', 'http://a.example/'],
])('%j relative to %s is not a URL', (text, base) => {
  expect(parseUrl(text, base)).toBeUndefined()
})

test('a relative URL without a base is invalid, also after many calls', () => {
  const base = new URL('http://a.example/')
  const found = Array.from({ length: 20_000 }, (_, n) => parseUrl(`/b/${n % 7}`, base))
  expect(found.filter(url => url === undefined)).toEqual([])
})

test.each([
  [0, 80],
  [undefined, 80],
  [1, 1],
  [132, 132],
])('a terminal that reports %s has %d columns', (columns, expected) => {
  expect(columnsOf({ columns })).toBe(expected)
})

test('package.json says the same version', () => {
  expect(JSON.parse(readFileSync('package.json', 'utf8')).version).toBe(PROGRAM_VERSION)
})

test('escaped JSON has the same value, and does not change the terminal', () => {
  const value = { 'a\u202e': '\u009b31m\u2028\u007f\u001b[2Jß👩‍💻' }
  const json = escapeJson(JSON.stringify(value))
  expect(JSON.parse(json)).toEqual(value)
  expect(json).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028\u202e]/)
})

test('flattened text is one visible line', () => {
  expect(flattenText(' a\n\u001b[31mb\u001b[0m\t\u0000c\u202ed\u00ad\u{e0041}\u2028e ')).toBe('a b cd e')
})

test('a text without terminal controls keeps its line breaks and tabs', () => {
  expect(stripTerminalControls('a\tb\r\nc\u001b[2J\u001b]0;title\u0007d\u0008\u009be\u202ef👩‍💻')).toBe(
    'a\tb\r\ncdef👩‍💻',
  )
})

test.each([
  ['plain', 'plain'],
  ['a\u202eb', '"a\\u202eb"'],
  ['a\u2028b', '"a\\u2028b"'],
  ['a\u009bb', '"a?b"'],
])('%j is quoted as %s', (text, quoted) => expect(quoteControlCharacters(text)).toBe(quoted))
