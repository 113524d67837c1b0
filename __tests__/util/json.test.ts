import { describe, expect, test } from '@jest/globals'
import { asObject, asString, asStringMap, parseJson, parseObjectOrEmpty } from '../../src/util/json.js'

const nest = (levels: number, open = '[', close = ']'): string => open.repeat(levels) + close.repeat(levels)

describe('parseJson', () => {
  test.each([
    ['lists', nest(101)],
    ['many lists', nest(100_000)],
    ['many objects', nest(100_000, '{"a":', '}').replace('{"a":}', '{}')],
    ['lists without an end', '['.repeat(1_000_000)],
    ['lists behind a string', `["\\"]${'x'.repeat(1000)}", ${nest(200)}]`],
  ])('refuses deep JSON: %s', (_what, text) => {
    expect(() => parseJson(text, 'index.json')).toThrow('index.json is nested more than 100 levels deep')
    expect(parseObjectOrEmpty(text)).toEqual({})
  })

  test.each([
    ['100 levels', nest(100), expect.anything()],
    ['brackets in strings', `["${'['.repeat(1000)}", "\\\\", "\\"${'{'.repeat(1000)}"]`, expect.anything()],
    ['many levels one after the other', `[${'[],'.repeat(1000)}{}]`, expect.anything()],
    ['a long string', `"${'x'.repeat(20_000_000)}"`, expect.anything()],
    ['the last of two keys', '{"a": 1, "a": 2}', { a: 2 }],
  ])('accepts %s', (_what, text, expected) => {
    expect(parseJson(text, 'it')).toEqual(expected)
  })

  test.each(['', '{', '"', '"\\', '[1,', '{"a"', ']]]]', 'nul'])('%j is not JSON', text => {
    expect(() => parseJson(text, 'index.json')).toThrow(/^index\.json is not JSON: /)
  })
})

test('the key __proto__ is an ordinary key', () => {
  const value = asObject(parseJson('{"__proto__": {"os": "linux"}}', 'it'), 'it')
  expect(value.os).toBeUndefined()
  const map = asStringMap(parseJson('{"__proto__": "x", "constructor": "y"}', 'it'), 'it') ?? {}
  expect(Object.entries(map)).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ])
  expect(Object.getPrototypeOf(map)).toBe(Object.prototype)
})

test.each([
  [['x'.repeat(1_000_000)], 'a', /^a is not a string but \["x{58}…$/],
  [7, 'y'.repeat(1_000_000), /^y{200}… is not a string but 7$/],
])('an error is short', (value, what, message) => {
  expect(() => asString(value, what)).toThrow(message)
})
