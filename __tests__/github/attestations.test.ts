import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createGitHubApi } from '../../src/github/api.js'
import { createGitHubAttestations, type GitHubAttestations } from '../../src/github/attestations.js'
import type { Clock } from '../../src/http/retry.js'
import { parseDigest } from '../../src/oci/digest.js'
import { type GitHubStandIn, serveGitHubApi } from '../support/github-api.js'
import { hastyClock } from './fixture.js'

const DIGEST = parseDigest(`sha256:${'a'.repeat(64)}`)
const SLSA = 'https://slsa.dev/provenance/v1'

let github: GitHubStandIn
beforeEach(async () => {
  github = await serveGitHubApi()
})
afterEach(() => github.close())

function open(clock: Clock = hastyClock(), token = 'writer'): GitHubAttestations {
  return createGitHubAttestations(createGitHubApi({ url: github.url, clock, token }), 'owner/name', { clock })
}

function bundleOf(predicateType: string, more: object = {}): Buffer {
  const statement = { subject: [{ name: 'x', digest: { sha256: 'a'.repeat(64) } }], predicateType, ...more }
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64')
  return Buffer.from(JSON.stringify({ dsseEnvelope: { payload } }))
}

test('a bundle is stored, and listed by digest and type', async () => {
  const attestations = open()
  await attestations.create(bundleOf(SLSA))
  await attestations.create(bundleOf('https://cyclonedx.org/bom'))
  expect(await attestations.list(DIGEST, { predicateType: SLSA })).toEqual([bundleOf(SLSA)])
  expect(await attestations.list(DIGEST)).toHaveLength(2)
  expect(await attestations.list(parseDigest(`sha256:${'b'.repeat(64)}`))).toEqual([])
})

test('the list has all pages, newest first', async () => {
  const attestations = open({ ...hastyClock(), now: Date.now })
  for (let n = 0; n < 230; n++) await attestations.create(bundleOf(SLSA, { n }))
  const listed = await attestations.list(DIGEST)
  expect(listed).toHaveLength(230)
  expect(listed[0]).toEqual(bundleOf(SLSA, { n: 229 }))
  expect(await attestations.list(DIGEST, { newest: 2 })).toEqual(listed.slice(0, 2))
})

test('not more than 70 a minute are created', async () => {
  let now = 0
  const starts: number[] = []
  const sleep = async (ms: number): Promise<void> => {
    now += ms
  }
  const clock = { ...hastyClock(), now: () => now, sleep }
  const attestations = open(clock)
  for (let n = 0; n < 150; n++) {
    await attestations.create(bundleOf(SLSA))
    starts.push(now)
  }
  for (const [n, start] of starts.entries())
    expect(start - (starts[n - 70] ?? -60_000)).toBeGreaterThanOrEqual(60_000)
  expect(now).toBe(120_000)
})

test('a secondary rate limit is waited for', async () => {
  github.fail({ match: 'POST', status: 403, message: 'You have exceeded a secondary rate limit.' })
  const clock = hastyClock()
  await open(clock).create(bundleOf(SLSA))
  expect(clock.waits).toEqual([60_000])
  expect(github.state.attestations).toHaveLength(1)
})

test.each([
  ['reader', /attestations: write/],
  ['plan', /`signing-key`.*make the repository public.*`attest: public-log`/],
])('a refusal says what to do (%s)', async (why, hint) => {
  github.state.attestationsNeedPlan = why === 'plan'
  const run = open(hastyClock(), why === 'reader' ? 'reader' : 'writer').create(bundleOf(SLSA))
  await expect(run).rejects.toMatchObject({
    message: expect.stringMatching(/^GitHub refused POST \/repos\/owner\/name\/attestations with 403: /),
    hint: expect.stringMatching(hint),
  })
})

describe('a bundle that is only named by its address', () => {
  test.each([
    // A literal, and a copy of the four bytes that it ends with.
    ['a copy', Buffer.from([12, 7 << 2, ...Buffer.from('{"a":"ab'), (0 << 2) | 1, 2]), undefined],
    ['literals', Buffer.from([5, 1 << 2, ...Buffer.from('{"'), 60 << 2, 2, ...Buffer.from('a":')]), '{"a":'],
    ['another length', Buffer.from([9, 0, 0x61]), 'error'],
    ['a copy from before the start', Buffer.from([5, 0, 0x61, 1, 9]), 'error'],
    ['a cut literal', Buffer.from([5, 4 << 2, 0x61]), 'error'],
  ])('is read without the token and decompressed: %s', async (_, content, expected) => {
    const tokens: unknown[] = []
    const server = createServer((request, response) => {
      tokens.push(request.headers.authorization)
      response.end(content)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const entry = { bundle: null, bundle_url: `http://127.0.0.1:${port}/x` }
    const api = {
      ...createGitHubApi({ url: github.url }),
      requestWithHeaders: async () => ({ json: { attestations: [entry] }, header: () => undefined }),
    }
    const list = createGitHubAttestations(api, 'owner/name', { env: {}, clock: hastyClock() }).list(DIGEST)
    if (expected === 'error') await expect(list).rejects.toThrow(/cannot be read.*Snappy/)
    else expect(String((await list)[0])).toBe(expected ?? '{"a":"ababab')
    expect(tokens[0]).toBeUndefined()
    server.close()
    server.closeAllConnections()
  })
})
