import { expect, test } from '@jest/globals'
import { index, withRegistry } from '../registry/fixture.js'
import { pushIndex } from '../support/push.js'

test('a push opens few connections for many requests', () =>
  withRegistry({}, async ({ registry, repository }) => {
    for (const seed of ['a', 'b', 'c'])
      await pushIndex(index(seed, 300_000), repository(), [seed], { concurrency: 3 })
    expect(registry.log.length).toBeGreaterThan(50)
    expect(new Set(registry.log.map(({ port }) => port)).size).toBeLessThanOrEqual(9)
  }))
