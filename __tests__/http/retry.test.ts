import { describe, expect, test } from '@jest/globals'
import { isTransient, RequestError } from '../../src/http/request-error.js'
import {
  Budget,
  logRepeatedRetries,
  logRetry,
  parseRetryAfter,
  retryOf,
  retryTask,
  systemClock,
  TimeLimitExceeded,
} from '../../src/http/retry.js'
import { defaultRetry } from '../../src/registry/client.js'
import { failureOf, TestClock } from '../registry/fixture.js'

const failure = (of: { status?: number; code?: string; retryAfter?: number }): RequestError =>
  new RequestError({ method: 'GET', url: new URL('https://r.example/v2/'), ...of })

describe('isTransient', () => {
  test.each([408, 425, 429, 500, 502, 503, 504, 520, 524])('status %d', status => {
    expect(isTransient(failure({ status }))).toBe(true)
  })
  test.each([400, 401, 403, 404, 413, 416, 501, 505])('not status %d', status => {
    expect(isTransient(failure({ status }))).toBe(false)
  })
  test.each(['ECONNRESET', 'EPIPE', 'TIMEOUT', 'EAI_AGAIN'])('%s', code => {
    expect(isTransient(failure({ code }))).toBe(true)
  })
  test.each(['ENOTFOUND', 'CERT_HAS_EXPIRED', 'ERR_SSL_WRONG_VERSION_NUMBER'])('not %s', code => {
    expect(isTransient(failure({ code }))).toBe(false)
  })
  test('not an error of our own', () => {
    expect(isTransient(new Error('disk full'))).toBe(false)
  })
})

test('retryOf and logRetry: each wait is twice the one before, and is logged', async () => {
  const [clock, logged]: [TestClock, string[]] = [new TestClock(), []]
  const retry = retryOf({ attempts: 4, firstWaitMs: 700 }, isTransient, 60_000)
  const onRetry = logRetry(message => logged.push(message))
  const context = { retry, clock, onRetry }
  const busy = failure({ status: 503 })
  expect(await failureOf(retryTask(context, () => Promise.reject(busy)))).toBe(busy)
  expect(clock.waits).toEqual([700, 1400, 2800])
  expect(logged[2]).toBe('GET https://r.example/v2/: 503 Service Unavailable; trying again in 2.8 s')
  await failureOf(retryTask(context, () => Promise.reject(failure({ status: 404 }))))
  const slow = failure({ status: 429, retryAfter: 60_001 })
  await failureOf(retryTask(context, () => Promise.reject(slow)))
  expect(clock.waits).toHaveLength(3)
})

test('logRepeatedRetries: failures for one reason are logged once in ten seconds, with their number', () => {
  const logged: string[] = []
  let now = 0
  const onRetry = logRepeatedRetries<RequestError>(
    message => logged.push(message),
    ({ status }) => String(status),
    { now: () => now },
  )
  for (const status of [503, 503, 429, 503]) onRetry(failure({ status }), 1000)
  now = 9999
  onRetry(failure({ status: 503 }), 2000)
  now = 10_000
  for (let n = 0; n < 2; n++) onRetry(failure({ status: 503 }), 4000)
  const said = 'GET https://r.example/v2/:'
  expect(logged).toEqual([
    `${said} 503 Service Unavailable; trying again in 1.0 s`,
    `${said} 429 Too Many Requests; trying again in 1.0 s`,
    `${said} 503 Service Unavailable; trying again in 4.0 s (5 failures)`,
  ])
})

describe('retryTask', () => {
  const run = async (failures: RequestError[], retry = defaultRetry) => {
    const clock = new TestClock()
    const told: number[] = []
    const left = [...failures]
    const done = retryTask({ retry, clock, onRetry: (_, delay) => told.push(delay) }, async attempt => {
      const next = left.shift()
      if (next) throw next
      return attempt
    })
    const result = await done.catch(error => error)
    expect(told).toEqual(clock.waits)
    return { result, waits: clock.waits }
  }

  test('waits longer each time, and throws the last failure', async () => {
    const failures = Array.from({ length: 9 }, (_, n) => failure({ status: 500 + (n % 2) * 2 }))
    expect(await run(failures)).toEqual({ result: failures[5], waits: [1000, 2000, 4000, 8000, 16_000] })
  })

  test('returns the first success', async () => {
    expect(await run([failure({ status: 503 }), failure({ code: 'EPIPE' })])).toEqual({
      result: 3,
      waits: [1000, 2000],
    })
  })

  test('waits as long as the server asks, and at least its own backoff', async () => {
    const failures = [failure({ status: 429, retryAfter: 7000 }), failure({ status: 429, retryAfter: 0 })]
    expect((await run(failures)).waits).toEqual([7000, 2000])
  })

  test('does not wait for a server that asks for an hour', async () => {
    const refused = failure({ status: 429, retryAfter: 3_600_000 })
    expect(await run([refused])).toEqual({ result: refused, waits: [] })
  })

  test('reduces a wait by up to half at random', () => {
    expect([0, 0.5, 0.999].map(random => Math.round(defaultRetry.backoff(3, random)))).toEqual([
      4000, 3000, 2002,
    ])
  })

  test('an abort ends a wait at once', async () => {
    const stop = new AbortController()
    const run = retryTask({ retry: defaultRetry, clock: systemClock, signal: stop.signal }, async () => {
      setTimeout(() => stop.abort(new Error('interrupted')), 10)
      throw failure({ status: 503 })
    })
    expect((await failureOf(run)).message).toBe('interrupted')
  })
})

test.each([
  ['17', 17_000],
  [' 0 ', 0],
  ['Fri, 15 Jan 2027 08:00:30 GMT', 30_000],
  ['Fri, 15 Jan 2027 07:00:00 GMT', 0],
  ['soon', undefined],
  [undefined, undefined],
])('Retry-After: %s', (value, ms) => {
  expect(parseRetryAfter(value, Date.parse('2027-01-15T08:00:00Z'))).toBe(ms)
})

const BUDGET = { task: 'the push', hint: 'Give it more time.' }
const always = { attempts: 9, isTransient: () => true, longestWait: 1e9 }

test('no wait starts that would end too late; the error quotes the last failure', async () => {
  const clock = new TestClock()
  const budget = new Budget(10_000, BUDGET, clock)
  budget.begin()
  const retry = { ...always, backoff: (attempt: number) => 1000 * 2 ** (attempt - 1) }
  let tries = 0
  const run = retryTask({ retry, clock, budget }, async () => {
    throw new Error(`trouble ${++tries}`)
  })
  const failure = await failureOf(run)
  expect(failure).toBeInstanceOf(TimeLimitExceeded)
  expect(failure).toMatchObject({
    message: 'the push did not end within 10.0 s; the last error was: trouble 4',
    hint: 'Give it more time.',
  })
  expect(clock.waits).toEqual([1000, 2000, 4000])
  budget.end()
})

test('a Retry-After longer than the remaining time fails at once', async () => {
  const clock = new TestClock()
  const budget = new Budget(10_000, BUDGET, clock)
  budget.begin()
  clock.time += 4000
  const asks = (retryAfter: number) => () => Promise.reject(Object.assign(new Error('busy'), { retryAfter }))
  const retry = { ...always, attempts: 2, backoff: () => 1 }
  expect(await failureOf(retryTask({ retry, clock, budget }, asks(6000)))).toBeInstanceOf(TimeLimitExceeded)
  expect((await failureOf(retryTask({ retry, clock, budget }, asks(5999)))).message).toBe('busy')
  budget.end()
})

test('there is no limit before begin and after end', async () => {
  const clock = new TestClock()
  const budget = new Budget(10, BUDGET, clock)
  expect(budget.remainingMs()).toBe(Number.POSITIVE_INFINITY)
  budget.begin()
  expect(budget.remainingMs()).toBe(10)
  budget.end()
  expect(budget.remainingMs()).toBe(Number.POSITIVE_INFINITY)
  await new Promise(resolve => setTimeout(resolve, 30))
  expect(budget.signal.aborted).toBe(false)
})

test('a task over its limit is aborted; the error quotes the last failure', async () => {
  const budget = new Budget(30, BUDGET)
  budget.begin()
  budget.recordFailure(new Error('a reset'))
  await new Promise(resolve => budget.signal.addEventListener('abort', resolve))
  expect(budget.signal.reason).toMatchObject({
    message: 'the push did not end within 0.0 s; the last error was: a reset',
  })
})
