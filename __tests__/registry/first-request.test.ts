import { expect, test } from '@jest/globals'
import { defaultRetry } from '../../src/registry/client.js'
import { failureOf, layer, withRegistry } from './fixture.js'

test("other requests wait until the first response shows the registry's challenge", () =>
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
