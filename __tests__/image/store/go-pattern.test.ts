import { expect, test } from '@jest/globals'
import { toByteString } from '../../../src/image/format/byte-string.js'
import { GoPattern, GoTemplate } from '../../../src/image/store/go-pattern.js'

async function replace(pattern: string, path: string, template: string): Promise<string> {
  return (await GoPattern.compile(pattern)).replaceAll(path, new GoTemplate(template))
}

// The results were compared with those of Go 1.26.
test.each([
  ['the first alternative wins', 'a|ab', 'abab', '<$0>', '<a>b<a>b'],
  ['groups by number', '(a)(b)?', 'acab', '[$1$2]', '[a]c[ab]'],
  ['a group that does not exist', '(a)', 'a', '[$2$x]', '[]'],
  ['groups by name', '(?P<x>a)(?<y>b)', 'ab', '${y}$x', 'ba'],
  ['the longest name', '(a)', 'a', '$1x', ''],
  ['braces end a name', '(a)', 'a', '${1}x', 'ax'],
  ['two dollar signs', 'a', 'a', '$$1', '$1'],
  ['dollar signs without a name', 'a', 'a', '$ ${ ${1 $', '$ ${ ${1 $'],
  ['a number with a zero before it is a name', '(a)', 'a', '[$01]', '[]'],
  ['names of JavaScript objects', 'a', 'a', '[$constructor]', '[]'],
  ['empty matches', 'x*', 'abxc', '-', '-a-b-c-'],
  ['no match directly after a match', 'b*', 'abc', '-', '-a-c-'],
  ['the start only once', '^a', 'aaa', 'b', 'baa'],
  ['a dot is not a line break', '.', 'a\n', 'x', 'x\n'],
  ['the end of the text, not of a line', 'a$', 'a\n', 'x', 'a\n'],
  ['flags', '(?i)A', 'aA', 'x', 'xx'],
  ['the end of the text', 'a\\z', 'aa', 'x', 'ax'],
  ['classes', '[[:alpha:]]+', 'ab1', 'x', 'x1'],
  ['characters outside of the basic plane', '^.$', '\u{1f600}', 'x', 'x'],
])('replaces as Go: %s', async (_, pattern, path, template, expected) => {
  expect(await replace(pattern, toByteString(path), template)).toBe(toByteString(expected))
})

test.each([
  ['each byte is a character', '.', '\xff\xed\xa0\x80', 'x', 'xxxx'],
  ['that matches U+FFFD', '\ufffd', 'a\xffb', '', 'ab'],
  ['bytes that do not match are kept', 'a', '\xffa\xc3', 'b', '\xffb\xc3'],
  ['groups have the bytes of the path', '(.)', '\xff\xc3\xbc', '$1$1', '\xff\xff\xc3\xbc\xc3\xbc'],
])('bytes that are not UTF-8: %s', async (_, pattern, path, template, expected) => {
  expect(await replace(pattern, path, template)).toBe(expected)
})

test.each([
  ['look-ahead', '(?=a)'],
  ['look-behind', '(?<=a)b'],
  ['references', '(a)\\1'],
  ['a missing bracket', '(a'],
  ['a single byte', '\\C'],
  ['more than 1000 repetitions', 'a{1001}'],
  ['more than 1000 repetitions in all', '((a{30}){30}){30}'],
  ['too many levels', `${'('.repeat(1001)}a${')'.repeat(1001)}`],
])('refuses a pattern that Go refuses: %s', async (_, pattern) => {
  await expect(GoPattern.compile(pattern)).rejects.toThrow('is invalid for Go (RE2)')
})

test('a pattern that takes exponential time in JavaScript takes linear time', async () => {
  const path = `/nix/store/${'a'.repeat(4000)}!`
  expect((await GoPattern.compile('(a+)+$')).matches(path)).toBe(false)
  expect((await GoPattern.compile('(.*)(.*)(.*)(.*)(.*)\\d')).matches(path)).toBe(false)
  expect((await GoPattern.compile('(a|aa)*$')).replaceAll(path, new GoTemplate(''))).toBe(path)
})

test('a replacement that grows without end is an error', async () => {
  const pattern = await GoPattern.compile('.')
  const template = new GoTemplate('x'.repeat(1 << 19))
  expect(() => pattern.replaceAll('a'.repeat(4000), template)).toThrow('"." makes a path too long')
})

test('a pattern that is longer than any path is an error', async () => {
  await expect(GoPattern.compile('a'.repeat(20_000))).rejects.toThrow(
    /"aaa.*" has more than 16384 characters/,
  )
})
