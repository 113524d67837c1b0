import { inflateRawSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { beginPart, endPart } from '../../../src/image/format/deflate-joint.js'

/** The last block of a stream: `A` and the end, with the codes that deflate has, lowest bit first. */
const LAST = [...'110', ...'01110001', ...'0000000'].map(Number)

/** As the bytes of a stream in which it begins behind some bits, all ones. */
function behind(bits: number): Buffer {
  const all = [...Array.from({ length: bits }, () => 1), ...LAST]
  const bytes = Buffer.alloc(Math.ceil(all.length / 8))
  for (const [n, bit] of all.entries()) bytes.writeUInt8(bytes.readUInt8(n >>> 3) | (bit << (n & 7)), n >>> 3)
  return bytes
}

describe.each([0, 1, 2, 3, 4, 5, 6, 7])('%i bits into a byte', bits => {
  test('a part begins there', () => {
    const part = behind(bits)
    const begun = Buffer.concat([beginPart(part.readUInt8(0), bits), part.subarray(1)])
    expect(inflateRawSync(begun).toString()).toBe('A')
  })

  test('a part ends there', () => {
    // What stands in the byte above them is not the part's own.
    const part = beginPart(0xff, bits)
    const ended = Buffer.concat([part.subarray(0, -1), endPart(part.readUInt8(part.length - 1), bits)])
    expect(inflateRawSync(Buffer.concat([ended, behind(0)])).toString()).toBe('A')
  })
})
