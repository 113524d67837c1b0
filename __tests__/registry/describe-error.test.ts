import http from 'node:http'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { type ErrorEntry, RequestError } from '../../src/http/request-error.js'
import { OCI_INDEX } from '../../src/oci/descriptor.js'
import { parseReference } from '../../src/oci/reference.js'
import { type ClientOptions, RegistryClient } from '../../src/registry/client.js'
import type { Credential } from '../../src/registry/credentials.js'
import type { RegistryOperation } from '../../src/registry/describe-error.js'
import { describeError } from '../../src/registry/describe-error.js'
import { Repository } from '../../src/registry/repository.js'
import { selfSigned } from '../http/self-signed.js'
import { startRegistry } from '../support/registry.js'
import { failureOf, index, layer, TestClock, withRegistry } from './fixture.js'

interface Given {
  status?: number
  code?: string
  errorEntries?: ErrorEntry[]
  to?: string
  credential?: Credential
  access?: 'pull' | 'push'
  manifestType?: string
}

const GITHUB: Credential = {
  kind: 'basic',
  username: 'octocat',
  password: 'ghs_secret',
  source: 'GITHUB_TOKEN',
}

function explained({
  to = 'ghcr.io/owner/app',
  credential,
  access = 'push',
  manifestType,
  ...failure
}: Given) {
  const reference = parseReference(to)
  const url = new URL(`https://${reference.registry}/v2/${reference.repository}/x?token=secret`)
  const at: RegistryOperation = { reference, access, credential, manifestType }
  const error = describeError(new RequestError({ method: 'PUT', url, ...failure }), at)
  return error as { name: string; message: string; hint: string }
}

const errorEntry = (code: string, message = ''): ErrorEntry[] => [{ code, message }]

test.each([
  ['fd', 'is on docker.io: for another registry, write its host.'],
  ['ghcr.example/v2', 'Check the host ghcr.example, and the DNS settings of this machine.'],
])('the host of %s is not found', (to, hint) => {
  expect(explained({ to, code: 'ENOTFOUND' }).hint).toContain(hint)
})

test.each(['ENOTFOUND', 'ECONNREFUSED'])('%s at an address that the registry named', code => {
  const reference = parseReference('r.example:5000/o/i')
  const at: RegistryOperation = { reference, access: 'push', credential: undefined }
  const url = new URL('https://internal.example/v2/o/i/blobs/uploads/1?state=secret')
  const { message, hint } = describeError(new RequestError({ method: 'PUT', url, code }), at) as Error & {
    hint: string
  }
  expect(message).toMatch(
    /^r\.example:5000 names another address, https:\/\/internal\.example, which cannot be reached: PUT /,
  )
  expect(message).not.toContain('secret')
  expect(hint).toContain('may not know its own address')
})

describe('refusals', () => {
  test.each(['permission_denied: write_package', 'installation not allowed to Create organization package'])(
    'ghcr.io: %s',
    message => {
      const {
        name,
        message: shown,
        hint,
      } = explained({
        status: 403,
        errorEntries: errorEntry('DENIED', message),
        credential: GITHUB,
      })
      expect(name).toBe('RegistryError')
      expect(shown).toBe(
        `ghcr.io does not allow octocat (from GITHUB_TOKEN) to write to owner/app: PUT https://ghcr.io/v2/owner/app/x?…: 403 Forbidden: DENIED: ${message}`,
      )
      expect(hint).toContain('permissions: packages: write')
      expect(hint).toContain('"Manage Actions access"')
      expect(hint).toContain('Write role')
    },
  )

  test('ghcr.io with a personal token', () => {
    const credential = { ...GITHUB, source: '/home/me/.docker/config.json' }
    expect(explained({ status: 403, credential }).hint).toContain('the scope `write:packages`')
  })

  test('anonymous access is refused', () => {
    const { message, hint } = explained({ status: 401, to: 'quay.io/o/i', access: 'pull' })
    expect(message).toContain('quay.io does not allow anonymous users to read o/i')
    expect(hint).toContain('docker login quay.io')
  })

  test.each([
    [401, 'quay.io rejects the credentials of octocat (from GITHUB_TOKEN)'],
    [403, 'quay.io does not allow octocat (from GITHUB_TOKEN) to write to o/i'],
  ])('an account is refused with %d', (status, says) => {
    const { message, hint } = explained({ status, to: 'quay.io/o/i', credential: GITHUB })
    expect(message).toContain(says)
    expect(message + hint).not.toContain('secret')
  })
})

describe('other responses', () => {
  test.each<[Given, string]>([
    [{ status: 413 }, 'ghcr.io refuses an upload of this size'],
    [{ status: 415, manifestType: OCI_INDEX }, 'ghcr.io does not accept an OCI image index'],
    [
      { status: 400, manifestType: OCI_INDEX, errorEntries: errorEntry('UNSUPPORTED') },
      'does not accept an OCI image index',
    ],
    [
      { status: 400, manifestType: 'x', errorEntries: errorEntry('MANIFEST_INVALID') },
      'does not accept this OCI image manifest',
    ],
    [
      { status: 404, manifestType: OCI_INDEX, errorEntries: errorEntry('UNSUPPORTED') },
      'does not accept an OCI image index (application/vnd.oci.image.index.v1+json)',
    ],
    [{ status: 405, manifestType: OCI_INDEX }, 'does not accept an OCI image index'],
    [{ status: 405, errorEntries: errorEntry('UNSUPPORTED') }, 'ghcr.io does not accept uploads'],
    [{ status: 405, access: 'pull' }, 'the registry sent an unexpected answer'],
    [
      { status: 400, manifestType: 'x', errorEntries: errorEntry('MANIFEST_BLOB_UNKNOWN') },
      'lost a part of the image',
    ],
    [{ status: 404, errorEntries: errorEntry('NAME_UNKNOWN') }, 'ghcr.io/owner/app was not found'],
    [{ status: 429 }, 'ghcr.io limits the rate of requests'],
    [{ status: 503 }, 'ghcr.io has an internal error'],
    [{ status: 418 }, 'the registry sent an unexpected answer'],
    [{ code: 'ENOTFOUND' }, 'the host name of the registry ghcr.io was not found'],
    [{ code: 'ECONNRESET' }, 'the connection to ghcr.io failed'],
    [{ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' }, 'the connection to ghcr.io failed'],
    [{ code: 'CERT_HAS_EXPIRED' }, 'the certificate of ghcr.io is not trusted'],
  ])('%j', (given, says) => {
    const { message, hint } = explained(given)
    expect(message).toContain(says)
    expect(hint).toMatch(/\.$/)
  })

  test.each([
    ['CERT_HAS_EXPIRED', 'Renew the certificate, or correct the clock of this machine.'],
    ['CERT_NOT_YET_VALID', 'Correct the clock of this machine, or replace the certificate.'],
    [
      'ERR_TLS_CERT_ALTNAME_INVALID',
      'Use a host name that the certificate contains, or replace the certificate.',
    ],
    ['CERT_REVOKED', 'Replace the certificate.'],
    ['SELF_SIGNED_CERT_IN_CHAIN', /^If it has a private certificate authority, set SSL_CERT_FILE or /],
  ])('the hint for the certificate problem %s can help', (code, hint) => {
    expect(explained({ code })).toMatchObject({
      message: expect.stringMatching(/^the certificate of ghcr\.io is not trusted: PUT /),
      hint: typeof hint === 'string' ? hint : expect.stringMatching(hint),
    })
  })

  test('a server that requires a certificate of the client is not described as untrusted', () => {
    const { message } = explained({ code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' })
    expect(message).toMatch(/^the connection to ghcr\.io failed: PUT /)
  })

  test('every error entry is shown, on one line without control characters', () => {
    const errorEntries = [
      ...errorEntry('A', 'one\n::error::two'),
      ...errorEntry('A', 'one\n::error::two'),
      ...errorEntry('B', '\u001b[31mred'),
    ]
    expect(explained({ status: 400, errorEntries }).message).toMatch(
      /400 Bad Request: A: one ::error::two; B: \[31mred$/,
    )
  })

  test('other errors are returned unchanged', () => {
    const error = new Error('mine')
    expect(
      describeError(error, { reference: parseReference('a/b'), access: 'pull', credential: undefined }),
    ).toBe(error)
  })
})

describe('errors of real servers', () => {
  const repositoryAt = (registry: string, options: ClientOptions = {}) => {
    const client = new RegistryClient({ clock: new TestClock(), ...options })
    return { client, repository: new Repository(client, { registry, repository: 'owner/app' }) }
  }

  async function failureAt(registry: string, options: ClientOptions = {}) {
    const { client, repository } = repositoryAt(registry, options)
    const failure = await failureOf(repository.listTags()).finally(() => client.close())
    return failure as { message: string; hint?: string }
  }

  async function onPort<T>(server: net.Server, use: (port: number) => Promise<T>): Promise<T> {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return use((server.address() as AddressInfo).port).finally(() => server.close())
  }

  test('a registry that refuses an index', () =>
    withRegistry({}, async ({ registry, repository }) => {
      const body = '{"errors":[{"code":"MANIFEST_INVALID","message":"unknown media type"}]}'
      registry.fault({ method: 'PUT', action: { kind: 'status', status: 400, body } })
      const { message } = await failureOf(repository().putManifest(index('a').blob, 'latest'))
      expect(message).toContain('does not accept an OCI image index')
      expect(message).toContain('MANIFEST_INVALID: unknown media type')
    }))

  test.each([
    ['<html><head><title>413 Request Entity Too Large</title></head>', '413 Request Entity Too Large'],
    ['quota exceeded', 'quota exceeded'],
    ['{"detail": {"deep": "json"}}', '413 Payload Too Large'],
  ])('a reverse proxy whose error page is %s', (body, words) =>
    withRegistry({}, async ({ registry, repository }) => {
      registry.fault({ method: 'PUT', path: /uploads/, action: { kind: 'status', status: 413, body } })
      const { message } = await failureOf(repository().pushBlob(layer('x')))
      expect(message).toContain('refuses an upload of this size')
      expect(message.endsWith(words)).toBe(true)
    }),
  )

  test('a rate limit, after retries', () =>
    withRegistry({}, async ({ registry, repository, clock }) => {
      const headers = { 'retry-after': '20' }
      registry.fault({ times: 9, action: { kind: 'status', status: 429, headers } })
      expect((await failureOf(repository().listTags())).message).toContain('limits the rate of requests')
      expect(clock.waits).toEqual([20_000, 20_000, 20_000, 20_000, 20_000])
    }))

  test('a port without a server', async () => {
    const port = await onPort(net.createServer(), async port => port)
    expect((await failureAt(`127.0.0.1:${port}`)).message).toMatch(
      /^nothing answers at 127\.0\.0\.1:\d+: GET/,
    )
  })

  test('plain HTTP to a TLS server', () =>
    onPort(https.createServer(selfSigned()), async port => {
      const { message } = await failureAt(`127.0.0.1:${port}`)
      // TLS is tried then.
      expect(message).toMatch(/the certificate of 127\.0\.0\.1:\d+ is not trusted/)
    }))

  test('TLS to a plain HTTP server', () =>
    onPort(http.createServer(), async port => {
      const client = new RegistryClient({ clock: new TestClock() })
      const url = new URL(`https://127.0.0.1:${port}/`)
      const reference = parseReference(`127.0.0.1:${port}/owner/app`)
      const call = { method: 'GET', target: url, access: 'pull', expect: [200] } as const
      const error = await failureOf(client.call(reference, call, () => undefined))
      client.close()
      const told = describeError(error, { reference, access: 'pull', credential: undefined }) as Error & {
        hint: string
      }
      expect(told.message).toMatch(/does not answer with TLS/)
      expect(told.hint).toContain('`insecure: true`')
    }))

  test('a trusted certificate for another host name', async () => {
    const tls = selfSigned()
    const registry = await startRegistry({ tls })
    try {
      const agents = { http: new http.Agent(), https: new https.Agent({ ca: tls.cert }) }
      const { port } = new URL(`https://${registry.host}`)
      const { message, hint } = await failureAt(`localhost:${port}`, { insecure: true, agents })
      expect(message).toMatch(
        /^the certificate of localhost:\d+ is not trusted: .*Hostname\/IP does not match/,
      )
      expect(hint).toBe('Use a host name that the certificate contains, or replace the certificate.')
    } finally {
      await registry.close()
    }
  })

  test('a self-signed certificate fails; a trusted one does not', async () => {
    const tls = selfSigned()
    const registry = await startRegistry({ tls })
    try {
      const { message, hint } = await failureAt(registry.host, { insecure: true })
      expect(message).toContain('is not trusted')
      expect(hint).toContain('SSL_CERT_FILE or NODE_EXTRA_CA_CERTS')
      const agents = { http: new http.Agent(), https: new https.Agent({ ca: tls.cert }) }
      const { client, repository } = repositoryAt(registry.host, { insecure: true, agents })
      expect(await repository.listTags()).toEqual([])
      client.close()
    } finally {
      await registry.close()
    }
  })

  test('with --insecure, plain HTTP is used after TLS has failed', () =>
    withRegistry({}, async ({ repository }) => expect(await repository().listTags()).toEqual([]), {
      insecure: true,
    }))
})
