import { expect, test } from '@jest/globals'
import { formatBytes, formatSeconds, plural } from '../../src/util/text.js'

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [99_949, '99.9 kB'],
  [123_456, '123 kB'],
  [999_600, '1.0 MB'],
  [5e15, '5000 TB'],
])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

test.each([
  [40, '0.0 s'],
  [1250, '1.3 s'],
  [59_960, '1 min 00 s'],
  [125_000, '2 min 05 s'],
])('%d ms are %s', (milliseconds, text) => expect(formatSeconds(milliseconds)).toBe(text))

test('one is not many', () =>
  expect([plural(1, 'layer'), plural(0, 'layer')]).toEqual(['1 layer', '0 layers']))
