import { describe, expect, test } from '@jest/globals'
import { ByteReader } from '../../../src/image/format/byte-reader.js'
import { findFile } from '../../../src/image/format/tar-member.js'
import { tarOf } from '../../support/images.js'

const body = Buffer.from('hello')

/** A stream that counts how much of it was asked for. */
function counted(bytes: Buffer) {
  const seen = { chunks: 0 }
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += 512) {
      seen.chunks++
      yield bytes.subarray(at, at + 512)
    }
  }
  return { seen, reader: new ByteReader(chunks()) }
}

describe('a file in a tar', () => {
  const members = [
    { name: './usr/bin/a', link: { to: 'b' } },
    { name: './usr/bin/b', body },
    { name: './usr/bin/c', body: Buffer.alloc(1 << 20) },
  ]

  test('is found by one of its names, and its body comes next', async () => {
    const { seen, reader } = counted(tarOf(members))
    const file = await findFile(reader, ['usr/bin/a', 'usr/bin/b'])
    expect(file).toMatchObject({ name: 'usr/bin/b', size: 5 })
    expect(await reader.exactly(5)).toEqual(body)
    expect(seen.chunks).toBe(3)
  })

  test('is none when it is a link, or not there', async () => {
    expect(await findFile(counted(tarOf(members)).reader, ['usr/bin/a', 'usr/bin'])).toBeUndefined()
  })

  test('cannot be told in a tar that is cut off', async () => {
    const cut = tarOf(members).subarray(0, 5000)
    await expect(findFile(counted(cut).reader, ['usr/bin/d'])).rejects.toThrow('cut off')
  })
})
