import { expect, test } from '@jest/globals'
import { lastLines } from '../../src/util/last-lines.js'

test('lines within bounds are all kept', () => {
  const kept = lastLines({ count: 2, characters: 10 })
  for (const line of ['a', 'b']) kept.push(line)
  expect(kept.lines()).toEqual(['a', 'b'])
})

test('else the last ones, with how many are missing', () => {
  const kept = lastLines({ count: 2, characters: 100 })
  for (const line of ['a', 'b', 'c', 'd']) kept.push(line)
  expect(kept.lines()).toEqual(['… 2 more lines before these', 'c', 'd'])
})

test('long lines count by their length, and the last one always stays', () => {
  const kept = lastLines({ count: 100, characters: 5 })
  for (const line of ['abc', 'de', 'f', 'longer than that']) kept.push(line)
  expect(kept.lines()).toEqual(['… 3 more lines before these', 'longer than that'])
})
