import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import { limitConcurrency, mapLimit, waitForAll, withTimeout } from '../../src/util/async.js'

function counter() {
  let now = 0
  let most = 0
  return {
    async task(): Promise<void> {
      most = Math.max(most, ++now)
      await sleep(2)
      now--
    },
    get most() {
      return most
    },
  }
}

describe('limitConcurrency', () => {
  test('runs at most the given number of tasks', async () => {
    const count = counter()
    const limited = limitConcurrency(3)
    await Promise.all(Array.from({ length: 10 }, () => limited(() => count.task())))
    expect(count.most).toBe(3)
  })

  test('starts the next task after an error', async () => {
    const limited = limitConcurrency(1)
    await expect(limited(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
    await expect(limited(async () => 'yes')).resolves.toBe('yes')
  })
})

describe('mapLimit', () => {
  test('keeps the order of the items', async () => {
    const slowFirst = (n: number) => sleep(10 - n, n * n)
    expect(await mapLimit([1, 2, 3, 4], 2, slowFirst)).toEqual([1, 4, 9, 16])
    expect(await mapLimit([], 2, slowFirst)).toEqual([])
  })

  test('starts no more tasks after an error and waits for those that run', async () => {
    const ended: number[] = []
    const run = mapLimit([0, 1, 2, 3, 4, 5], 2, async n => {
      if (n === 0) throw new Error('first')
      await sleep(5)
      ended.push(n)
    })
    await expect(run).rejects.toThrow('first')
    expect(ended).toEqual([1])
  })
})

describe('waitForAll', () => {
  test('returns the results in order', async () => {
    expect(await waitForAll([sleep(2, 'slow'), Promise.resolve(1)])).toEqual(['slow', 1])
  })

  test('waits for the other tasks after an error', async () => {
    let isOver = false
    const slow = sleep(5).then(() => {
      isOver = true
    })
    await expect(waitForAll([slow, Promise.reject(new Error('no'))])).rejects.toThrow('no')
    expect(isOver).toBe(true)
  })
})

const late = (): Error => new Error('too late')
const never = new Promise<never>(() => {})

test('returns the result or the error of the task', async () => {
  expect(await withTimeout(60_000, Promise.resolve(1), late)).toBe(1)
  await expect(withTimeout(60_000, Promise.reject(new Error('no')), late)).rejects.toThrow('no')
})

test('does not wait for a task that takes longer', async () => {
  await expect(withTimeout(5, never, late)).rejects.toThrow('too late')
})
