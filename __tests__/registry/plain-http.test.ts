import { describe, expect, test } from '@jest/globals'
import { parseReference } from '../../src/oci/reference.js'
import { RegistryClient } from '../../src/registry/client.js'
import { Repository } from '../../src/registry/repository.js'
import { startWebProxy } from '../support/web-proxy.js'
import { TestClock, withRegistry } from './fixture.js'

/** Reads an image through a proxy that accepts no TLS. Returns the requests that the proxy got. */
async function read(name: string, insecure: boolean): Promise<string[]> {
  const asked: string[] = []
  await withRegistry({}, async ({ registry }) => {
    const proxy = await startWebProxy(Number(registry.reference('a').registry.split(':')[1]))
    const url = new URL(`http://${proxy.address}`)
    const client = new RegistryClient({
      clock: new TestClock(),
      insecure,
      proxies: () => ({ url, authorization: undefined, variable: 'HTTPS_PROXY' }),
      credentials: async () => ({ kind: 'basic', username: 'me', password: 'hush', source: 'test' }),
    })
    await new Repository(client, parseReference(name)).getManifest('latest').catch(() => {})
    client.close()
    asked.push(...proxy.asked)
    await proxy.close()
  })
  return asked
}

describe('a registry on another machine', () => {
  test('is used with plain HTTP only if it is insecure', async () => {
    expect(await read('registry.example/a', false)).not.toContainEqual(expect.stringContaining('http://'))
    expect(await read('registry.example/a', true)).toContain(
      'GET http://registry.example/v2/a/manifests/latest',
    )
  })

  test.each(['ghcr.io/o/i', 'o/i', 'docker.io/o/i', 'quay.io/o/i', 'public.ecr.aws/o/i'])(
    'that always has TLS, %s, is never used with plain HTTP',
    async name => {
      const asked = await read(name, true)
      expect(asked).toContainEqual(expect.stringMatching(/^CONNECT /))
      expect(asked).not.toContainEqual(expect.stringContaining('http://'))
    },
  )
})
