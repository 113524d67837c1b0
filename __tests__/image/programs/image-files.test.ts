import { describe, expect, test } from '@jest/globals'
import { type FoundFile, ImageFiles } from '../../../src/image/programs/image-files.js'
import { LayerScanner } from '../../../src/image/programs/scan-layer.js'
import { elfOf } from '../../support/elf.js'
import { rawHeader, tarOf } from '../../support/images.js'

type Member = [
  name: string,
  content?: { to: string; hard?: boolean } | { text: string } | 'folder' | 'program',
]

/** The files of an image, from the tars of its layers. */
function filesOf(layers: readonly (readonly Member[])[], volumes: readonly string[] = []): ImageFiles {
  const tars = layers.map(members =>
    Buffer.concat([
      ...members.map(([name, content = 'program']) => {
        if (content === 'folder') return rawHeader(name, 0, '5')
        if (typeof content === 'object' && 'to' in content)
          return tarOf([{ name, link: content }]).subarray(0, -1024)
        const body = content === 'program' ? elfOf() : Buffer.from(content.text)
        return tarOf([{ name, body, mode: 0o755 }]).subarray(0, -1024)
      }),
      Buffer.alloc(1024),
    ]),
  )
  const scanned = tars.map(tar => {
    const scanner = new LayerScanner()
    scanner.add(tar)
    return scanner.finish().files
  })
  return new ImageFiles(scanned as NonNullable<(typeof scanned)[number]>[], volumes)
}

const describeFound = (found: FoundFile): string => ('path' in found ? found.path : found.kind)

const STORE = '/nix/store/0123456789abcdfghijklmnpqrsvwxyz-hello'
const store = STORE.slice(1)

describe('a path leads to', () => {
  test.each<[what: string, layers: Member[][], path: string, expected: string]>([
    ['a file', [[['bin/a']]], '/bin/a', '/bin/a'],
    ['a file, with ./ in the tar', [[['./bin/a']]], '/bin//./a', '/bin/a'],
    ['a file, with / in the tar', [[['/bin/a']]], 'bin/a', '/bin/a'],
    ['nothing', [[['bin/a']]], '/bin/b', 'missing'],
    ['nothing below a file', [[['bin/a']]], '/bin/a/b', 'missing'],
    ['a folder', [[['bin', 'folder']]], '/bin', '/bin'],
    ['a folder without a header', [[['bin/a']]], '/bin', '/bin'],
    ['the target of an absolute link', [[['bin/a', { to: '/usr/a' }], ['usr/a']]], '/bin/a', '/usr/a'],
    ['the target of a relative link', [[['bin/a', { to: '../usr/a' }], ['usr/a']]], '/bin/a', '/usr/a'],
    ['a link to a folder', [[['bin', { to: 'usr/bin' }], ['usr/bin/a']]], '/bin/a', '/usr/bin/a'],
    ['.. of a link to a folder', [[['x', { to: 'a/b' }], ['a/b/c'], ['a/d']]], '/x/../d', '/a/d'],
    ['.. above the root', [[['x', { to: '../../../a' }], ['a']]], '/x', '/a'],
    [
      'nothing, after a loop',
      [
        [
          ['a', { to: 'b' }],
          ['b', { to: 'a' }],
        ],
      ],
      '/a',
      'missing',
    ],
    ['nothing, after a broken link', [[['a', { to: '/b' }]]], '/a', 'missing'],
    ['a hard link', [[['a'], ['b', { to: 'a', hard: true }]]], '/b', '/b'],
    [
      'a file in the store',
      [[['bin', { to: `${STORE}/bin` }], [`${store}/bin/a`]]],
      '/bin/a',
      `${STORE}/bin/a`,
    ],
    ['nothing in the store', [[['bin', { to: `${STORE}/bin` }], [`${store}/bin/a`]]], '/bin/b', 'missing'],
    ['a link that a later member replaces', [[['a', { to: 'b' }], ['b'], ['a']]], '/a', '/a'],
    ['a link of another layer', [[['usr/a']], [['a', { to: 'usr/a' }]]], '/a', '/usr/a'],
    ['the file of the upper layer', [[['a', { to: 'b' }], ['b']], [['a']]], '/a', '/a'],
    ['nothing, because it is removed', [[['bin/a']], [['bin/.wh.a', { text: '' }]]], '/bin/a', 'missing'],
    [
      'nothing, because its folder is removed',
      [[['usr/bin/a']], [['.wh.usr', { text: '' }]]],
      '/usr/bin/a',
      'missing',
    ],
    [
      'a file that is removed and added',
      [[['a', { to: 'b' }]], [['.wh.a', { text: '' }], ['a']]],
      '/a',
      '/a',
    ],
    ['a file that is added again', [[['a']], [['.wh.a', { text: '' }]], [['a']]], '/a', '/a'],
    [
      'nothing, because its folder is emptied',
      [[['bin/a']], [['bin/.wh..wh..opq', { text: '' }], ['bin/b']]],
      '/bin/a',
      'missing',
    ],
    [
      'a file of the emptied folder',
      [[['bin/a']], [['bin/b'], ['bin/.wh..wh..opq', { text: '' }]]],
      '/bin/b',
      '/bin/b',
    ],
    ['nothing below a file that replaces a folder', [[['bin/a']], [['bin']]], '/bin/a', 'missing'],
    [
      'nothing below a folder that replaces a link',
      [[['bin', { to: 'usr' }], ['usr/a']], [['bin', 'folder']]],
      '/bin/a',
      'missing',
    ],
    ['both layers of a folder', [[['bin/a']], [['bin', 'folder'], ['bin/b']]], '/bin/a', '/bin/a'],
    [
      'something unclear: a folder without a header over a link',
      [[['bin', { to: 'usr' }], ['usr/a']], [['bin/b']]],
      '/bin/a',
      'unknown',
    ],
    ['what a runtime mounts', [[['run/a']]], '/run/a', 'unknown'],
    ['what a runtime mounts, by a link', [[['a', { to: '/proc/self/exe' }]]], '/a', 'unknown'],
    ['a volume', [[['data/a']]], '/data/a', 'unknown'],
    ['a folder beside a volume', [[['database/a']]], '/database/a', '/database/a'],
  ])('%s', (_, layers, path, expected) => {
    expect(describeFound(filesOf(layers, ['/data/']).find(path))).toBe(expected)
  })
})

test('a file is found by its name', () => {
  const files = filesOf([[['usr/lib/libz.so.1']], [['a']]])
  expect(files.findByName('libz.so.1')).toBe('/usr/lib/libz.so.1')
  expect(files.findByName('libz.so')).toBeUndefined()
})
