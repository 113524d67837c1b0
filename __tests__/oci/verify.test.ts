import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { describe, expect, test } from '@jest/globals'
import type { Blob } from '../../src/oci/descriptor.js'
import { digestOf } from '../../src/oci/digest.js'
import { createBlob } from '../../src/oci/image.js'
import { createVerifier, DigestMismatch, openVerified } from '../../src/oci/verify.js'

async function through(expected: Buffer, chunks: Buffer[]): Promise<{ got: Buffer; error: unknown }> {
  const got: Buffer[] = []
  let error: unknown
  const check = createVerifier({ digest: digestOf(expected), size: expected.length })
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

describe('createVerifier', () => {
  test('forwards content that matches', async () => {
    expect(await through(whole, parts('0123456789'))).toEqual({ got: whole, error: undefined })
    expect(await through(Buffer.alloc(0), [])).toEqual({ got: Buffer.alloc(0), error: undefined })
  })

  test.each([
    ['another byte', '0123x56789'],
    ['a missing end', '01234567'],
    ['nothing', ''],
    ['a longer content', '0123456789a'],
  ])('fails on %s and does not forward the complete length', async (_name, text) => {
    const { got, error } = await through(whole, parts(text))
    expect(error).toBeInstanceOf(DigestMismatch)
    expect(got.length).toBeLessThan(whole.length)
  })
})

describe('openVerified', () => {
  const good = createBlob(whole, { mediaType: 'application/x' })
  const from = (open: Blob['open']): Blob => ({ ...good, open })
  const explain = (error: Error): Error => new Error(`file: ${error.message}`)

  test('returns the bytes, and an already verified stream unchanged', async () => {
    expect(await buffer(openVerified(good, explain))).toEqual(whole)
    const stream = openVerified(good)
    expect(openVerified(from(() => stream))).toBe(stream)
    expect(openVerified({ ...from(() => stream), size: 9 })).not.toBe(stream)
    stream.destroy()
  })

  test('describes a mismatch once, also if it is verified twice', async () => {
    const wrong = from(() => Readable.from([Buffer.from('wrong')]))
    await expect(buffer(openVerified(wrong))).rejects.toBeInstanceOf(DigestMismatch)
    const twice = openVerified(from(() => openVerified(wrong, explain)))
    await expect(buffer(twice)).rejects.toThrow(/^file: sha256:\w+ has 5 bytes, not 10$/)
  })

  test('describes a read error', async () => {
    const broken = from(
      () =>
        new Readable({
          read() {
            this.destroy(new Error('read failed'))
          },
        }),
    )
    await expect(buffer(openVerified(broken, explain))).rejects.toThrow(/^file: read failed$/)
  })

  test('closes its source if the reader stops early', async () => {
    const endless = (function* () {
      for (;;) yield whole
    })()
    const source = Readable.from(endless)
    for await (const _ of openVerified({ ...from(() => source), size: 1e9 })) break
    await new Promise(setImmediate)
    expect(source.destroyed).toBe(true)
  })
})
