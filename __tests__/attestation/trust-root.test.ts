import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { PINNED_TRUST } from '../../src/attestation/pinned-trust.js'
import { loadTrustRoots, parseTrustRoots, type TrustOptions } from '../../src/attestation/trust-root.js'
import { UpdateServiceStandIn } from '../support/update-service.js'

const SIGSTORE = PINNED_TRUST.sigstore.targets['trusted_root.json'] ?? {}
const GITHUB = PINNED_TRUST.github.targets['trusted_root.json'] ?? {}

let folder: string
let lines: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trust-root-'))
  lines = []
})
afterEach(() => rmSync(folder, { recursive: true }))

function load(options: Partial<TrustOptions>) {
  const log = (line: string): void => void lines.push(line)
  const { signal } = new AbortController()
  return loadTrustRoots({
    cacheFolder: folder,
    env: {},
    log: { info: log, warning: log, debug: log },
    signal,
    ...options,
  })
}

function written(text: string): string {
  const path = join(folder, 'root.json')
  writeFileSync(path, text)
  return path
}

describe('a file', () => {
  test('replaces all other trust roots, and no update is requested', async () => {
    const roots = await load({ trustedRoot: written(JSON.stringify(SIGSTORE, undefined, 2)) })
    for (const organization of ['sigstore.dev', 'GitHub, Inc.', undefined]) {
      const [root, ...others] = await roots.find(organization)
      expect(root).toMatchObject({ needsLogEntry: true, needsCertificateLog: true })
      expect(others).toEqual([])
    }
    expect(lines).toEqual([])
  })

  test('can have several roots as JSON lines, and what each one needs depends on its logs', async () => {
    const text = `${JSON.stringify(SIGSTORE)}\n${JSON.stringify(GITHUB)}\n`
    const roots = await (await load({ trustedRoot: written(text) })).find('GitHub, Inc.')
    expect(
      roots.map(({ needsLogEntry, needsCertificateLog }) => [needsLogEntry, needsCertificateLog]),
    ).toEqual([
      [true, true],
      [false, false],
    ])
  })

  test('can be written by PowerShell: with a byte order mark, and other line breaks', async () => {
    for (const text of [
      JSON.stringify(SIGSTORE, undefined, 2).replaceAll('\n', '\r\n'),
      `${JSON.stringify(SIGSTORE)}\r\n`,
      `${JSON.stringify(GITHUB)}\r\n${JSON.stringify(SIGSTORE)}\r\n`,
    ]) {
      const roots = await (await load({ trustedRoot: written(`\ufeff${text}`) })).find('sigstore.dev')
      expect(roots.at(-1)).toMatchObject({ needsLogEntry: true })
    }
  })

  test('that does not exist is named with its input', async () => {
    await expect(load({ trustedRoot: join(folder, 'missing.json') })).rejects.toThrow(
      /^`trusted-root`: .*missing\.json does not exist$/,
    )
  })

  const withoutAuthority = { ...SIGSTORE, certificateAuthorities: [] }
  const wrongKey = { ...SIGSTORE, tlogs: [{ publicKey: { rawBytes: 'AAAA' }, logId: { keyId: 'AA==' } }] }

  test.each([
    ['', /is not JSON/],
    ['[]', /is not an object/],
    ['{}', /its media type is undefined/],
    [
      JSON.stringify({ mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json' }),
      /its media type is application/,
    ],
    [
      JSON.stringify(PINNED_TRUST.sigstore.targets['signing_config.v0.2.json']),
      /its media type is application/,
    ],
    [JSON.stringify(withoutAuthority), 'it has no certificate authority'],
    [JSON.stringify(wrongKey), /is not a trusted root of Sigstore: /],
    [`${JSON.stringify(SIGSTORE)}\n{}`, /its media type is undefined/],
  ])('%j is refused', async (text, message) => {
    await expect(load({ trustedRoot: written(text) })).rejects.toThrow(message)
  })

  test('is named in the error, with a hint', async () => {
    await expect(parseTrustRoots(Buffer.from('{}'), 'my-root.json')).rejects.toMatchObject({
      message: expect.stringMatching(/^my-root\.json is not a trusted root of Sigstore: /),
      hint: expect.stringContaining('gh attestation trusted-root'),
    })
  })
})

describe('the update services', () => {
  test('are asked when a certificate needs them, and once', async () => {
    const [sigstore, github] = [await UpdateServiceStandIn.start(), await UpdateServiceStandIn.start()]
    sigstore.publish({ 'trusted_root.json': JSON.stringify(SIGSTORE) })
    github.publish({ 'trusted_root.json': JSON.stringify(GITHUB) })
    const roots = await load({ mirrors: { sigstore, github } })
    expect([sigstore.requests.length, github.requests.length]).toEqual([0, 0])
    const [publicRoot] = await roots.find('sigstore.dev')
    expect(publicRoot).toMatchObject({ name: 'Sigstore', needsLogEntry: true, needsCertificateLog: true })
    expect(github.requests).toEqual([])
    const [githubRoot] = await roots.find('GitHub, Inc.')
    expect(githubRoot).toMatchObject({ name: 'GitHub', needsLogEntry: false, needsCertificateLog: false })
    const requests = sigstore.requests.length
    await Promise.all([roots.find('sigstore.dev'), roots.find(undefined)])
    expect(sigstore.requests).toHaveLength(requests)
    expect(lines).toEqual([])
    await Promise.all([sigstore.close(), github.close()])
  })

  test('a newest root that this program cannot read is not used, and one line says so', async () => {
    const sigstore = await UpdateServiceStandIn.start()
    sigstore.publish({ 'trusted_root.json': JSON.stringify({ mediaType: 'application/future' }) })
    const [root] = await (await load({ mirrors: { sigstore } })).find('sigstore.dev')
    expect(root?.root.tlogs).toHaveLength((SIGSTORE.tlogs as unknown[]).length)
    expect(lines).toEqual([
      expect.stringMatching(/^The newest keys of Sigstore are not used: .*application\/future/),
    ])
    await sigstore.close()
  })

  test('the public services always need a log, also if their newest root has none', async () => {
    const sigstore = await UpdateServiceStandIn.start()
    sigstore.publish({ 'trusted_root.json': JSON.stringify({ ...SIGSTORE, tlogs: [], ctlogs: [] }) })
    const [root] = await (await load({ mirrors: { sigstore } })).find('sigstore.dev')
    expect(root).toMatchObject({ needsLogEntry: true, needsCertificateLog: true })
    await sigstore.close()
  })
})
