import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { BUNDLE_TYPE } from '../../../src/attestation/bundle.js'
import { merge } from '../../../src/command/merge/merge.js'
import { OCI_MANIFEST } from '../../../src/oci/descriptor.js'
import { type Digest, digestOf, hexOf } from '../../../src/oci/digest.js'
import { rejection } from '../../nix/fakes.js'
import { contentsOf } from '../../support/archives.js'
import type { RegistryOptions } from '../../support/registry.js'
import { signBundle } from '../../support/sign-bundle.js'
import { type AttestRig, attestRig } from './attest-rig.js'
import { planUnchanged } from './merge-rig.js'

const SLSA = 'https://slsa.dev/provenance/v1'

let rig: AttestRig
beforeEach(() => open({}))
afterEach(() => rig.close())

async function open(options: RegistryOptions): Promise<void> {
  rig = await attestRig(options)
  await rig.buildWithContents('one', contentsOf)
}

/** Attaches a document to the index under a tag, as another program would. */
function attach(document: string, tag = 'latest'): void {
  const bytes = Buffer.from(document)
  const { registry } = rig
  const subjectDigest = rig.tag(tag) as Digest
  registry.store.addBlob('o/one', bytes)
  const { mediaType, bytes: index } = registry.repository('o/one').manifests.get(subjectDigest) ?? {
    bytes: '',
  }
  const empty = Buffer.from('{}')
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType: BUNDLE_TYPE,
      config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(empty), size: 2 },
      layers: [{ mediaType: BUNDLE_TYPE, digest: digestOf(bytes), size: bytes.length }],
      subject: { mediaType, digest: subjectDigest, size: index.length },
      annotations: { 'dev.sigstore.bundle.predicateType': SLSA },
    }),
  )
  registry.repository('o/one').manifests.set(digestOf(manifest), { bytes: manifest, mediaType: OCI_MANIFEST })
}

/** The digests of the index and of its images. */
const digests = (): string[] => {
  const index = rig.tag('latest') as Digest
  return [index, ...rig.indexAt('latest').manifests.map(({ digest }) => digest)].map(hexOf)
}

const provenances = () => rig.bundles().filter(({ statement }) => statement.predicateType === SLSA)

describe('an attached provenance is not believed, and a new one is signed,', () => {
  const sign = async (claims: Record<string, string>, subjects?: readonly string[]): Promise<string> => {
    rig.sigstore.identity.setClaims(claims)
    const bundle = await signBundle(rig.sigstore, 'rekor-2', { digests: subjects ?? digests() })
    rig.sigstore.identity.resetClaims()
    return JSON.stringify(bundle)
  }
  const tamper = (bundle: string, predicate: object): string => {
    const json = JSON.parse(bundle)
    const statement = JSON.parse(String(Buffer.from(json.dsseEnvelope.payload, 'base64')))
    json.dsseEnvelope.payload = Buffer.from(JSON.stringify({ ...statement, predicate })).toString('base64')
    return JSON.stringify(json)
  }

  test.each([
    ['of another repository', () => sign({ repository: 'octo-org/other' })],
    [
      'of another workflow',
      () => sign({ job_workflow_ref: 'owner/repo/.github/workflows/other.yml@refs/heads/main' }),
    ],
    ['of another index', () => sign({}, ['c'.repeat(64)])],
    ['of the index without its images', () => sign({}, digests().slice(0, 1))],
    ['of more images than the index has', () => sign({}, [...digests(), 'c'.repeat(64)])],
    ['whose content was changed', async () => tamper(await sign({}), { other: true })],
    ['that is not a bundle', async () => 'no bundle'],
  ])('%s', async (_, create) => {
    await merge(rig.request({ tags: 'latest' }), rig.runOf('first'))
    const document = await create()
    attach(document)
    const before = rig.signatures()
    await merge(rig.signed({ tags: 'latest' }), rig.job('first'))
    expect(rig.signatures() - before).toBe(2)
    expect(new Set(provenances().map(({ bundle }) => bundle)).size).toBe(document.startsWith('{') ? 2 : 1)
    // Its own one is used the next time.
    await merge(rig.signed({ tags: 'latest' }), rig.job('first'))
    expect(rig.signatures() - before).toBe(2)
  })

  test('but one of the same workflow at another ref is', async () => {
    await merge(rig.request({ tags: 'latest' }), rig.runOf('first'))
    const { job_workflow_ref: own = '' } = rig.sigstore.identity.claims()
    attach(await sign({ job_workflow_ref: own.replace(/@.*/, '@refs/tags/v0.1.0') }))
    const before = rig.signatures()
    await merge(rig.signed({ tags: 'latest' }), rig.job('first'))
    expect(rig.signatures() - before).toBe(1)
    expect(rig.github.state.attestations).toHaveLength(1)
    expect(new Set(provenances().map(({ subject }) => subject)).size).toBe(3)
  })
})

describe('an image that a run on a feature branch has signed', () => {
  const FEATURE = { ref: 'refs/heads/feature' }

  test('is signed again by a run on main that has built it, because consumers can expect main', async () => {
    rig.sigstore.identity.setClaims(FEATURE)
    await merge(rig.signed({ tags: 'latest' }), rig.job('first'))
    rig.sigstore.identity.resetClaims()
    const before = rig.signatures()
    await merge(rig.signed({ tags: 'latest' }), rig.job('first'))
    expect(rig.signatures() - before).toBe(2)
    await merge(rig.signed({ tags: 'latest' }), rig.job('first'))
    expect(rig.signatures() - before).toBe(2)
  })

  test('keeps its provenance, which names that branch, if the run on main has not built it', async () => {
    rig.sigstore.identity.setClaims(FEATURE)
    await merge(rig.signed({ tags: '1.0, latest' }), rig.job('first'))
    rig.sigstore.identity.resetClaims()
    const before = rig.signatures()
    const plan = planUnchanged(rig, { attest: true })
    await merge(rig.signed({ plan }), rig.job('second'))
    expect(rig.signatures()).toBe(before)
  })
})

describe('an index of somebody else that lists the images of this run is not signed,', () => {
  interface Changeable {
    readonly annotations: Record<string, string>
    readonly manifests: { platform: object; annotations: Record<string, string> }[]
  }

  test.each<[string, (index: Changeable) => void]>([
    [
      'with other annotations',
      ({ annotations }) => {
        annotations['org.opencontainers.image.source'] = 'https://github.com/octo-org/other'
      },
    ],
    [
      'with one more annotation',
      ({ annotations }) => {
        annotations.more = 'x'
      },
    ],
    [
      'with swapped platforms',
      ({ manifests: [a, b] }) => {
        if (a && b) [a.platform, b.platform] = [b.platform, a.platform]
      },
    ],
    [
      'with other annotations of an image',
      ({ manifests: [a] }) => {
        if (a) a.annotations.more = 'x'
      },
    ],
  ])('%s', async (_, change) => {
    await merge(rig.request({ tags: 'latest' }), rig.runOf('first'))
    const own = rig.tag('latest')
    const { manifests, tags } = rig.registry.repository('o/one')
    const held = manifests.get(own as Digest)
    const index = JSON.parse(String(held?.bytes))
    change(index)
    const bytes = Buffer.from(JSON.stringify(index))
    manifests.set(digestOf(bytes), { mediaType: held?.mediaType ?? '', bytes })
    tags.set('latest', digestOf(bytes))
    await merge(rig.signed({ tags: 'latest' }), rig.job('first'))
    expect(rig.tag('latest')).toBe(own)
    for (const { statement } of rig.bundles())
      expect(statement.subject.map(each => each.digest.sha256)).not.toContain(hexOf(digestOf(bytes)))
  })
})

test('an SBOM is signed again if the document has changed, and not otherwise', async () => {
  await merge(rig.signed({ sbom: 'true' }), rig.job('first'))
  const before = rig.signatures()
  await rig.buildWithContents('one', system => contentsOf(system, { version: '9.9' }))
  await merge(rig.signed({ sbom: 'true' }), rig.job('second'))
  // The images are the same, so the SBOMs of the index are.
  expect(rig.signatures() - before).toBe(4)
})

describe('a container that the plan found unchanged', () => {
  const attest = { sbom: true, attest: true } as const

  test('keeps its attestations, which are only read', async () => {
    await merge(rig.signed({ sbom: 'true' }), rig.job('first'))
    const plan = planUnchanged(rig, attest)
    const before = { signatures: rig.signatures(), stored: rig.github.state.attestations.length }
    rig.registry.log.length = 0
    const host = rig.job('second')
    const [merged] = await merge(rig.signed({ sbom: 'true', plan, tags: '1.0, latest, next' }), host)
    expect(rig.registry.requests('PUT', /./)).toHaveLength(1)
    expect({ signatures: rig.signatures(), stored: rig.github.state.attestations.length }).toEqual(before)
    expect(host.logged.filter(line => line.startsWith('warning'))).toEqual([])
    expect(merged?.attestations).toHaveLength(2)
  })

  test.each(['none', 'of another program'])(
    'is an error, and no tag is set, if its attestations are %s: another account can have pushed it',
    async kind => {
      await merge(rig.request({ tags: '1.0, latest' }), rig.runOf('first'))
      if (kind !== 'none') attach('{"dsseEnvelope":{}}')
      const plan = planUnchanged(rig, { attest: true })
      const { message, hint } = await rejection(
        merge(rig.signed({ plan, tags: '1.0, latest, next' }), rig.job('second')),
      )
      expect(message).toContain('one has no valid provenance of this workflow, and this run has not built it')
      expect(hint).toContain('`force: true`')
      expect(rig.tag('next')).toBeUndefined()
      expect(rig.github.state.attestations).toEqual([])
      // Not even the signature of the image, which would be in a public log.
      expect(rig.signatures()).toBe(0)
    },
  )

  test('is named if the plan was made without attestations', async () => {
    await merge(rig.request({ tags: '1.0, latest' }), rig.runOf('first'))
    const host = rig.job('second')
    await rejection(merge(rig.signed({ plan: planUnchanged(rig, {}) }), host))
    const warnings = host.logged.filter(line => line.startsWith('warning')).join('\n')
    expect(warnings).toContain(
      'The plan was made without `attest: true`, so it was not checked whether one has',
    )
  })

  test.each([1, 4, 7])(
    'sends GitHub the attestations that an interrupted run has not sent, after %i',
    async sent => {
      await merge(rig.signed({ sbom: 'true' }), rig.job('first'))
      const all = rig.github.state.attestations.splice(sent)
      const before = rig.signatures()
      const plan = planUnchanged(rig, attest)
      await merge(rig.signed({ sbom: 'true', plan }), rig.job('second'))
      expect(rig.signatures()).toBe(before)
      const keyOf = ({ predicateType, subjects }: { predicateType: string; subjects: readonly string[] }) =>
        `${predicateType} ${subjects.join()}`
      expect(rig.github.state.attestations.map(keyOf)).toHaveLength(7)
      expect(new Set(rig.github.state.attestations.map(keyOf)).size).toBe(7)
      expect(all).toHaveLength(7 - sent)
    },
  )
})

test('a signature that the trusted keys do not cover does not leave this machine', async () => {
  const other = await attestRig()
  const root = join(rig.services, 'other-root.json')
  writeFileSync(root, readFileSync(join(other.services, 'trusted-root.json')))
  await other.close()
  const run = merge(rig.signed({ 'trusted-root': root }), rig.job('first'))
  await expect(run).rejects.toMatchObject({
    message: expect.stringMatching(
      /The new signature in one\.(provenance|signature)\.sigstore\.json is not valid: /,
    ),
    hint: expect.stringContaining('set both `signing-config` and `trusted-root`, or none'),
  })
  expect(rig.bundles()).toEqual([])
  expect(rig.github.state.attestations).toEqual([])
  expect(rig.tag('latest')).toBeUndefined()
})

test('an archive that changes after the merge has read its list is not signed', async () => {
  const path = join(rig.folder, 'one-x86_64-linux.oci.tar')
  const bytes = readFileSync(path)
  let isChanged = false
  rig.registry.onRequest = (method, address) => {
    if (isChanged || method !== 'GET' || !address.includes('/manifests/')) return
    isChanged = true
    // The same list, with another layer.
    const layer = bytes.indexOf(Buffer.from([0x1f, 0x8b]))
    writeFileSync(
      path,
      Buffer.concat([bytes.subarray(0, layer + 12), Buffer.alloc(8), bytes.subarray(layer + 20)]),
    )
  }
  await expect(merge(rig.signed(), rig.job('first'))).rejects.toThrow()
  expect(isChanged).toBe(true)
  expect(rig.signatures()).toBe(0)
  expect(rig.bundles()).toEqual([])
  expect(rig.tag('latest')).toBeUndefined()
})

test('an SBOM that GitHub would refuse is not signed, with a warning', async () => {
  const description = 'x'.repeat(16_500_000)
  await rig.buildWithContents('one', system => {
    const contents = contentsOf(system)
    const [first, ...others] = contents.components
    if (first === undefined || system === 'aarch64-linux') return contents
    // A document is longer than the list of store paths, which has the same limit.
    const more = Array.from({ length: 1000 }, (_, n) => ({
      path: `/nix/store/${String(n).padStart(32, '0')}-more`,
      name: 'more',
      version: '',
      references: [],
    }))
    const large = { ...first, package: { description, sources: [], patches: [] } }
    const components = [large, ...others, ...more].sort((a, b) => (a.path < b.path ? -1 : 1))
    return { ...contents, components }
  })
  const host = rig.job('first')
  const [merged] = await merge(rig.signed({ sbom: 'true' }), host)
  expect(host.logged.join('\n')).toMatch(
    /warning: 2 SBOMs of one are not signed: one-x86_64-linux\.cdx\.json has \d+(\.\d)? MB, .* and at most 16\.8 MB are possible/,
  )
  expect(merged?.sboms).toHaveLength(6)
  expect(merged?.attestations).toHaveLength(6)
  expect(rig.tag('latest')).toBe(merged?.digest)
})
