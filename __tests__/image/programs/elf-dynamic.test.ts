import { expect, test } from '@jest/globals'
import { parseElf, wholeFile } from '../../../src/image/programs/elf-dynamic.js'
import type { LayerFile } from '../../../src/image/programs/layer-contents.js'
import { LayerScanner } from '../../../src/image/programs/scan-layer.js'
import { elfOf, type TestElf } from '../../support/elf.js'
import { below, noise, seeded, tarOf } from '../../support/images.js'

const TEXTS = {
  interpreter: '/nix/store/x-glibc/lib/ld-linux-x86-64.so.2',
  needed: ['libz.so.1', 'libc.so.6'],
  soname: 'libx.so',
  rpath: '/a:/b',
  runpath: '$ORIGIN/../lib',
}
const DYNAMIC = {
  needed: TEXTS.needed,
  soname: 'libx.so',
  rpath: ['/a', '/b'],
  runpath: ['$ORIGIN/../lib'],
}

test.each<[machine: string, TestElf]>([
  ['amd64', {}],
  ['arm64', { machine: 183 }],
  ['386', { machine: 3, bits: 32 }],
  ['arm', { machine: 40, bits: 32 }],
  ['s390x', { machine: 22, order: 'big' }],
  ['machine 8', { machine: 8, bits: 32, order: 'big' }],
])('a file for %s', (machine, elf) => {
  const { interpreter } = TEXTS
  expect(parseElf(wholeFile(elfOf({ ...TEXTS, ...elf })))).toEqual({ machine, interpreter, dynamic: DYNAMIC })
  expect(parseElf(wholeFile(elfOf(elf)))).toEqual({ machine, dynamic: 'none' })
})

/** Scans a tar with this file, in chunks of this size. */
function scanFile(file: Buffer, chunkBytes: number): LayerFile | undefined {
  const scanner = new LayerScanner()
  const tar = tarOf([{ name: 'a', body: file, mode: 0o755 }])
  for (let at = 0; at < tar.length; at += chunkBytes) scanner.add(tar.subarray(at, at + chunkBytes))
  return scanner.finish().files?.entries.get('a')
}

test.each([
  [false, 3000],
  [true, 3000],
  [false, 3 << 20],
  [true, 3 << 20],
  [true, 12 << 20],
])('a file with names at its end: %p, and %d bytes of code', (lateNames, code) => {
  const file = elfOf({ ...TEXTS, lateNames, code })
  const { interpreter } = TEXTS
  const expected = {
    kind: 'elf',
    isExecutable: true,
    elf: { machine: 'amd64', interpreter, dynamic: DYNAMIC },
  }
  for (const chunkBytes of [1 << 20, 65_536, 7777]) expect(scanFile(file, chunkBytes)).toEqual(expected)
  expect(scanFile(file, 1 << 26)).toEqual(expected)
})

test('names after more bytes than are kept are not known', () => {
  const file = elfOf({ ...TEXTS, lateNames: true, code: 12 << 20 })
  // The segment with the names is too large to be kept.
  const large = Buffer.concat([file, Buffer.alloc(2 << 20)])
  large.writeBigUInt64LE(BigInt(large.length - (12 << 20)), 64 + 56 + 32)
  expect(scanFile(large, 1 << 20)).toMatchObject({ elf: { machine: 'amd64', dynamic: 'unknown' } })
})

test('damaged files are not known, and no error', () => {
  const random = seeded(11)
  for (let round = 0; round < 3000; round++) {
    const file = elfOf({ ...TEXTS, bits: round % 2 ? 32 : 64, order: round % 3 ? 'little' : 'big' })
    for (let n = 0; n <= below(random, 4); n++)
      noise(random, 1 + below(random, 8)).copy(file, 16 + below(random, file.length - 16))
    const cut = file.subarray(0, below(random, 3) ? file.length : below(random, file.length))
    expect(() => parseElf(wholeFile(cut))).not.toThrow()
    expect(() => scanFile(cut, 1 + below(random, 600))).not.toThrow()
  }
})
