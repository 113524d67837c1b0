import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { PINNED_TRUST } from '../../src/attestation/pinned-trust.js'
import type { SigningServices } from '../../src/attestation/signing-config.js'
import { parseSigningConfig } from '../../src/attestation/signing-config.js'
import { chooseSigningServices } from '../../src/attestation/signing-services.js'
import { UserError } from '../../src/util/error.js'
import { setInputStyle } from '../../src/util/input-name.js'
import { failureOf } from './fixture.js'

const NOW = Date.parse('2026-11-30T00:00:00Z')
const MEDIA_TYPE = 'application/vnd.dev.sigstore.signingconfig.v0.2+json'

beforeAll(() => setInputStyle('workflow'))

interface ServiceOptions {
  readonly version?: number
  readonly operator?: string
  readonly start?: string | undefined
  readonly end?: string
}

function service(name: string, options: ServiceOptions = {}): object {
  const {
    version: majorApiVersion = 1,
    operator = 'a.example',
    start = '2026-01-01T00:00:00Z',
    end,
  } = options
  return { url: `https://${name}`, majorApiVersion, operator, validFor: { start, ...(end && { end }) } }
}

const ANY = { selector: 'ANY' }

/** Chooses services from a config with some fields replaced. */
function choose(fields: object): SigningServices {
  const config = {
    mediaType: MEDIA_TYPE,
    caUrls: [service('fulcio')],
    rekorTlogUrls: [service('log')],
    rekorTlogConfig: ANY,
    tsaUrls: [service('time/api/v1/timestamp')],
    tsaConfig: ANY,
    ...fields,
  }
  return parseSigningConfig(JSON.stringify(config), 'The file', NOW)
}

const logsOf = (rekorTlogUrls: object[], rekorTlogConfig: object = ANY): string[] =>
  choose({ rekorTlogUrls, rekorTlogConfig }).logs.map(({ url, version }) => `${url} v${version}`)

describe('the services of a signing config', () => {
  test('are those of Sigstore, if it is the one of its update service', () => {
    const json = JSON.stringify(PINNED_TRUST.sigstore.targets['signing_config.v0.2.json'])
    expect(parseSigningConfig(json, 'it', NOW)).toEqual({
      fulcio: 'https://fulcio.sigstore.dev',
      logs: [{ url: 'https://rekor.sigstore.dev', version: 1 }],
      timestamps: ['https://timestamp.sigstore.dev/api/v1/timestamp'],
    })
  })

  test('are valid now, and the newest ones', () => {
    const urls = [
      service('future', { start: '2027-01-01T00:00:00Z' }),
      service('old', { start: '2020-01-01T00:00:00Z' }),
      service('expired', { start: '2026-11-01T00:00:00Z', end: '2026-11-29T23:59:59Z' }),
      service('newest', { start: '2026-06-01T00:00:00Z' }),
    ]
    expect(choose({ caUrls: urls }).fulcio).toBe('https://newest')
    expect(logsOf(urls)).toEqual(['https://newest v1'])
  })

  test('are valid at the first and at the last moment of their time', () => {
    const now = '2026-11-30T00:00:00Z'
    expect(logsOf([service('first', { start: now })])).toEqual(['https://first v1'])
    expect(logsOf([service('last', { end: now })])).toEqual(['https://last v1'])
  })

  test('have the highest version that this program knows, also if they are older', () => {
    const urls = [
      service('v1'),
      service('v2', { version: 2, start: '2025-01-01T00:00:00Z' }),
      service('v3', { version: 3 }),
    ]
    expect(logsOf(urls)).toEqual(['https://v2 v2'])
    expect(logsOf([...urls, service('other', { operator: 'b.example' })], { selector: 'ALL' })).toEqual([
      'https://v2 v2',
    ])
  })

  test('are one per operator', () => {
    const urls = [
      service('a-old', { start: '2026-02-01T00:00:00Z' }),
      service('a-new', { start: '2026-03-01T00:00:00Z' }),
      service('b', { operator: 'b.example', start: '2026-04-01T00:00:00Z' }),
      service('c', { operator: 'c.example' }),
    ]
    expect(logsOf(urls)).toEqual(['https://b v1'])
    expect(logsOf(urls, { selector: 'EXACT', count: 2 })).toEqual(['https://b v1', 'https://a-new v1'])
    expect(logsOf(urls, { selector: 'ALL' })).toEqual(['https://b v1', 'https://a-new v1', 'https://c v1'])
    expect(() => logsOf(urls, { selector: 'EXACT', count: 4 })).toThrow(
      'rekorTlogConfig.count is 4, but rekorTlogUrls has 3 operators with a valid service',
    )
  })

  test('may have no log, or no timestamp authority', () => {
    expect(choose({ rekorTlogUrls: undefined, rekorTlogConfig: undefined }).logs).toEqual([])
    expect(choose({ tsaUrls: [], tsaConfig: {} }).timestamps).toEqual([])
  })

  test('may be on this machine without TLS', () => {
    const local = { ...service('x'), url: 'http://127.0.0.1:4000/' }
    expect(choose({ caUrls: [local] }).fulcio).toBe('http://127.0.0.1:4000/')
  })
})

describe('a wrong signing config', () => {
  const v2 = [service('v2', { version: 2 })]
  test.each<[string, object, string]>([
    [
      'Rekor v2 without a timestamp authority',
      { rekorTlogUrls: v2, tsaUrls: [] },
      'an entry of Rekor v2 has no time, so it needs a timestamp authority',
    ],
    [
      'neither a log nor a time',
      { rekorTlogUrls: [], tsaUrls: [] },
      'it has neither a log nor a timestamp authority, so it needs',
    ],
    ['no Fulcio', { caUrls: [] }, 'caUrls has no service with version 1 that is valid now'],
    [
      'Fulcio of another version',
      { caUrls: [service('x', { version: 2 })] },
      'caUrls has no service with version 1',
    ],
    [
      'only expired logs',
      { rekorTlogUrls: [service('x', { end: '2026-02-01T00:00:00Z' })] },
      'rekorTlogUrls has no service with version 1 or 2 that is valid now',
    ],
    ['no selector', { rekorTlogConfig: undefined }, 'rekorTlogConfig is not an object'],
    [
      'an unknown selector',
      { tsaConfig: { selector: 'SOME' } },
      'tsaConfig.selector is not ANY, ALL or EXACT',
    ],
    ['no count', { tsaConfig: { selector: 'EXACT' } }, 'tsaConfig.count is not a whole number'],
    ['the count 0', { tsaConfig: { selector: 'EXACT', count: 0 } }, 'tsaConfig.count is 0, but'],
    [
      'plain HTTP',
      { caUrls: [{ ...service('x'), url: 'http://fulcio.example' }] },
      'caUrls[0].url is not an https URL',
    ],
    ['a file', { caUrls: [{ ...service('x'), url: 'file:///x' }] }, 'caUrls[0].url is not an https URL'],
    [
      'a URL with a password',
      { caUrls: [{ ...service('x'), url: 'https://me:word@x' }] },
      'caUrls[0].url contains a user or a password',
    ],
    [
      'a URL without a scheme',
      { tsaUrls: [{ ...service('x'), url: 'x.example' }] },
      'tsaUrls[0].url is not a URL',
    ],
    [
      'no time of validity',
      { tsaUrls: [{ url: 'https://x', majorApiVersion: 1 }] },
      'tsaUrls[0].validFor is not an object',
    ],
    [
      'a wrong time',
      { tsaUrls: [service('x', { start: 'soon' })] },
      'tsaUrls[0].validFor.start is not a time',
    ],
    ['a text for a list', { caUrls: 'https://x' }, 'caUrls is not a list'],
    [
      'version 0.1',
      { mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.1+json' },
      `not ${MEDIA_TYPE}`,
    ],
  ])('is refused: %s', (_, fields, message) => {
    expect(() => choose(fields)).toThrow(UserError)
    expect(() => choose(fields)).toThrow('The file cannot be used as a signing config: ')
    expect(() => choose(fields)).toThrow(message)
  })

  test.each([
    ['application/vnd.dev.sigstore.trustedroot+json;version=0.1', /set it as `trusted-root`/],
    [
      'application/vnd.dev.sigstore.clienttrustconfig.v0.1+json',
      /Write the value of its `signingConfig` to a file/,
    ],
    ['application/json', /cosign signing-config create/],
  ])('of the type %s has a hint', (mediaType, hint) => {
    expect(() => choose({ mediaType })).toThrow(
      expect.objectContaining({ hint: expect.stringMatching(hint) }),
    )
  })
})

describe('the services of a run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'signing-config-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const loadPublicConfig = async (): Promise<string> =>
    JSON.stringify(PINNED_TRUST.sigstore.targets['signing_config.v0.2.json'])

  test.each([
    [undefined, 'githubapp.com'],
    ['https://github.com', 'githubapp.com'],
    ['https://octo.ghe.com', 'octo.ghe.com'],
  ])('are the ones of GitHub for the server %s', async (serverUrl, domain) => {
    const chosen = await chooseSigningServices({ instance: 'github', serverUrl, loadPublicConfig })
    expect(chosen).toEqual({
      fulcio: `https://fulcio.${domain}`,
      logs: [],
      timestamps: [`https://timestamp.${domain}`],
    })
  })

  test.each(['https://github.example', 'https://github.com.example', 'https://evilghe.com', ''])(
    'do not exist for the server "%s"',
    async serverUrl => {
      const { hint } = await failureOf(
        chooseSigningServices({ instance: 'github', serverUrl, loadPublicConfig }),
      )
      expect(hint).toBe('Set `signing-key`, or the services in `signing-config`.')
    },
  )

  test('are the public ones', async () => {
    const { fulcio } = await chooseSigningServices({ instance: 'sigstore', loadPublicConfig })
    expect(fulcio).toBe('https://fulcio.sigstore.dev')
  })

  test('are the ones of a file, which replaces both', async () => {
    const path = join(folder, 'config.json')
    const fields = { caUrls: [service('mine')], tsaUrls: [service('time')], tsaConfig: ANY }
    writeFileSync(path, JSON.stringify({ mediaType: MEDIA_TYPE, ...fields }))
    for (const instance of ['sigstore', 'github'] as const) {
      const chosen = await chooseSigningServices({ signingConfig: path, instance, loadPublicConfig })
      expect(chosen).toEqual({ fulcio: 'https://mine', logs: [], timestamps: ['https://time'] })
    }
  })

  test('are not known if the file is missing, a folder, or not JSON', async () => {
    const text = join(folder, 'text')
    writeFileSync(text, 'services:\n')
    const messages = ['/nowhere/config.json', folder, text].map(async signingConfig => {
      const choice = { signingConfig, instance: 'sigstore', loadPublicConfig } as const
      return (await failureOf(chooseSigningServices(choice))).message
    })
    expect(await Promise.all(messages)).toEqual([
      expect.stringMatching(/^`signing-config`: \/nowhere\/config\.json does not exist$/),
      expect.stringMatching(/^`signing-config`: .* is a folder, not a file$/),
      expect.stringMatching(/^`signing-config`: .*text cannot be used as a signing config: it is not JSON/),
    ])
  })
})
