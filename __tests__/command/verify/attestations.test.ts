import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { BUNDLE_TYPE } from '../../../src/attestation/bundle.js'
import { formatVerification } from '../../../src/command/verify/verify-text.js'
import { type VerifyResult, verifyImage, verifyInAction } from '../../../src/command/verify-image.js'
import { writeArchive } from '../../../src/image/write-archive.js'
import { VERIFY_INPUTS } from '../../../src/input/input-table.js'
import { readInputs } from '../../../src/input/read-inputs.js'
import type { Descriptor } from '../../../src/oci/descriptor.js'
import { type Digest, hexOf } from '../../../src/oci/digest.js'
import { blobsOf, createBlob, parseManifest } from '../../../src/oci/image.js'
import type { Index } from '../../../src/oci/image-index.js'
import { makeReferrer, referrersTagOf } from '../../../src/oci/referrer.js'
import { CYCLONEDX_TYPE, writeCycloneDx } from '../../../src/sbom/cyclonedx.js'
import { SPDX_TYPE } from '../../../src/sbom/spdx.js'
import { useFolder } from '../../image/fixture.js'
import { type GitHubStandIn, serveGitHubApi } from '../../support/github-api.js'
import { silentHost, type TestHost, testHost } from '../../support/host.js'
import { parseOutput } from '../../support/output.js'
import { startRegistry, type TestRegistry } from '../../support/registry.js'
import { newKeyPair, signBundle, signBundleWithKey, type Witnesses } from '../../support/sign-bundle.js'
import { type SigstoreServices, startSigstoreServices } from '../../support/sigstore-services.js'
import {
  attach,
  attachBundle,
  digestsOf,
  imageOf,
  indexOf,
  pathOf,
  predicateFor,
  REPOSITORY,
  signProvenance,
  signSbom,
  storeIndex,
  storeSingle,
} from './signed-image.js'

const folder = useFolder()
let services: SigstoreServices
let registry: TestRegistry
let github: GitHubStandIn
let host: TestHost
beforeAll(async () => {
  services = await startSigstoreServices()
})
beforeEach(async () => {
  registry = await startRegistry()
  github = await serveGitHubApi({ repository: REPOSITORY })
  host = testHost({ env: { GITHUB_API_URL: github.url } })
})
afterEach(async () => {
  host.remove()
  await registry.close()
  await github.close()
  services.identity.resetClaims()
  await services.heal()
})
afterAll(() => services.close())

const index = indexOf(imageOf('linux/amd64'), imageOf('linux/arm64'))

const check = (name: string, given: Record<string, string> = {}): Promise<VerifyResult> =>
  verifyImage(
    name,
    readInputs(VERIFY_INPUTS, key => given[key], silentHost),
    host,
  )

/** Verifies who built an image, with the services of the tests. */
const checkSigner = (name: string, given: Record<string, string> = {}): Promise<VerifyResult> =>
  check(name, { repo: REPOSITORY, 'trusted-root': services.writeFiles(folder.path).trustedRoot, ...given })

const problemsOf = ({ findings }: VerifyResult): string[] =>
  findings.map(({ platform = 'index', problem }) => `${platform}: ${problem}`)

const base64Of = (text: string): string => Buffer.from(text).toString('base64')

const ignoredOf = ({ ignoredSignatures = [] }: VerifyResult): string[] =>
  ignoredSignatures.map(({ problem }) => problem)

const storeSigned = async (witnesses: Witnesses = 'rekor'): Promise<string> => {
  attachBundle(registry, index.blob, await signProvenance(services, index, { witnesses }))
  return storeIndex(registry, index)
}

describe('a signed image', () => {
  test.each([
    ['rekor', ['rekor']],
    ['rekor-2', ['rekor', 'timestamp']],
  ] as const)('with %s is right', async (kind, witnesses) => {
    const result = await checkSigner(await storeSigned(kind))
    expect(problemsOf(result)).toEqual([])
    expect(result).toMatchObject({
      isRight: true,
      image: `${registry.host}/${REPOSITORY}@${index.blob.digest}`,
      ignoredSignatures: [],
      provenance: {
        signer: 'https://github.com/OWNER/nix-multiarch/.github/workflows/publish.yml@refs/tags/v1',
        repository: 'https://github.com/octo-org/app',
        commit: 'a'.repeat(40),
        ref: 'refs/heads/main',
        workflow: 'https://github.com/octo-org/app/.github/workflows/ci.yml@refs/heads/main',
        run: 'https://github.com/octo-org/app/actions/runs/7/attempts/1',
        runner: 'github-hosted',
        isolation: 'reusable-workflow',
        actionsCache: 'not used',
        witnesses,
      },
    })
    expect(github.requests).toEqual([])
    parseOutput(JSON.stringify({ version: 1, command: 'verify', exitCode: 0, result }))
  })

  test('of a private repository has a timestamp of GitHub, and no log entry', async () => {
    const { githubTrustedRoot } = services.writeFiles(folder.path)
    const result = await checkSigner(await storeSigned('github'), { 'trusted-root': githubTrustedRoot })
    expect(result).toMatchObject({ isRight: true, provenance: { witnesses: ['timestamp'] } })
  })

  test('is described for people, with a line to deploy it', async () => {
    const lines = formatVerification(await checkSigner(await storeSigned())).split('\n')
    expect(lines).toEqual(
      expect.arrayContaining([
        '  container: app 1.2.3',
        '  signed by: https://github.com/OWNER/nix-multiarch/.github/workflows/publish.yml@refs/tags/v1, in a public log (Rekor)',
        `  source: https://github.com/octo-org/app refs/heads/main ${'a'.repeat(40)}`,
        '  workflow: https://github.com/octo-org/app/.github/workflows/ci.yml@refs/heads/main',
        '  run: https://github.com/octo-org/app/actions/runs/7/attempts/1 (github-hosted)',
        '  builder: other jobs have built, which the signing workflow defines',
        '  GitHub Actions cache: not used',
        expect.stringMatching(/^ {2}built from: git\+https:\/\/github\.com\/octo-org\/app/),
        `  input:nixpkgs: github:NixOS/nixpkgs/${'b'.repeat(40)} sha256-AAAA`,
        `deploy: ${registry.host}/${REPOSITORY}@${index.blob.digest}`,
      ]),
    )
    expect(lines.filter(line => line.startsWith('not checked: who built it'))).toEqual([])
    expect(lines.join('\n')).not.toContain('the run was about the commit')
  })

  test('under the tag of another one is right, and says which one it is', async () => {
    const predicate = predicateFor(services.identity.claims()) as { buildDefinition: object }
    const { buildDefinition } = predicate
    const older = {
      ...predicate,
      buildDefinition: {
        ...buildDefinition,
        externalParameters: {
          ...(buildDefinition as { externalParameters: object }).externalParameters,
          container: 'debug',
          version: '0.9.0',
        },
      },
    }
    attachBundle(registry, index.blob, await signProvenance(services, index, { predicate: older }))
    const result = await checkSigner(storeIndex(registry, index, '1.2.3'))
    expect(result).toMatchObject({ isRight: true, provenance: { container: 'debug', version: '0.9.0' } })
    expect(formatVerification(result)).toContain('\n  container: debug 0.9.0\n')
  })

  test('of another commit than that of the run says so: only the latter is in the certificate', async () => {
    const predicate = predicateFor(services.identity.claims())
    // biome-ignore lint/suspicious/noExplicitAny: the test changes a part of it
    const { resolvedDependencies: all } = (predicate as any).buildDefinition
    const other = 'e'.repeat(40)
    all.push({ ...all[0], name: 'workflow' })
    all[0] = { ...all[0], digest: { gitCommit: other } }
    attachBundle(registry, index.blob, await signProvenance(services, index, { predicate }))
    const result = await checkSigner(storeIndex(registry, index))
    expect(result.isRight).toBe(true)
    expect(result.notChecked).toContain(
      `the source: the run was about the commit ${'a'.repeat(40)}, and has built ${other} of ` +
        'git+https://github.com/octo-org/app@refs/heads/main',
    )
  })

  test('is right in a registry without the referrers API', async () => {
    await registry.close()
    registry = await startRegistry({ referrers: false })
    expect(await checkSigner(await storeSigned())).toMatchObject({ isRight: true })
  })

  test('is right in a registry with the first version of the referrers API', async () => {
    await registry.close()
    registry = await startRegistry({ referrers: 'draft' })
    expect(await checkSigner(await storeSigned())).toMatchObject({ isRight: true })
  })

  test('is right if GitHub has the provenance, and the registry does not', async () => {
    github.state.attestations.push(await attestationOf(await signProvenance(services, index)))
    const name = storeIndex(registry, index)
    const result = await checkSigner(name, { 'github-token': 'reader' })
    expect(result).toMatchObject({ isRight: true, provenance: { commit: 'a'.repeat(40) } })
    expect(github.requests.map(({ line }) => line)).toEqual([
      `GET /repos/${REPOSITORY}/attestations/${index.blob.digest}?per_page=100`,
    ])
  })

  test('is right if it has one platform and no index', async () => {
    const image = imageOf('linux/amd64', 'single')
    const digests = [hexOf(image.manifest.digest)]
    attachBundle(registry, image.manifest, await signProvenance(services, index, { digests }))
    expect(await checkSigner(storeSingle(registry, image))).toMatchObject({ isRight: true })
  })

  test('is right by the digest of one of its platforms', async () => {
    const [image] = index.images
    if (image === undefined) throw new Error('no image')
    storeIndex(registry, index)
    attachBundle(registry, image.manifest, await signProvenance(services, index))
    const name = `${registry.host}/${REPOSITORY}@${image.manifest.digest}`
    expect(await checkSigner(name)).toMatchObject({ isRight: true, image: name })
  })

  test('is checked as a whole, also if only one platform is read', async () => {
    const result = await checkSigner(await storeSigned(), { platform: 'linux/arm64' })
    expect(result).toMatchObject({ isRight: true, platforms: [{ platform: 'linux/arm64' }] })
    const other = indexOf(imageOf('linux/amd64', 'replaced'), imageOf('linux/arm64'))
    attachBundle(registry, other.blob, await signProvenance(services, index))
    const wrong = await checkSigner(storeIndex(registry, other), { platform: 'linux/arm64' })
    expect(wrong.isRight).toBe(false)
  })

  test('has a list of what was ignored: everyone who can push can add signatures', async () => {
    const name = await storeSigned()
    services.identity.setClaims({ repository: 'octo-org/other' })
    attachBundle(registry, index.blob, await signProvenance(services, index))
    attachBundle(registry, index.blob, { mediaType: 'application/vnd.dev.sigstore.bundle.v0.9+json' })
    const result = await checkSigner(name)
    expect(result.isRight).toBe(true)
    expect(ignoredOf(result).sort()).toEqual([
      expect.stringMatching(
        /^The signer is not the expected one: the source repository is https:\/\/github.com\/octo-org\/other/,
      ),
      expect.stringContaining('is not a Sigstore bundle'),
    ])
    expect(formatVerification(result)).toContain('  ignored signature: The signer is not the expected one')
  })
})

const attestationOf = async (bundle: object, subjects = digestsOf(index)) => ({
  id: 1,
  bundle: bundle as Readonly<Record<string, unknown>>,
  predicateType: 'https://slsa.dev/provenance/v1',
  subjects: subjects.map(hex => `sha256:${hex}`),
})

describe('an image is refused', () => {
  test('if it is not signed, with the way to sign it', async () => {
    const result = await checkSigner(storeIndex(registry, index))
    expect(problemsOf(result)).toEqual([
      'index: it is not signed: no signature of it is in the registry and GitHub; to sign images, set `--attest` for the run ' +
        'that builds them (docs/signing.md)',
    ])
    expect(result.provenance).toBeUndefined()
    expect(formatVerification(result)).not.toContain('deploy:')
  })

  test('if the signer is another repository', async () => {
    services.identity.setClaims({ repository: 'octo-org/other' })
    const [problem] = problemsOf(await checkSigner(await storeSigned()))
    expect(problem).toContain(
      'the source repository is https://github.com/octo-org/other, not https://github.com/octo-org/app. Set `--repo`',
    )
  })

  test.each([
    [
      'another workflow',
      { job_workflow_ref: 'octo-org/app/.github/workflows/x.yml@refs/heads/main' },
      'x.yml@',
    ],
    [
      'the right workflow on a branch',
      { job_workflow_ref: 'OWNER/nix-multiarch/.github/workflows/publish.yml@refs/heads/main' },
      'publish.yml@refs/heads/main',
    ],
    [
      'a workflow of the same name in a fork',
      { job_workflow_ref: 'octo-org/nix-multiarch/.github/workflows/publish.yml@refs/tags/v1' },
      'octo-org/nix-multiarch',
    ],
  ])('if the signer is %s', async (_, claims, found) => {
    services.identity.setClaims(claims)
    const [problem] = problemsOf(await checkSigner(await storeSigned()))
    expect(problem).toContain(found)
    expect(problem).toMatch(
      /not https:\/\/github\.com\/OWNER\/nix-multiarch\/.*publish\.yml at a tag.*Set `--signer-workflow`/,
    )
  })

  test.each([
    [{ workflow: 'other.yml' }, 'the workflow that was started is https://github.com/octo-org/app/'],
    [{ workflow: 'ci.yml@refs/heads/next' }, 'Set `--workflow`'],
    [
      { 'source-ref': 'refs/tags/v1' },
      'the source ref is refs/heads/main, not refs/tags/v1. Set `--source-ref`',
    ],
    [{ 'oidc-issuer': 'https://token.actions.example.com' }, 'Set `--oidc-issuer`'],
  ])('if the certificate does not say %j', async (given, text) => {
    const [problem] = problemsOf(await checkSigner(await storeSigned(), given as Record<string, string>))
    expect(problem).toContain(text)
  })

  test('and accepted with the inputs that describe its signer', async () => {
    services.identity.setClaims({
      job_workflow_ref: 'octo-org/app/.github/workflows/release.yml@refs/heads/main',
    })
    const name = await storeSigned()
    const given = { 'signer-workflow': 'release.yml@refs/heads/main', workflow: 'ci.yml' }
    expect(await checkSigner(name, given)).toMatchObject({ isRight: true })
  })

  test.each([
    'tampered',
    'other-entry',
    'no-proof',
    'wrong-proof',
    'other-log',
    'no-promise',
    'late',
  ] as const)('if its log entry is wrong: %s', async wrong => {
    services.rekor.fail({ wrong })
    expect(await checkSigner(await storeSigned())).toMatchObject({ isRight: false, findings: [{}] })
  })

  test.each(['expired-authority', 'other-authority', 'expired-certificate', 'other-key'] as const)(
    'if its certificate is wrong: %s',
    async wrong => {
      services.fulcio.fail({ wrong })
      const bundle = await signProvenance(services, index).catch(() => undefined)
      if (bundle !== undefined) attachBundle(registry, index.blob, bundle)
      expect(await checkSigner(storeIndex(registry, index))).toMatchObject({ isRight: false })
    },
  )

  test('if its log entry is missing', async () => {
    const { verificationMaterial, ...others } = await signProvenance(services, index)
    const { tlogEntries: _, ...material } = verificationMaterial as object & { tlogEntries?: unknown }
    attachBundle(registry, index.blob, { ...others, verificationMaterial: { ...material, tlogEntries: [] } })
    expect(await checkSigner(storeIndex(registry, index))).toMatchObject({ isRight: false })
  })

  test('if the statement in the bundle was changed: another subject', async () => {
    const other = indexOf(imageOf('linux/amd64', 'evil'))
    const bundle = await signProvenance(services, other)
    const { dsseEnvelope } = bundle
    if (!('dsseEnvelope' in bundle) || dsseEnvelope === undefined) throw new Error('no envelope')
    const payload = Buffer.from(dsseEnvelope.payload, 'base64')
      .toString()
      .replace(hexOf(other.blob.digest), hexOf(index.blob.digest))
      .replace(
        hexOf(other.images[0]?.manifest.digest as never),
        hexOf(index.images[0]?.manifest.digest as never),
      )
    const changed = { ...dsseEnvelope, payload: Buffer.from(payload).toString('base64') }
    attachBundle(registry, index.blob, { ...bundle, dsseEnvelope: changed })
    const [problem] = problemsOf(await checkSigner(storeIndex(registry, index)))
    expect(problem).toMatch(/^index: none of its signatures is valid: The signature is not valid/)
  })

  test('if the bundle of another image is attached to it', async () => {
    const other = indexOf(imageOf('linux/amd64', 'other'), imageOf('linux/arm64', 'other'))
    attachBundle(registry, index.blob, await signProvenance(services, other))
    const [problem] = problemsOf(await checkSigner(storeIndex(registry, index)))
    expect(problem).toMatch(/^index: none of its signatures is valid: it is about another image \(sha256:/)
  })

  test('if one platform of a signed index was replaced', async () => {
    const replaced = indexOf(imageOf('linux/amd64'), imageOf('linux/arm64', 'evil'))
    attachBundle(registry, replaced.blob, await signProvenance(services, index))
    const [problem] = problemsOf(await checkSigner(storeIndex(registry, replaced)))
    expect(problem).toContain('it has no valid provenance: it is not about the index')
  })

  test.each<[string, (index: Index) => string[], string]>([
    ['only the index', all => digestsOf(all).slice(0, 1), 'it is not about linux/amd64, linux/arm64'],
    ['the index and one platform', all => digestsOf(all).slice(0, 2), 'it is not about linux/arm64'],
    ['a platform', all => digestsOf(all).slice(1, 2), 'it is not about the index'],
    [
      'one more image',
      all => [...digestsOf(all), 'c'.repeat(64)],
      'it is also about images that the index does not',
    ],
  ])('if its provenance is about %s', async (_, select, text) => {
    attachBundle(registry, index.blob, await signProvenance(services, index, { digests: select(index) }))
    const [problem] = problemsOf(await checkSigner(storeIndex(registry, index)))
    expect(problem).toContain(text)
  })

  test.each([
    [
      'repository',
      { repository: 'octo-org/other' },
      'the source repository https://github.com/octo-org/other',
    ],
    ['commit', { sha: 'd'.repeat(40) }, `the commit ${'d'.repeat(40)}`],
    [
      'workflow',
      { workflow_ref: 'octo-org/app/.github/workflows/other.yml@refs/heads/main' },
      'the workflow that was started https://github.com/octo-org/app/.github/workflows/other.yml',
    ],
    ['builder', { job_workflow_ref: 'octo-org/app/.github/workflows/x.yml@refs/heads/main' }, 'the builder'],
    ['run', { run_id: '8' }, 'the run https://github.com/octo-org/app/actions/runs/8/attempts/1'],
  ])('if its provenance names another %s than its certificate', async (_, claims, text) => {
    const predicate = predicateFor({ ...services.identity.claims(), ...claims })
    attachBundle(registry, index.blob, await signProvenance(services, index, { predicate }))
    const [problem] = problemsOf(await checkSigner(storeIndex(registry, index)))
    expect(problem).toContain(`it names ${text}`)
  })

  test('if only something else about it is signed', async () => {
    const predicateType = 'https://sigstore.dev/cosign/sign/v1'
    const bundle = await signProvenance(services, index, { predicateType, predicate: {} })
    attachBundle(registry, index.blob, bundle)
    expect(problemsOf(await checkSigner(storeIndex(registry, index)))).toEqual([
      'index: it has no valid provenance: only other statements are signed',
    ])
  })

  test('if GitHub cannot be asked, with the reason', async () => {
    github.fail({ match: 'GET ', status: 403, message: 'Resource not accessible', times: 9 })
    const [problem] = problemsOf(await checkSigner(storeIndex(registry, index)))
    expect(problem).toContain('GitHub cannot be read: GitHub refused GET /repos/octo-org/app/attestations')
  })
})

describe('a registry with bad signatures', () => {
  test('cannot hide the right one with thousands of others: GitHub is asked', async () => {
    const name = storeIndex(registry, index)
    for (let n = 0; n < 3000; n++) attachBundle(registry, index.blob, { garbage: n })
    github.state.attestations.push(await attestationOf(await signProvenance(services, index)))
    const before = registry.log.length
    const result = await checkSigner(name)
    expect(result.isRight).toBe(true)
    expect(ignoredOf(result)).toContain('only 100 are read')
    expect(registry.log.length - before).toBeLessThan(350)
    expect(formatVerification(result).split('\n').length).toBeLessThan(40)
  })

  test('cannot fill the memory with a huge one', async () => {
    const name = await storeSigned()
    const bytes = Buffer.alloc(65 << 20, 0x20)
    attach(registry, index.blob, { bytes, mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json' })
    const result = await checkSigner(name)
    expect(result.isRight).toBe(true)
    expect(ignoredOf(result)).toEqual(['it is too large: 68.2 MB'])
  })

  test('cannot fill the memory with one that has millions of objects', async () => {
    const name = await storeSigned()
    const bundle = await signProvenance(services, index)
    const objects = `[${'{},'.repeat(1_000_000)}{}]`
    const inStatement = { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload: base64Of(objects) } }
    attachBundle(registry, index.blob, inStatement)
    const text = JSON.stringify(bundle).replace(/\}$/, `,"more":${objects}}`)
    attach(registry, index.blob, { bytes: Buffer.from(text), mediaType: BUNDLE_TYPE })
    const result = await checkSigner(name)
    expect(result.isRight).toBe(true)
    const problem = 'it is not a Sigstore bundle with a statement: it has more than 1,000,000 objects'
    expect(ignoredOf(result)).toEqual([problem, problem])
  })

  test('whose list has artifacts of other images: the statement decides', async () => {
    await registry.close()
    registry = await startRegistry({ referrers: false })
    const name = storeIndex(registry, index)
    const other = indexOf(imageOf('linux/amd64', 'other'))
    const bundle = await signProvenance(services, index)
    attachBundle(registry, other.blob, bundle)
    const { tags } = registry.store.repository(REPOSITORY)
    tags.set(referrersTagOf(index.blob.digest), tags.get(referrersTagOf(other.blob.digest)) as Digest)
    expect(await checkSigner(name)).toMatchObject({ isRight: true })
  })

  test('whose list has artifacts that do not exist', async () => {
    const name = await storeSigned()
    const missing = attachBundle(registry, index.blob, {})
    const { manifests } = registry.store.repository(REPOSITORY)
    const { bytes = Buffer.of() } = manifests.get(missing) ?? {}
    for (const each of parseManifest(bytes).layers)
      registry.store.repository(REPOSITORY).blobs.delete(each.digest)
    const result = await checkSigner(name)
    expect(result.isRight).toBe(true)
    expect(ignoredOf(result)).toEqual(['it is missing in the registry'])
  })
})

describe('an attached SBOM', () => {
  const [amd64] = index.images
  if (amd64 === undefined) throw new Error('no image')

  /** Lists the store path of the image, so that it is right for its layers. */
  const sbomWith = (version: string, subject = amd64.manifest): Buffer =>
    Buffer.from(
      writeCycloneDx({
        subject: { name: 'app', version, platform: amd64.platform, digest: subject.digest },
        contents: {
          components: [{ path: pathOf(), name: 'app', version, references: [] }],
          otherLayers: [],
        },
        basis: 'build',
      }),
    )
  const attachSbom = (bytes: Buffer, subject: Descriptor = amd64.manifest): void =>
    void attach(registry, subject, { bytes, mediaType: CYCLONEDX_TYPE })
  const attachSigned = async (bytes: Buffer, subject: Descriptor = amd64.manifest): Promise<void> =>
    void attachBundle(registry, subject, await signSbom(services, subject, JSON.parse(String(bytes))))

  test('that is signed is right', async () => {
    attachSbom(sbomWith('1.0'))
    await attachSigned(sbomWith('1.0'))
    const result = await checkSigner(await storeSigned())
    expect(problemsOf(result)).toEqual([])
    expect(result.checked).toContain('SBOMs, compared with the signed SBOMs')
  })

  test('cannot be swapped', async () => {
    attachSbom(sbomWith('0.9'))
    await attachSigned(sbomWith('1.0'))
    const result = await checkSigner(await storeSigned())
    expect(problemsOf(result)).toEqual(['linux/amd64: its attached SBOM is not a signed one'])
  })

  test('cannot be added next to the signed one', async () => {
    attachSbom(sbomWith('1.0'))
    attachSbom(sbomWith('0.9'))
    await attachSigned(sbomWith('1.0'))
    expect(await checkSigner(await storeSigned())).toMatchObject({ isRight: false })
  })

  test('cannot be swapped in another format', async () => {
    const spdx = { spdxVersion: 'SPDX-2.3', creationInfo: { creators: ['Tool: other'] } }
    attach(registry, amd64.manifest, { bytes: Buffer.from(JSON.stringify(spdx)), mediaType: SPDX_TYPE })
    await attachSigned(sbomWith('1.0'))
    expect(problemsOf(await checkSigner(await storeSigned()))).toEqual([
      'linux/amd64: its attached SBOM is not a signed one',
    ])
  })

  test('cannot be swapped by a signed SBOM of another image', async () => {
    const [, arm64] = index.images
    attachSbom(sbomWith('0.9'))
    await attachSigned(sbomWith('1.0'))
    if (arm64)
      attachBundle(
        registry,
        amd64.manifest,
        await signSbom(services, arm64.manifest, JSON.parse(String(sbomWith('0.9')))),
      )
    expect(await checkSigner(await storeSigned())).toMatchObject({ isRight: false })
  })

  test('cannot be swapped after its signature was removed from the registry, if GitHub has it', async () => {
    attachSbom(sbomWith('0.9'))
    const bundle = await signSbom(services, amd64.manifest, JSON.parse(String(sbomWith('1.0'))))
    github.state.attestations.push(await attestationOf(bundle, [hexOf(amd64.manifest.digest)]))
    const result = await checkSigner(await storeSigned(), { 'github-token': 'reader' })
    expect(problemsOf(result)).toEqual(['linux/amd64: its attached SBOM is not a signed one'])
  })

  test('of the index cannot be swapped', async () => {
    const signed = { bomFormat: 'CycloneDX', version: 1 }
    attachSbom(Buffer.from(JSON.stringify({ ...signed, version: 2 })), index.blob)
    await attachSigned(Buffer.from(JSON.stringify(signed)), index.blob)
    expect(problemsOf(await checkSigner(await storeSigned()))).toEqual([
      'index: its attached SBOM is not a signed one',
    ])
  })

  test('can be added by everyone who can push, so not all of them are read', async () => {
    for (let n = 0; n < 501; n++) attachSbom(Buffer.from(JSON.stringify({ n })))
    const result = await checkSigner(await storeSigned())
    expect(problemsOf(result)).toEqual(['linux/amd64: it has 501 SBOMs, and only 500 are read'])
  })

  test('that another signer has signed counts as not signed', async () => {
    attachSbom(sbomWith('1.0'))
    const name = await storeSigned()
    services.identity.setClaims({ repository: 'octo-org/other' })
    await attachSigned(sbomWith('1.0'))
    const result = await checkSigner(name)
    expect(result).toMatchObject({ isRight: true })
    expect(result.notChecked).toContain('the SBOM of linux/amd64: it is not signed')
  })

  test('without a signature is listed as not checked', async () => {
    attachSbom(sbomWith('1.0'))
    const result = await checkSigner(await storeSigned())
    expect(result.isRight).toBe(true)
    expect(result.notChecked).toContain('the SBOM of linux/amd64: it is not signed')
  })
})

describe('a file with bundles', () => {
  const writeBundles = (name: string, ...bundles: readonly object[]): string => {
    const file = join(folder.path, name)
    writeFileSync(file, bundles.map(each => JSON.stringify(each)).join('\n'))
    return file
  }

  const writeImage = async (all = index): Promise<string> => {
    const file = join(folder.path, 'app.oci.tar')
    const blobs = [all.blob, ...all.images.map(({ manifest }) => manifest), ...blobsOf(all.images)]
    await writeArchive(file, { index: [all.blob], blobs })
    return file
  }

  test('is enough without any network', async () => {
    const bundle = writeBundles('bundle.json', await signProvenance(services, index))
    const file = await writeImage()
    const before = [services.fulcio, services.rekor, services.timestamps].map(each => each.requests.length)
    const result = await checkSigner(file, { bundle })
    expect(result).toMatchObject({
      isRight: true,
      provenance: { repository: 'https://github.com/octo-org/app' },
    })
    expect(result.image).toBeUndefined()
    expect([services.fulcio, services.rekor, services.timestamps].map(each => each.requests.length)).toEqual(
      before,
    )
    expect([...github.requests, ...registry.log]).toEqual([])
  })

  test('replaces the signatures in the registry', async () => {
    const bundle = writeBundles(
      'bundle.jsonl',
      await signBundle(services, 'rekor'),
      await signProvenance(services, index),
    )
    const result = await checkSigner(storeIndex(registry, index), { bundle })
    expect(result.isRight).toBe(true)
    expect(ignoredOf(result)).toEqual(['it is about another image'])
    expect(github.requests).toEqual([])
    const wrong = writeBundles('wrong.json', await signBundle(services, 'rekor'))
    expect(await checkSigner(await storeSigned(), { bundle: wrong })).toMatchObject({ isRight: false })
  })

  test('can contain the signed SBOMs of the platforms', async () => {
    const [image] = index.images
    if (image === undefined) throw new Error('no image')
    const document = { bomFormat: 'CycloneDX' }
    const bundle = writeBundles(
      'all.jsonl',
      await signProvenance(services, index),
      await signSbom(services, image.manifest, document),
    )
    attach(registry, image.manifest, {
      bytes: Buffer.from('{"bomFormat": "CycloneDX"}'),
      mediaType: CYCLONEDX_TYPE,
    })
    const result = await checkSigner(storeIndex(registry, index), { bundle })
    expect(problemsOf(result)).toEqual([])
    expect(ignoredOf(result)).toEqual([])
    expect(result.checked).toContain('SBOMs, compared with the signed SBOMs')
  })

  test.each([
    ['that does not exist', () => join(folder.path, 'no.json'), 'no.json does not exist'],
    ['that is a folder', () => folder.path, 'is a folder, not a file'],
    ['that is not a bundle', () => writeBundles('x.json', { a: 1 }), 'is not a Sigstore bundle'],
  ])('%s is an error', async (_, make, text) => {
    await expect(checkSigner(storeIndex(registry, index), { bundle: make() })).rejects.toMatchObject({
      message: expect.stringContaining(text),
    })
  })

  test('with two bundles in one line is an error that says how to write them', async () => {
    const file = join(folder.path, 'two.json')
    const text = JSON.stringify(await signProvenance(services, index))
    writeFileSync(file, text + text)
    await expect(checkSigner(storeIndex(registry, index), { bundle: file })).rejects.toMatchObject({
      hint: expect.stringContaining('one bundle in each line'),
    })
  })

  test('can be in the archive of the image', async () => {
    const document = createBlob(Buffer.from(JSON.stringify(await signProvenance(services, index))), {
      mediaType: BUNDLE_TYPE,
    })
    const { manifest, blobs } = makeReferrer({ subject: index.blob, document })
    const file = join(folder.path, 'with-bundle.tar')
    await writeArchive(file, {
      index: [index.blob, manifest],
      blobs: [
        index.blob,
        ...index.images.map(each => each.manifest),
        ...blobsOf(index.images),
        manifest,
        ...blobs,
      ],
    })
    expect(await checkSigner(file)).toMatchObject({ isRight: true })
  })

  test('is named as the place of the signatures of an archive that has none', async () => {
    const file = join(folder.path, 'unsigned.tar')
    const blobs = [index.blob, ...index.images.map(each => each.manifest), ...blobsOf(index.images)]
    await writeArchive(file, { index: [index.blob], blobs })
    expect(problemsOf(await checkSigner(file))).toEqual([
      `index: it is not signed: no signature of it is in ${file} and GitHub; ` +
        'if its signatures are in another file, set `--bundle` to it',
    ])
  })
})

describe('a key', () => {
  const keys = newKeyPair()
  const writeKey = (key = keys.publicKey): string => {
    const file = join(folder.path, 'key.pem')
    writeFileSync(file, key.export({ type: key.type === 'private' ? 'pkcs8' : 'spki', format: 'pem' }))
    return file
  }
  const storeWithKey = async (): Promise<string> => {
    const predicate = { buildDefinition: {}, runDetails: {} }
    const bundle = await signBundleWithKey(keys.privateKey, { digests: digestsOf(index), predicate })
    attachBundle(registry, index.blob, bundle)
    return storeIndex(registry, index)
  }

  test('that has signed is right, and nothing but the registry is asked', async () => {
    const result = await check(await storeWithKey(), { key: writeKey() })
    expect(result).toMatchObject({ isRight: true, provenance: { signer: 'key', witnesses: [] } })
    expect(formatVerification(result)).toContain('  signed by: the key')
    expect(github.requests).toEqual([])
  })

  test('that has not signed is wrong', async () => {
    const result = await check(await storeWithKey(), { key: writeKey(newKeyPair().publicKey) })
    const [problem] = problemsOf(result)
    expect(problem).toMatch(
      /^index: none of its signatures is valid: The signature is from another key, or damaged: /,
    )
    // A script that ignores the exit code finds nothing to deploy.
    expect(result).not.toHaveProperty('image')
  })

  test('does not accept the certificate of a workflow', async () => {
    const [problem] = problemsOf(await check(await storeSigned(), { key: writeKey() }))
    expect(problem).toContain('The signature is from a workflow, not from a key')
  })

  test('is not accepted in place of a workflow', async () => {
    const [problem] = problemsOf(await checkSigner(await storeWithKey()))
    expect(problem).toContain('The signature is from a key, not from a workflow')
  })

  test('must be public', async () => {
    await expect(check('x/y', { key: writeKey(keys.privateKey) })).rejects.toMatchObject({
      message: expect.stringContaining('is a private key'),
    })
    const file = join(folder.path, 'no-key')
    writeFileSync(file, '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n')
    await expect(check('x/y', { key: file })).rejects.toThrow('is not a public key')
    await expect(check('x/y', { key: join(folder.path, 'missing') })).rejects.toThrow('does not exist')
    await expect(check('x/y', { key: folder.path })).rejects.toThrow('is a folder, not a file')
  })
})

test.each<[Record<string, string>, string]>([
  [{ repo: REPOSITORY, key: 'k' }, '`--repo` and `--key` are both set'],
  [{ 'signer-workflow': 'ci.yml' }, '`--signer-workflow` needs `--repo`'],
  [{ workflow: 'ci.yml' }, '`--workflow` needs `--repo`'],
  [{ 'source-ref': 'refs/heads/main' }, '`--source-ref` needs `--repo`'],
  [{ 'oidc-issuer': 'https://example.com' }, '`--oidc-issuer` needs `--repo`'],
  [{ 'trusted-root': 'f' }, '`--trusted-root` needs `--repo`'],
  [{ key: 'k', workflow: 'ci.yml' }, '`--workflow` needs `--repo`'],
  [{ bundle: 'f' }, '`--bundle` needs `--repo` or `--key`'],
  [
    { repo: REPOSITORY, workflow: 'octo-org/x/.github/workflows/ci.yml' },
    '`--workflow` is a workflow of octo-org/x',
  ],
])('%j is wrong usage', async (given, message) => {
  await expect(check(`${registry.host}/x`, given)).rejects.toMatchObject({
    name: 'UsageError',
    message: expect.stringContaining(message),
  })
  expect(registry.log).toEqual([])
})

describe('without a signer', () => {
  test('nothing is verified, and the signatures are counted, with the flag to use', async () => {
    const result = await check(await storeSigned())
    expect(result.isRight).toBe(true)
    expect(result.notChecked).toContain(
      'who built it: 1 signature of it is attached, and not verified. ' +
        'Verify it with `--repo OWNER/NAME` or `--key FILE`',
    )
    expect(result).not.toHaveProperty('ignoredSignatures')
    expect(github.requests).toEqual([])
  })

  test('an image without signatures is as before', async () => {
    expect((await check(storeIndex(registry, index))).notChecked).toContain(
      'who built it: signatures are not verified',
    )
  })
})

describe('without the layers', () => {
  test('only the index, the manifests, the configs and the signatures are read', async () => {
    const name = await storeSigned()
    registry.log.splice(0)
    const result = await checkSigner(name, { 'check-layers': 'false' })
    expect(result).toMatchObject({ isRight: true, provenance: {} })
    expect(result.notChecked).toContain('layers, programs, entry points and SBOMs')
    const layers = index.images.flatMap(image => image.layers.map(({ digest }) => digest))
    expect(registry.log.filter(({ path }) => layers.some(layer => path.includes(layer)))).toEqual([])
    // The index, two manifests and two configs; the list of referrers, and an artifact with its bundle.
    expect(registry.log).toHaveLength(8)
  })

  test('a wrong signature is still refused', async () => {
    services.identity.setClaims({ repository: 'octo-org/other' })
    const given = { 'check-layers': 'false' }
    expect(await checkSigner(await storeSigned(), given)).toMatchObject({ isRight: false })
  })
})

describe('the action', () => {
  const act = (given: Record<string, string>) =>
    verifyInAction(
      readInputs(VERIFY_INPUTS, key => given[key], silentHost),
      host,
    )

  test('sets the image to deploy as an output', async () => {
    const { trustedRoot } = services.writeFiles(folder.path)
    await act({ image: await storeSigned(), repo: REPOSITORY, 'trusted-root': trustedRoot })
    expect(host.outputs.get('image')).toBe(`${registry.host}/${REPOSITORY}@${index.blob.digest}`)
  })

  test('sets no image, and fails, if the signer is another one', async () => {
    const { trustedRoot } = services.writeFiles(folder.path)
    const image = await storeSigned()
    await expect(act({ image, repo: 'octo-org/other', 'trusted-root': trustedRoot })).rejects.toThrow(
      'the source repository is https://github.com/octo-org/app',
    )
    expect(host.outputs.get('image')).toBe('')
  })
})
