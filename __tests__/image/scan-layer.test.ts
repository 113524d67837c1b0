import { expect, test } from '@jest/globals'
import { addMachines, type LayerContents } from '../../src/image/layer-contents.js'
import { LayerScanner } from '../../src/image/scan-layer.js'
import { below, memberOf, noise, rawHeader, seeded, type TestMember, tarOf } from '../support/images.js'

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
