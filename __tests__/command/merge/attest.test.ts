import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type MergeRequest, merge } from '../../../src/command/merge/merge.js'
import type { Digest } from '../../../src/oci/digest.js'
import { contentsOf } from '../../support/archives.js'
import type { RegistryOptions } from '../../support/registry.js'
import { type AttestRig, attestRig } from './attest-rig.js'

const SLSA = 'https://slsa.dev/provenance/v1'
const SBOMS = ['https://cyclonedx.org/bom', 'https://spdx.dev/Document/v2.3']
const SIGNATURE = 'https://sigstore.dev/cosign/sign/v1'

let rig: AttestRig
beforeEach(() => open({}))
afterEach(() => rig.close())

async function open(options: RegistryOptions): Promise<void> {
  rig = await attestRig(options)
  await rig.buildWithContents('one', contentsOf)
}

async function reopen(options: RegistryOptions): Promise<void> {
  await rig.close()
  await open(options)
}

test.each([true, 'draft', false] as const)(
  'the index and each image have a provenance and a signature before a tag is set; referrers API: %s',
  async referrers => {
    await reopen({ referrers })
    rig.registry.onTag = (_, tag) => {
      if (!tag.startsWith('sha256-')) expect(rig.bundles()).toHaveLength(6)
    }
    const [merged] = await merge(rig.signed(), rig.job('first'))
    const subjects = [merged?.digest as Digest, ...(merged?.platforms.map(({ digest }) => digest) ?? [])]
    const bundles = rig.bundles()
    for (const type of [SLSA, SIGNATURE]) {
      const ofType = bundles.filter(({ statement }) => statement.predicateType === type)
      expect(ofType.map(({ subject }) => subject).sort()).toEqual([...subjects].sort())
      expect(new Set(ofType.map(({ bundle }) => bundle)).size).toBe(1)
      for (const { statement, annotations } of ofType) {
        const digests = statement.subject.map(({ digest: { sha256 } }) => `sha256:${sha256}`)
        expect(digests.sort()).toEqual([...subjects].sort())
        expect(annotations).toMatchObject({
          'dev.sigstore.bundle.content': 'dsse-envelope',
          'dev.sigstore.bundle.predicateType': type,
        })
      }
    }
    expect(rig.signatures()).toBe(2)
    expect(rig.github.state.attestations.map(({ predicateType }) => predicateType)).toEqual([SLSA])
    expect(rig.tag('latest')).toBe(merged?.digest)
    expect(merged?.attestations?.map(({ fileName }) => fileName)).toEqual([
      'one.provenance.sigstore.json',
      'one.signature.sigstore.json',
    ])
  },
)

const created = (): string[] =>
  rig.github.requests
    .filter(({ line, status }) => /^POST .*\/attestations$/.test(line) && status === 201)
    .map(({ line }) => line)

test('the SBOMs are signed, too, each about its own subject', async () => {
  const [merged] = await merge(rig.signed({ sbom: 'true' }), rig.job('first'))
  const bundles = rig.bundles().filter(({ statement }) => SBOMS.includes(statement.predicateType))
  expect(bundles).toHaveLength(6)
  for (const { subject, statement } of bundles) {
    expect(statement.subject.map(({ digest }) => `sha256:${digest.sha256}`)).toEqual([subject])
    expect(JSON.stringify(statement.predicate)).toContain(String(subject).replace('sha256:', ''))
  }
  expect(rig.signatures()).toBe(8)
  expect(rig.github.state.attestations.map(({ predicateType }) => predicateType).sort()).toEqual(
    [...SBOMS, ...SBOMS, ...SBOMS, SLSA].sort(),
  )
  // The provenance of an index shows that all other attestations are there.
  expect(rig.github.state.attestations.at(-1)).toMatchObject({ predicateType: SLSA })
  expect(merged?.attestations).toHaveLength(8)
  expect(merged?.attestations).toContainEqual(
    expect.objectContaining({ platform: 'linux/arm64', fileName: 'one-aarch64-linux.cdx.sigstore.json' }),
  )
})

test.each([true, 'draft', false] as const)(
  'a second run signs and sends nothing; referrers API: %s',
  async referrers => {
    await reopen({ referrers })
    const request = rig.signed({ sbom: 'true' })
    await merge(request, rig.job('first'))
    const before = { bundles: rig.bundles(), signatures: rig.signatures(), created: created() }
    for (const commit of ['first', 'second']) {
      rig.registry.log.length = 0
      await merge(request, rig.job(commit))
      expect(rig.registry.requests('PUT', /./)).toEqual([])
      expect(rig.registry.requests('POST', /uploads/)).toEqual([])
      expect({ bundles: rig.bundles(), signatures: rig.signatures(), created: created() }).toEqual(before)
    }
  },
)

test('an image that was pushed without a signature gets one, and keeps its digest', async () => {
  const [first] = await merge(rig.request({ tags: '1.0' }), rig.runOf('first'))
  const [second] = await merge(rig.signed({ tags: '1.0' }), rig.job('second'))
  expect(second?.digest).toBe(first?.digest)
  expect(rig.bundles()).toHaveLength(6)
  const [third] = await merge(rig.signed({ sbom: 'true' }), rig.job('third'))
  expect(third?.digest).toBe(first?.digest)
  expect(rig.bundles()).toHaveLength(12)
  expect(rig.signatures()).toBe(8)
})

test('a new repository gets copies of the bundles', async () => {
  await merge(rig.signed({ sbom: 'true' }), rig.job('first'))
  const image = ['o', 'two'].map(name => `${rig.registry.host}/${name}/{name}`).join('\n')
  await merge(rig.signed({ sbom: 'true', image }), rig.job('first'))
  expect(rig.signatures()).toBe(8)
  expect(
    rig
      .bundles('two/one')
      .map(({ digest }) => digest)
      .sort(),
  ).toEqual(
    rig
      .bundles()
      .map(({ digest }) => digest)
      .sort(),
  )
  expect(created()).toHaveLength(7)
})

test('without the input, nothing is signed and no service is asked', async () => {
  const [merged] = await merge(rig.request({ tags: '1.0', sbom: 'true' }), rig.job('first'))
  expect(merged).not.toHaveProperty('attestations')
  expect(rig.bundles()).toEqual([])
  expect(rig.github.requests.filter(({ line }) => line.includes('attestations'))).toEqual([])
  const { identity, fulcio, rekor2, timestamps } = rig.sigstore
  expect([identity, fulcio, rekor2, timestamps].flatMap(({ requests }) => requests)).toEqual([])
})
const tagsIn = (repository = 'o/one'): string[] =>
  [...rig.registry.repository(repository).tags.keys()].filter(tag => !tag.startsWith('sha256-'))

/** Ends all faults of all services. */
async function heal(): Promise<void> {
  await rig.sigstore.heal()
  rig.registry.clearFaults()
}

type Break = (rig: AttestRig) => void | Promise<void>
const FOREVER = { times: Number.POSITIVE_INFINITY }
const refuse = { ...FOREVER, status: 403, message: 'no' }

const FAULTS: readonly (readonly [string, Break, RegExp, RegistryOptions?])[] = [
  ['the token service refuses', ({ sigstore }) => sigstore.identity.fail(refuse), /token service/],
  ['Fulcio refuses', ({ sigstore }) => sigstore.fulcio.fail(refuse), /Fulcio/],
  ['Fulcio is down', ({ sigstore }) => sigstore.fulcio.takeDown(), /Fulcio/],
  ['Rekor refuses', ({ sigstore }) => sigstore.rekor2.fail(refuse), /Rekor/],
  [
    'Rekor answers with another entry',
    ({ sigstore }) => sigstore.rekor2.fail({ ...FOREVER, wrong: 'other-entry' }),
    /Rekor|log/,
  ],
  ['the timestamp service refuses', ({ sigstore }) => sigstore.timestamps.fail(refuse), /timestamp/],
  [
    'GitHub refuses',
    ({ github }) => github.fail({ match: 'POST /repos/owner/repo/attestations', status: 400, times: 2 }),
    /GitHub/,
  ],
  [
    'the registry refuses the artifacts',
    ({ registry }) =>
      registry.fault({
        method: 'PUT',
        path: /manifests\/sha256:/,
        after: 3,
        times: 99,
        action: { kind: 'status', status: 403 },
      }),
    /does not allow/,
  ],
  [
    'the registry refuses the list',
    ({ registry }) =>
      registry.fault({
        method: 'PUT',
        path: /manifests\/sha256-/,
        times: 99,
        action: { kind: 'status', status: 403 },
      }),
    /does not allow/,
    { referrers: false },
  ],
  [
    'the registry does not list artifacts',
    ({ registry }) =>
      registry.fault({ path: /referrers/, times: 99, action: { kind: 'status', status: 403 } }),
    /does not allow|No permission|refuse/,
  ],
]

test.each(FAULTS)(
  'if %s, no tag is set, and the next run does the rest',
  async (_, breakService, message, options = {}) => {
    await reopen(options)
    await breakService(rig)
    const hint = expect.stringMatching(/No tag was changed/)
    const expected = { message: expect.stringMatching(message), hint }
    await expect(merge(rig.signed(), rig.job('first'))).rejects.toMatchObject(expected)
    expect(tagsIn()).toEqual([])
    await heal()
    const before = { signatures: rig.signatures(), bundles: rig.bundles() }
    const [merged] = await merge(rig.signed(), rig.job('first'))
    expect(rig.tag('latest')).toBe(merged?.digest)
    // Signatures that the registry lists are used.
    const kept = options.referrers === false ? 0 : new Set(before.bundles.map(({ bundle }) => bundle)).size
    expect(rig.signatures() - before.signatures).toBe(2 - kept)
    expect(
      new Set(rig.bundles().map(({ subject, statement }) => `${subject} ${statement.predicateType}`)).size,
    ).toBe(6)
    expect(rig.github.state.attestations).toHaveLength(1)
  },
)

test.each([
  // New: three lists; two requests and three artifacts for each of two bundles; the empty config.
  // Unchanged: three lists; the artifacts and contents of two bundles.
  [true, 3 + 2 * (2 + 3) + 3, 3 + 2 * 2],
  // New: three lists are read twice, written, and read back; there is one question for the API.
  // Unchanged: a check for each of six artifacts.
  [false, 3 + 2 * (2 + 3) + 3 + 3 * 3 + 1, 3 + 2 * 2 + 6 + 1],
])('few requests are needed; referrers API: %s', async (referrers, whenNew, whenUnchanged) => {
  await reopen({ referrers })
  const { identity, fulcio, rekor2, timestamps } = rig.sigstore
  const signing = () => [identity, fulcio, rekor2, timestamps].flatMap(({ requests }) => requests).length
  const count = async (request: MergeRequest): Promise<readonly number[]> => {
    const before = [rig.registry.log.length, rig.github.requests.length, signing()]
    await merge(request, rig.job('first'))
    const after = [rig.registry.log.length, rig.github.requests.length, signing()]
    return after.map((number, n) => number - (before[n] ?? 0))
  }
  const image = (name: string) => ({ tags: '1.0, latest', image: `${rig.registry.host}/${name}/{name}` })
  for (const [more, services] of [
    // A token before anything is downloaded and one to sign, a certificate, two entries and timestamps.
    [whenNew, 2 + 1 + 2 + 2],
    [whenUnchanged, 1],
  ] as const) {
    const plain = await count(rig.request(image('plain')))
    const signed = await count(rig.signed(image('signed')))
    // GitHub is asked whether this job may store attestations. One is stored or listed.
    expect(signed.map((number, n) => number - (plain[n] ?? 0))).toEqual([more, 2, services])
  }
})
