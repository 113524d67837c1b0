import { describe, expect, test } from '@jest/globals'
import { ByteReader } from '../../../src/image/format/bytes.js'
import {
  findFile,
  parseHeader,
  readTarEntries,
  resolveLinkTarget,
  resolveMemberName,
  scanTar,
  type TarEntry,
} from '../../../src/image/format/tar.js'
import { encodeHeader } from '../../../src/image/format/write-tar-header.js'
import { memberOf, paxHeader, rawHeader, tarOf, withChecksum } from '../../support/images.js'
import { useFolder } from '../fixture.js'

const folder = useFolder()

async function* chunked(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** Reads the entries of a tar. Checks that they are the same from a stream and from a file. */
async function entriesOf(bytes: Buffer): Promise<TarEntry[]> {
  const entries: TarEntry[] = []
  for await (const entry of readTarEntries(new ByteReader(chunked(bytes, 700)))) entries.push(entry)
  expect(await scanTar(await folder.write('tar', bytes))).toEqual(entries)
  return entries
}

function gnuLong(type: 'L' | 'K', text: string): Buffer {
  return memberOf(rawHeader('././@LongLink', text.length + 1, type), Buffer.from(`${text}\0`))
}

const end = Buffer.alloc(1024)
const long = `${'long/'.repeat(60)}name`

describe('headers', () => {
  test('a name can have a prefix', () => {
    const header = encodeHeader({ name: 'name', type: '0', mode: 0o644, size: 0 })
    header.write('some/prefix', 345)
    expect(parseHeader(withChecksum(header))?.name).toBe('some/prefix/name')
    header.write('ustar  \0', 257, 'latin1')
    expect(parseHeader(withChecksum(header))?.name).toBe('name')
  })

  test('a header is rejected if any byte is changed', () => {
    const header = encodeHeader({ name: 'name', type: '0', mode: 0o644, size: 5 })
    for (const at of [0, 124, 135, 156, 257, 400, 511]) {
      const changed = Buffer.from(header)
      changed[at] = (changed[at] as number) ^ 1
      expect(parseHeader(changed)).toBeUndefined()
    }
  })

  test('checksums of signed bytes and blanks before numbers are supported', () => {
    const header = encodeHeader({ name: 'grüße', type: '0', mode: 0o644, size: 0 })
    header.write('         12\0', 124, 'latin1')
    header.fill(' ', 148, 156)
    const signed = header.reduce((total, byte) => total + (byte > 127 ? byte - 256 : byte), 0)
    header.write(`${signed.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
    expect(parseHeader(header)).toMatchObject({ name: 'grüße', size: 10 })
  })
})

describe('members', () => {
  const body = Buffer.alloc(512, 'b')

  test('pax records and GNU long names apply only to the next header', async () => {
    const entries = await entriesOf(
      Buffer.concat([
        paxHeader({ comment: 'of all', path: 'ignored/later' }, 'pax', 'g'),
        paxHeader({ path: long, size: '512', mtime: '1.5' }),
        rawHeader('short', 0, '0'),
        body,
        gnuLong('L', `./${long}2`),
        rawHeader('short', 512, '0'),
        body,
        gnuLong('K', long),
        paxHeader({ path: 'link' }),
        rawHeader('short', 0, '2'),
        paxHeader({ path: 'ü', linkpath: './top/ü' }),
        rawHeader('short', 0, '1', 'short'),
        end,
      ]),
    )
    expect(entries).toMatchObject([
      { kind: 'file', name: long, size: 512 },
      { kind: 'file', name: `${long}2`, size: 512 },
      { kind: 'link', name: 'link', target: long },
      { kind: 'link', name: 'ü', target: 'top/ü' },
    ])
  })

  test('folders, devices and unknown types are listed as other', async () => {
    const entries = await entriesOf(
      Buffer.concat([
        rawHeader('dir/', 0, '5'),
        rawHeader('old-dir/', 0, '0'),
        rawHeader('pipe', 512, '6'),
        rawHeader('unknown', 512, 'Z'),
        body,
        rawHeader('file', 512, '\0'),
        body,
        end,
      ]),
    )
    expect(entries.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'other dir/',
      'other old-dir/',
      'other pipe',
      'other unknown',
      'file file',
    ])
  })

  test.each([
    ['no end mark', tarOf([{ name: 'a' }]).subarray(0, 512), /without an end mark/],
    ['nothing', Buffer.alloc(0), /it is not a tar: it has only 0 bytes/],
    ['a few bytes', Buffer.alloc(511, 'x'), /it is not a tar: it has only 511 bytes/],
    ['half a header', rawHeader('a', 0, '0').subarray(0, 300), /truncated/],
    ['a name outside the tar', tarOf([{ name: '../../x' }]), 'member with an unsafe path: "../../x"'],
    ['an absolute name', tarOf([{ name: '/x' }]), 'member with an unsafe path: "/x"'],
    ['an absolute folder', Buffer.concat([rawHeader('/x/', 0, '5'), end]), 'unsafe path: "/x/"'],
    [
      'a name of a pax header outside the tar',
      Buffer.concat([paxHeader({ path: 'a/../../x' }), rawHeader('a', 0, '0'), end]),
      'unsafe path: "a/../../x"',
    ],
    [
      'a long name of GNU that is absolute',
      Buffer.concat([gnuLong('L', `/${long}`), rawHeader('a', 0, '0'), end]),
      `unsafe path: "/${long}"`,
    ],
    [
      'a link to a file outside the tar',
      tarOf([{ name: 'a/b', link: { to: '../../c' } }]),
      'it contains a link with an unsafe target: "../../c"',
    ],
    [
      'a hard link to a file outside the tar',
      tarOf([{ name: 'a/b', link: { to: '../c', hard: true } }]),
      /target: "..\/c"/,
    ],
    ['a truncated body', rawHeader('a', 513, '0'), /truncated/],
    ['a truncated long name', rawHeader('a', 513, 'L'), /truncated/],
    ['a long name of a gigabyte', rawHeader('a', 2 ** 30, 'L'), /a header of 1073741824 bytes/],
    [
      'a size that is no number',
      Buffer.concat([paxHeader({ size: '-1' }), rawHeader('a', 0, '0')]),
      /a pax size of "-1"/,
    ],
    [
      'something else after a member',
      Buffer.concat([rawHeader('a', 0, '0'), body]),
      /no tar header at byte 512/,
    ],
  ])('reports %s', async (_, bytes, words) => {
    await expect(entriesOf(bytes)).rejects.toThrow(words)
    await expect(scanTar(await folder.write('tar', bytes))).rejects.toThrow(words)
  })

  test('names are relative to the root', () => {
    expect(['./a', 'a', '././a', './/a'].map(name => resolveMemberName(name))).toEqual(Array(4).fill('a'))
    expect(['..a', 'a..', 'a/...', './'].map(name => resolveMemberName(name))).toEqual([
      '..a',
      'a..',
      'a/...',
      '',
    ])
    for (const name of ['/a', '//a', '..', '../a', './../a', 'b/../a', 'a/..'])
      expect(() => resolveMemberName(name)).toThrow(`unsafe path: "${name}"`)
  })

  test('targets are relative to the folder of their link, and must be inside the tar', () => {
    expect(resolveLinkTarget('../b/c', 'a')).toBe('b/c')
    expect(resolveLinkTarget('./b', '.')).toBe('b')
    expect(resolveLinkTarget('..b', 'a/..')).toBe('..b')
    for (const target of ['/b', '../../b', 'b/../../../c', '../..'])
      expect(() => resolveLinkTarget(target, 'a')).toThrow(`unsafe target: "${target}"`)
  })
})

const body = Buffer.from('hello')

/** A stream that counts how many of its chunks were read. */
function countReads(bytes: Buffer) {
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

  test('is found by one of several names, and its body can be read next', async () => {
    const { seen, reader } = countReads(tarOf(members))
    const file = await findFile(reader, ['usr/bin/a', 'usr/bin/b'])
    expect(file).toMatchObject({ name: 'usr/bin/b', size: 5 })
    expect(await reader.readExactly(5)).toEqual(body)
    expect(seen.chunks).toBe(3)
  })

  test('is not found if it is a link or missing', async () => {
    expect(await findFile(countReads(tarOf(members)).reader, ['usr/bin/a', 'usr/bin'])).toBeUndefined()
  })

  test('is an error if the tar is truncated before it', async () => {
    const cut = tarOf(members).subarray(0, 5000)
    await expect(findFile(countReads(cut).reader, ['usr/bin/d'])).rejects.toThrow('truncated')
  })
})
