import http from 'node:http'
import https from 'node:https'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from '@jest/globals'
import { RegistryClient } from '../../src/registry/client.js'
import type { Credential } from '../../src/registry/credentials.js'
import { withOwnOrigin, withOwnProtocol } from '../../src/registry/registry-url.js'
import { isListUnsupported, Repository } from '../../src/registry/repository.js'
import { selfSigned } from '../http/self-signed.js'
import { pushIndex } from '../support/push.js'
import type { AnonymousRefusal, Auth } from '../support/registry-options.js'
import { failureOf, index, layer, withRegistry } from './fixture.js'

const REPOSITORY = 'owner/app'

describe('a registry that answers each HEAD with', () => {
  test.each([400, 403, 404, 405, 501])('%d: the push ends without a wait, and can be repeated', headStatus =>
    withRegistry({ headStatus }, async ({ registry, repository, clock }) => {
      const pushed = index('a')
      await pushIndex(pushed, repository(), ['latest'])
      await pushIndex(pushed, repository(), ['latest', '1'])
      expect(registry.tag(REPOSITORY, '1')).toBe(pushed.blob.digest)
      expect(registry.missing(REPOSITORY, pushed.blob.digest)).toEqual([])
      expect(clock.waits).toEqual([])
    }),
  )

  test.each([403, 404, 405])('%d: content is found with a GET', headStatus =>
    withRegistry({ headStatus }, async ({ registry, repository }) => {
      const pushed = index('a')
      await pushIndex(pushed, repository(), ['latest'])
      const blob = layer('x', 300_000)
      const empty = registry.addBlob(REPOSITORY, Buffer.alloc(0))
      await repository().pushBlob(blob)
      expect(await repository().headManifest('latest')).toMatchObject({ digest: pushed.blob.digest })
      expect(await repository().headManifest('1')).toBeUndefined()
      expect(await repository().canReadBlob(blob.digest)).toBe(true)
      expect(await repository().canReadBlob(empty)).toBe(true)
      expect(await repository().canReadBlob(layer('y').digest)).toBe(false)
      expect(await repository().hasManifest('latest')).toBe(true)
      expect(await repository().hasManifest('1')).toBe(false)
    }),
  )
})

test('a HEAD that does not find what was read is followed by a GET', () =>
  withRegistry({ headStatus: 404 }, async ({ registry, repository }) => {
    const pushed = index('a')
    await pushIndex(pushed, repository(), ['latest'])
    const client = new RegistryClient()
    const fresh = new Repository(client, repository().reference)
    try {
      expect(await fresh.hasManifest('latest')).toBe(false)
      const { digest } = (await fresh.getManifest('latest'))?.descriptor ?? {}
      registry.log.length = 0
      expect(await fresh.hasManifest(digest as string)).toBe(true)
      expect(await fresh.hasBlob(layer('shared', 100).digest)).toBe(true)
      expect(registry.log.map(({ method, status }) => `${method} ${status}`)).toEqual([
        'HEAD 404',
        'GET 200',
        'HEAD 404',
        'GET 206',
      ])
    } finally {
      client.close()
    }
  }))

describe('a registry that refuses anonymous requests without a challenge, with', () => {
  const login: Credential = { kind: 'basic', username: 'me', password: 'hush', source: 'a test' }
  const accounts: Auth[] = [
    { kind: 'token', username: 'me', password: 'hush' },
    { kind: 'basic', username: 'me', password: 'hush' },
  ]
  const refusals: AnonymousRefusal[] = [
    { status: 401 },
    { status: 400, code: 'UNAUTHORIZED' },
    { status: 403, code: 'DENIED' },
    { status: 404, code: 'NAME_UNKNOWN' },
  ]
  const cases = refusals.flatMap(refusal =>
    accounts.map(auth => [refusal.status, auth.kind, refusal, auth] as const),
  )

  test.each(cases)('%d: the root names %s, and the login is used', (_status, _kind, anonymousRefusal, auth) =>
    withRegistry(
      { auth, anonymousRefusal },
      async ({ registry, repository, clock }) => {
        const pushed = index('a')
        await pushIndex(pushed, repository(), ['latest'])
        expect((await repository().getManifest('latest'))?.descriptor.digest).toBe(pushed.blob.digest)
        expect(await repository().findManifest('1')).toBe('no manifest')
        expect(registry.log.filter(({ path }) => path === '/v2/')).toHaveLength(1)
        expect(clock.waits).toEqual([])
      },
      { credentials: async () => login },
    ),
  )

  test.each(refusals)('$status: Basic is used if the root has no challenge either', refusal =>
    withRegistry(
      { auth: accounts[1] as Auth, anonymousRefusal: { ...refusal, noChallenge: true } },
      async ({ registry, repository }) => {
        await pushIndex(index('a'), repository(), ['latest'])
        expect(await repository().listTags()).toEqual(['latest'])
        expect(registry.log.filter(({ authorization }) => authorization === undefined).length).toBeLessThan(7)
      },
      { credentials: async () => login },
    ),
  )

  test('401: without a login, the error says so', () =>
    withRegistry({ auth: accounts[0] as Auth, anonymousRefusal: { status: 401 } }, async ({ repository }) => {
      expect((await failureOf(repository().listTags())).message).toMatch(
        /does not allow anonymous users to read owner.app/,
      )
    }))

  test('404: a login that the registry does not accept is not used if anonymous users can read', () =>
    withRegistry(
      {},
      async ({ registry, repository }) => {
        const { blob } = index('a')
        const stored = registry.repository(REPOSITORY)
        stored.manifests.set(blob.digest, { bytes: await buffer(blob.open()), mediaType: blob.mediaType })
        stored.tags.set('latest', blob.digest)
        registry.fault({ after: 2, action: { kind: 'status', status: 401 } })
        expect(await repository().findManifest('1')).toBe('no manifest')
        expect(await repository().getManifest('latest')).toBeDefined()
        expect(registry.log.map(({ path, status }) => `${path.replace(/.*\//, '')} ${status}`)).toEqual([
          '1 404',
          ' 200',
          '1 401',
          'latest 200',
        ])
      },
      { credentials: async () => login },
    ))

  test('404: without a login, it is a 404', () =>
    withRegistry({ anonymousRefusal: { status: 404 } }, async ({ registry, repository }) => {
      expect(await repository().findManifest('latest')).toBe('no manifest')
      expect(registry.log).toHaveLength(1)
    }))
})

describe('the token service', () => {
  const pair = selfSigned()
  const agents = { http: new http.Agent(), https: new https.Agent({ ca: pair.cert }) }
  const credentials = async (): Promise<Credential> => {
    return { kind: 'basic', username: 'me', password: 'hush', source: 'a test' }
  }

  test.each([
    ['/token', false],
    ['/token', true],
    ['http://HOST/token', true],
    ['https://HOST/token', true],
    ['null://HOST/token', true],
  ])('may have the realm %s; TLS: %s', (realm, tls) =>
    withRegistry(
      { auth: { kind: 'token', username: 'me', password: 'hush', realm }, ...(tls && { tls: pair }) },
      async ({ registry, repository, clock }) => {
        await pushIndex(index('a'), repository(), ['latest'])
        expect(registry.tag(REPOSITORY, 'latest')).toBeDefined()
        expect(clock.waits).toEqual([])
      },
      { agents, insecure: tls, credentials },
    ),
  )
})

describe('an upload URL', () => {
  test.each([
    ['https://r.example:5000/v2/a/', 'https://r.example/up?x=1', 'https://r.example:5000/up?x=1'],
    ['https://r.example:5000/v2/a/', 'http://r.example/up', 'https://r.example:5000/up'],
    ['https://r.example:5000/v2/a/', 'http://r.example:5000/up', 'https://r.example:5000/up'],
    ['https://r.example/v2/a/', 'http://r.example/up', 'https://r.example/up'],
    ['http://127.0.0.1:5000/v2/a/', 'https://127.0.0.1/up', 'http://127.0.0.1:5000/up'],
    ['https://r.example/v2/a/', 'https://storage.example/up', 'https://storage.example/up'],
    ['https://r.example/v2/a/', 'https://r.example:8443/up', 'https://r.example:8443/up'],
    ['https://r.example/v2/a/', 'http://r.example:8080/up', 'http://r.example:8080/up'],
  ])('of %s, %s, is %s', (asked, named, expected) => {
    expect(withOwnOrigin(new URL(named), new URL(asked)).href).toBe(expected)
  })
})

test.each([
  // GitLab's registry has its own port, and its token service has none.
  ['https://r.example:5050/', 'https://r.example/jwt/auth', 'https://r.example/jwt/auth'],
  ['https://r.example:5050/', 'http://r.example/jwt/auth', 'https://r.example/jwt/auth'],
  ['https://r.example:5050/', 'http://r.example:5050/token', 'https://r.example:5050/token'],
  ['https://r.example/', 'http://auth.example/token', 'http://auth.example/token'],
  // Nexus, if a proxy does not tell it the protocol.
  ['https://r.example:5050/', 'null://r.example:5050/v2/token?a=b', 'https://r.example:5050/v2/token?a=b'],
  ['https://r.example/', 'null://auth.example/token', 'null://auth.example/token'],
])('the realm of %s, %s, is %s', (registry, realm, expected) => {
  expect(withOwnProtocol(new URL(realm), new URL(registry)).href).toBe(expected)
})

describe('a list of tags', () => {
  const tags = ['a', 'b', 'c']

  test.each([400, 405, 416, 422])('that is refused with %d for a page size is read without it', status =>
    withRegistry({ listRefusal: { status, onlyWithSize: true }, pageSize: 2 }, async ({ repository }) => {
      await pushIndex(index('a'), repository(), tags)
      expect(await repository().listTags()).toEqual(tags)
    }),
  )

  test.each([
    [405, 'UNSUPPORTED'],
    [501, ''],
    [400, 'UNSUPPORTED'],
  ])('that is always refused with %d %s is unsupported', (status, code) =>
    withRegistry({ listRefusal: { status, code } }, async ({ repository, clock }) => {
      await pushIndex(index('a'), repository(), tags)
      expect(isListUnsupported(await failureOf(repository().listTags()))).toBe(true)
      expect(clock.waits).toEqual([])
    }),
  )

  test('that is always refused with 400 is an error', () =>
    withRegistry({ listRefusal: { status: 400 } }, async ({ repository }) => {
      const failure = await failureOf(repository().listTags())
      expect(failure).toMatchObject({ name: 'RegistryError', failure: { status: 400 } })
      expect(isListUnsupported(failure)).toBe(false)
    }))

  test('whose second page is refused is incomplete', () =>
    withRegistry({ pageSize: 2 }, async ({ registry, repository }) => {
      await pushIndex(index('a'), repository(), tags)
      registry.fault({ path: /last=/, times: 9, action: { kind: 'status', status: 400 } })
      expect(await failureOf(repository().listTags())).toMatchObject({
        name: 'IncompleteTagList',
        tags: ['a', 'b'],
      })
    }))
})
