import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { deflateRawSync, gunzipSync, gzipSync, inflateRawSync } from 'node:zlib'
import { describe, expect, jest, test } from '@jest/globals'
import { hasZstd } from '../../../src/image/format/decompress.js'
import {
  compileDeflater,
  Deflater,
  DeflateThread,
  DeflateThreads,
  deflateBlock,
  isIncompressible,
  isNotSmallerEnough,
  startWorker,
  toWorkerError,
  WorkerUnavailable,
} from '../../../src/image/format/deflate.js'
import { checkEncoding } from '../../../src/image/format/ordered-block-writer.js'
import { OCI_LAYER, OCI_LAYER_GZIP } from '../../../src/oci/descriptor.js'
import { digestOf } from '../../../src/oci/digest.js'
import { dockerArchive } from '../../support/docker-archive.js'
import {
  below,
  drawBytes,
  imageOf,
  layerOf,
  noise,
  type Random,
  seeded,
  tarOf,
  zstdStored,
} from '../../support/images.js'
import { listFolder, packPath, useFolder } from '../fixture.js'
import { CONTENTS } from './deflates.js'

const NOTHING = Buffer.alloc(0)
const code = compileDeflater()

/** Threads whose blocks are finished by the test. */
class ThreadsFixture {
  started = 0
  closed = 0
  readonly going: { block: Uint8Array; done(): void; fail(): void }[] = []
  readonly threads: DeflateThreads

  constructor(max: number, idleMs = 60_000) {
    this.threads = new DeflateThreads({ max, idleMs, start: () => this.#start() })
  }

  #start() {
    this.started++
    return {
      deflate: (block: Uint8Array) =>
        new Promise<Buffer>((resolve, reject) => {
          const done = () => resolve(Buffer.from(block))
          this.going.push({ block, done, fail: () => reject(new Error('the thread has ended')) })
        }),
      close: async () => {
        this.closed++
      },
    }
  }

  async end(how: 'done' | 'fail' = 'done'): Promise<void> {
    this.going.shift()?.[how]()
    await delay(0)
  }
}

describe('DeflateThreads', () => {
  test('starts at most `max` threads, and deflates in the order of the calls', async () => {
    const fixture = new ThreadsFixture(2)
    const all = [1, 2, 3, 4].map(n => fixture.threads.deflate(Buffer.from([n]), NOTHING))
    await delay(0)
    expect(fixture.started).toBe(2)
    const seen: number[] = []
    while (fixture.going.length > 0) {
      expect(fixture.going.length).toBeLessThanOrEqual(2)
      seen.push(fixture.going[0]?.block[0] ?? 0)
      await fixture.end()
    }
    expect(seen).toEqual([1, 2, 3, 4])
    expect((await Promise.all(all)).map(bytes => bytes[0])).toEqual([1, 2, 3, 4])
    expect(fixture.started).toBe(2)
  })

  test('reuses a free thread', async () => {
    const fixture = new ThreadsFixture(4)
    for (let n = 0; n < 3; n++) {
      const one = fixture.threads.deflate(Buffer.from([n]), NOTHING)
      await delay(0)
      await fixture.end()
      await one
    }
    expect(fixture.started).toBe(1)
  })

  test('closes idle threads, and starts them again', async () => {
    const fixture = new ThreadsFixture(2, 1)
    const both = [1, 2].map(n => fixture.threads.deflate(Buffer.from([n]), NOTHING))
    await delay(0)
    await fixture.end()
    await delay(50)
    expect(fixture.closed).toBe(0)
    await fixture.end()
    await Promise.all(both)
    while (fixture.closed < 2) await delay(5)
    const again = fixture.threads.deflate(Buffer.from([3]), NOTHING)
    await delay(0)
    await fixture.end()
    expect((await again)[0]).toBe(3)
    expect(fixture.started).toBe(3)
  })

  test('throws an error only to the caller of the block', async () => {
    const fixture = new ThreadsFixture(1)
    const [bad, good] = [1, 2].map(n => fixture.threads.deflate(Buffer.from([n]), NOTHING))
    const rejection = expect(bad).rejects.toThrow('the thread has ended')
    await delay(0)
    await fixture.end('fail')
    await rejection
    await fixture.end()
    expect((await good)?.[0]).toBe(2)
  })

  test('does not reuse a thread that failed', async () => {
    const fixture = new ThreadsFixture(1)
    const all = [1, 2, 3].map(n => fixture.threads.deflate(Buffer.from([n]), NOTHING))
    const done = Promise.allSettled(all)
    await delay(0)
    await fixture.end('fail')
    expect(fixture.started).toBe(2)
    expect(fixture.closed).toBe(1)
    await fixture.end()
    await fixture.end()
    expect((await done).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    expect(fixture.started).toBe(2)
  })

  test('rejects all waiting calls if no thread can be started', async () => {
    let fail = (): void => {}
    const failing = new Promise<Buffer>((_, reject) => {
      fail = () => reject(new WorkerUnavailable('it has ended'))
    })
    const start = jest.fn(() => {
      if (start.mock.calls.length > 1) throw new WorkerUnavailable('there is no room for it')
      return { deflate: () => failing, close: async () => {} }
    })
    const threads = new DeflateThreads({ max: 1, idleMs: 60_000, start })
    const all = [1, 2, 3].map(n => threads.deflate(Buffer.from([n]), NOTHING))
    const done = Promise.allSettled(all)
    await delay(0)
    fail()
    expect((await done).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(start).toHaveBeenCalledTimes(3)
  })
})

describe('DeflateThread', () => {
  const bytes = noise(seeded(81), 1 << 20)

  test('returns the same bytes as the main thread', async () => {
    const thread = new DeflateThread(code)
    const here = new Deflater(code)
    try {
      for (const size of [1 << 20, 5, 0, 300_000]) {
        const before = bytes.subarray(0, size % 32_768)
        const there = await thread.deflate(bytes.subarray(0, size), before)
        expect(there.equals(here.deflate(bytes.subarray(0, size), before))).toBe(true)
      }
    } finally {
      await thread.close()
    }
  })

  test('throws WorkerUnavailable if it has ended or cannot start', async () => {
    const ended = new DeflateThread(code)
    await ended.deflate(bytes, NOTHING)
    await ended.close()
    await expect(ended.deflate(bytes, NOTHING)).rejects.toThrow('the thread that deflates has ended')
    await expect(ended.deflate(bytes, NOTHING)).rejects.toBeInstanceOf(WorkerUnavailable)
    await expect(new DeflateThread({}).deflate(bytes, NOTHING)).rejects.toBeInstanceOf(WorkerUnavailable)
  })

  test('throws a programming error unchanged', async () => {
    const thread = new DeflateThread(code)
    await expect(thread.deflate(Buffer.alloc(3 << 20), NOTHING)).rejects.toBeInstanceOf(RangeError)
    await thread.close()
  })

  test('throws WorkerUnavailable if it is ended while it deflates', async () => {
    const thread = new DeflateThread(code)
    const work = expect(thread.deflate(bytes, NOTHING)).rejects.toThrow('has ended')
    await thread.close()
    await work
  })
})

test('deflating blocks in parallel and in sequence gives the same bytes', async () => {
  const random = seeded(82)
  const here = new Deflater(code)
  const blocks = Array.from({ length: 3 * availableParallelism() + 9 }, (_, n) =>
    noise(random, (n % 4) * 100_000),
  )
  const deflated = await Promise.all(blocks.map(block => deflateBlock(block, NOTHING)))
  expect(deflated.every((bytes, n) => bytes.equals(here.deflate(blocks[n] ?? NOTHING, NOTHING)))).toBe(true)
})

const WINDOW = 1 << 15
const MIB = 1 << 20
const END = Buffer.from([3, 0])

const deflater = (): Deflater => new Deflater(compileDeflater())

function inflate(deflated: Buffer, before: Buffer): Buffer {
  return inflateRawSync(Buffer.concat([deflated, END]), before.length > 0 ? { dictionary: before } : {})
}

const { clz32 } = Math

/** Contents that need all kinds of codes, distances and lengths. */
const KINDS: Record<string, (random: Random, size: number) => Buffer> = {
  ...CONTENTS,
  'few symbols': (random, size) => {
    const kinds = 1 + below(random, 4)
    return drawBytes(size, () => below(random, kinds))
  },
  // Each byte is half as frequent as the one before it, which gives the longest codes.
  'rare symbols': (random, size) => drawBytes(size, () => clz32(below(random, 2 ** 31))),
  copies: (random, size) => {
    const bytes = Buffer.alloc(size)
    const distances = [1, 2, 258, WINDOW - 1, WINDOW, WINDOW + 1, 1 << 16]
    for (let at = 0; at < size; ) {
      const distance = distances[below(random, distances.length)] as number
      const length = Math.min(1 + below(random, 600), size - at)
      for (const end = at + length; at < end; at++)
        bytes[at] = distance > at || length < 20 ? below(random, 256) : (bytes[at - distance] as number)
    }
    return bytes
  },
}

const EDGES = [0, 1, 2, 3, 4, 5, 7, 8, 9, 257, 258, 259, 260, WINDOW, WINDOW + 258, 1 << 16]

/** The full count is 4800. The sizes of the blocks repeat after 48. */
const BLOCKS = Number(process.env.DEFLATE_BLOCKS ?? 48)
const SEED = Number(process.env.DEFLATE_SEED ?? 71)

describe('Deflater', () => {
  test.each(Object.keys(KINDS))(
    'deflates %s: the output inflates to the input, and is not much larger',
    kind => {
      const random = seeded(SEED)
      const shared = deflater()
      for (let n = 0; n < BLOCKS; n++) {
        const size =
          n % 3 === 0 ? below(random, 70_000) : Math.max(0, (EDGES[n % EDGES.length] as number) + (n % 4) - 2)
        const known = n % 4 === 0 ? below(random, WINDOW) : ([0, 1, 3, WINDOW][n % 4] as number)
        const all = KINDS[kind]?.(random, known + size) ?? NOTHING
        const before = all.subarray(0, known)
        const block = all.subarray(known)
        const deflated = shared.deflate(block, before)
        expect(inflate(deflated, before).equals(block)).toBe(true)
        expect(deflated.length).toBeLessThanOrEqual(size + 6 * Math.ceil(size / WINDOW) + 6)
      }
    },
  )

  test.each([MIB - 1, MIB])('deflates %i bytes', size => {
    const bytes = noise(seeded(72), WINDOW + size)
    const before = bytes.subarray(0, WINDOW)
    const block = bytes.subarray(WINDOW)
    expect(inflate(deflater().deflate(block, before), before).equals(block)).toBe(true)
  })

  test('returns blocks that can be joined to one stream', () => {
    const bytes = KINDS.text?.(seeded(73), 500_000) ?? NOTHING
    const shared = deflater()
    const parts: Buffer[] = []
    for (let at = 0; at < bytes.length; at += 60_000)
      parts.push(
        shared.deflate(bytes.subarray(at, at + 60_000), bytes.subarray(Math.max(0, at - WINDOW), at)),
      )
    expect(inflate(Buffer.concat(parts), NOTHING).equals(bytes)).toBe(true)
  })

  test('refers to the content before the block, up to 32 KiB back', () => {
    const before = KINDS.random?.(seeded(74), WINDOW) ?? NOTHING
    expect(deflater().deflate(before, before).length).toBeLessThan(1000)
  })

  test('returns at most as many bytes as zlib at level 2', () => {
    for (const kind of ['text', 'mixed', 'zeros', 'noise']) {
      const block = KINDS[kind]?.(seeded(76), MIB) ?? NOTHING
      const zlib = deflateRawSync(block, { level: 2, memLevel: 9 })
      expect([kind, deflater().deflate(block, NOTHING).length / zlib.length < 1.02]).toEqual([kind, true])
    }
  })

  test('rejects a block that is too large', () => {
    expect(() => deflater().deflate(Buffer.alloc(MIB + 1), NOTHING)).toThrow(
      'the block or the content before it is too large',
    )
    expect(() => deflater().deflate(NOTHING, Buffer.alloc(WINDOW + 1))).toThrow(
      'the block or the content before it is too large',
    )
  })
})

test('a block gives the same bytes on every machine', () => {
  const random = seeded(77)
  const shared = deflater()
  const sum = createHash('sha256')
  for (const make of Object.values(KINDS)) {
    const all = make(random, WINDOW + 100_000)
    const deflated = shared.deflate(all.subarray(WINDOW), all.subarray(0, WINDOW))
    expect(deflater().deflate(all.subarray(WINDOW), all.subarray(0, WINDOW)).equals(deflated)).toBe(true)
    sum.update(deflated)
  }
  expect(sum.digest('hex')).toBe('b23ed73d30e63293514946b21f6eb6b647b325f10f4f6a1e900582dd8c595bfa')
})

const folder = useFolder()
const random = seeded(99)

/** Bytes without repetitions. */
function chaos(size: number): Buffer {
  return drawBytes(size, () => below(random, 256))
}

describe('isIncompressible', () => {
  const block = chaos(MIB)

  test('is true for random bytes, and false for bytes with the distribution of programs', () => {
    expect(isIncompressible(block)).toBe(true)
    expect(isIncompressible(gzipSync(noise(random, 3 * MIB)).subarray(0, MIB))).toBe(true)
    expect(isIncompressible(noise(random, MIB))).toBe(false)
    expect(isIncompressible(Buffer.alloc(MIB))).toBe(false)
  })

  test('is false for base64, and for random bytes that repeat', () => {
    expect(isIncompressible(Buffer.from(block.toString('base64')).subarray(0, MIB))).toBe(false)
    const repeated = Buffer.concat(Array.from({ length: 64 }, () => block.subarray(0, MIB / 64)))
    expect(isIncompressible(repeated)).toBe(false)
  })

  test('is false for a small block', () => {
    expect(isIncompressible(block.subarray(0, (1 << 16) - 1))).toBe(false)
    expect(isNotSmallerEnough(60_000, 60_000)).toBe(false)
    expect(isNotSmallerEnough(97_000, 100_000)).toBe(true)
    expect(isNotSmallerEnough(96_999, 100_000)).toBe(false)
  })
})

describe('a layer that does not compress', () => {
  const dense = layerOf(tarOf([{ name: '/nix/store/photo', body: chaos(3 * MIB) }]))
  const mixed = layerOf(
    tarOf([
      { name: '/nix/store/photo', body: chaos(2 * MIB) },
      { name: '/nix/store/text', body: Buffer.alloc(MIB, 'text ') },
    ]),
  )
  const small = layerOf(tarOf([{ name: '/nix/store/key', body: chaos(50_000) }]))
  const image = imageOf([dense, mixed, small])

  test.each([
    ['plain', dockerArchive(image)],
    ['gzip', gzipSync(dockerArchive(image))],
    ['with zstd layers', dockerArchive(image, { encode: zstdStored })],
  ])('is stored uncompressed, and other layers are compressed (%s)', async (_, bytes) => {
    const { layers } = await packPath(await folder.write('image', bytes), folder.layers)
    expect(layers.map(({ mediaType }) => mediaType)).toEqual([OCI_LAYER, OCI_LAYER_GZIP, OCI_LAYER_GZIP])
    expect(layers[0]).toMatchObject({ digest: dense.diffId, size: dense.tar.length })
    expect((await readFile(join(folder.layers, dense.diffId.slice(7)))).equals(dense.tar)).toBe(true)
    const packed = await readFile(join(folder.layers, layers[1]?.digest.slice(7) ?? ''))
    expect(gunzipSync(packed).equals(mixed.tar)).toBe(true)
    expect(packed.length).toBeLessThan(2.1 * MIB)
    expect(await listFolder(folder.layers)).toHaveLength(3)
  })

  test('is also stored uncompressed with zstd', async () => {
    if (!hasZstd()) return
    const path = await folder.write('image', dockerArchive(image))
    const { layers } = await packPath(path, folder.layers, { encoding: 'zstd' })
    expect(layers[0]).toMatchObject({ mediaType: OCI_LAYER, digest: dense.diffId })
    expect(layers[1]?.mediaType).toMatch(/zstd$/)
  })

  test('gives the same bytes if it is packed again', async () => {
    const path = await folder.write('image', dockerArchive(image))
    const { layers } = await packPath(path, folder.layers)
    const again = await packPath(path, join(folder.path, 'again'))
    expect(again.layers.map(({ digest }) => digest)).toEqual(layers.map(({ digest }) => digest))
    expect(digestOf(dense.tar)).toBe(layers[0]?.digest)
  })
})

describe('compression levels', () => {
  test('change the size of an image', async () => {
    const path = await folder.write('image', dockerArchive(imageOf([layerOf(noise(random, 2 * MIB))])))
    const sizes: number[] = []
    for (const level of [1, 9]) {
      const { layers } = await packPath(path, join(folder.path, `${level}`), { level })
      sizes.push(layers[0]?.size ?? 0)
    }
    expect(sizes[1]).toBeLessThan(sizes[0] as number)
  })

  test.each([0, 10, 2.5, -1, Number.NaN])('reject %p for gzip', level => {
    expect(() => checkEncoding('gzip', level)).toThrow(/gzip has no compression level/)
  })

  test('are checked before the source is read', async () => {
    const path = await folder.write('image', dockerArchive(imageOf([])))
    await expect(packPath(path, folder.layers, { level: 12 })).rejects.toThrow(/no compression level 12/)
    for (const level of [1, 9, undefined]) expect(() => checkEncoding('gzip', level)).not.toThrow()
    if (hasZstd()) expect(() => checkEncoding('zstd', 19)).not.toThrow()
    if (hasZstd()) expect(() => checkEncoding('zstd', 20)).toThrow(/zstd has no compression level 20/)
  })
})

const makeCodedError = (code: string): Error => Object.assign(new Error('no'), { code })

test('any error of a thread that did not start is WorkerUnavailable', () => {
  expect(toWorkerError(new RangeError('no room'), false)).toBeInstanceOf(WorkerUnavailable)
})

test('an error that ends a running thread is WorkerUnavailable', () => {
  expect(toWorkerError(makeCodedError('ERR_WORKER_OUT_OF_MEMORY'), true)).toBeInstanceOf(WorkerUnavailable)
  const mistake = new TypeError('it is not a function')
  expect(toWorkerError(mistake, true)).toBe(mistake)
})

test('data that cannot be passed to a thread causes a programming error', () => {
  expect(() => startWorker('', () => {})).toThrow(expect.objectContaining({ name: 'DataCloneError' }))
})

test('a thread does not see the environment variables', async () => {
  const worker = startWorker(
    `const { parentPort, workerData } = require('node:worker_threads')
     parentPort.postMessage([workerData, Object.keys(process.env).length])`,
    'given',
  )
  expect(await once(worker, 'message')).toEqual([['given', 0]])
  await worker.terminate()
})
