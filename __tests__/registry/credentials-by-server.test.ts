import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createGitHubApi } from '../../src/github/api.js'
import { download } from '../../src/http/download.js'
import { readCachixCaches } from '../../src/nix/cachix.js'
import { chooseSubstituters } from '../../src/nix/substituters.js'
import { parseReference } from '../../src/oci/reference.js'
import { RegistryClient } from '../../src/registry/client.js'
import { type Credential, credentialResolver } from '../../src/registry/credentials.js'
import { Repository } from '../../src/registry/repository.js'
import { withFolder } from '../nix/fakes.js'
import { failureOf, layer, TestClock } from './fixture.js'

/** What a server got. */
interface Asked {
  /** `GET /v2/` */
  readonly line: string
  readonly authorization: string | undefined
  readonly body: string
  readonly host: string | undefined
}

interface Server {
  readonly host: string
  readonly url: string
  readonly asked: Asked[]
}

const servers: http.Server[] = []

async function serve(answer: (asked: Asked, response: http.ServerResponse) => void): Promise<Server> {
  const asked: Asked[] = []
  const server = http.createServer((request, response) => {
    let body = ''
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => {
      const { authorization, host } = request.headers
      const each = { line: `${request.method} ${request.url}`, authorization, body, host }
      asked.push(each)
      answer(each, response)
    })
  })
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { host, url: `http://${host}`, asked }
}

const withCredentials = ({ asked }: Server): Asked[] => asked.filter(each => each.authorization !== undefined)

/** Another server on the same host: another port is another server. */
let thief: Server
beforeEach(async () => {
  thief = await serve((_, response) => response.writeHead(404).end('{}'))
})
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  }
})

const clock = new TestClock()
const basic: Credential = { kind: 'basic', username: 'me', password: 'hush', source: 'test' }
const identity: Credential = { kind: 'identity', token: 'hush', source: 'test' }

/** A registry that asks for credentials, and then answers each request with a status and headers. */
const registry = (challenge: 'Basic' | 'Bearer', status: number, headers: Record<string, string>) =>
  serve(({ line, authorization, host }, response) => {
    const realm = challenge === 'Basic' ? 'x' : `http://${host}/token`
    if (line.includes('/token')) response.end('{"token": "hush-token"}')
    else if (status === 202 && line.startsWith('HEAD')) response.writeHead(404).end()
    else if (authorization !== undefined) response.writeHead(status, headers).end('{"tags": ["a"]}')
    else response.writeHead(401, { 'www-authenticate': `${challenge} realm="${realm}"` }).end()
  })

function open(server: Server, credential: Credential): Repository {
  const client = new RegistryClient({ clock, credentials: async () => credential })
  return new Repository(client, parseReference(`${server.host}/a/b`))
}

const CALLS: readonly [string, (repository: Repository) => Promise<unknown>][] = [
  ['a manifest', repository => repository.getManifest('latest')],
  ['the existence of a manifest', repository => repository.headManifest('latest')],
  ['a blob', repository => repository.getBytes(layer('x'))],
  ['the tags', repository => repository.listTags()],
  ['an upload', repository => repository.pushBlob(layer('x'))],
  ['a push of a manifest', repository => repository.putManifest(layer('x'), 'latest')],
]

describe.each(['Basic', 'Bearer'] as const)('%s credentials of a registry', challenge => {
  test.each(CALLS)('are not sent to the target of a redirect of %s', async (_what, call) => {
    const server = await registry(challenge, 307, { location: `${thief.url}/v2/a/b/x` })
    await call(open(server, basic)).catch(() => {})
    expect(withCredentials(server).length).toBeGreaterThan(0)
    expect(withCredentials(thief)).toEqual([])
  })

  test('are not sent to the next page of tags on another server', async () => {
    const server = await registry(challenge, 200, {
      link: `<${thief.url}/v2/a/b/tags/list?last=a>; rel="next"`,
    })
    await open(server, basic)
      .listTags()
      .catch(() => {})
    expect(withCredentials(server).length).toBeGreaterThan(0)
    expect(thief.asked).toEqual([])
  })

  test('are not sent to an upload URL on another server', async () => {
    const server = await registry(challenge, 202, { location: `${thief.url}/upload` })
    await open(server, basic)
      .pushBlob(layer('x'))
      .catch(() => {})
    expect(thief.asked.length).toBeGreaterThan(0)
    expect(withCredentials(thief)).toEqual([])
  })
})

describe('the token service of a registry', () => {
  const withRealm = (realm: string): Promise<Server> =>
    serve((_, response) => response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end())

  test.each<[string, Credential]>([
    ['a password', basic],
    ['an identity token', identity],
  ])('may not redirect %s to another server', async (_what, credential) => {
    const service = await serve((_, response) =>
      response.writeHead(307, { location: `${thief.url}/token` }).end(),
    )
    await failureOf(open(await withRealm(`${service.url}/token`), credential).listTags())
    expect(service.asked.length).toBeGreaterThan(0)
    for (const { authorization, body } of thief.asked) expect([authorization, body]).toEqual([undefined, ''])
  })

  test.each([
    'http://token.invalid/token',
    'http://127.0.0.1.invalid/token',
    'ftp://127.0.0.1/token',
    'file:///etc/passwd',
    'token',
    '',
  ])('with the realm %j gets nothing', async realm => {
    const server = await withRealm(realm)
    expect(await failureOf(open(server, basic).listTags())).toMatchObject({ name: 'UserError' })
    expect(withCredentials(server)).toEqual([])
  })
})

test('the credentials of a registry are not used for another port of its host', () =>
  withFolder(async folder => {
    const [server, other] = [await registry('Basic', 200, {}), await registry('Basic', 200, {})]
    const credentials = credentialResolver({
      env: { HOME: folder },
      explicit: { registry: server.host, username: 'me', password: 'hush' },
      githubToken: { actor: 'a', token: 'hush' },
    })
    const client = new RegistryClient({ clock, credentials })
    for (const { host } of [server, other])
      await new Repository(client, parseReference(`${host}/a/b`)).listTags().catch(() => {})
    expect(withCredentials(server).length).toBeGreaterThan(0)
    expect(other.asked.length).toBeGreaterThan(0)
    expect(withCredentials(other)).toEqual([])
  }))

describe('a redirect to another server does not get', () => {
  let server: Server
  beforeEach(async () => {
    server = await serve((_, response) => response.writeHead(302, { location: `${thief.url}/x` }).end())
  })
  afterEach(() => {
    expect(withCredentials(server).length).toBeGreaterThan(0)
    expect(withCredentials(thief)).toEqual([])
  })

  test("GitHub's token", async () => {
    await failureOf(createGitHubApi({ url: server.url, token: 'hush' }).request('GET', '/repos/a/b'))
  })

  test("Cachix's token", async () => {
    await readCachixCaches(['mine'], { host: server.url, token: 'hush', clock })
  })

  test('the password of a binary cache in netrc', async () => {
    const netrc = 'machine 127.0.0.1 login me password hush'
    await chooseSubstituters({ substituters: [server.url], publicKeys: [], cachix: [], netrc }, { clock })
    expect(thief.asked).toHaveLength(1)
  })

  test('the password of the URL of a mirror of Nix', () =>
    withFolder(async folder => {
      const url = `http://me:hush@${server.host}/nix.tar`
      const options = { retry: { attempts: 1, firstWaitMs: 1 }, debug: () => {} }
      await failureOf(download(url, join(folder, 'x'), () => {}, options))
      expect(thief.asked).toHaveLength(1)
    }))
})

test.each(['a\nb', 'a\r\nx: y', 'ü', 'a\0'])(
  'a token that cannot be a header, %j, is a plain error',
  async token => {
    const { asked, host } = await serve((each, response) => {
      if (each.line.includes('/token')) response.end(JSON.stringify({ token }))
      else response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${each.host}/token"` }).end()
    })
    const failure = await failureOf(
      new Repository(new RegistryClient({ clock }), parseReference(`${host}/a/b`)).listTags(),
    )
    expect(failure).toMatchObject({ name: 'UserError' })
    expect(failure.message).toMatch(
      /^The password or token for 127\.0\.0\.1:\d+ contains a character that is not allowed$/,
    )
    expect(asked.every(({ authorization }) => authorization === undefined)).toBe(true)
  },
)
