import { expect, test } from '@jest/globals'
import { Budget, OutOfTime } from '../../src/http/budget.js'
import { retryTask } from '../../src/http/retry.js'
import { failureOf, TestClock } from '../registry/fixture.js'

const WORDS = { what: 'the push', hint: 'Give it more time.' }
const always = { attempts: 9, isTransient: () => true, longestWait: 1e9 }

test('no wait is begun that would end too late; the last trouble is told', async () => {
  const clock = new TestClock()
  const budget = new Budget(10_000, WORDS, clock)
  budget.begin()
  const retry = { ...always, backoff: (attempt: number) => 1000 * 2 ** (attempt - 1) }
  let tries = 0
  const run = retryTask({ retry, clock, budget }, async () => {
    throw new Error(`trouble ${++tries}`)
  })
  const failure = await failureOf(run)
  expect(failure).toBeInstanceOf(OutOfTime)
  expect(failure).toMatchObject({
    message: 'the push did not end within 10.0 s; the last trouble was: trouble 4',
    hint: 'Give it more time.',
  })
  expect(clock.waits).toEqual([1000, 2000, 4000])
  budget.end()
})

test('a server that asks for more patience than there is', async () => {
  const clock = new TestClock()
  const budget = new Budget(10_000, WORDS, clock)
  budget.begin()
  clock.time += 4000
  const asks = (retryAfter: number) => () => Promise.reject(Object.assign(new Error('busy'), { retryAfter }))
  const retry = { ...always, attempts: 2, backoff: () => 1 }
  expect(await failureOf(retryTask({ retry, clock, budget }, asks(6000)))).toBeInstanceOf(OutOfTime)
  expect((await failureOf(retryTask({ retry, clock, budget }, asks(5999)))).message).toBe('busy')
  budget.end()
})

test('before it begins and after it ends there is time', async () => {
  const clock = new TestClock()
  const budget = new Budget(10, WORDS, clock)
  expect(budget.left()).toBe(Number.POSITIVE_INFINITY)
  budget.begin()
  expect(budget.left()).toBe(10)
  budget.end()
  expect(budget.left()).toBe(Number.POSITIVE_INFINITY)
  await new Promise(resolve => setTimeout(resolve, 30))
  expect(budget.signal.aborted).toBe(false)
})

test('what takes too long is ended, and told with the trouble before', async () => {
  const budget = new Budget(30, WORDS)
  budget.begin()
  budget.saw(new Error('a reset'))
  await new Promise(resolve => budget.signal.addEventListener('abort', resolve))
  expect(budget.signal.reason).toMatchObject({
    message: 'the push did not end within 0.0 s; the last trouble was: a reset',
  })
})
