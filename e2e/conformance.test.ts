import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import type { RegistryOptions } from '../__tests__/support/registry.js'
import { conformanceOf } from './support/conformance.js'
import { tool } from './support/machine.js'
import { startStandIn } from './support/stand-in.js'

const ACCOUNT = { username: 'someone', password: 'a-password' }
const LOGIN = { OCI_USERNAME: ACCOUNT.username, OCI_PASSWORD: ACCOUNT.password }
const MOUNTING = 'Push Cross-Repository Blob Mount '
/** Checks that are skipped because the suite pushes the images itself. */
const GIVEN = [
  'Pull Setup Get tag name from environment',
  'Content Discovery Setup Populate registry with test tags (no push)',
]
/** Checks that apply only to registries with or without an optional behaviour. */
const IF_NOT_MOUNTED = `${MOUNTING}Cross-mounting of nonexistent blob should yield session id`
const IF_AUTOMATIC = `${MOUNTING}Cross-mounting without from, and automatic content discovery enabled should return a 201`
const IF_MOUNTED = [
  `${MOUNTING}GET request to test digest within cross-mount namespace should return 200`,
  `${MOUNTING}Cross-mounting without from, and automatic content discovery disabled should return a 202`,
]
/** The number of checks in each workflow. */
const CHECKS = { Pull: 19, Push: 29, 'Content Discovery': 10, 'Content Management': 10 }

async function withStandIn<T>(options: RegistryOptions, use: (address: string) => Promise<T>): Promise<T> {
  const registry = await startStandIn(options)
  try {
    return await use(registry.address)
  } finally {
    await registry.stop()
  }
}

/** So that the tests which use the stand-in are valid for real registries. */
describe('the stand-in for a registry passes the conformance suite of the distribution specification', () => {
  test.each<{ how: string; options: RegistryOptions; settings?: Record<string, string>; skipped?: string[] }>(
    [
      { how: 'with default options', options: {} },
      {
        how: 'with tokens, and absolute locations',
        options: { auth: { kind: 'token', ...ACCOUNT }, locations: 'absolute' },
        settings: LOGIN,
      },
      {
        how: 'with passwords, and manifests deleted before blobs',
        options: { auth: { kind: 'basic', ...ACCOUNT } },
        settings: { ...LOGIN, OCI_DELETE_MANIFEST_BEFORE_BLOBS: '1' },
      },
      {
        how: 'without mounts, and with blobs at another origin',
        options: { mounts: false, redirectBlobs: true, stripDigest: true },
        skipped: [IF_AUTOMATIC, ...IF_MOUNTED],
      },
    ],
  )('$how', async ({ options, settings, skipped = [IF_NOT_MOUNTED, IF_AUTOMATIC] }) => {
    const result = await withStandIn(options, address => conformanceOf(address, settings))
    expect(result.failed).toEqual([])
    expect(result.skipped.toSorted()).toEqual([...GIVEN, ...skipped].sort())
    const all = [...result.passed, ...result.skipped]
    const counts = Object.keys(CHECKS).map(of => [of, all.filter(name => name.startsWith(of)).length])
    expect(Object.fromEntries(counts)).toEqual(CHECKS)
  })

  test('fails the conformance suite if chunks are refused', async () => {
    const result = await withStandIn({ maxBody: 20 }, address => conformanceOf(address))
    expect(result.failed).toContain(
      'Push Blob Upload Chunked PATCH request with first chunk should return 202',
    )
  })
})

test.each([true, false])(
  'oras finds the artifacts attached to an image; referrers API: %s',
  async referrers => {
    await withStandIn({ referrers }, async address => {
      const cwd = mkdtempSync(join(tmpdir(), 'attached-'))
      const image = `${address}/owner/app`
      const oras = (...args: string[]) => tool('oras', [...args, '--plain-http'])
      try {
        const file = join(cwd, 'file')
        writeFileSync(file, 'content')
        await oras('push', '--no-tty', '--disable-path-validation', `${image}:1`, file)
        for (const type of ['test/one', 'test/two'])
          await oras(
            'attach',
            '--no-tty',
            '--disable-path-validation',
            '--artifact-type',
            type,
            `${image}:1`,
            file,
          )
        const types = async (...args: string[]): Promise<string[]> => {
          const found = JSON.parse(await oras('discover', '--format', 'json', ...args, `${image}:1`))
          return found.referrers.map(({ artifactType }: { artifactType: string }) => artifactType)
        }
        expect((await types()).sort()).toEqual(['test/one', 'test/two'])
        expect(await types('--artifact-type', 'test/two')).toEqual(['test/two'])
        const tags = (await oras('repo', 'tags', image)).trim().split('\n')
        expect(tags).toEqual(['1', ...(referrers ? [] : [expect.stringMatching(/^sha256-/)])])
      } finally {
        rmSync(cwd, { recursive: true })
      }
    })
  },
)
