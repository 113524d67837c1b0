import { expect, test } from '@jest/globals'
import { asCount, asStringMap, parseJson } from '../../src/util/json.js'
import { onOneLine } from '../../src/util/on-one-line.js'

test.each([
  ['plain', 'Grüße → “x”'],
  ['empty', ''],
])('what is %s stays as it is', (_, text) => {
  expect(onOneLine(text)).toBe(text)
})

test.each([
  ['an escape', '\x1b[31mred', '"\\u001b[31mred"'],
  ['a line break', 'a\nb', '"a\\nb"'],
  ['DEL', 'a\x7fb', '"a?b"'],
  ['the first of C1', 'a\x80b', '"a?b"'],
  ['a CSI of C1', 'a\x9b31mb', '"a?31mb"'],
  ['the last of C1', 'a\x9fb', '"a?b"'],
])('%s is quoted', (_, text, expected) => {
  expect(onOneLine(text)).toBe(expected)
})

test('what comes right after C1 is a letter like others', () => {
  expect(onOneLine('a\xa0b')).toBe('a\xa0b')
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
