import { inflateRawSync } from 'node:zlib'
import { expect, test } from '@jest/globals'
import { compileDeflater, deflateBlock } from '../../../src/image/format/deflate.js'
import { noise, seeded } from '../../support/images.js'

// For the whole file, because the deflater is chosen only once.
Reflect.deleteProperty(globalThis, 'WebAssembly')

test.each([0, 1000, 1 << 20])('zlib deflates %i bytes if WebAssembly is not available', async size => {
  expect(compileDeflater).toThrow()
  const bytes = noise(seeded(91), size + 5000)
  const before = bytes.subarray(0, 5000)
  const block = bytes.subarray(5000)
  const deflated = await deflateBlock(block, before)
  const whole = Buffer.concat([deflated, Buffer.from([3, 0])])
  expect(inflateRawSync(whole, { dictionary: before }).equals(block)).toBe(true)
  expect(deflated.equals(await deflateBlock(block, before, 2))).toBe(true)
})
