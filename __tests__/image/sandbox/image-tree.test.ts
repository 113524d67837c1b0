import { describe, expect, test } from '@jest/globals'
import type { RawMember } from '../../../src/image/format/tar.js'
import { ImageTree, TREE_LIMITS, type TreeNode } from '../../../src/image/sandbox/image-tree.js'

type Entry = Partial<RawMember> & { readonly name: string }

const file = (name: string): Entry => ({ name })
const folder = (name: string): Entry => ({ name, type: '5' })
const link = (name: string, target: string): Entry => ({ name, type: '2', link: target })
const hardLink = (name: string, target: string): Entry => ({ name, type: '1', link: target })

function addAll(tree: ImageTree, layers: readonly (readonly Entry[])[]): ImageTree {
  const defaults = {
    type: '0',
    link: '',
    offset: 0,
    size: 0,
    mode: 0o644,
    isSparse: false,
    owner: { uid: 0, gid: 0 },
  }
  for (const [n, entries] of layers.entries())
    for (const entry of entries) tree.add({ ...defaults, ...entry }, n + 1)
  return tree
}

const treeOf = (...layers: readonly (readonly Entry[])[]): ImageTree => addAll(new ImageTree(), layers)

/** `a/b/`, `a/b/c`, `l -> target`, sorted. */
function list(node: TreeNode, path = ''): string[] {
  if (node.kind === 'link') return [`${path} -> ${node.target}`]
  if (node.kind === 'file') return [path]
  const entries = [...node.entries].flatMap(([name, each]) =>
    list(each, path === '' ? name : `${path}/${name}`),
  )
  return node.entries.size === 0 && path !== '' ? [`${path}/`] : entries.sort()
}

describe('layers are joined', () => {
  test.each<[string, readonly (readonly Entry[])[], readonly string[]]>([
    ['folders without a member of their own', [[file('a/b/c'), file('./a/d')]], ['a/b/c', 'a/d']],
    ['names with a leading slash', [[file('/nix/store/x')]], ['nix/store/x']],
    ['a file replaces a folder', [[file('a/b')], [file('a')]], ['a']],
    [
      'a folder replaces a link, and does not follow it',
      [
        [folder('b'), link('a', 'b')],
        [folder('a'), file('a/c')],
      ],
      ['a/c', 'b/'],
    ],
    ['a folder keeps its entries', [[file('a/b')], [folder('a'), file('a/c')]], ['a/b', 'a/c']],
    ['a whiteout removes a folder', [[file('a/b'), file('c')], [file('.wh.a')]], ['c']],
    ['a whiteout keeps files of its own layer', [[file('a/b')], [file('a/c'), file('.wh.a')]], ['a/c']],
    [
      'an opaque folder hides lower files',
      [
        [file('a/b'), file('a/d/e')],
        [file('a/c'), file('a/.wh..wh..opq')],
      ],
      ['a/c'],
    ],
    ['whiteouts of everything', [[file('a'), file('b/c')], [file('.wh..wh..opq')]], []],
    ['a whiteout of a missing file', [[file('a')], [file('x/.wh.y'), file('a/.wh.b')]], ['a']],
    ['other names of AUFS', [[file('.wh..wh.plnk'), file('a')]], ['a']],
    [
      'devices and pipes are left out',
      [
        [
          { name: 'a', type: '3' },
          { name: 'b', type: '6' },
        ],
      ],
      [],
    ],
    ['a device replaces a file', [[file('a')], [{ name: 'a', type: '4' }]], []],
    [
      'files in a linked folder',
      [[folder('usr/bin'), link('bin', 'usr/bin')], [file('bin/sh')]],
      ['bin -> usr/bin', 'usr/bin/sh'],
    ],
    [
      'an absolute link stays in the image',
      [[link('bin', '/usr/bin')], [file('bin/sh')]],
      ['bin -> /usr/bin', 'usr/bin/sh'],
    ],
    [
      'a link that goes up stays in the image',
      [[link('x', '../../../etc')], [file('x/passwd')]],
      ['etc/passwd', 'x -> ../../../etc'],
    ],
  ])('%s', (_, layers, expected) => {
    expect(list(treeOf(...layers).root)).toEqual(expected)
  })

  test('a hard link is the same file, also to a link', () => {
    const tree = treeOf([file('a'), link('l', 'a'), hardLink('b', 'a'), hardLink('m', '/l')])
    expect(tree.find('b')).toBe(tree.find('a'))
    expect(list(tree.root)).toEqual(['a', 'b', 'l -> a', 'm -> a'])
  })
})

describe('hostile layers', () => {
  test.each<[string, readonly Entry[], RegExp]>([
    ['..', [file('../x')], /unsafe path: "\.\.\/x"/],
    ['.. in a name', [file('a/../../x')], /unsafe path/],
    ['.. in a whiteout', [file('../.wh.x')], /unsafe path/],
    ['a NUL', [file('a\0b')], /unsafe path/],
    ['a link with a NUL', [link('a', 'b\0c')], /"a" is a link without a valid target/],
    ['a link without a target', [link('a', '')], /"a" is a link without a valid target/],
    ['a hard link outside', [hardLink('a', '../../etc/passwd')], /unsafe path/],
    [
      'a hard link to a missing file',
      [hardLink('a', '/etc/passwd')],
      /hard link to "\/etc\/passwd", which is not a file/,
    ],
    ['a hard link to a folder', [folder('d'), hardLink('a', 'd')], /hard link to "d"/],
    ['a link to itself', [link('a', 'a'), file('a/b')], /the link "a" points to itself/],
    ['a file as a folder', [file('a'), file('a/b')], /"a", which is not a folder/],
    ['a long name', [file('a'.repeat(256))], /too long/],
    ['a long path', [file('a/'.repeat(2100))], /too long/],
    ['a long link', [link('a', 'b'.repeat(5000))], /too long/],
    ['a sparse file', [{ ...file('a'), isSparse: true }], /sparse/],
  ])('%s is an error', (_, entries, message) => {
    expect(() => treeOf(entries)).toThrow(message)
  })

  test.each([
    ['members', { members: 2 }, /more than 2 members/],
    ['names', { names: 4 }, /more than 4 characters/],
    ['folders in each other', { depth: 3 }, /more than 3 folders in each other/],
  ])('too many %s are an error', (_, limits, message) => {
    const tree = new ImageTree({ ...TREE_LIMITS, ...limits })
    expect(() => addAll(tree, [[file('a/b/c/d'), file('e'), file('f')]])).toThrow(message)
  })

  test('links that double their paths are refused in time', () => {
    const links = Array.from({ length: 60 }, (_, n) => link(`l${n}`, `l${n + 1}/../l${n + 1}`))
    expect(() => treeOf([...links, file('l0/x')])).toThrow(/points to itself/)
  })
})

test('a file of this program replaces a link of the image', () => {
  const tree = treeOf([link('etc/hosts', '/proc/1/root/etc/hosts'), link('proc', 'etc')])
  tree.addFile('etc/hosts', 0o644)
  tree.replaceByFolder('proc')
  expect(list(tree.root)).toEqual(['etc/hosts', 'proc/'])
})
