import { mkdir } from 'node:fs/promises'
import { deflateRawSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { limitBytes, limitEntries } from '../../src/image/format/limit-archive.js'
import type { TarEntry } from '../../src/image/format/tar.js'
import { encodeHeader } from '../../src/image/format/write-tar-header.js'
import { dockerArchive, dockerMembers } from '../support/docker-archive.js'
import {
  hexSum,
  imageOf,
  layerOf,
  paxHeader,
  rawHeader,
  type TestMember,
  tarOf,
  withChecksum,
} from '../support/images.js'
import { type MeasuredProcess, prepareProcess } from '../support/measured-process.js'
import { useFolder } from './fixture.js'

jest.setTimeout(120_000)

const folder = useFolder()
const MAX_MS = 60_000
const MAX_PEAK = 300e6

const TASK = `
import { openSource } from './src/image/source.js'
import { packImage } from './src/image/read-image.js'
export async function task(path, directory) {
  const { layers } = await packImage(await openSource(path), { encoding: 'gzip', directory })
  return 'read ' + layers.length
}`

let child: MeasuredProcess
beforeAll(async () => {
  child = await prepareProcess(TASK)
})
afterAll(() => child.remove())

/** Reads an image in a process of its own. */
async function expectOutcome(path: string, outcome: string | RegExp): Promise<void> {
  await mkdir(folder.layers, { recursive: true })
  const measured = await child.run(path, folder.layers)
  expect(measured.outcome).toMatch(outcome)
  expect(measured.ms).toBeLessThan(MAX_MS)
  expect(measured.peak).toBeLessThan(MAX_PEAK)
}

const IMAGE = imageOf([layerOf(tarOf([{ name: 'etc/hostname', body: Buffer.from('here') }]))])
const END_MARK = Buffer.alloc(1024)

/** The members of a tar, without its end mark. */
function membersOf(members: readonly TestMember[]): Buffer {
  return tarOf(members).subarray(0, -END_MARK.length)
}

/** A gzip stream that repeats its content. It is small, whatever the size of its content. */
function repeatedGzip(part: Buffer, count: number, rest = END_MARK): Buffer {
  const packed = gzipSync(part)
  return Buffer.concat([...Array.from({ length: count }, () => packed), gzipSync(rest)])
}

/** A member whose name is in a pax header. */
function paxMember(name: string): Buffer {
  return Buffer.concat([paxHeader({ path: name }), rawHeader('short', 0, '0')])
}

/** A header with a size in base 256. */
function sizedHeader(size: bigint): Buffer {
  const block = encodeHeader({ name: 'large', type: '0', mode: 0o644, size: 0 })
  block.fill(size < 0n ? 0xff : 0, 124, 136)
  block[124] = size < 0n ? 0xff : 0x80
  block.writeBigInt64BE(size, 128)
  return withChecksum(block)
}

/** A script that writes the files of the folder of the test. */
function writeScript(commands: string): Promise<string> {
  return folder.write('stream', `#!/bin/sh\ncd ${folder.path}\n${commands}\n`, 0o755)
}

describe('an archive with far more than an image ends soon and needs little memory:', () => {
  const numbered = (count: number, make: (n: number) => Buffer): Buffer =>
    Buffer.concat(Array.from({ length: count }, (_, n) => make(n)))
  const LONG_NAME = 'a/'.repeat(1500)

  test.each<[string, () => Buffer, RegExp]>([
    [
      'a million long names in 3 MB of gzip',
      () =>
        repeatedGzip(
          numbered(1000, n => paxMember(LONG_NAME + n)),
          1000,
        ),
      /the names of its members have more than 16777216 characters/,
    ],
    [
      'a name of a megabyte, again and again',
      () => repeatedGzip(paxMember('a'.repeat(1_000_000)), 1000),
      /the names of its members have more than 16777216 characters/,
    ],
    [
      'a million members',
      () =>
        repeatedGzip(
          numbered(1000, n => rawHeader(`m${n}`, 0, '0')),
          1000,
        ),
      /it has more than 100000 members/,
    ],
    [
      'a million links',
      () =>
        repeatedGzip(
          numbered(1000, n => rawHeader(`l${n}`, 0, '2', `l${n + 1}`)),
          1000,
        ),
      /it has more than 100000 members/,
    ],
    [
      'headers without a member',
      () => repeatedGzip(Buffer.alloc(1 << 20, rawHeader('x', 0, 'x')), 1000),
      /the tar has headers of more than 1048576 bytes for one member/,
    ],
    [
      'global headers without end',
      () => repeatedGzip(Buffer.alloc(1 << 20, rawHeader('g', 0, 'g')), 1000),
      /the tar has headers of more than 1048576 bytes for one member/,
    ],
    [
      'documents of 1 KiB',
      () =>
        repeatedGzip(
          numbered(1000, n => membersOf([{ name: `d${n}`, body: Buffer.alloc(1024, 0x7b) }])),
          90,
        ),
      /too many files that are neither layers nor metadata/,
    ],
    [
      'a manifest.json of 300 MB',
      () =>
        Buffer.concat([
          gzipSync(encodeHeader({ name: 'manifest.json', type: '0', mode: 0o644, size: 300 << 20 })),
          repeatedGzip(Buffer.alloc(1 << 20, 0x20), 300),
        ]),
      /manifest\.json is not a manifest or a config: it is a tar, or larger than 4 MiB/,
    ],
    [
      'zeros after the end',
      () => repeatedGzip(Buffer.alloc(1 << 20), 100, Buffer.alloc(0)),
      /it continues after the end mark of the tar/,
    ],
    [
      'a plain tar with 100,001 members',
      () => Buffer.alloc(100_001 * 512, rawHeader('m', 0, '0')),
      /100000 members/,
    ],
  ])('%s', async (_, make, outcome) => {
    await expectOutcome(await folder.write('image', make()), outcome)
  })

  test('millions of empty blocks of deflate', async () => {
    const empty = Buffer.concat(Array.from({ length: 1_000_000 }, () => Buffer.from([0, 0, 0, 0xff, 0xff])))
    const archive = dockerArchive(IMAGE)
    const whole = gzipSync(archive)
    const body = deflateRawSync(archive)
    await expectOutcome(
      await folder.write('image', Buffer.concat([whole.subarray(0, 10), empty, body, whole.subarray(-8)])),
      'read 1',
    )
  })

  test.each([
    ['one layer 100,000 times', (): string => IMAGE.layers[0]?.diffId ?? ''],
    ['20,000 layers', (n: number): string => `sha256:${n.toString(16).padStart(64, '0')}`],
  ])('%s', async (_, diffIdOf) => {
    const count = diffIdOf(1) === diffIdOf(2) ? 100_000 : 20_000
    const diffIds = Array.from({ length: count }, (_, n) => diffIdOf(n))
    const config = Buffer.from(
      JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { diff_ids: diffIds } }),
    )
    const manifest = [{ Config: 'config', RepoTags: null, Layers: diffIds.map(() => 'l') }]
    const small = config.length < 4 << 20
    const members = [
      { name: 'l', body: IMAGE.layers[0]?.tar ?? Buffer.alloc(0) },
      { name: 'config', body: config },
      { name: 'manifest.json', body: Buffer.from(JSON.stringify(manifest)) },
    ]
    await expectOutcome(
      await folder.write('image', tarOf(members)),
      small
        ? /it has more than 16384 layers/
        : /config is not a manifest or a config: it is a tar, or larger than 4 MiB/,
    )
  })

  test('indexes that list indexes', async () => {
    const indexOf = (children: readonly Buffer[], note: string): Buffer => {
      const manifests = children.map(child => ({
        mediaType: 'application/vnd.oci.image.index.v1+json',
        digest: `sha256:${hexSum(child)}`,
        size: child.length,
      }))
      return Buffer.from(JSON.stringify({ manifests, annotations: { note } }))
    }
    const blobsOf = (blobs: readonly Buffer[]): TestMember[] =>
      blobs.map(body => ({ name: `blobs/sha256/${hexSum(body)}`, body }))
    // Each of 30 indexes lists 30 others, down to the fourth level: 810,000 paths.
    const levels: Buffer[][] = [[]]
    for (const level of [3, 2, 1])
      levels.unshift(Array.from({ length: 30 }, (_, n) => indexOf(levels[0] ?? [], `${level} ${n}`)))
    const many = Array.from({ length: 1001 }, (_, n) => indexOf([], `${n}`))
    for (const [top, blobs, outcome] of [
      [indexOf(levels[0] ?? [], ''), levels.flat(), /its index does not list an image/],
      [indexOf(many, ''), many, /its indexes list more than 1000 images/],
    ] as const) {
      const archive = tarOf([
        ...blobsOf(blobs),
        { name: 'oci-layout', body: Buffer.from('{"imageLayoutVersion":"1.0.0"}') },
        { name: 'index.json', body: top },
      ])
      await expectOutcome(await folder.write('image', archive), outcome)
      await expectOutcome(await folder.write('image', gzipSync(archive)), outcome)
    }
  })
})

describe('a header that claims too much is an error at once:', () => {
  test.each<[string, Buffer, RegExp]>([
    ['300 GiB', sizedHeader(300n << 30n), /its content has more than 275 GB, uncompressed/],
    ['2^60 bytes', sizedHeader(1n << 60n), /there is no tar header/],
    ['-1 bytes', sizedHeader(-1n), /there is no tar header/],
    ['a sparse file', rawHeader('s', 1 << 20, 'S'), /truncated/],
  ])('%s', async (_, header, outcome) => {
    const first = membersOf([{ name: 'manifest.json', body: Buffer.from('[]') }])
    await folder.write('head', Buffer.concat([first, header]))
    await expectOutcome(await writeScript('cat head'), outcome)
  })
})

describe('links in an archive', () => {
  const linked = (count: number, last: string): Buffer => {
    const links = Array.from({ length: count }, (_, n) => ({
      name: n === 0 ? 'manifest.json' : `link${n}`,
      link: { to: n === count - 1 ? last : `link${n + 1}` },
    }))
    const members = dockerMembers(IMAGE).map(each =>
      each.name === 'manifest.json' ? { ...each, name: 'real' } : each,
    )
    return tarOf([...members, ...links])
  }
  test.each<[string, number, string, string | RegExp]>([
    ['are followed', 40, 'real', 'read 1'],
    [
      'may not form a long chain',
      41,
      'real',
      /the link manifest\.json points to a chain of more than 40 links/,
    ],
    ['may not form a circle', 10, 'link3', /the link manifest\.json points to itself/],
  ])('%s', async (_, count, last, outcome) => {
    await expectOutcome(await folder.write('image', linked(count, last)), outcome)
  })
})

describe('a stream script', () => {
  test('that never ends its tar is ended', async () => {
    await folder.write('image.tar', dockerArchive(IMAGE))
    await expectOutcome(
      await writeScript('cat image.tar /dev/zero'),
      /it continues after the end mark of the tar/,
    )
  })

  test('that writes members without end is ended', async () => {
    await folder.write('members', Buffer.alloc(10_000 * 512, rawHeader('m', 0, '0')))
    await expectOutcome(await writeScript('while :; do cat members; done'), /it has more than 100000 members/)
  })

  test('that leaves a process with its output ends soon after its end', async () => {
    await folder.write('image.tar', dockerArchive(IMAGE))
    await expectOutcome(await writeScript('cat image.tar; sleep 600 &'), 'read 1')
  })

  test('that fills standard error without a line end needs little memory', async () => {
    await folder.write('image.tar', dockerArchive(IMAGE))
    await expectOutcome(await writeScript('head -c 500M /dev/zero >&2; cat image.tar'), 'read 1')
  })
})

describe('limits', () => {
  async function* entriesOf(...sizes: readonly number[]): AsyncGenerator<TarEntry> {
    for (const size of sizes) yield { kind: 'file', name: 'abc', offset: 0, size }
  }
  const readAll = async (entries: AsyncIterable<unknown>): Promise<number> => {
    let count = 0
    for await (const _ of entries) count += 1
    return count
  }
  const limits = { members: 3, names: 9, content: 100 }

  test('are reached and not exceeded', async () => {
    expect(await readAll(limitEntries(entriesOf(50, 50, 0), limits))).toBe(3)
    await expect(readAll(limitEntries(entriesOf(50, 51), limits))).rejects.toThrow('more than 100 B')
    await expect(readAll(limitEntries(entriesOf(0, 0, 0, 0), limits))).rejects.toThrow('more than 3 members')
    await expect(readAll(limitEntries(entriesOf(0, 0, 0), { ...limits, names: 8 }))).rejects.toThrow(
      '8 characters',
    )
  })

  test('are counted for decompressed content', async () => {
    const chunks = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.alloc(60)
      yield Buffer.alloc(40)
    }
    expect(await readAll(limitBytes(chunks(), 100))).toBe(2)
    await expect(readAll(limitBytes(chunks(), 99))).rejects.toThrow(
      'its content has more than 99 B, uncompressed',
    )
  })
})
