import { createHash } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { Deflater, deflateCode } from '../../../src/image/format/deflater.js'
import { below, noise, type Random, seeded } from '../../support/images.js'
import { CONTENTS } from './deflates.js'

const WINDOW = 1 << 15
const MIB = 1 << 20
const NOTHING = Buffer.alloc(0)
const END = Buffer.from([3, 0])

const deflater = (): Deflater => new Deflater(deflateCode())

function inflated(deflated: Buffer, before: Buffer): Buffer {
  return inflateRawSync(Buffer.concat([deflated, END]), before.length > 0 ? { dictionary: before } : {})
}

/** What makes codes, distances and lengths of all kinds. */
const KINDS: Record<string, (random: Random, size: number) => Buffer> = {
  ...CONTENTS,
  'few symbols': (random, size) => {
    const kinds = 1 + below(random, 4)
    return Buffer.from(Array.from({ length: size }, () => below(random, kinds)))
  },
  // Each twice as rare as the one before it: codes as long as there are.
  'rare symbols': (random, size) =>
    Buffer.from(Array.from({ length: size }, () => Math.clz32(below(random, 2 ** 31)))),
  copies: (random, size) => {
    const bytes = Buffer.alloc(size)
    const distances = [1, 2, 258, WINDOW - 1, WINDOW, WINDOW + 1, 1 << 16]
    for (let at = 0; at < size; ) {
      const distance = distances[below(random, distances.length)] as number
      const length = Math.min(1 + below(random, 600), size - at)
      for (const end = at + length; at < end; at++)
        bytes[at] = distance > at || length < 20 ? below(random, 256) : (bytes[at - distance] as number)
    }
    return bytes
  },
}

const EDGES = [0, 1, 2, 3, 4, 5, 7, 8, 9, 257, 258, 259, 260, WINDOW, WINDOW + 258, 1 << 16]

describe('what is deflated', () => {
  test.each(Object.keys(KINDS))('%s: inflates to what it was, and never takes much more', kind => {
    const random = seeded(71)
    const shared = deflater()
    for (let n = 0; n < 64; n++) {
      const size =
        n % 3 === 0 ? below(random, 70_000) : Math.max(0, (EDGES[n % EDGES.length] as number) + (n % 4) - 2)
      const known = n % 4 === 0 ? below(random, WINDOW) : ([0, 1, 3, WINDOW][n % 4] as number)
      const all = KINDS[kind]?.(random, known + size) ?? NOTHING
      const before = all.subarray(0, known)
      const block = all.subarray(known)
      const deflated = shared.deflate(block, before)
      expect(inflated(deflated, before).equals(block)).toBe(true)
      expect(deflated.length).toBeLessThanOrEqual(size + 6 * Math.ceil(size / WINDOW) + 6)
    }
  })

  test.each([MIB - 1, MIB])('%i bytes', size => {
    const bytes = noise(seeded(72), WINDOW + size)
    const before = bytes.subarray(0, WINDOW)
    const block = bytes.subarray(WINDOW)
    expect(inflated(deflater().deflate(block, before), before).equals(block)).toBe(true)
  })

  test('blocks of one stream can be strung together', () => {
    const bytes = KINDS.text?.(seeded(73), 500_000) ?? NOTHING
    const shared = deflater()
    const parts: Buffer[] = []
    for (let at = 0; at < bytes.length; at += 60_000)
      parts.push(
        shared.deflate(bytes.subarray(at, at + 60_000), bytes.subarray(Math.max(0, at - WINDOW), at)),
      )
    expect(inflated(Buffer.concat(parts), NOTHING).equals(bytes)).toBe(true)
  })

  test('what is before it is referred to, as far back as can be', () => {
    const before = KINDS.random?.(seeded(74), WINDOW) ?? NOTHING
    expect(deflater().deflate(before, before).length).toBeLessThan(1000)
  })

  test('it takes no more than zlib, level 2', () => {
    for (const kind of ['text', 'mixed', 'zeros', 'noise']) {
      const block = KINDS[kind]?.(seeded(76), MIB) ?? NOTHING
      const zlib = deflateRawSync(block, { level: 2, memLevel: 9 })
      expect([kind, deflater().deflate(block, NOTHING).length / zlib.length < 1.02]).toEqual([kind, true])
    }
  })

  test('more than fits is refused', () => {
    expect(() => deflater().deflate(Buffer.alloc(MIB + 1), NOTHING)).toThrow(
      'more than can be deflated at once',
    )
    expect(() => deflater().deflate(NOTHING, Buffer.alloc(WINDOW + 1))).toThrow('more than can be deflated')
  })
})

test('the same bytes come of a block, whatever was deflated before, on every machine', () => {
  const random = seeded(77)
  const shared = deflater()
  const sum = createHash('sha256')
  for (const make of Object.values(KINDS)) {
    const all = make(random, WINDOW + 100_000)
    const deflated = shared.deflate(all.subarray(WINDOW), all.subarray(0, WINDOW))
    expect(deflater().deflate(all.subarray(WINDOW), all.subarray(0, WINDOW)).equals(deflated)).toBe(true)
    sum.update(deflated)
  }
  expect(sum.digest('hex')).toBe('b23ed73d30e63293514946b21f6eb6b647b325f10f4f6a1e900582dd8c595bfa')
})
