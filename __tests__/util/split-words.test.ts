import { expect, test } from '@jest/globals'
import { splitWords } from '../../src/util/split-words.js'

test.each([
  ['fd --version', ['fd', '--version']],
  ['  a\tb  ', ['a', 'b']],
  [`sh -c 'echo "$HOME" > x'`, ['sh', '-c', 'echo "$HOME" > x']],
  ['a "b c"d\'e f\'', ['a', 'b cde f']],
  ['"a\\"b" "\\$x" "\\n" "\\\\"', ['a"b', '$x', '\\n', '\\']],
  ['a\\ b \\"', ['a b', '"']],
  ['$HOME *.txt {a,b} ~ #x', ['$HOME', '*.txt', '{a,b}', '~', '#x']],
  ['\'\' ""', ['', '']],
  ["'|' '&&'", ['|', '&&']],
  ['grüße "日本 語"', ['grüße', '日本 語']],
])('splits %s', (text, words) => {
  expect(splitWords(text)).toEqual(words)
})

test.each([
  ["a 'b", /a quote \('\) is not closed/],
  ['a "b\\"', /a quote \("\) is not closed/],
  ['a \\', /ends with a backslash/],
  ['a | b', /contains `\|`.*sh -c/],
  ['a && b', /contains `&&`/],
  ['a > b', /contains `>`/],
  ['a 2>&1', /contains `2>&1`/],
])('refuses %s', (text, message) => {
  expect(() => splitWords(text)).toThrow(message)
})
