import { expect, test } from '@jest/globals'
import { urlFrom } from '../../src/util/url.js'

test.each([
  ['https://a.example/b', undefined, 'https://a.example/b'],
  ['/c?d=1', new URL('http://a.example/b'), 'http://a.example/c?d=1'],
  ['../c', 'http://a.example/b/', 'http://a.example/c'],
  ['https://b.example/', 'http://a.example/', 'https://b.example/'],
])('%s, seen from %s, is %s', (text, base, expected) => {
  expect(urlFrom(text, base)?.href).toBe(expected)
})

test.each([
  ['/c', undefined],
  ['', undefined],
  ['http://', 'http://a.example/'],
])('%j, seen from %s, is none', (text, base) => {
  expect(urlFrom(text, base)).toBeUndefined()
})

test('a relative address stays one, however often it was asked for', () => {
  const base = new URL('http://a.example/')
  const found = Array.from({ length: 20_000 }, (_, n) => urlFrom(`/b/${n % 7}`, base))
  expect(found.filter(url => url === undefined)).toEqual([])
})
