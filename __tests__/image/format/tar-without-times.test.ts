import { Readable } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import { readPartsWithoutTimes, type TarPart } from '../../../src/image/format/tar-without-times.js'
import { memberOf, noise, paxHeader, rawHeader, seeded, tarOf, withChecksum } from '../../support/images.js'

const BODY = noise(seeded(3), 3000)
const END = Buffer.alloc(1024)

async function partsOf(tar: Buffer, chunkBytes = 700): Promise<TarPart[]> {
  const chunks = Array.from({ length: Math.ceil(tar.length / chunkBytes) }, (_, n) =>
    tar.subarray(n * chunkBytes, (n + 1) * chunkBytes),
  )
  const parts: TarPart[] = []
  for await (const part of readPartsWithoutTimes(Readable.from(chunks))) parts.push(part)
  return parts
}

function changeHeader(header: Buffer, change: (header: Buffer) => void): Buffer {
  change(header)
  return withChecksum(header)
}

const file = (change: (header: Buffer) => void = () => {}, body = BODY): Buffer =>
  memberOf(changeHeader(rawHeader('file', body.length, '0'), change), body)

const writeTime = (header: Buffer): void => void header.write('14000000000\0', 136, 'latin1')

describe('two tars', () => {
  test.each<[string, Buffer[], Buffer[]]>([
    ['the time of a file', [file()], [file(writeTime)]],
    ['a time in base 256', [file()], [file(header => void header.writeUInt32BE(0x80000001, 136))]],
    ['the time of a folder', [rawHeader('a/', 0, '5')], [changeHeader(rawHeader('a/', 0, '5'), writeTime)]],
    [
      'pax times, whose number of digits can differ',
      [paxHeader({ mtime: '1.5', path: 'a' }), file()],
      [paxHeader({ mtime: '1793527200.123456789', path: 'a' }), file()],
    ],
    [
      'a pax header that has only times',
      [file()],
      [paxHeader({ mtime: '1.5', atime: '2', ctime: '3' }), file()],
    ],
    [
      'the name of a pax header, which has the ID of a process',
      [paxHeader({ path: 'a' }, 'PaxHeaders.1/file'), file()],
      [paxHeader({ path: 'a' }, 'PaxHeaders.22/file'), file()],
    ],
    [
      'the times in a header of GNU tar',
      [file(header => void header.write('ustar  \0', 257, 'latin1'))],
      [
        file(header => {
          header.write('ustar  \0', 257, 'latin1')
          header.write('14000000000\x0014000000001\0', 345, 'latin1')
        }),
      ],
    ],
  ])('that differ in %s have the same digests', async (_, a, b) => {
    const digests = async (parts: Buffer[]) =>
      (await partsOf(Buffer.concat([...parts, END]))).map(({ digest }) => digest)
    expect(await digests(b)).toEqual(await digests(a))
  })

  const longer = Buffer.concat([BODY, Buffer.from('x')])
  test.each<[string, Buffer[], Buffer[]]>([
    [
      'the last byte of a file',
      [file()],
      [file(() => {}, Buffer.concat([BODY.subarray(0, -1), Buffer.from('~')]))],
    ],
    ['the length of a file', [file()], [file(() => {}, longer)]],
    ['the mode', [file()], [file(header => void header.write('0000755\0', 100, 'latin1'))]],
    ['the owner', [file()], [file(header => void header.write('0001750\0', 108, 'latin1'))]],
    ['the name', [file()], [file(header => void header.write('fild', 0))]],
    ['the target of a link', [rawHeader('l', 0, '2', 'a')], [rawHeader('l', 0, '2', 'b')]],
    ['a pax record', [paxHeader({ path: 'a' }), file()], [paxHeader({ path: 'b' }), file()]],
    [
      'an attribute in a pax header',
      [file()],
      [paxHeader({ 'SCHILY.xattr.security.capability': '1' }), file()],
    ],
    [
      'the scope of a pax header',
      [paxHeader({ path: 'a' }), file()],
      [paxHeader({ path: 'a' }, 'p', 'g'), file()],
    ],
    ['the order of members', [file(), rawHeader('a/', 0, '5')], [rawHeader('a/', 0, '5'), file()]],
    ['the prefix of a name', [file()], [file(header => void header.write('folder', 345))]],
    ['a member that only one has', [file()], [file(), rawHeader('a/', 0, '5')]],
    ['what follows the end mark', [file(), END], [file(), END, Buffer.from('x')]],
  ])('that differ in %s have different digests', async (_, a, b) => {
    const digests = async (parts: Buffer[]) =>
      (await partsOf(Buffer.concat([...parts, END]))).map(({ digest }) => digest)
    expect(await digests(b)).not.toEqual(await digests(a))
  })
})

test('names the parts, whatever the chunks of the stream are', async () => {
  const tar = tarOf([{ name: 'a', body: BODY }, { name: 'b' }, { name: 'c', link: { to: 'a', hard: true } }])
  const parts = await partsOf(tar)
  expect(parts.map(({ name }) => name)).toEqual(['a', 'b', 'c', ''])
  for (const chunkBytes of [1, 511, 512, 513, 100_000]) expect(await partsOf(tar, chunkBytes)).toEqual(parts)
})

test('a size in a pax header counts', async () => {
  const zero = changeHeader(rawHeader('file', BODY.length, '0'), header =>
    header.write('00000000000\0', 124, 'latin1'),
  )
  const tar = Buffer.concat([
    paxHeader({ size: String(BODY.length) }),
    memberOf(zero, BODY),
    rawHeader('a/', 0, '5'),
    END,
  ])
  expect((await partsOf(tar)).map(({ name }) => name)).toEqual(['', 'file', 'a/', ''])
})

test.each<[string, Buffer, string]>([
  ['is not a tar', noise(seeded(1), 2000), 'there is no tar header at byte 0'],
  ['is truncated', tarOf([{ name: 'a', body: BODY }]).subarray(0, 2000), 'it is truncated'],
  ['has a pax header that is too large', rawHeader('p', (1 << 20) + 1, 'x'), 'a header of 1048577 bytes'],
  [
    'has a pax size that is not a number',
    Buffer.concat([paxHeader({ size: '-1' }), file(), END]),
    'a pax size of "-1"',
  ],
])('a layer that %s is an error', async (_, tar, message) => {
  await expect(partsOf(tar)).rejects.toThrow(message)
})

test('needs no memory for large files', async () => {
  const size = 300_000_000
  async function* read() {
    yield rawHeader('large', size, '0')
    const chunk = Buffer.alloc(1 << 20)
    for (let left = size + ((512 - (size % 512)) % 512); left > 0; left -= chunk.length)
      yield chunk.subarray(0, left)
    yield END
  }
  const before = process.memoryUsage().arrayBuffers
  let most = 0
  for await (const { name } of readPartsWithoutTimes(read())) {
    most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    expect(['large', '']).toContain(name)
  }
  expect(most).toBeLessThan(50_000_000)
})
