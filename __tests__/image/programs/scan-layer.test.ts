import { expect, test } from '@jest/globals'
import { addMachines, type LayerContents } from '../../../src/image/programs/layer-contents.js'
import { LayerScanner } from '../../../src/image/programs/scan-layer.js'
import { elfOf } from '../../support/elf.js'
import { below, memberOf, noise, rawHeader, seeded, type TestMember, tarOf } from '../../support/images.js'

/** The first bytes of an ELF file: class, byte order, type and machine. */
function elf(machine: number, { type = 3, big = false, size = 5000 } = {}): Buffer {
  const file = Buffer.alloc(size, 1)
  file.write('\x7fELF\x02', 0, 'latin1')
  file[5] = big ? 2 : 1
  if (big) file.writeUInt16BE(type, 16) && file.writeUInt16BE(machine, 18)
  else file.writeUInt16LE(type, 16) && file.writeUInt16LE(machine, 18)
  return file
}

function scan(chunks: readonly Buffer[]): LayerContents {
  const scanner = new LayerScanner()
  for (const chunk of chunks) scanner.add(chunk)
  return scanner.finish()
}

function survey(chunks: readonly Buffer[]): Record<string, number> {
  return Object.fromEntries(scan(chunks).machines ?? [])
}

const members: TestMember[] = [
  { name: 'nix/store/a/', body: Buffer.alloc(0) },
  { name: 'nix/store/a/hello', body: elf(183) },
  { name: 'nix/store/a/link', link: { to: 'hello' } },
  { name: `nix/store/${'long/'.repeat(15)}lib.so`, body: elf(183, { size: 20 }) },
  { name: 'nix/store/a/script', body: Buffer.from('#!/bin/sh\n') },
  { name: 'nix/store/a/text', body: noise(seeded(1), 3000) },
  { name: 'nix/store/a/object.o', body: elf(62, { type: 1 }) },
  { name: 'nix/store/a/mainframe', body: elf(22, { type: 2, big: true }) },
  { name: 'nix/store/a/other', body: elf(62) },
  { name: 'nix/store/a/odd', body: elf(9999) },
]
const tar = tarOf(members)
const expected = { arm64: 2, s390x: 1, amd64: 1 }

test('counts executables and libraries by machine', () => {
  expect(survey([tar])).toEqual(expected)
})

test('returns the same counts for all chunk sizes', () => {
  expect(survey(Array.from(tar, byte => Buffer.from([byte])))).toEqual(expected)
  const random = seeded(7)
  for (let round = 0; round < 50; round++) {
    const chunks: Buffer[] = []
    for (let at = 0; at < tar.length; ) {
      const length = 1 + below(random, 2000)
      chunks.push(tar.subarray(at, at + length))
      at += length
    }
    expect(survey(chunks)).toEqual(expected)
  }
})

test('ignores content that is not a tar', () => {
  expect(survey([noise(seeded(2), 100_000)])).toEqual({})
  expect(survey([elf(62)])).toEqual({})
})

/** A member with a body, such as a pax header, without the end mark of the tar. */
function member(type: string, body: Buffer): Buffer {
  return memberOf(rawHeader('a', body.length, type), body)
}

test('reads pax headers, also those with a size', () => {
  const program = tarOf([{ name: 'a', body: elf(62) }])
  const path = member('x', Buffer.from('10 path=a\n21 GNU.sparse.size=1\n'))
  const size = member('x', Buffer.from('10 path=a\n13 size=5000\n'))
  const zero = rawHeader('a', 0, '0')
  expect(survey([path, member('g', Buffer.alloc(0)), program])).toEqual({ amd64: 1 })
  expect(survey([...Buffer.concat([path, program])].map(byte => Buffer.from([byte])))).toEqual({ amd64: 1 })
  expect(survey([size, zero, program.subarray(512)])).toEqual({ amd64: 1 })
  expect(survey([member('0', elf(183)), member('x', Buffer.alloc(1 << 21)), program])).toEqual({ arm64: 1 })
})

test('stops at a GNU sparse file', () => {
  const program = tarOf([{ name: 'a', body: elf(62) }])
  expect(survey([member('0', elf(183)), member('S', elf(62)), program])).toEqual({ arm64: 1 })
})

test('adds up the counts of layers', () => {
  const layers = [{ arm64: 2 }, { arm64: 1, amd64: 1 }].map(counts => ({
    machines: new Map(Object.entries(counts)),
  }))
  expect(Object.fromEntries(addMachines(layers) ?? [])).toEqual({ arm64: 3, amd64: 1 })
  expect(addMachines([...layers, {}])).toBeUndefined()
})

test('lists the store paths of a layer', () => {
  const hash = '0123456789abcdfghijklmnpqrsvwxyz'
  const layer = tarOf([
    { name: `./nix/store/${hash}-hello-1.0/bin/hello`, body: elf(62) },
    { name: `/nix/store/${hash}-hello-1.0/share/doc`, body: noise(seeded(1), 3000) },
    { name: `nix/store/${hash}-link`, link: { to: 'hello' } },
    { name: 'etc/passwd', body: Buffer.from('root') },
  ])
  const paths = [`/nix/store/${hash}-hello-1.0`, `/nix/store/${hash}-link`]
  expect(scan([layer]).storePaths).toEqual(paths)
  expect(scan([tarOf([{ name: `/nix/store/${hash}-a/b` }])]).storePaths).toEqual([`/nix/store/${hash}-a`])
  expect(scan([layer.subarray(0, 1500)])).not.toHaveProperty('storePaths')
})

/** Members of all kinds, with headers of all kinds. */
const mixed = Buffer.concat([
  member('x', Buffer.from('20 path=usr/bin/env\n')),
  tarOf([
    { name: 'x', body: elfOf({ interpreter: '/ld', needed: ['a'], code: 3000 }), mode: 0o755 },
  ]).subarray(0, -1024),
  member('L', Buffer.from(`${'long/'.repeat(40)}name\0`)),
  tarOf([{ name: 'x', body: elfOf({ needed: ['a'], runpath: '/b', lateNames: true, code: 5000 }) }]).subarray(
    0,
    -1024,
  ),
  member('K', Buffer.from(`${'far/'.repeat(40)}name\0`)),
  tarOf([
    { name: 'link', link: { to: 'x' } },
    { name: 'hard', link: { to: 'usr/bin/env', hard: true } },
    { name: 'opt/.wh.old', body: Buffer.alloc(0) },
    { name: 'srv/.wh..wh..opq', body: Buffer.alloc(0) },
    { name: 'run.sh', body: Buffer.from('#!/bin/sh -e\necho\n'), mode: 0o755 },
    { name: 'empty', body: Buffer.alloc(0) },
  ]).subarray(0, -1024),
  member('x', Buffer.from('22 GNU.sparse.major=1\n')),
  tarOf([{ name: 'sparse', body: elfOf() }]),
])

test('lists the files that matter', () => {
  const { entries, removed, emptied } = scan([mixed]).files ?? { entries: new Map() }
  const kinds = [...entries]
    .map(([path, { kind }]) => `${path}: ${kind}`)
    .filter(text => !text.includes('long'))
  expect(kinds).toEqual([
    'usr/bin: folder',
    'usr: folder',
    'usr/bin/env: elf',
    'link: link',
    'hard: elf',
    'run.sh: script',
    'empty: other',
    'sparse: unknown',
  ])
  expect(entries.get(`${'long/'.repeat(40)}name`)).toMatchObject({
    elf: { dynamic: { needed: ['a'], runpath: ['/b'] } },
  })
  expect(entries.get('link')).toEqual({ kind: 'link', target: `${'far/'.repeat(40)}name` })
  expect(entries.get('run.sh')).toEqual({ kind: 'script', isExecutable: true, line: '/bin/sh -e' })
  expect([...(removed ?? [])]).toEqual(['opt/old'])
  expect([...(emptied ?? [])]).toEqual(['srv'])
})

/** Comparing texts is much faster than comparing objects. */
const textOf = (contents: LayerContents): string =>
  JSON.stringify(contents, (_, value) => (value instanceof Map || value instanceof Set ? [...value] : value))

test('finds the same wherever the tar is cut', () => {
  const expected = scan([mixed])
  expect(expected.files?.entries.size).toBeGreaterThan(8)
  const text = textOf(expected)
  for (let at = 1; at < mixed.length; at += 5)
    if (textOf(scan([mixed.subarray(0, at), mixed.subarray(at)])) !== text) throw new Error(`cut at ${at}`)
})

test('finds the same in damaged tars for all chunk sizes, and never fails', () => {
  const random = seeded(21)
  for (let round = 0; round < 400; round++) {
    const damaged = Buffer.from(mixed)
    for (let n = 0; n <= below(random, 6); n++) damaged[below(random, damaged.length)] = below(random, 256)
    const cut = damaged.subarray(0, below(random, 2) ? damaged.length : below(random, damaged.length))
    const size = 1 + below(random, 5000)
    const chunks = Array.from({ length: Math.ceil(cut.length / size) }, (_, n) =>
      cut.subarray(n * size, (n + 1) * size),
    )
    expect(scan(chunks)).toEqual(scan([cut]))
  }
})

test('the files of a layer are not known if there are too many, or if a name is not a path', () => {
  const scanner = new LayerScanner({ files: 3, texts: 1000 })
  scanner.add(tarOf(['a', 'b', 'c', 'd'].map(name => ({ name }))))
  expect(scanner.finish()).toEqual({ machines: new Map(), storePaths: [] })
  expect(scan([tarOf([{ name: 'a/../../b' }])])).not.toHaveProperty('files')
  const texts = new LayerScanner({ files: 100, texts: 1000 })
  texts.add(tarOf(Array.from({ length: 20 }, (_, n) => ({ name: `${n}`, link: { to: 'x'.repeat(90) } }))))
  expect(texts.finish()).not.toHaveProperty('files')
})
