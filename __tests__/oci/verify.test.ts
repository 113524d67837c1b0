import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, test } from '@jest/globals'
import { digestOf } from '../../src/oci/digest.js'
import { DigestMismatch, verifier } from '../../src/oci/verify.js'

async function through(expected: Buffer, chunks: Buffer[]): Promise<{ got: Buffer; error: unknown }> {
  const got: Buffer[] = []
  let error: unknown
  const check = verifier({ digest: digestOf(expected), size: expected.length })
  const collect = async (source: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of source) got.push(chunk)
  }
  await pipeline(Readable.from(chunks), check, collect).catch(thrown => {
    error = thrown
  })
  return { got: Buffer.concat(got), error }
}

const whole = Buffer.from('0123456789')
const parts = (text: string): Buffer[] => [Buffer.from(text.slice(0, 4)), Buffer.from(text.slice(4))]

describe('verifier', () => {
  test('passes what it expects', async () => {
    expect(await through(whole, parts('0123456789'))).toEqual({ got: whole, error: undefined })
    expect(await through(Buffer.alloc(0), [])).toEqual({ got: Buffer.alloc(0), error: undefined })
  })

  test.each([
    ['another byte', '0123x56789'],
    ['a missing end', '01234567'],
    ['nothing', ''],
    ['a longer content', '0123456789a'],
  ])('fails on %s, and never lets the whole length through', async (_name, text) => {
    const { got, error } = await through(whole, parts(text))
    expect(error).toBeInstanceOf(DigestMismatch)
    expect(got.length).toBeLessThan(whole.length)
  })
})
