import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { parseBundle } from '../../../src/attestation/bundle.js'
import { verifyBundle } from '../../../src/attestation/verify-bundle.js'
import { merge } from '../../../src/command/merge/merge.js'
import type { Artifacts } from '../../../src/host/host.js'
import type { Digest } from '../../../src/oci/digest.js'
import { contentsOf } from '../../support/archives.js'
import type { RegistryOptions } from '../../support/registry.js'
import { type AttestRig, attestRig } from './attest-rig.js'

let rig: AttestRig
beforeEach(() => open({}))
afterEach(() => rig.close())

async function open(options: RegistryOptions): Promise<void> {
  rig = await attestRig(options)
  await rig.buildWithContents('one', contentsOf)
}

const FILES = [
  'one-aarch64-linux.cdx.sigstore.json',
  'one-aarch64-linux.spdx.sigstore.json',
  'one-x86_64-linux.cdx.sigstore.json',
  'one-x86_64-linux.spdx.sigstore.json',
  'one.index.cdx.sigstore.json',
  'one.index.spdx.sigstore.json',
  'one.provenance.sigstore.json',
  'one.signature.sigstore.json',
]

test('a release has the bundles as files', async () => {
  rig.github.state.immutableReleases = true
  await merge(rig.signed({ sbom: 'true', release: 'true', version: '1.2.3', tags: 'auto' }), rig.job('first'))
  const [release] = rig.github.state.releases
  const files = new Map(release?.assets.map(({ name, content }) => [name, content]))
  expect([...files.keys()].filter(name => name.endsWith('.sigstore.json')).sort()).toEqual(FILES)
  const stored = rig.bundles().map(({ bundle }) => String(rig.registry.blobs.get(bundle as Digest)))
  for (const name of FILES) expect(stored).toContain(files.get(name))
})

test('on GitHub, each bundle is an artifact of the run', async () => {
  const uploaded: string[] = []
  const artifacts: Artifacts = {
    async upload(file) {
      uploaded.push(basename(file))
      return { id: 1, name: basename(file), size: 1 }
    },
    list: async () => [],
    download: () => Promise.reject(new Error('nothing to download')),
  }
  await merge(rig.signed({ sbom: 'true' }), rig.job('first', { artifacts }))
  expect(uploaded.filter(name => name.endsWith('.sigstore.json')).sort()).toEqual(FILES)
})

describe('a key', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  const withKey = (more: Readonly<Record<string, string>> = {}) =>
    rig.request({ attest: 'key', 'signing-key': key, tags: '1.0, latest', sbom: 'true', ...more })
  const verify = (bytes: Buffer) =>
    verifyBundle(parseBundle(bytes, 'it'), { kind: 'key', publicKey }, undefined)

  test('signs what is in the registry, and nothing is sent to other services', async () => {
    await merge(withKey(), rig.runOf('first'))
    const bundles = rig.bundles()
    expect(bundles).toHaveLength(12)
    for (const { bundle } of bundles) await verify(rig.registry.blobs.get(bundle as Digest) as Buffer)
    expect(rig.github.state.attestations).toEqual([])
    expect(rig.signatures()).toBe(0)
    await merge(withKey(), rig.runOf('second'))
    expect(rig.bundles()).toEqual(bundles)
  })

  test('another key signs again', async () => {
    await merge(withKey(), rig.runOf('first'))
    const other = generateKeyPairSync('ed25519')
      .privateKey.export({ format: 'pem', type: 'pkcs8' })
      .toString()
    await merge(withKey({ 'signing-key': other }), rig.runOf('first'))
    expect(rig.bundles()).toHaveLength(24)
  })

  test('signs an archive that is not pushed: the bundles are next to it', async () => {
    const out = join(rig.folder, 'out')
    const request = withKey({ archive: join(out, '{name}.tar'), push: 'false', image: '', tags: 'auto' })
    const [merged] = await merge(request, rig.runOf('first'))
    const bundles = readdirSync(out).filter(name => name.endsWith('.sigstore.json'))
    expect(bundles.sort()).toEqual([
      'one.index.cdx.sigstore.json',
      'one.index.spdx.sigstore.json',
      'one.linux-amd64.cdx.sigstore.json',
      'one.linux-amd64.spdx.sigstore.json',
      'one.linux-arm64.cdx.sigstore.json',
      'one.linux-arm64.spdx.sigstore.json',
      'one.provenance.sigstore.json',
      'one.signature.sigstore.json',
    ])
    for (const name of bundles) {
      const { statement } = await verify(readFileSync(join(out, name)))
      const digests = [merged?.digest, ...(merged?.platforms.map(({ digest }) => digest) ?? [])]
      for (const { digest } of statement.subjects) expect(digests).toContain(digest)
    }
    expect(merged?.attestations?.map(({ path }) => path)).toContain(join(out, 'one.provenance.sigstore.json'))
  })

  test('does not overwrite the bundle of another container', async () => {
    await rig.build('one.oci')
    const archive = join(rig.folder, 'out', '{name}.tar')
    const run = merge(
      withKey({ sbom: 'false', archive, push: 'false', image: '', tags: 'auto' }),
      rig.runOf('first'),
    )
    await expect(run).rejects.toThrow(
      /one\.provenance\.sigstore\.json would overwrite another file of this run/,
    )
  })

  test('signs nothing in a pull request', async () => {
    const env = { GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF: 'refs/pull/7/merge' }
    const host = rig.runOf('first', { env })
    const out = join(rig.folder, 'out')
    await merge(withKey({ archive: join(out, '{name}.tar'), tags: 'auto' }), host)
    expect(readdirSync(out).filter(name => name.includes('sigstore'))).toEqual([])
    expect(host.logged.join('\n')).toContain('nothing is signed, because this run does not push')
  })
})

test('an identity signs no archive that is not pushed', async () => {
  const out = join(rig.folder, 'out')
  const host = rig.job('first')
  await merge(rig.signed({ archive: join(out, '{name}.tar'), push: 'false', image: '', tags: 'auto' }), host)
  expect(readdirSync(out)).toEqual(['one.tar'])
  expect(rig.signatures()).toBe(0)
  expect(host.logged.join('\n')).toContain(
    '`attest: true`: nothing is signed, because this run does not push',
  )
})

test('a private repository uses the services of GitHub, and no public one', async () => {
  await rig.close()
  rig = await attestRig({}, { repository_visibility: 'private', enterprise: 'octo-corp' })
  await rig.build('one')
  const files = join(rig.services, 'private')
  mkdirSync(files)
  const { githubSigningConfig, githubTrustedRoot } = rig.sigstore.writeFiles(files)
  const request = rig.signed({ 'signing-config': githubSigningConfig, 'trusted-root': githubTrustedRoot })
  await merge(request, rig.job('first'))
  expect(rig.bundles()).toHaveLength(6)
  expect(rig.signatures()).toBe(0)
  expect(rig.sigstore.fulcio.requests).toEqual([])
  expect(rig.github.state.attestations).toHaveLength(1)
  await merge(request, rig.job('second'))
  expect(rig.bundles()).toHaveLength(6)
})
