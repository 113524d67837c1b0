import { expect, test } from '@jest/globals'
import { defaultRetry } from '../../src/registry/client.js'
import { failureOf, layer, withRegistry } from './fixture.js'

test('the first request that is answered shows the others what the registry wants', () =>
  withRegistry(
    { auth: { kind: 'token', anonymous: 'pull' } },
    async ({ registry, repository }) => {
      registry.fault({ action: { kind: 'reset' } })
      await failureOf(repository().hasBlob(layer('0').digest))
      registry.log.length = 0
      await Promise.all(['1', '2', '3', '4'].map(seed => repository().hasBlob(layer(seed).digest)))
      expect(registry.log.filter(({ status }) => status === 401)).toHaveLength(1)
    },
    { retry: { ...defaultRetry, attempts: 1 } },
  ))
