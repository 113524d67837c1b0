import { expect, test } from '@jest/globals'
import { type Candidate, chooseForCache } from '../../src/nix/cache-choice.js'

const NOW = 1000

/** Of content of its own. */
const path = (name: string, size: number, more: Partial<Candidate> = {}): Candidate => ({
  path: name,
  nar: `nar/${name}`,
  size,
  references: [],
  used: NOW,
  ...more,
})

function chosen(candidates: readonly Candidate[], most: number): [string, number] {
  const { kept, bytes } = chooseForCache(candidates, most)
  return [
    kept
      .map(each => each.path)
      .sort()
      .join(' '),
    bytes,
  ]
}

test('all is kept that there is room for', () => {
  expect(chosen([path('a', 60), path('b', 40)], 100)).toEqual(['a b', 100])
  expect(chosen([], 100)).toEqual(['', 0])
})

test('what was used last comes first, small before large', () => {
  const old = path('old', 10, { used: 1 })
  expect(chosen([old, path('large', 95), path('small', 10)], 100)).toEqual(['old small', 20])
  expect(chosen([old, path('large', 95)], 100)).toEqual(['large', 95])
})

test('what does not fit leaves room for what does', () => {
  expect(chosen([path('huge', 500), path('b', 40, { used: 1 })], 100)).toEqual(['b', 40])
})

test('a path comes with what it refers to, however large or old that is, or not at all', () => {
  const small = path('small', 1, { references: ['small', 'large'] })
  const large = path('large', 80, { references: ['deep'], used: 2 })
  const deep = path('deep', 10, { used: 1 })
  const other = path('other', 30)
  expect(chosen([small, large, deep, other], 100)).toEqual(['deep large small', 91])
  expect(chosen([small, large, deep, other], 90)).toEqual(['deep other', 40])
})

test('what a path refers to that is no candidate is elsewhere', () => {
  expect(chosen([path('a', 10, { references: ['libc'] })], 10)).toEqual(['a', 10])
})

test('paths that refer to each other are no endless loop', () => {
  expect(chosen([path('a', 10, { references: ['b'] }), path('b', 10, { references: ['a'] })], 20)).toEqual([
    'a b',
    20,
  ])
})

test('equal content takes room once', () => {
  const same = { nar: 'nar/same' }
  expect(chosen([path('a', 60, same), path('b', 60, same), path('c', 40)], 100)).toEqual(['a b c', 100])
  expect(chosen([path('a', 60, { ...same, references: ['b'] }), path('b', 60, same)], 60)).toEqual([
    'a b',
    60,
  ])
})
