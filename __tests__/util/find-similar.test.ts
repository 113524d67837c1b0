import { expect, test } from '@jest/globals'
import {
  askIfMeant,
  countEdits,
  findSimilar,
  joinAlternatives,
  joinNames,
} from '../../src/util/find-similar.js'

const NAMES = ['hello', 'hello-stream', 'ripgrep', 'fdContainer']

test.each([
  ['helo', ['hello']],
  ['Hello', ['hello', 'hello-stream']],
  ['hello-steam', ['hello-stream']],
  ['ehllo', ['hello']],
  ['rg', []],
  ['fd', ['fdContainer']],
  ['stream', ['hello-stream']],
  ['something', []],
  ['x', []],
  ['', []],
])('%j may mean %j', (word, names) => {
  expect(findSimilar(word, NAMES)).toEqual(names)
})

test('a short word is not similar to every other short word', () => {
  expect(findSimilar('a', ['b', 'c'])).toEqual([])
  expect(findSimilar('fd', ['rg', 'fs'])).toEqual([])
})

test('at most three are returned, the most similar first', () => {
  expect(findSimilar('cache', ['cache-size', 'caches', 'cache-x', 'cache-y', 'cach'])).toEqual([
    'caches',
    'cach',
    'cache-x',
  ])
  expect(findSimilar('a', [])).toEqual([])
})

test.each([
  ['', '', 0],
  ['abc', 'abc', 0],
  ['abc', 'ab', 1],
  ['abc', 'abcd', 1],
  ['abc', 'axc', 1],
  ['abc', 'acb', 1],
  ['abcd', 'badc', 2],
  ['kitten', 'sitting', 3],
  ['', 'abc', 3],
])('%j becomes %j in %d edits', (a, b, edits) => {
  expect(countEdits(a, b)).toBe(edits)
  expect(countEdits(b, a)).toBe(edits)
})

test('asks with one, two or three names', () => {
  expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(askIfMeant)).toEqual([
    undefined,
    'Did you mean a?',
    'Did you mean a or b?',
    'Did you mean a, b or c?',
  ])
  expect([joinAlternatives([]), joinNames(['a', 'b', 'c'])]).toEqual(['', 'a, b and c'])
})
