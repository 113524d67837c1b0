import { availableParallelism } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, jest, test } from '@jest/globals'
import { deflateBlock } from '../../../src/image/format/deflate.js'
import { DeflateThread } from '../../../src/image/format/deflate-thread.js'
import { DeflateThreads } from '../../../src/image/format/deflate-threads.js'
import { Deflater, deflateCode } from '../../../src/image/format/deflater.js'
import { ThreadLost } from '../../../src/image/format/thread-lost.js'
import { noise, seeded } from '../../support/images.js'

const NOTHING = Buffer.alloc(0)
const code = deflateCode()

/** Threads whose blocks are done when the test says so. */
class Stage {
  started = 0
  closed = 0
  readonly going: { block: Uint8Array; done(): void; fail(): void }[] = []
  readonly threads: DeflateThreads

  constructor(max: number, idle = 60_000) {
    this.threads = new DeflateThreads({ max, idle, start: () => this.#start() })
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

describe('threads', () => {
  test('no more than so many, each with one block, in the order of the calls', async () => {
    const stage = new Stage(2)
    const all = [1, 2, 3, 4].map(n => stage.threads.deflate(Buffer.from([n]), NOTHING))
    await delay(0)
    expect(stage.started).toBe(2)
    const seen: number[] = []
    while (stage.going.length > 0) {
      expect(stage.going.length).toBeLessThanOrEqual(2)
      seen.push(stage.going[0]?.block[0] ?? 0)
      await stage.end()
    }
    expect(seen).toEqual([1, 2, 3, 4])
    expect((await Promise.all(all)).map(bytes => bytes[0])).toEqual([1, 2, 3, 4])
    expect(stage.started).toBe(2)
  })

  test('one that is free is used again', async () => {
    const stage = new Stage(4)
    for (let n = 0; n < 3; n++) {
      const one = stage.threads.deflate(Buffer.from([n]), NOTHING)
      await delay(0)
      await stage.end()
      await one
    }
    expect(stage.started).toBe(1)
  })

  test('they end when nothing comes, and are started again', async () => {
    const stage = new Stage(2, 1)
    const both = [1, 2].map(n => stage.threads.deflate(Buffer.from([n]), NOTHING))
    await delay(0)
    await stage.end()
    await delay(50)
    expect(stage.closed).toBe(0)
    await stage.end()
    await Promise.all(both)
    while (stage.closed < 2) await delay(5)
    const again = stage.threads.deflate(Buffer.from([3]), NOTHING)
    await delay(0)
    await stage.end()
    expect((await again)[0]).toBe(3)
    expect(stage.started).toBe(3)
  })

  test('a failure is told to the one whose block it was', async () => {
    const stage = new Stage(1)
    const [bad, good] = [1, 2].map(n => stage.threads.deflate(Buffer.from([n]), NOTHING))
    const told = expect(bad).rejects.toThrow('the thread has ended')
    await delay(0)
    await stage.end('fail')
    await told
    await stage.end()
    expect((await good)?.[0]).toBe(2)
  })

  test('one that failed is not used again', async () => {
    const stage = new Stage(1)
    const all = [1, 2, 3].map(n => stage.threads.deflate(Buffer.from([n]), NOTHING))
    const done = Promise.allSettled(all)
    await delay(0)
    await stage.end('fail')
    expect(stage.started).toBe(2)
    expect(stage.closed).toBe(1)
    await stage.end()
    await stage.end()
    expect((await done).map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    expect(stage.started).toBe(2)
  })

  test('where none can be started any more, nobody waits for one', async () => {
    let fail = (): void => {}
    const failing = new Promise<Buffer>((_, reject) => {
      fail = () => reject(new ThreadLost('it has ended'))
    })
    const start = jest.fn(() => {
      if (start.mock.calls.length > 1) throw new ThreadLost('there is no room for it')
      return { deflate: () => failing, close: async () => {} }
    })
    const threads = new DeflateThreads({ max: 1, idle: 60_000, start })
    const all = [1, 2, 3].map(n => threads.deflate(Buffer.from([n]), NOTHING))
    const done = Promise.allSettled(all)
    await delay(0)
    fail()
    expect((await done).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(start).toHaveBeenCalledTimes(3)
  })
})

describe('a thread', () => {
  const bytes = noise(seeded(81), 1 << 20)

  test('gives what this thread gives', async () => {
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

  test('that has ended says so, as does one that cannot begin', async () => {
    const ended = new DeflateThread(code)
    await ended.deflate(bytes, NOTHING)
    await ended.close()
    await expect(ended.deflate(bytes, NOTHING)).rejects.toThrow('the thread that deflates has ended')
    await expect(ended.deflate(bytes, NOTHING)).rejects.toBeInstanceOf(ThreadLost)
    await expect(new DeflateThread({}).deflate(bytes, NOTHING)).rejects.toBeInstanceOf(ThreadLost)
  })

  test('is not to blame for what it is wrongly given', async () => {
    const thread = new DeflateThread(code)
    await expect(thread.deflate(Buffer.alloc(3 << 20), NOTHING)).rejects.toBeInstanceOf(RangeError)
    await thread.close()
  })

  test('that is ended while it works says so', async () => {
    const thread = new DeflateThread(code)
    const work = expect(thread.deflate(bytes, NOTHING)).rejects.toThrow('has ended')
    await thread.close()
    await work
  })
})

test('many blocks at once, large and small, come as one after the other', async () => {
  const random = seeded(82)
  const here = new Deflater(code)
  const blocks = Array.from({ length: 3 * availableParallelism() + 9 }, (_, n) =>
    noise(random, (n % 4) * 100_000),
  )
  const deflated = await Promise.all(blocks.map(block => deflateBlock(block, NOTHING)))
  expect(deflated.every((bytes, n) => bytes.equals(here.deflate(blocks[n] ?? NOTHING, NOTHING)))).toBe(true)
})
