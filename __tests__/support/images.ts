import { createHash } from 'node:crypto'
import { toByteString, toBytes } from '../../src/image/format/byte-string.js'
import { paddingOf } from '../../src/image/format/tar.js'
import { encodeHeader, encodePaxRecord, writeChecksum } from '../../src/image/format/write-tar-header.js'
import { type Digest, digestOf } from '../../src/oci/digest.js'

/** Numbers in [0, 1) that depend only on the seed. */
export type Random = () => number

// In the contexts in which Jest runs tests, each access of a global object is slow, and some tests draw millions of numbers.
const { floor, imul } = Math

export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function below(random: Random, limit: number): number {
  return floor(random() * limit)
}

/** Draws each byte. */
export function drawBytes(size: number, draw: () => number): Buffer {
  const bytes = Buffer.alloc(size)
  for (let n = 0; n < size; n++) bytes[n] = draw()
  return bytes
}

/** Bytes that compress to about half, as programs do: noise with near and far repetitions. */
export function noise(random: Random, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  for (let at = 0; at < size; ) {
    const length = Math.min(size - at, 4 + below(random, 2000))
    if (at > length && random() < 0.5) bytes.copy(bytes, at, below(random, at - length), at)
    else for (let n = at; n + 4 <= at + length; n += 4) bytes.writeInt32LE((random() * 2 ** 32) | 0, n)
    at += length
  }
  return bytes
}

export interface TestMember {
  name: string
  body?: Buffer
  /** Default: 644. */
  mode?: number
  /** The target of a symbolic or hard link. */
  link?: { to: string; hard?: boolean }
}

/** A program for amd64. */
export function elfProgram(): Buffer {
  const program = Buffer.alloc(4000, 1)
  program.write('\x7fELF\x02\x01', 0, 'latin1')
  program.writeUInt16LE(2, 16)
  program.writeUInt16LE(62, 18)
  return program
}

/** A tar in plain ustar format. */
export function tarOf(members: readonly TestMember[]): Buffer {
  const parts = members.flatMap(({ name, body = Buffer.alloc(0), mode = 0o644, link }) => [
    link ? linkHeader(name, link) : encodeHeader({ name, type: '0', mode, size: body.length }),
    body,
    Buffer.alloc(paddingOf(body.length)),
  ])
  return Buffer.concat([...parts, Buffer.alloc(1024)])
}

/** A tar header: that of a file, with some fields replaced. */
export function rawHeader(name: string, size: number, type: string, link = ''): Buffer {
  const block = encodeHeader({ name: name.slice(0, 100), type: '0', mode: 0o644, size })
  block.write(type, 156, 'latin1')
  block.write(link.slice(0, 100), 157)
  return withChecksum(block)
}

/** Updates the checksum after a header was changed. */
export function withChecksum(block: Buffer): Buffer {
  writeChecksum(block)
  return block
}

/** A header and a body, without the end mark of the tar. */
export function memberOf(header: Buffer, body: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([header, body, Buffer.alloc(paddingOf(body.length))])
}

/** A pax header with its records. */
export function paxHeader(records: Readonly<Record<string, string>>, name = 'pax', type = 'x'): Buffer {
  const pairs = Object.entries(records).map(([key, value]) => [key, toByteString(value)] as const)
  const body = toBytes(pairs.map(encodePaxRecord).join(''))
  return memberOf(rawHeader(name, body.length, type), body)
}

function linkHeader(name: string, link: { to: string; hard?: boolean }): Buffer {
  return rawHeader(name, 0, link.hard ? '1' : '2', link.to)
}

export interface TestLayer {
  tar: Buffer
  diffId: Digest
}

export function layerOf(tar: Buffer): TestLayer {
  return { tar, diffId: digestOf(tar) }
}

/** A layer with a few files, sometimes with none. */
export function randomLayer(random: Random, size: number): TestLayer {
  const files = Array.from({ length: 1 + below(random, 3) }, (_, n) => ({
    name: `/nix/store/${n}-${below(random, 1e9)}`,
    body: noise(random, below(random, size)),
  }))
  return layerOf(tarOf(files))
}

export interface TestImage {
  config: Buffer
  layers: TestLayer[]
}

/** @param run the `config` of the image config. By default, the image runs nothing, so its layers can contain anything. */
export function imageOf(layers: TestLayer[], architecture = 'amd64', run: object = {}): TestImage {
  const config = {
    os: 'linux',
    architecture,
    config: run,
    rootfs: { type: 'layers', diff_ids: layers.map(layer => layer.diffId) },
  }
  return { config: Buffer.from(JSON.stringify(config)), layers }
}

export function randomImage(random: Random, options: { layers?: number; size?: number } = {}): TestImage {
  const count = options.layers ?? 1 + below(random, 5)
  return imageOf(Array.from({ length: count }, () => randomLayer(random, options.size ?? 60_000)))
}

export function hexSum(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** zstd frames made without a library: raw blocks of at most 128 KiB (RFC 8878, 3.1.1.2). */
export function zstdStored(bytes: Buffer): Buffer {
  const parts: Buffer[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58])]
  for (let at = 0; at === 0 || at < bytes.length; at += 1 << 17) {
    const block = bytes.subarray(at, at + (1 << 17))
    const header = Buffer.alloc(3)
    header.writeUIntLE((block.length << 3) | (at + (1 << 17) >= bytes.length ? 1 : 0), 0, 3)
    parts.push(header, block)
  }
  return Buffer.concat(parts)
}
