import { describe, expect, test } from '@jest/globals'
import { formatPythonJson, parsePythonJson } from '../../../src/image/format/python-json.js'
import { formatPythonList } from '../../../src/image/format/python-text.js'
import { parsePythonTime, toPythonTime } from '../../../src/image/format/python-time.js'

// The expected texts are those of Python 3.13: `json.dumps(json.loads(text), indent=4)`.

const rewrite = (text: string): string => formatPythonJson(parsePythonJson(text))

describe('JSON is written as Python writes it', () => {
  test.each([
    ['null', 'null'],
    [' [ ] ', '[]'],
    ['{}', '{}'],
    [
      '[[1],[true,false,null]]',
      '[\n    [\n        1\n    ],\n    [\n        true,\n        false,\n        null\n    ]\n]',
    ],
    ['{"10":1,"9":2,"b":[],"a":{}}', '{\n    "10": 1,\n    "9": 2,\n    "b": [],\n    "a": {}\n}'],
    ['{"a":1,"b":2,"a":3}', '{\n    "a": 3,\n    "b": 2\n}'],
    ['{"__proto__":1}', '{\n    "__proto__": 1\n}'],
    ['"é 😀 \\ud83d \u007f \u2028 \\/"', '"\\u00e9 \\ud83d\\ude00 \\ud83d \\u007f \\u2028 /"'],
    ['"\\b\\f\\n\\r\\t\\u0001 \\" \\\\"', '"\\b\\f\\n\\r\\t\\u0001 \\" \\\\"'],
    ['"\\ud800\\u0041"', '"\\ud800A"'],
  ])('%s', (text, expected) => {
    expect(rewrite(text)).toBe(expected)
  })

  test.each([
    ['0', '0'],
    ['-0', '0'],
    ['-5', '-5'],
    ['12345678901234567890123', '12345678901234567890123'],
    ['0.0', '0.0'],
    ['-0.0', '-0.0'],
    ['1.50', '1.5'],
    ['1e5', '100000.0'],
    ['1E+2', '100.0'],
    ['100e-2', '1.0'],
    ['1e15', '1000000000000000.0'],
    ['1e16', '1e+16'],
    ['123456789012345678.0', '1.2345678901234568e+17'],
    ['0.0001', '0.0001'],
    ['-0.00001', '-1e-05'],
    ['1.5e-7', '1.5e-07'],
    ['5e-324', '5e-324'],
    ['1.7976931348623157e308', '1.7976931348623157e+308'],
    ['123.456', '123.456'],
  ])('the number %s', (text, expected) => {
    expect(rewrite(text)).toBe(expected)
  })
})

test.each([
  '',
  '[1,]',
  '{"a":1,}',
  '{"a"}',
  '01',
  '1.',
  '.5',
  '+1',
  '-',
  'NaN',
  '-Infinity',
  '[1e400]',
  "'a'",
  '"a\tb"',
  '"\\x"',
  '[1] x',
  '\u00a0[1]',
  'truex',
  '['.repeat(1000) + ']'.repeat(1000),
  '1'.repeat(4301),
])('rejects %.20j', text => {
  expect(() => parsePythonJson(text)).toThrow(/^it (is|has) /)
})

test('a list of strings is written as Python prints it', () => {
  expect(formatPythonList(['a', "it's", '"', '\\', '\n\t\r\0\x7f', '\'"'])).toBe(
    `['a', "it's", '"', '\\\\', '\\n\\t\\r\\x00\\x7f', '\\'"']`,
  )
  expect(formatPythonList([])).toBe('[]')
  expect(() => formatPythonList(['é'])).toThrow('the name "é" has characters outside ASCII')
})

/** The time, `datetime.fromisoformat(time).isoformat()` and `int(datetime.fromisoformat(time).timestamp())`. */
test.each([
  ['1970-01-01T00:00:01+00:00', '1970-01-01T00:00:01+00:00', 1],
  ['2024-02-29T12:00:00Z', '2024-02-29T12:00:00+00:00', 1709208000],
  ['2023-12-31T23:30:00-05:30', '2023-12-31T23:30:00-05:30', 1704085200],
  ['1969-12-31T23:59:58.500000+00:00', '1969-12-31T23:59:58.500000+00:00', -1],
  ['2024-01-01T00:00:00.1234567+01:00', '2024-01-01T00:00:00.123456+01:00', 1704063600],
  ['2024-01-01T00:00:00.000000+00:00', '2024-01-01T00:00:00+00:00', 1704067200],
  ['2024-01-01T00:00:00-00:00', '2024-01-01T00:00:00+00:00', 1704067200],
  ['0001-01-02T00:00:00+00:00', '0001-01-02T00:00:00+00:00', -62135510400],
  ['9999-12-31T23:59:59+23:59', '9999-12-31T23:59:59+23:59', 253402214459],
])('the time %s is written as Python writes it', (time, text, seconds) => {
  expect(parsePythonTime(time)).toEqual({ text, seconds })
})

test.each([
  'now',
  '2024-01-01',
  '2024-01-01T00:00:00',
  '2024-01-01 00:00:00+00:00',
  '2023-02-29T00:00:00+00:00',
  '2024-01-01T24:00:00+00:00',
  '2024-01-01T00:00:60+00:00',
  '2024-01-01T00:00:00+24:00',
  '0000-01-01T00:00:00+00:00',
])('the time %s is not understood', time => {
  expect(parsePythonTime(time)).toBeUndefined()
})

test('the current time has microseconds unless they are 0', () => {
  expect(toPythonTime(new Date('2024-01-02T03:04:05.678Z'))).toEqual({
    text: '2024-01-02T03:04:05.678000+00:00',
    seconds: 1704164645,
  })
  expect(toPythonTime(new Date('2024-01-02T03:04:05Z')).text).toBe('2024-01-02T03:04:05+00:00')
})
