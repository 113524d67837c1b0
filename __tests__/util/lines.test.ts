import { describe, expect, test } from '@jest/globals'
import { lineSplitter } from '../../src/util/lines.js'

function linesOf(...chunks: (string | Buffer)[]): string[] {
  const lines: string[] = []
  const splitter = lineSplitter(line => lines.push(line))
  for (const chunk of chunks) splitter.push(Buffer.from(chunk))
  splitter.end()
  return lines
}

describe('lines', () => {
  const text = Buffer.from('eins\r\nzwei\rdrei\n\nfünf\r\n\r\nsieben €')
  const lines = ['eins', 'zwei', 'drei', '', 'fünf', '', 'sieben €']

  test('are the same wherever the bytes are cut', () => {
    expect(linesOf(text)).toEqual(lines)
    expect(linesOf(...Array.from(text, byte => Buffer.from([byte])))).toEqual(lines)
    for (let at = 0; at <= text.length; at++)
      expect(linesOf(text.subarray(0, at), text.subarray(at))).toEqual(lines)
  })

  test('one that ends with a carriage return is given at once', () => {
    const seen: string[] = []
    const splitter = lineSplitter(line => seen.push(line))
    splitter.push(Buffer.from('50%\r'))
    expect(seen).toEqual(['50%'])
  })

  test('an empty chunk between carriage return and line feed changes nothing', () => {
    expect(linesOf('a\r', '', '\nb')).toEqual(['a', 'b'])
  })

  test('a character cut off at the end is not lost silently', () => {
    expect(linesOf('a\n', Buffer.from('€').subarray(0, 2))).toEqual(['a', '\ufffd'])
  })

  test('a very long line comes in pieces', () => {
    const long = 'x'.repeat(70_000)
    expect(linesOf(long, 'y')).toEqual([long, 'y'])
  })
})
