import { afterEach, expect, jest, test } from '@jest/globals'
import { ALL_COMMANDS } from '../../src/input/command-table.js'
import { formatHelp } from '../../src/input/help.js'
import { widthOf, wrapText } from '../../src/util/columns.js'

afterEach(() => {
  jest.restoreAllMocks()
})

test.each([
  ['', 0],
  ['hello', 5],
  ['prefix=…', 8],
  ['é – “ł”', 7],
  ['e\u0301', 1],
  ['a\u00adb', 2],
  ['日本', 4],
  ['🚀', 2],
])('%j needs %d columns', (text, width) => {
  expect(widthOf(text)).toBe(width)
})

test('text is broken at spaces, by its width', () => {
  expect(wrapText('日本 日本 ab', 7)).toEqual(['日本', '日本 ab'])
  expect(wrapText('one two …', 9)).toEqual(['one two …'])
  expect(wrapText('longer-than-this b', 4)).toEqual(['longer-than-this', 'b'])
})

test('help needs no segmenter, which is slow when it is first used', () => {
  const segmenter = jest.spyOn(Intl.Segmenter.prototype, 'segment')
  for (const [name] of [[undefined] as const, ...ALL_COMMANDS]) expect(formatHelp(name)).not.toBe('')
  expect(segmenter).not.toHaveBeenCalled()
  widthOf('日本')
  expect(segmenter).toHaveBeenCalled()
})
