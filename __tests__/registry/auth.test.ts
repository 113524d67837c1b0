import { Readable } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import { OCI_LAYER_GZIP } from '../../src/oci/descriptor.js'
import { createBlob } from '../../src/oci/image.js'
import { parseChallenges } from '../../src/registry/auth.js'
import type { Credential } from '../../src/registry/credentials.js'
import { pushIndex } from '../support/push.js'
import { type RegistryOptions, startRegistry } from '../support/registry.js'
import { failureOf, index, layer, type Rig, withRegistry } from './fixture.js'

const account: Credential = { kind: 'basic', username: 'octocat', password: 'p:ass', source: 'a test' }
const TOKEN = { kind: 'token', username: 'octocat', password: 'p:ass' } as const

const withAccount = (
  options: RegistryOptions,
  test: (rig: Rig) => Promise<void>,
  credential: Credential | undefined = account,
  onSecret: (value: string) => void = () => {},
): Promise<void> => withRegistry(options, test, { credentials: async () => credential, onSecret })

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536)
}

describe('tokens', () => {
  test('one token serves a whole push and is fetched once', () =>
    withAccount({ auth: TOKEN }, async ({ registry, repository }) => {
      await pushIndex(index('a'), repository(), ['latest'])
      const fetched = registry.log.filter(({ path }) => path.startsWith('/token'))
      expect(fetched.map(({ path }) => path)).toEqual([
        '/token?service=test&scope=repository%3Aowner%2Fapp%3Apull%2Cpush',
      ])
      expect(fetched[0]?.authorization).toBe(`Basic ${Buffer.from('octocat:p:ass').toString('base64')}`)
    }))

  test('reading requests the scope pull, and pushing requests pull and push', () =>
    withAccount({ auth: TOKEN }, async ({ registry, repository }) => {
      const blob = layer('x')
      expect(await repository().hasBlob(blob.digest)).toBe(false)
      await repository().pushBlob(blob)
      expect(await repository().hasBlob(blob.digest)).toBe(true)
      const scopes = registry.requests('GET', /^\/token/).map(({ path }) => path.replace(/.*scope=/, ''))
      expect(scopes).toEqual(['repository%3Aowner%2Fapp%3Apull', 'repository%3Aowner%2Fapp%3Apull%2Cpush'])
    }))

  test('a mount also requests the scope of its source repository', () =>
    withAccount({ auth: TOKEN }, async ({ registry, repository }) => {
      const blob = layer('x')
      await repository('owner/other').pushBlob(blob)
      expect(await repository().mountBlob(blob.digest, 'owner/other')).toBe('mounted')
      expect(registry.requests('GET', /^\/token/).at(-1)?.path).toMatch(
        /scope=repository%3Aowner%2Fapp%3Apull%2Cpush&scope=repository%3Aowner%2Fother%3Apull$/,
      )
    }))

  test.each([
    ['expires', { expiresIn: 100 }, 100],
    ['expires and does not say when', { expiresIn: 60, quiet: true }, 60],
  ])('a token that %s is renewed before it is used', (_, auth, seconds) =>
    withAccount({ auth: { ...TOKEN, ...auth } }, async ({ registry, repository, clock }) => {
      await repository().listTags()
      clock.time += seconds * 890
      await repository().listTags()
      expect(registry.requests('GET', /^\/token/)).toHaveLength(1)
      clock.time += seconds * 20
      await repository().listTags()
      expect(registry.requests('GET', /^\/token/)).toHaveLength(2)
      expect(registry.log.filter(({ status }) => status === 401)).toHaveLength(1)
    }),
  )

  test('a rejected token is renewed, even during a push', () =>
    withAccount({ auth: TOKEN }, async ({ registry, repository }) => {
      await repository().listTags()
      registry.expireTokens()
      registry.fault({
        method: 'PUT',
        path: /uploads/,
        action: {
          kind: 'status',
          status: 401,
          headers: { 'www-authenticate': `Bearer realm="${registry.url}/token"` },
        },
      })
      await pushIndex(index('a', 200_000), repository(), ['latest'])
      expect(registry.tag('owner/app', 'latest')).toBe(index('a', 200_000).blob.digest)
    }))

  test('a refusal during the upload of a large blob ends the upload at once', () =>
    withAccount({ auth: TOKEN, forgetBytes: true }, async ({ registry, repository, clock }) => {
      const bytes = Buffer.alloc(20_000_000, 'large')
      const large = createBlob(bytes, { mediaType: OCI_LAYER_GZIP })
      registry.fault({
        method: 'PUT',
        path: /uploads/,
        action: {
          kind: 'status',
          status: 401,
          headers: { 'www-authenticate': `Bearer realm="${registry.url}/token"` },
        },
      })
      const meter = { requests: 0, bytesSent: 0 }
      const sent: number[] = []
      const told = { onSent: (bytes: number) => sent.push(bytes) }
      const open = (): Readable => Readable.from(slices(bytes), { objectMode: false })
      await repository()
        .withOptions({ meter })
        .pushBlob({ ...large, open }, told)
      expect(clock.waits).toEqual([])
      expect(meter.bytesSent).toBeLessThan(2 * large.size)
      expect(sent.reduce((sum, bytes) => sum + bytes)).toBe(large.size)
    }))

  test('the token may be in the field access_token', () =>
    withAccount({ auth: { ...TOKEN, field: 'access_token' } }, async ({ repository }) => {
      expect(await repository().listTags()).toEqual([])
    }))

  test('an identity token is exchanged by POST', () =>
    withAccount(
      { auth: { kind: 'token', identityToken: 'refresh me' } },
      async ({ registry, repository }) => {
        await repository().pushBlob(layer('x'))
        const [fetched] = registry.log.filter(({ path }) => path.startsWith('/token'))
        expect(fetched).toMatchObject({
          method: 'POST',
          path: '/token',
          authorization: undefined,
          status: 200,
        })
      },
      { kind: 'identity', token: 'refresh me', source: 'a test' },
    ))

  test('reading works without credentials', () =>
    withRegistry({ auth: { kind: 'token', anonymous: 'pull' } }, async ({ registry, repository }) => {
      expect(await repository().listTags()).toEqual([])
      expect(registry.requests('GET', /^\/token/)[0]?.authorization).toBeUndefined()
      expect(await failureOf(repository().pushBlob(layer('x')))).toMatchObject({
        message: expect.stringContaining('does not allow anonymous users to write to owner/app'),
        failure: { status: 401 },
      })
    }))

  test('a request to a token server is retried', () =>
    withAccount({ auth: TOKEN }, async ({ registry, repository, clock }) => {
      registry.fault({ path: /^\/token/, times: 2, action: { kind: 'status', status: 503 } })
      expect(await repository().listTags()).toEqual([])
      expect(clock.waits).toEqual([1000, 2000])
    }))

  test('every token is reported as a secret before it is sent', () => {
    const secrets: string[] = []
    return withAccount(
      { auth: TOKEN },
      async ({ registry, repository }) => {
        await repository().listTags()
        expect(registry.log.at(-1)?.authorization).toBe(`Bearer ${secrets[0]}`)
      },
      account,
      value => secrets.push(value),
    )
  })

  test.each(['{}', '{"token":""}', '{"token":7}', 'secret nonsense'])(
    'a response without a token fails: %s',
    body =>
      withAccount({ auth: TOKEN }, async ({ registry, repository }) => {
        registry.fault({ path: /^\/token/, action: { kind: 'status', status: 200, body } })
        const { message } = await failureOf(repository().listTags())
        expect(message).toContain('the answer does not contain a token')
        expect(message).not.toContain('secret')
      }),
  )
})

describe('credentials are not sent', () => {
  test('to a plain HTTP realm of an https registry', async () => {
    const { Authorizer } = await import('../../src/registry/auth.js')
    const { systemClock } = await import('../../src/http/retry.js')
    const sent: string[] = []
    const authorizer = new Authorizer({
      registry: new URL('https://registry.example/'),
      credential: account,
      clock: systemClock,
      send: async request => {
        sent.push(request.url.href)
        throw new Error('nothing should be sent')
      },
    })
    const challenged = {
      status: 401,
      headers: { 'www-authenticate': 'Bearer realm="http://127.0.0.1/token?key=secret",service="x"' },
    }
    const response = challenged as unknown as Parameters<typeof authorizer.answerChallenge>[0]
    const failure = await failureOf(
      authorizer.answerChallenge(response, undefined, [{ repository: 'a/b', access: 'pull' }]),
    )
    expect(failure.message).toContain('registry.example names http://127.0.0.1/token?… as its token service')
    expect(sent).toEqual([])
  })

  test("to the target of a blob's redirect", () =>
    withAccount({ auth: TOKEN, redirectBlobs: true }, async ({ registry, repository }) => {
      const blob = layer('x')
      await repository().pushBlob(blob)
      expect(await repository().getBytes(blob)).toHaveLength(blob.size)
      expect(registry.log.filter(({ origin }) => origin === 'storage')).toHaveLength(1)
    }))

  test('to an upload URL on another origin', () =>
    withAccount({ auth: TOKEN, locations: 'foreign' }, async ({ registry, repository }) => {
      await pushIndex(index('a'), repository(), ['latest'])
      expect(registry.log.some(({ origin, method }) => origin === 'storage' && method === 'PUT')).toBe(true)
    }))

  test('for a challenge of another server', async () => {
    const thief = await startRegistry({ auth: TOKEN })
    try {
      await withAccount({ auth: TOKEN }, async ({ registry, repository }) => {
        const blob = layer('x')
        registry.fault({
          path: /blobs\/sha256/,
          after: 1,
          action: {
            kind: 'status',
            status: 307,
            headers: { location: `${thief.url}/v2/a/b/blobs/${blob.digest}` },
          },
        })
        await failureOf(repository().getBytes(blob))
      })
      expect(thief.log.map(({ authorization }) => authorization)).toEqual([undefined])
    } finally {
      await thief.close()
    }
  })
})

describe('Basic', () => {
  const auth = { kind: 'basic', username: 'octocat', password: 'p:ass' } as const

  test('Basic credentials are sent after the challenge, and then with every request', () =>
    withAccount({ auth }, async ({ registry, repository }) => {
      await pushIndex(index('a'), repository(), ['latest'])
      const refused = registry.log.filter(({ status }) => status === 401)
      expect(refused.every(({ authorization }) => authorization === undefined)).toBe(true)
      expect(refused.length).toBeLessThanOrEqual(4)
    }))

  test('a wrong password is tried once', () =>
    withAccount(
      { auth },
      async ({ registry, repository, clock }) => {
        const failure = await failureOf(repository().listTags())
        expect(failure.message).toContain('rejects the credentials of octocat (from a test)')
        expect(failure.message).toContain('UNAUTHORIZED: authentication required')
        expect(failure.message).not.toContain('wrong')
        expect(registry.log).toHaveLength(2)
        expect(clock.waits).toEqual([])
      },
      { ...account, password: 'wrong' },
    ))
})

describe('parseChallenges', () => {
  test.each([
    ['', []],
    [
      'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:o/i:pull,push"',
      [
        {
          scheme: 'bearer',
          parameters: {
            realm: 'https://ghcr.io/token',
            service: 'ghcr.io',
            scope: 'repository:o/i:pull,push',
          },
        },
      ],
    ],
    [
      'BASIC Realm = "a \\"quoted\\" one" , Charset=UTF-8',
      [{ scheme: 'basic', parameters: { realm: 'a "quoted" one', charset: 'UTF-8' } }],
    ],
    [
      'Negotiate, Basic realm="x, y=z", , Bearer realm="r" ,error="invalid_token"',
      [
        { scheme: 'negotiate', parameters: {} },
        { scheme: 'basic', parameters: { realm: 'x, y=z' } },
        { scheme: 'bearer', parameters: { realm: 'r', error: 'invalid_token' } },
      ],
    ],
    [
      'Negotiate YWJj==, Basic realm=plain',
      [
        { scheme: 'negotiate', parameters: {} },
        { scheme: 'basic', parameters: { realm: 'plain' } },
      ],
    ],
    ['Bearer realm="",scope=""', [{ scheme: 'bearer', parameters: { realm: '', scope: '' } }]],
    ['Bearer realm="never closed', [{ scheme: 'bearer', parameters: {} }]],
    ['Bearer', [{ scheme: 'bearer', parameters: {} }]],
    ['="', []],
  ])('%s', (text, challenges) => {
    expect(parseChallenges(text)).toEqual(challenges)
  })

  test('a hostile header is parsed quickly', () => {
    const started = performance.now()
    parseChallenges(`Bearer ${'a="\\"'.repeat(5000)}`)
    parseChallenges(`Bearer ${' ,'.repeat(20_000)}"`)
    expect(performance.now() - started).toBeLessThan(500)
  })
})
