import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@jest/globals'
import { Budget } from '../../src/http/retry.js'
import { RegistryClient } from '../../src/registry/client.js'
import { Repository } from '../../src/registry/repository.js'
import { pushIndex } from '../support/push.js'
import { failureOf, index, layer, TestClock, withRegistry } from './fixture.js'

const BUDGET = { task: 'the push' }

test('a push to a registry that is always busy ends within its budget and says why', () => {
  const clock = new TestClock()
  const budget = new Budget(20_000, BUDGET, clock)
  return withRegistry(
    { now: () => clock.now() },
    async ({ registry, repository }) => {
      const action = { kind: 'status', status: 429, headers: { 'retry-after': '9' } } as const
      registry.fault({ times: 1000, action })
      budget.begin()
      const failure = await failureOf(pushIndex(index('a'), repository(), ['latest'], { concurrency: 1 }))
      budget.end()
      expect(failure.name).toBe('TimeLimitExceeded')
      expect(failure.message).toMatch(
        /^the push did not end within 20\.0 s; the last error was: HEAD http.*: 429 Too Many Requests$/,
      )
      expect(clock.time - 1_800_000_000_000).toBeLessThan(20_000)
    },
    { clock, budget },
  )
})

/** A registry that sends an endless response and reads a body in small pieces. */
async function withSlow(task: (registry: string) => Promise<void>): Promise<void> {
  const server = http.createServer((request, response) => {
    const drip = (): void => void response.write('a')
    if (request.method === 'HEAD') response.writeHead(404).end()
    if (request.method === 'POST') response.writeHead(202, { location: '/up' }).end()
    if (request.method === 'GET') {
      response.writeHead(200)
      const timer = setInterval(drip, 5)
      response.once('close', () => clearInterval(timer))
    }
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  try {
    await task(`127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
}

test.each<[string, (repository: Repository) => Promise<unknown>]>([
  ['an answer without end', repository => repository.listTags()],
  ['a body that nobody takes', repository => repository.pushBlob(layer('x', 20_000_000))],
])('%s ends with the budget, even if the idle timeout is longer', (_, task) =>
  withSlow(async registry => {
    const budget = new Budget(80, BUDGET)
    const client = new RegistryClient({ budget, timeouts: { idle: 60_000 } })
    budget.begin()
    const failure = await failureOf(task(new Repository(client, { registry, repository: 'a/b' })))
    expect(failure).toMatchObject({ name: 'TimeLimitExceeded', message: 'the push did not end within 0.1 s' })
    client.close()
  }),
)

test("after the budget's end, no request starts", async () => {
  const budget = new Budget(1, BUDGET)
  budget.begin()
  await new Promise(resolve => budget.signal.addEventListener('abort', resolve))
  const client = new RegistryClient({ budget })
  const repository = new Repository(client, { registry: '127.0.0.1:1', repository: 'a/b' })
  expect((await failureOf(repository.listTags())).name).toBe('TimeLimitExceeded')
})
