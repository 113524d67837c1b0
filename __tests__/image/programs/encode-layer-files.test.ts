import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import {
  decodeLayerFiles,
  encodeLayerFiles,
  splitLayerFiles,
} from '../../../src/image/programs/encode-layer-files.js'
import type { LayerFile, LayerFiles } from '../../../src/image/programs/layer-contents.js'
import { below, noise, seeded } from '../../support/images.js'

const dynamic = { needed: ['libz.so.1'], soname: 'liba.so', rpath: ['/a'], runpath: ['$ORIGIN', '/b'] }
const files: Record<string, LayerFile> = {
  usr: { kind: 'folder', isImplicit: true },
  'usr/bin': { kind: 'folder', isImplicit: false },
  'bin/a': { kind: 'link', target: '/usr/bin/a' },
  'bin/s': { kind: 'script', isExecutable: true, line: '/bin/sh -e' },
  'bin/t': { kind: 'script', isExecutable: false, line: '' },
  'etc/passwd': { kind: 'other', isExecutable: false },
  'bin/jar': { kind: 'other', isExecutable: true },
  'dev/null': { kind: 'unknown' },
  'bin/static': { kind: 'elf', isExecutable: true, elf: { machine: 'amd64', dynamic: 'none' } },
  'bin/large': { kind: 'elf', isExecutable: false, elf: { machine: 'machine 8', dynamic: 'unknown' } },
  'bin/elf': { kind: 'elf', isExecutable: true, elf: { machine: 'arm64', interpreter: '/ld', dynamic } },
  'lib/b': { kind: 'elf', isExecutable: false, elf: { machine: '386', dynamic: { needed: [] } } },
}

const tableOf = (entries: Record<string, LayerFile>): LayerFiles => ({
  entries: new Map(Object.entries(entries)),
  removed: new Set(['a']),
  emptied: new Set(['']),
})

test('the files of layers are the same after encoding and decoding', () => {
  const text = encodeLayerFiles([{ files: tableOf(files) }, {}, { files: tableOf({}) }]) as string
  expect(text).toMatch(/^[A-Za-z0-9+/]+=*$/)
  const [first, second, third] = splitLayerFiles(text)
  expect(decodeLayerFiles(first as string)).toEqual(tableOf(files))
  expect(second).toBeUndefined()
  expect(decodeLayerFiles(third as string)).toEqual(tableOf({}))
  expect(encodeLayerFiles([{}])).toBeUndefined()
})

test('the largest layers are left out of a text that is too long', () => {
  const random = seeded(5)
  const layers = [2000, 10, 5000].map(count => ({
    files: tableOf(
      Object.fromEntries(
        Array.from({ length: count }, (): [string, LayerFile] => [
          noise(random, 12).toString('hex'),
          { kind: 'other', isExecutable: true },
        ]),
      ),
    ),
  }))
  const text = encodeLayerFiles(layers) as string
  expect(text.length).toBeLessThanOrEqual(32_768)
  expect(splitLayerFiles(text).map(table => table !== undefined)).toEqual([false, true, false])
})

describe('a damaged text', () => {
  const pack = (value: unknown): string => deflateRawSync(JSON.stringify(value)).toString('base64')

  test.each([
    ['nothing', ''],
    ['no base64', '%%%'],
    ['another version', pack([2, ''])],
    ['no list', pack({})],
    ['something else in the list', pack([1, {}])],
    ['far more than it may contain', pack([1, 'a'.repeat(20 << 20)])],
  ])('%s: it has no layers', (_, text) => {
    expect(splitLayerFiles(text)).toEqual([])
  })

  test('of one layer: its files are not known', () => {
    for (const text of [
      '',
      '{}',
      '[]',
      '[[1],[],[]]',
      '[[["a"]],[],[]]',
      '[[["a","E",1]],[],[]]',
      '[[],[1],[]]',
    ])
      expect(decodeLayerFiles(text)).toBeUndefined()
    const random = seeded(8)
    const [good] = splitLayerFiles(encodeLayerFiles([{ files: tableOf(files) }]) as string) as [string]
    for (let round = 0; round < 500; round++) {
      const bytes = Buffer.from(good)
      bytes[below(random, bytes.length)] = 32 + below(random, 90)
      expect(() => decodeLayerFiles(bytes.toString())).not.toThrow()
    }
  })
})
