import dns from 'node:dns'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { requestIdentityToken } from '../../src/attestation/identity-token.js'
import { createServiceClient } from '../../src/attestation/signing-service.js'
import { type TestHost, testHost } from '../support/host.js'
import {
  type ServiceStandIn,
  type SigstoreServices,
  startSigstoreServices,
} from '../support/sigstore-services.js'
import { failureOf, HASTY, IMPATIENT, keylessSigner, statementAbout } from './fixture.js'

let services: SigstoreServices
let host: TestHost
beforeAll(async () => {
  services = await startSigstoreServices()
  host = testHost({ kind: 'github', env: { GITHUB_ACTIONS: 'true', ...services.environment() } })
})
afterEach(async () => {
  host.logged.length = 0
  await services.heal()
})
afterAll(async () => {
  host.remove()
  await services.close()
})

interface Kind {
  /** In errors. */
  readonly name: string
  readonly find: () => ServiceStandIn<never>
  readonly config: () => object
}

const KINDS: readonly Kind[] = [
  {
    name: "GitHub's token service",
    find: () => services.identity as ServiceStandIn<never>,
    config: () => services.signingConfig(),
  },
  {
    name: 'Fulcio',
    find: () => services.fulcio as ServiceStandIn<never>,
    config: () => services.signingConfig(),
  },
  {
    name: 'Rekor',
    find: () => services.rekor as ServiceStandIn<never>,
    config: () => services.signingConfig({ rekor: 1, timestamps: true }),
  },
  {
    name: 'Rekor',
    find: () => services.rekor2 as ServiceStandIn<never>,
    config: () => services.signingConfig({ rekor: 2 }),
  },
  {
    name: 'The timestamp authority',
    find: () => services.timestamps as ServiceStandIn<never>,
    config: () => services.signingConfig({ rekor: 1, timestamps: true }),
  },
  {
    name: 'The timestamp authority',
    find: () => services.github.timestamps as ServiceStandIn<never>,
    config: () => services.github.signingConfig(),
  },
]

const ALWAYS = Number.POSITIVE_INFINITY

describe.each(KINDS)('$name', ({ name, find, config }) => {
  const sign = async (limits = HASTY): Promise<unknown> => {
    const signer = await keylessSigner(host, config(), { limits })
    return signer.sign(statementAbout('an index'))
  }
  /** The error, which always names the service and its URL, and says that nothing has changed. */
  const refusal = async (limits = HASTY): Promise<{ message: string; hint: string }> => {
    const { message, hint = '' } = await failureOf(sign(limits))
    const { url } = find()
    expect(message).toContain(`${name} (${url}`)
    expect(hint).toMatch(/^No tag was changed\. /)
    return { message: message.replaceAll(/http:\/\/127.0.0.1:\d+(\/[\w/]+)?/g, 'URL'), hint }
  }

  test('is waited for if it is slow, and asked again if it fails once', async () => {
    find().fail({ delayMs: 100 })
    await sign()
    expect(host.logged).toEqual([])
    find().fail({ status: 503, message: 'too many requests at once' })
    await sign()
    expect(host.logged.join()).toMatch(
      name === "GitHub's token service" ? /^$/ : /^info: .*; trying again in/,
    )
  })

  test('that is down is named', async () => {
    await find().takeDown()
    const { message, hint } = await refusal()
    expect(message).toMatch(/ failed: the connection to 127.0.0.1:\d+ failed: connect ECONNREFUSED/)
    expect(hint).toMatch(/Check that 127.0.0.1:\d+ works, and run the job again\.$/)
  })

  test('that answers 503 is asked three times, and then named', async () => {
    find().fail({ status: 503, message: 'out of order', times: ALWAYS })
    const before = find().requests.length
    const { message, hint } = await refusal()
    expect(message).toMatch(/ failed: 127.0.0.1:\d+ answered 503 Service Unavailable: out of order$/)
    expect(hint).toContain('run the job again')
    expect(find().requests.length - before).toBe(3)
  })

  test('that does not answer is named', async () => {
    find().fail({ delayMs: 60_000, times: ALWAYS })
    const { message, hint } = await refusal(IMPATIENT)
    expect(message).toMatch(/failed: (no response within|nothing was sent .* for) 1 s$/)
    expect(hint).toContain('run the job again')
  })

  test.each([400, 403, 404, 422])('that refuses with %d is asked once', async status => {
    find().fail({ status, message: 'not allowed\u001b[2J here', times: ALWAYS })
    const before = find().requests.length
    const { message } = await refusal()
    expect(message).toMatch(new RegExp(`refused the request: ${status} [A-Za-z ]+: not allowed \\[2J here$`))
    expect(find().requests.length - before).toBe(1)
  })

  test.each<[string, string | object]>([
    ['HTML', '<html><title>Login</title></html>'],
    ['nothing', ''],
    ['an empty object', {}],
    ['a list', []],
    ['a number', '1'],
    ['other JSON', { value: 5, entry: { body: 'e30=' }, signedCertificateEmbeddedSct: { chain: {} } }],
    ['DER', Buffer.from('3003020102', 'hex').toString('latin1')],
  ])('that answers with %s is named', async (_, body) => {
    find().fail({ status: 200, body, times: ALWAYS })
    const { message, hint } = await refusal()
    expect(message).toContain(`${name} (URL) sent a wrong answer: `)
    expect(hint).toContain('whether a proxy answers in its place')
  })

  test('is not waited for after the run was aborted', async () => {
    const abort = new AbortController()
    const aborted = testHost({ kind: 'github', env: host.env, signal: abort.signal })
    find().fail({ delayMs: 60_000, times: ALWAYS })
    const limits = { ...HASTY, timeouts: { connect: 60_000, idle: 60_000, answer: 60_000 }, totalMs: 60_000 }
    const signer = await keylessSigner(aborted, config(), { limits })
    const signing = signer.sign(statementAbout('an index'))
    const reason = new Error('the run was cancelled')
    setTimeout(() => abort.abort(reason), 100)
    await expect(signing).rejects.toBe(reason)
    aborted.remove()
  })
})

test('a request ends within its time, with all its tries', async () => {
  services.fulcio.fail({ delayMs: 60_000, times: ALWAYS })
  const timeouts = { connect: 300, idle: 300, answer: 300 }
  const limits = { timeouts, retry: { attempts: 1000, firstWaitMs: 2 }, totalMs: 1000 }
  const client = createServiceClient({ env: {}, signal: host.signal, limits })
  const url = new URL(services.fulcio.url)
  const request = { method: 'POST', url, json: {} } as const
  const [began, before] = [Date.now(), services.fulcio.requests.length]
  const { message, hint } = await failureOf(
    client.request({ name: 'Fulcio', url, refusalHint: () => '' }, request),
  )
  expect(Date.now() - began).toBeLessThan(10_000)
  expect(message).toMatch(/^The request to Fulcio \(http:.*\) did not end within 1.0 s; the last error was: /)
  expect(hint).toMatch(/^No tag was changed\. Check that .* works, and run the job again\.$/)
  expect(services.fulcio.requests.length - before).toBeGreaterThan(1)
})

describe('the error of a service that is down', () => {
  afterEach(() => void jest.restoreAllMocks())

  /** All host names are those of this machine, and nothing listens on the port. */
  async function hintFor(host: string): Promise<string | undefined> {
    const found = { address: '127.0.0.1', family: 4 }
    const lookup = (_: string, { all }: { all?: boolean }, done: (...results: unknown[]) => void): void =>
      all ? done(null, [found]) : done(null, found.address, found.family)
    jest.spyOn(dns, 'lookup').mockImplementation(lookup as never)
    const url = new URL(`https://${host}:1`)
    const client = createServiceClient({ env: {}, signal: new AbortController().signal, limits: HASTY })
    const service = { name: 'The service', url, refusalHint: () => '' }
    return (await failureOf(client.request(service, { method: 'GET', url }))).hint
  }

  test.each([
    ['fulcio.sigstore.dev', 'Check https://status.sigstore.dev'],
    ['rekor.sigstore.dev', 'Check https://status.sigstore.dev'],
    ['fulcio.githubapp.com', 'Check https://www.githubstatus.com'],
    ['pipelines.actions.githubusercontent.com', 'Check https://www.githubstatus.com'],
    ['fulcio.example', 'Check that fulcio.example:1 works'],
    ['notsigstore.dev', 'Check that notsigstore.dev:1 works'],
  ])('%s names the page with its status', async (host, check) => {
    expect(await hintFor(host)).toBe(`No tag was changed. ${check}, and run the job again.`)
  })
})

describe('a redirect to another server', () => {
  const closers: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0)) await close()
  })

  async function serve(answer: RequestListener): Promise<{ url: string; asked: (string | undefined)[] }> {
    const asked: (string | undefined)[] = []
    const server = createServer((request, response) => {
      asked.push(request.url)
      answer(request, response)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => server.close())
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
  }

  /** A server that redirects, and the one that it redirects to. */
  async function redirecting(status: number) {
    const target = await serve((_, response) => void response.end('{}'))
    const location = `${target.url}/elsewhere`
    return { ...(await serve((_, response) => void response.writeHead(status, { location }).end())), target }
  }

  test.each([301, 302, 303, 307, 308])('with %d does not get the identity token', async status => {
    const { url, asked, target } = await redirecting(status)
    const config = JSON.parse(JSON.stringify(services.signingConfig()).replaceAll(services.fulcio.url, url))
    const signer = await keylessSigner(host, config)
    const { message } = await failureOf(signer.sign(statementAbout('an index')))
    expect(message).toMatch(new RegExp(`^Fulcio \\(${url}\\) refused the request: ${status} `))
    expect(asked).toEqual(['/api/v2/signingCert'])
    expect(target.asked).toEqual([])
  })

  test.each([302, 307])('with %d does not get the token for requests', async status => {
    const { url, target } = await redirecting(status)
    const env = { ...host.env, ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/token?x=1` }
    const { message } = await failureOf(requestIdentityToken({ ...host, env }, HASTY))
    expect(message).toContain(`refused the request: ${status} `)
    expect(target.asked).toEqual([])
  })
})
